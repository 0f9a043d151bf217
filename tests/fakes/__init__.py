"""Providers for tests: one over HTTP, one that follows a script in memory."""
