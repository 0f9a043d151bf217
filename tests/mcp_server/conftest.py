"""The MCP endpoint over a fresh folder."""

from collections.abc import AsyncIterator

import pytest

from overdoor.config import Settings
from tests.mcp_server.door import McpDoor, open_door


@pytest.fixture
async def door(settings: Settings) -> AsyncIterator[McpDoor]:
    """A client of a running application, with a test key."""
    async with open_door(settings) as opened:
        yield opened
