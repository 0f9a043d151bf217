"""The MCP door: a pure protocol module, the tools, and the HTTP endpoint."""
