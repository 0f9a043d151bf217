"""A load client that costs little: raw HTTP/1.1 over asyncio protocols, one prepared request per connection."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """What a run saw. latencies_s is sorted."""

    seconds: float
    latencies_s: tuple[float, ...]
    statuses: dict[int, int]

    @property
    def per_second(self) -> float:
        """Answers per second, refusals too."""
        return len(self.latencies_s) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """A percentile of the latencies, 0 to 1."""
        return self.latencies_s[min(int(len(self.latencies_s) * share), len(self.latencies_s) - 1)] * 1000


class _Connection(asyncio.Protocol):
    """Sends the same request again as soon as its answer is whole. Understands Content-Length answers only."""

    def __init__(self, request: bytes, until: float, statuses: "Counter[int]", latencies: list[float]) -> None:
        self._request, self._until = request, until
        self._statuses, self._latencies = statuses, latencies
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        at = head.index(b"content-length:") + 15
        end = head.find(b"\r\n", at)
        length = int(head[at : end if end >= 0 else None])
        if len(self._buffer) < head_end + 4 + length:
            return
        now = time.perf_counter()
        self._statuses[int(self._buffer[9:12])] += 1
        self._latencies.append(now - self._sent_at)
        self._buffer = b""
        if now < self._until:
            self._send()
        else:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        assert self._transport is not None
        self._sent_at = time.perf_counter()
        self._transport.write(self._request)

    def _end(self) -> None:
        assert self._transport is not None
        self._transport.close()


async def load(host: str, port: int, *, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Keep `connections` busy for `seconds`; connection n repeats `requests[n % len(requests)]`."""
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    until = began + seconds
    opened: list[_Connection] = []
    for number in range(connections):
        request = requests[number % len(requests)]
        _, protocol = await loop.create_connection(
            lambda request=request: _Connection(request, until, statuses, latencies), host, port
        )
        opened.append(protocol)
    await asyncio.gather(*(connection.ended for connection in opened))
    return Load(time.perf_counter() - began, tuple(sorted(latencies)), dict(statuses))


def post(path: str, *, host: str, key: str, body: bytes) -> bytes:
    """A prepared JSON POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, *, host: str, key: str) -> bytes:
    """A prepared GET."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
