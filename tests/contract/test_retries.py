"""A connection that breaks after the work was done, and the OpenAI client that tries again."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest

from tests.contract.conftest import Server

pytestmark = pytest.mark.contract

IMAGE_TOOL: Any = {"type": "modelgates:image_generation", "parameters": {"size": "512x512"}}
_ANSWERED_S = 60


class Cutting(ThreadingHTTPServer):
    """A proxy that swallows the first answer, as a connection does that breaks; it keeps them all."""

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Forwarding)
        self.upstream = urlsplit(upstream).netloc
        self.answers: list[bytes] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class _Forwarding(BaseHTTPRequestHandler):
    server: Cutting  # pyright: ignore[reportIncompatibleVariableOverride] - it is what the handler was made by

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        upstream = HTTPConnection(self.server.upstream, timeout=_ANSWERED_S)
        upstream.request("POST", self.path, body, dict(self.headers.items()))
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        self.server.answers.append(content)
        self.close_connection = True
        if len(self.server.answers) == 1:
            return  # the connection ends without a word
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


@contextmanager
def cutting_proxy(server: Server) -> Generator[Cutting]:
    """The proxy, running."""
    with Cutting(server.url) as proxy:
        serving = Thread(target=proxy.serve_forever)
        serving.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            serving.join()


def shown(answer: bytes) -> list[str]:
    """The files that an answer shows."""
    return list(dict.fromkeys(re.findall(r"/assets/(\w+)", answer.decode())))


@pytest.mark.parametrize("door", ["chat", "responses"])
def test_the_clients_own_retry_makes_one_picture(server: Server, door: str) -> None:
    """Promise: docs/idempotency.md: OpenAI's client retries by itself, names nothing, and is charged once."""
    with (
        cutting_proxy(server) as proxy,
        openai.OpenAI(base_url=f"{proxy.url}/api/v1", api_key=server.key, max_retries=1) as client,
    ):
        if door == "chat":
            said: Any = [{"role": "user", "content": "Draw a fox"}]
            client.chat.completions.create(model="openai/gpt-5.2", messages=said, tools=[IMAGE_TOOL])
        else:
            client.responses.create(model="openai/gpt-5.2", input="Draw a fox", tools=[IMAGE_TOOL])

    swallowed, arrived = proxy.answers
    assert len(shown(arrived)) == 1
    assert shown(arrived) == shown(swallowed)
