"""A host that serves every bomb under its name, and streams that never end: `python -m tests.support.hostile`."""

import time
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support import bombs

FILES: tuple[Callable[[], bytes], ...] = (
    bombs.png_of_huge_size,
    bombs.png_with_a_profile_of_gigabytes,
    bombs.png_with_a_text_of_gigabytes,
    bombs.png_of_empty_chunks,
    bombs.gif_of_huge_size,
    bombs.gif_of_a_million_frames,
    bombs.jpeg_of_many_scans,
    bombs.jpeg_of_empty_segments,
    bombs.webp_of_huge_size,
    bombs.mp4_of_absurd_tables,
    bombs.mp4_nested_deeply,
    bombs.zip_file,
    bombs.gzip_file,
    bombs.svg_file,
)
STREAMS = ("endless", "endless-chunks", "announced", "slow-head", "slow-body", "silent", "gzip", "headers")
PATHS = (*(file.__name__ for file in FILES), *STREAMS)


class Hostile(ThreadingHTTPServer):
    """Serves every bomb under its name, and streams that never end until it is closed."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Bombing)
        self.files = {file.__name__: file() for file in FILES}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side hangs up; that is what the tests want."""


class _Bombing(BaseHTTPRequestHandler):
    server: Hostile  # pyright: ignore[reportIncompatibleVariableOverride] - it is what the handler was made by

    def do_GET(self) -> None:
        name = self.path.strip("/").partition("?")[0]
        if name in self.server.files:
            body = self.server.files[name]
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return
        for piece in _stream(name):
            self.wfile.write(piece)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the library
        """Nothing."""


def _stream(name: str) -> Generator[bytes]:
    ok = b"HTTP/1.1 200 OK\r\n"
    megabyte = bytes(1024 * 1024)
    match name:
        case "endless":
            yield ok + b"\r\nGIF89a"
            for _ in range(10 * 1024):
                yield megabyte
        case "endless-chunks":
            yield ok + b"Transfer-Encoding: chunked\r\n\r\n280000000\r\nGIF89a"
            for _ in range(10 * 1024):
                yield megabyte
        case "announced":
            yield ok + b"Content-Length: 10737418240\r\n\r\nGIF89a"
            for _ in range(10 * 1024):
                yield megabyte
        case "slow-head":
            yield from _slowly(ok + b"Content-Length: 1000000\r\n\r\n" * 100)
        case "slow-body":
            yield ok + b"Content-Length: 1000000\r\n\r\n"
            yield from _slowly(b"GIF89a" + bytes(1000))
        case "gzip":
            yield ok + b"Content-Encoding: gzip\r\n\r\n" + bombs.gzip_file()
        case "headers":
            yield b"HTTP/1.1 302 Found\r\n"
            for number in range(10_000):
                yield b"X-%d: " % number + b"a" * 1000 + b"\r\n"
        case _:
            yield from _slowly(b"", silence_s=60)


def _slowly(content: bytes, *, silence_s: float = 0) -> Generator[bytes]:
    for byte in content:
        yield bytes([byte])
        time.sleep(1)
    until = time.monotonic() + silence_s
    while time.monotonic() < until:
        time.sleep(0.5)
        yield b""


if __name__ == "__main__":
    server = Hostile()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
