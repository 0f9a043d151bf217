"""Two witnesses of a forbidden connection: a trap that listens on the whole loopback, and the sockets that were made.

The trap counts what arrives on any address of 127.0.0.0/8, on ::1 and on the mapped and unspecified forms, because it
listens on all of this machine. No test can listen on 10.0.0.1 or 169.254.169.254; there the sockets are the witness:
the guard stands before `socket.socket`, so a forbidden address must not even cost one.
"""

import asyncio
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, Self


class Trap:
    """Listens on one port of this machine, by default at every address, with a picture that must never arrive.

    connections: how many were accepted.
    """

    def __init__(self, port: int = 0, *, hosts: tuple[str, ...] = ("0.0.0.0", "::")) -> None:
        self.port, self._hosts = port, hosts
        self.connections = 0
        self._servers: list[asyncio.Server] = []

    async def __aenter__(self) -> Self:
        for host in self._hosts:
            with suppress(OSError) if ":" in host else nullcontext():  # a machine may have no IPv6
                await self._listen(host)
        return self

    async def _listen(self, host: str) -> None:
        listener = socket.create_server((host, self.port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.port = listener.getsockname()[1]
        self._servers.append(await asyncio.start_server(self._serve, sock=listener))

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError):
            await reader.read(1)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nGIF89a")
            await writer.drain()
        writer.close()


@dataclass
class Sockets:
    """How many TCP sockets this process made while it was watched."""

    made: int = 0


_watching: list[Sockets] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.__new__":
        return
    _, family, kind, _ = arguments
    if family in (socket.AF_INET, socket.AF_INET6) and kind & 0xF == socket.SOCK_STREAM:
        for each in _watching:
            each.made += 1


sys.addaudithook(_hear)  # by the interpreter itself: a socket that is made anywhere in the process is heard


@contextmanager
def watched_sockets() -> Generator[Sockets]:
    """Count the TCP sockets that are made inside the block."""
    seen = Sockets()
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
