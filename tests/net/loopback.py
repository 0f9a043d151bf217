"""A server on 127.0.0.x that answers by script and counts who connects, and a resolver that says what it is told."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

from aiohttp.abc import AbstractResolver, ResolveResult

_TLS_HANDSHAKE = b"\x16"

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class Loopback:
    """Serves one request per connection on a free port, then waits until the client leaves.

    requests: What came, head and body.
    """

    def __init__(self, answer: Answer, *, host: str = "127.0.0.1") -> None:
        self._answer, self.host = answer, host
        self.port = 0
        self.connections = 0
        self.requests: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            request = await _read_request(reader)
            self.requests.append(request)
            await self._answer(request, writer)
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client hung up, as some tests want
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self._tasks.discard(task)


class FixedResolver(AbstractResolver):
    """Answers each name with its addresses in turn; the last one stays.

    port: Instead of the one in the URL, so that an https URL can be led to a test server.
    """

    def __init__(self, answers: dict[str, list[str]], *, port: int | None = None) -> None:
        self._answers, self._port = answers, port
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self._answers:
            raise OSError(socket.EAI_NONAME, "unknown name")
        answers = self._answers[host]
        address = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=self._port or port,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for each in address.split()
        ]

    async def close(self) -> None:
        pass


def reply(body: bytes, *, status: int = 200, headers: str = "") -> Answer:
    """Always the same answer; `headers` are whole lines without their ends, separated by newlines."""

    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(body)}", *headers.splitlines()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return answer


async def silence(_request: bytes, _writer: asyncio.StreamWriter) -> None:
    """No answer until the client leaves."""


async def hang_up(_request: bytes, writer: asyncio.StreamWriter) -> None:
    """The connection ends after the request was read."""
    writer.close()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    first = await reader.readexactly(1)
    if first == _TLS_HANDSHAKE:
        return first
    head = first + await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return head + await reader.readexactly(int(line.partition(b":")[2]))
    return head
