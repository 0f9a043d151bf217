"""What the MCP server says about itself: at `initialize`, and to a plain GET of its endpoint."""

from collections.abc import Mapping, Sequence

from overdoor import __version__
from overdoor.mcp_server.protocol import HANDSHAKE_VERSIONS, Identity

PATH = "/api/mcp"

IDENTITY = Identity(
    name="overdoor",
    title="Overdoor",
    version=__version__,
    instructions=(
        "Overdoor makes pictures and video clips. Call list_models for the models, what each takes and what it costs."
        " generate_image and generate_video start a task and answer at once with a taskId; then call"
        " get_generation_status with that taskId until state is success (resultUrls holds links that live 24 hours) or"
        " fail (failMsg says why; the credits came back). When you repeat a call that may have got through, send the"
        " same request_id again: the first task is answered and nothing is charged twice."
    ),
)


def metadata(tools: Sequence[Mapping[str, object]], *, base_url: str) -> dict[str, object]:
    """What a person who opens the endpoint should know to connect a client.

    tools: as `tools/list` describes them.
    """
    return {
        "name": IDENTITY.name,
        "title": IDENTITY.title,
        "version": IDENTITY.version,
        "description": "Image and video generation over the Model Context Protocol.",
        "url": base_url + PATH,
        "transport": "streamable-http",
        "protocol": "JSON-RPC 2.0",
        "protocolVersions": list(HANDSHAKE_VERSIONS),
        "authentication": {
            "type": "bearer",
            "header": "Authorization: Bearer sk_…",
            "hint": "Make a key with `overdoor keys create NAME`. X-API-Key is read, too.",
        },
        "tools": [{"name": tool["name"], "title": tool["title"], "description": tool["description"]} for tool in tools],
    }
