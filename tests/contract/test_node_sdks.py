"""The chat and Responses doors as the Node clients see them: openai, @openrouter/sdk, the Vercel AI SDK.

One program, `node/chat.mjs`, uses all three, unchanged but for address and key, and prints what they made of it all.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import Server

pytestmark = pytest.mark.contract

_PROGRAM = Path(__file__).parent / "node" / "chat.mjs"
_ANSWERED_S = 120.0
_PICTURE = re.compile(r"^!\[Generated image\]\(http\S+/assets/asset_\S+\)$", re.MULTILINE)
_RESPONSE_EVENTS = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.output_item.done",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


@pytest.fixture(scope="module")
def seen(server: Server) -> Any:
    """What each client made of the answers, by its name."""
    node = shutil.which("node")
    assert node is not None, "Node is not installed: run `make contract`"
    ran = subprocess.run(
        [node, _PROGRAM, server.url, server.key], capture_output=True, text=True, timeout=_ANSWERED_S, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def once_each(kinds: list[str]) -> list[str]:
    """The kinds with repetitions left out."""
    return [kind for number, kind in enumerate(kinds) if number == 0 or kinds[number - 1] != kind]


@pytest.mark.parametrize("client", ["openai", "openrouter", "aiSdk"])
def test_each_client_shows_the_picture_whole_and_streamed(seen: Any, client: str) -> None:
    """gateway.md 3.3 and 3.5: their schemas parse every answer."""
    assert "failed" not in seen[client], seen[client]
    assert len(_PICTURE.findall(seen[client]["whole"])) == 1
    assert len(_PICTURE.findall(seen[client]["streamed"])) == 1


@pytest.mark.parametrize("client", ["openai", "openrouter"])
def test_each_client_reads_every_event_of_a_streamed_response(seen: Any, client: str) -> None:
    """gateway.md 4.5."""
    assert once_each(seen[client]["events"]) == _RESPONSE_EVENTS


def test_openai_puts_calls_together_and_raises_where_a_stream_breaks_off(seen: Any) -> None:
    """The SDK's own helper, and its own rule for a chunk with `error`."""
    told = seen["openai"]
    assert told["calls"] == [{"name": "get_weather", "arguments": "{}"}]
    assert told["final"] == ["modelgates:image_generation", "message"]
    assert told["heard"].startswith("Hello, I am")
    assert "failed before its answer was complete" in told["broke"]


def test_openrouters_sdk_parses_usage_items_and_errors(seen: Any) -> None:
    """Its zod schemas know the item by its prefix, and the error by its status."""
    told = seen["openrouter"]
    assert told["usage"] > 0
    assert told["response"] == ["openrouter:image_generation", "message"]
    assert told["refused"] == {"name": "BadGatewayResponseError", "status": 502}


def test_the_ai_sdk_keeps_finish_and_usage(seen: Any) -> None:
    """gateway.md 3.3: pictures in `images` become files of the AI SDK."""
    told = seen["aiSdk"]
    assert told["finish"] == "stop"
    assert told["usage"]["totalTokens"] > 0
    assert len(told["files"]) == 1
