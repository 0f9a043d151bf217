"""One picture through every door of a fresh gateway, and one clip with sound: `make demo`.

Starts a server on a free port with its own data folder, asks as a client would, downloads what the answers name, and
looks at every file. Exits with 1 if anything is off. Everything lies in `demo/`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import av
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "demo"
DATA = FOLDER / "data"
LOG = FOLDER / "server.log"
OVERDOOR = str(Path(sys.executable).with_name("overdoor"))
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("OVERDOOR_")}
PATIENCE_S = 60.0  # for one task
LOOK_EVERY_S = 0.25
STOP_WITHIN_S = 15

CITY = "Create an image of a futuristic city at sunset"
TOOL = "modelgates:image_generation"


class DemoFailed(Exception):
    """A door did not do what it promises."""


@dataclass(frozen=True, slots=True)
class Server:
    """The gateway of this demo, and a test key for it."""

    url: str
    key: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture file must be."""

    format: str
    width_px: int
    height_px: int
    is_transparent: bool = False

    def check(self, path: Path) -> str:
        """What the file is, in words.

        Raises:
            DemoFailed: it is something else.
        """
        with Image.open(path) as opened:
            opened.load()
            lowest_alpha = opened.getchannel("A").getextrema()[0] if "A" in opened.getbands() else 255
            found = Picture(str(opened.format), *opened.size, is_transparent=lowest_alpha == 0)
        if found != self:
            raise DemoFailed(f"{shown(path)} is {found}, not {self}.")
        alpha = ", transparent" if self.is_transparent else ""
        return f"{self.width_px}x{self.height_px} {self.format}{alpha}"


@dataclass(frozen=True, slots=True)
class Clip:
    """What a clip file must be: H.264 in MP4, with sound that is not silence."""

    width_px: int
    height_px: int
    duration_s: float

    def check(self, path: Path) -> str:
        """What the file is, in words.

        Raises:
            DemoFailed: it is something else.
        """
        with av.open(str(path)) as opened:
            pictures, sounds = opened.streams.video, opened.streams.audio
            if not pictures or not sounds:
                raise DemoFailed(f"{shown(path)} has {len(pictures)} video and {len(sounds)} audio streams.")
            length_s = float((pictures[0].duration or 0) * (pictures[0].time_base or 0))
            found = Clip(pictures[0].width, pictures[0].height, round(length_s, 1))
            loudest = max(abs(frame.to_ndarray()).max() for frame in opened.decode(sounds[0]))
        if found != self:
            raise DemoFailed(f"{shown(path)} is {found}, not {self}.")
        if not loudest > 0:
            raise DemoFailed(f"{shown(path)} is silent.")
        return f"{self.width_px}x{self.height_px} MP4, {self.duration_s:g} s, sound"


@dataclass(frozen=True, slots=True)
class Wish:
    """One row of the demo. make: asks the door and writes the file; the credits that it cost."""

    door: str
    asked: str
    file: str
    expected: Picture | Clip
    make: Callable[[Server, Path], float]


def main() -> int:
    """Run every wish, show the table; 0 if every file is what was asked for."""
    began = time.perf_counter()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    rows: list[tuple[str, ...]] = []
    try:
        with running_server() as server:
            say(f"Overdoor runs at {server.url}; every door is asked once.")
            for wish in WISHES:
                rows.append(carried_out(wish, server))
                say(f"  {wish.door}: {rows[-1][2]}")
    except DemoFailed as failure:
        say(f"Off: {failure} The server's log is {shown(LOG)}.")
        return 1
    say("")
    show_table(("DOOR", "ASKED FOR", "FILE", "IS", "SECONDS", "CREDITS"), rows)
    say(f"\nAll {len(rows)} files are what was asked for, after {time.perf_counter() - began:.0f} s.")
    say("The server of the demo is stopped. `make run` starts one and prints a key for it.")
    return 0


