"""A name server on loopback UDP whose answers live for 0 seconds, and a resolver that asks it anew each time."""

import asyncio
import itertools
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import Self

from aiohttp.abc import AbstractResolver, ResolveResult

_A, _CNAME, _AAAA = 1, 5, 28
_IN = 1
_MOST_ALIASES = 8


class NameServer(asyncio.DatagramProtocol):
    """Answers each name with its answers in turn; the last one stays. An answer is "1.2.3.4 ::1" or "-> other.example".

    asked: every query, as "A name".
    """

    def __init__(self, answers: Mapping[str, list[str]]) -> None:
        self._answers = {name: list(turns) for name, turns in answers.items()}
        self._turns: dict[tuple[str, int], int] = {}
        self.asked: list[str] = []
        self.where = ("", 0)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.where = self._transport.get_extra_info("sockname")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        number, name, kind = _read_question(data)
        self.asked.append(f"{'A' if kind == _A else 'AAAA'} {name}")
        records = self._records(name, kind)
        flags = 0x8180 if name in self._answers else 0x8183  # NXDOMAIN
        head = struct.pack("!6H", number, flags, 1, len(records), 0, 0)
        self._transport.sendto(head + data[12:] + b"".join(records), addr)

    def _records(self, name: str, kind: int) -> list[bytes]:
        turns = self._answers.get(name)
        if turns is None:
            return []
        turn = self._turns.get((name, kind), 0)  # the two kinds of one lookup see the same answer
        self._turns[name, kind] = turn + 1
        answer = turns[min(turn, len(turns) - 1)]
        if answer.startswith("->"):
            return [_record(_CNAME, _name(answer.removeprefix("->").strip()))]
        addresses = [ip_address(each) for each in answer.split()]
        return [_record(kind, each.packed) for each in addresses if isinstance(each, IPv6Address) == (kind == _AAAA)]


class WireResolver(AbstractResolver):
    """Asks a `NameServer` for both kinds of addresses, follows aliases, and remembers nothing.

    port: Instead of the one in the URL, so that an https URL would end at a trap.
    """

    def __init__(self, server: NameServer, *, port: int | None = None) -> None:
        self._server, self._port = server, port
        self._numbers = itertools.count(1)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        with suppress(OSError):  # 127.1, 0x7f000001, 017700000001: the C library needs no name server for these
            numeric = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
            return [self._result(host, str(where[0]), port) for *_, where in numeric]
        found = [each for kind in (_A, _AAAA) for each in await self._ask(host.rstrip(".").lower(), kind)]
        if not found:
            raise OSError(socket.EAI_NONAME, "unknown name")
        return [self._result(host, each, port) for each in found]

    async def close(self) -> None:
        pass

    def _result(self, name: str, host: str, port: int) -> ResolveResult:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return ResolveResult(
            hostname=name, host=host, port=self._port or port, family=family, proto=6, flags=socket.AI_NUMERICHOST
        )

    async def _ask(self, name: str, kind: int) -> list[str]:
        for _ in range(_MOST_ALIASES):
            reply = await self._exchanged(
                struct.pack("!6H", next(self._numbers), 0x0100, 1, 0, 0, 0) + _question(name, kind)
            )
            addresses, alias = _read_records(reply, offset=12 + len(_question(name, kind)))
            if alias is None:
                return addresses
            name = alias
        return []

    async def _exchanged(self, query: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[bytes] = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Waiting(waiting), remote_addr=self._server.where)
        try:
            transport.sendto(query)
            return await asyncio.wait_for(waiting, timeout=5)
        finally:
            transport.close()


class _Waiting(asyncio.DatagramProtocol):
    def __init__(self, waiting: "asyncio.Future[bytes]") -> None:
        self._waiting = waiting

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self._waiting.done():
            self._waiting.set_result(data)


def _name(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def _question(name: str, kind: int) -> bytes:
    return _name(name) + struct.pack("!2H", kind, _IN)


def _record(kind: int, content: bytes) -> bytes:
    return b"\xc0\x0c" + struct.pack("!2HIH", kind, _IN, 0, len(content)) + content  # the name of the question; TTL 0


def _read_name(message: bytes, offset: int) -> tuple[str, int]:
    labels: list[str] = []
    while length := message[offset]:
        labels.append(message[offset + 1 : offset + 1 + length].decode())
        offset += 1 + length
    return ".".join(labels), offset + 1


def _read_question(message: bytes) -> tuple[int, str, int]:
    name, offset = _read_name(message, 12)
    number = int.from_bytes(message[:2], "big")
    return number, name, int.from_bytes(message[offset : offset + 2], "big")


def _read_records(message: bytes, *, offset: int) -> tuple[list[str], str | None]:
    """The addresses, and the alias to ask for instead."""
    addresses: list[str] = []
    alias: str | None = None
    for _ in range(int.from_bytes(message[6:8], "big")):
        kind, _, _, length = struct.unpack_from("!2HIH", message, offset + 2)
        content = message[offset + 12 : offset + 12 + length]
        if kind == _CNAME:
            alias, _ = _read_name(content, 0)
        else:
            addresses.append(str(ip_address(content)))
        offset += 12 + length
    return addresses, alias