@contextmanager
def running_server() -> Generator[Server]:
    """A gateway on a free port and a fresh data folder, stopped at the end."""
    with (
        LOG.open("w") as log,
        subprocess.Popen(  # noqa: S603 - our own console script
            [OVERDOOR, "serve", "--port", "0", "--data", str(DATA)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=FOLDER,
            env=PLAIN,
        ) as process,
    ):
        try:
            ready = re.match(r"Overdoor is ready at (\S+)", process.stdout.readline() if process.stdout else "")
            if ready is None:
                raise DemoFailed("The server did not start.")
            made = overdoor("keys", "create", "demo", "--mode", "test", "--json", "--data", str(DATA))
            yield Server(ready[1], made["key"])
        finally:
            process.terminate()
            code = process.wait(STOP_WITHIN_S)
    if code != 0:
        raise DemoFailed(f"The server stopped with code {code}.")


def carried_out(wish: Wish, server: Server) -> tuple[str, ...]:
    """The row of the table."""
    path = FOLDER / wish.file
    began = time.perf_counter()
    cost = wish.make(server, path)
    seconds = time.perf_counter() - began
    return wish.door, wish.asked, shown(path), wish.expected.check(path), f"{seconds:.1f}", f"{cost:g}"


def by_jobs(model: str, options: Mapping[str, object]) -> Callable[[Server, Path], float]:
    """createTask, then recordInfo until the task has ended."""

    def make(server: Server, path: Path) -> float:
        created = ask(server, "/api/v1/jobs/createTask", {"model": model, "input": options})
        task_id = created["data"]["taskId"]
        record = ended(lambda: ask(server, f"/api/v1/jobs/recordInfo?taskId={task_id}")["data"])
        return download(record, path)

    return make


def by_mcp(arguments: Mapping[str, object]) -> Callable[[Server, Path], float]:
    """The tools generate_image and get_generation_status, in JSON-RPC."""

    def call(server: Server, tool: str, values: Mapping[str, object]) -> dict[str, Any]:
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": values}}
        result = ask(server, "/api/mcp", message)["result"]
        if result["isError"]:
            raise DemoFailed(f"{tool} answered {result['structuredContent']}.")
        return result["structuredContent"]

    def make(server: Server, path: Path) -> float:
        task_id = call(server, "generate_image", arguments)["taskId"]
        return download(ended(lambda: call(server, "get_generation_status", {"taskId": task_id})), path)

    return make


def by_chat(server: Server, path: Path) -> float:
    """A chat model calls the server tool, and its answer shows the picture."""
    body = {"model": "sandbox/chat", "messages": [{"role": "user", "content": CITY}], "tools": [{"type": TOOL}]}
    answer = ask(server, "/api/v1/chat/completions", body)
    picture = re.search(r"!\[[^]]*\]\((\S+)\)", answer["choices"][0]["message"]["content"])
    if picture is None:
        raise DemoFailed(f"The answer shows no picture: {answer['choices'][0]['message']}.")
    path.write_bytes(fetch(picture[1]))
    return answer["usage"]["cost"] * 100


def by_responses(server: Server, path: Path) -> float:
    """The same in the shape of the Responses API."""
    body = {
        "model": "sandbox/chat",
        "input": "Generate an image of a mountain landscape",
        "tools": [{"type": TOOL, "parameters": {"quality": "high"}}],
    }
    answer = ask(server, "/api/v1/responses", body)
    item = next((item for item in answer["output"] if item["type"] == TOOL), None)
    if item is None:
        raise DemoFailed(f"The answer has no item of type {TOOL}.")
    path.write_bytes(fetch(item["imageUrl"]))
    return answer["usage"]["cost"] * 100


def by_command_line(*arguments: str) -> Callable[[Server, Path], float]:
    """`overdoor generate`, which works on the data folder by itself."""

    def make(_server: Server, path: Path) -> float:
        record = overdoor("generate", *arguments, "-o", str(path), "--json", "--data", str(DATA))
        return record["creditsCharged"]

    return make


def ended(look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The record of the task once it has succeeded."""
    give_up_at = time.monotonic() + PATIENCE_S
    while (record := look())["state"] == "waiting":
        if time.monotonic() > give_up_at:
            raise DemoFailed(f"{record['taskId']} has not ended after {PATIENCE_S:g} s.")
        time.sleep(LOOK_EVERY_S)
    if record["state"] != "success":
        raise DemoFailed(f"{record['taskId']} failed: {record['failMsg']}")
    return record


def download(record: Mapping[str, Any], path: Path) -> float:
    """The first result of the task is in the file; what the task cost."""
    path.write_bytes(fetch(json.loads(record["resultJson"])["resultUrls"][0]))
    return record["creditsCharged"]


def ask(server: Server, path: str, body: object = None) -> dict[str, Any]:
    """The JSON answer of a door: POST with a body, else GET."""
    headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
    return json.loads(
        fetch(server.url + path, body=None if body is None else json.dumps(body).encode(), headers=headers)
    )


def fetch(url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
    """What the URL answers with."""
    try:
        with urlopen(Request(url, body, dict(headers or {})), timeout=PATIENCE_S) as answer:  # noqa: S310 - our own server
            return answer.read()
    except HTTPError as error:
        raise DemoFailed(f"{url.partition('?')[0]} answered {error.code}: {error.read().decode()}") from error


def overdoor(*arguments: str) -> Any:
    """The JSON document that a command prints."""
    command = [OVERDOOR, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FOLDER, env=PLAIN)  # noqa: S603 - our own
    if ran.returncode != 0:
        raise DemoFailed(f"overdoor {arguments[0]} ended with {ran.returncode}: {ran.stderr.strip()}")
    return json.loads(ran.stdout)


def show_table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Columns as wide as their widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(titles, *rows, strict=True)]
    for row in (titles, *rows):
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def shown(path: Path) -> str:
    """The path as seen from the root of the checkout."""
    return str(path.relative_to(ROOT))


def say(line: str) -> None:
    """A line on stdout, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


WISHES = (
    Wish(
        door="jobs API",
        asked="product photo of a camera, 1:1, high",
        file="jobs-camera.png",
        expected=Picture("PNG", 1024, 1024),
        make=by_jobs(
            "gpt-image-2-text-to-image",
            {
                "prompt": "A cinematic product photo of a futuristic camera on a clean studio table",
                "aspect_ratio": "1:1",
                "resolution": "1024x1024",
                "quality": "high",
                "output_format": "png",
            },
        ),
    ),
    Wish(
        door="MCP",
        asked="lighthouse at dusk, 1536x1024 JPEG",
        file="mcp-lighthouse.jpg",
        expected=Picture("JPEG", 1536, 1024),
        make=by_mcp(
            {
                "model": "gpt-image-2-text-to-image",
                "prompt": "A lighthouse on a rocky coast at dusk, waves below",
                "resolution": "1536x1024",
                "output_format": "jpeg",
            }
        ),
    ),
    Wish("chat tool", "futuristic city at sunset", "chat-city.png", Picture("PNG", 1024, 1024), by_chat),
    Wish("responses", "mountain landscape, high", "responses-mountains.png", Picture("PNG", 1024, 1024), by_responses),
    Wish(
        door="command line",
        asked="fox sticker, transparent WebP",
        file="cli-fox.webp",
        expected=Picture("WEBP", 1024, 1024, is_transparent=True),
        make=by_command_line(
            "A cheerful fox sticker",
            *("--model", "openai/gpt-image-2.5-flare"),
            *("--background", "transparent"),
            *("--size", "1024x1024"),
        ),
    ),
    Wish(
        door="jobs API",
        asked="5 s clip, 16:9, 720p, with sound",
        file="jobs-neon-street.mp4",
        expected=Clip(1280, 720, 5.0),
        make=by_jobs(
            "seedance-2.0-text-to-video",
            {
                "prompt": "A slow cinematic dolly shot through a neon city street at night",
                "aspect_ratio": "16:9",
                "resolution": "720p",
                "duration": "5",
                "generate_audio": True,
            },
        ),
    ),
)

if __name__ == "__main__":
    sys.exit(main())
