"""`overdoor generate` in its own process and on a server: the file, the record, the exit code."""

import io
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from overdoor.cli.output import CommandRefused
from overdoor.cli.saving import Place, save
from overdoor.cli.wish import address_of, build_wish
from tests.cli.conftest import Command

OVERDOOR = str(Path(sys.executable).with_name("overdoor"))


def test_a_picture_is_made_saved_and_told_as_its_public_record(command: Command, data: Path) -> None:
    """Promise: --json prints the public record and the file; the suffix picks the format."""
    made = command(
        "generate", "a red fox in fresh snow", "-o", "fox.webp", "--size", "640x1024", "--json", "--data", data
    )

    assert made.code == 0, made.stderr
    record = made.json
    assert Path(record["file"]) == Path("fox.webp").absolute()
    assert {name: record[name] for name in ("model", "state", "mode", "creditsCharged")} == {
        "model": "gpt-image-2-text-to-image",
        "state": "success",
        "mode": "test",
        "creditsCharged": 3,
    }
    with Image.open("fox.webp") as picture:
        assert (picture.format, picture.size) == ("WEBP", (640, 1024))
    assert made.stderr.startswith("Price: 3 credits (1K), test mode\n")
    assert "\x1b" not in made.stderr
    living = [key["name"] for key in command("keys", "list", "--json", "--data", data).json if not key["disabled_at"]]
    assert living == ["cli (test)"]


def test_a_named_wish_is_made_once(command: Command, data: Path) -> None:
    """Promise: docs/cli.md, `--request-id`: repeated, it answers the first task and charges nothing."""
    named = ("--request-id", "fox-1", "--json", "--data", data)
    first = command("generate", "a fox sandbox:instant", "-o", "first.png", *named)
    again = command("generate", "a fox sandbox:instant", "-o", "again.png", *named)
    nameless = command("generate", "a fox", "-o", "none.png", "--request-id", "", "--data", data)

    assert first.json["taskId"] == again.json["taskId"]
    assert Path("first.png").read_bytes() == Path("again.png").read_bytes()
    assert "nothing is charged again" in again.stderr
    assert nameless.code == 2


def test_an_input_file_is_worked_on_and_the_bytes_go_to_stdout(command: Command, data: Path) -> None:
    """Promise: -i takes a path; -o - writes bytes to stdout."""
    Image.new("RGB", (64, 48), "orange").save("in.png")

    ran = subprocess.run(
        [OVERDOOR, "generate", "", "-m", "image-upscale", "-i", "in.png", "-o", "-", "--data", str(data)],
        capture_output=True,
        check=True,
    )

    with Image.open(io.BytesIO(ran.stdout)) as picture:
        assert (picture.format, picture.size) == ("PNG", (128, 96))


def test_a_failed_task_exits_1_with_its_reason_and_the_credits_back(command: Command, data: Path) -> None:
    """Promise: exit code 1; a failed task costs nothing."""
    failed = command("generate", "a fox sandbox:moderation_blocked", "--json", "--data", data)

    assert failed.code == 1
    assert {name: failed.json[name] for name in ("state", "failCode", "creditsCharged", "file")} == {
        "state": "fail",
        "failCode": "content_policy",
        "creditsCharged": 0,
        "file": None,
    }
    assert failed.stderr.splitlines()[-1] == "The credits were returned (content_policy)."


def test_too_few_credits_exit_4_and_write_nothing(
    command: Command, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise: exit code 4."""
    monkeypatch.setenv("OVERDOOR_TEST_GRANT", "1")

    refused = command("generate", "a fox", "--data", data)

    assert (refused.code, refused.stdout, list(Path().iterdir())) == (4, "", [])
    assert refused.stderr.splitlines()[-2:] == [
        "Error: This task costs 3 credits; 1 are available.",
        "Add credits, or ask for a lower `resolution` or `duration`.",
    ]


def test_an_existing_file_is_refused_before_anything_is_paid(command: Command, data: Path) -> None:
    """Promise: never overwrite without --force."""
    Path("fox.png").write_bytes(b"mine")

    refused = command("generate", "a fox", "-o", "fox.png", "--data", data)

    assert (refused.code, Path("fox.png").read_bytes(), data.exists()) == (2, b"mine", False)
    assert refused.stderr == "Error: fox.png exists already.\nChoose another -o, or add --force.\n"


def test_a_result_that_cannot_be_written_is_not_lost(command: Command, data: Path) -> None:
    """Promise: what was paid for can be fetched; no traceback."""
    too_long_with_its_suffix_of_a_draft = "f" * 246 + ".png"

    ran = command("generate", "a fox", "-o", too_long_with_its_suffix_of_a_draft, "--data", data)

    happened, to_do = ran.stderr.splitlines()[-2:]
    assert (ran.code, ran.stdout, list(Path().iterdir())) == (1, "", [])
    assert happened.startswith("Error: task_")
    assert happened.endswith(" is done, but its file cannot be written: File name too long.")
    assert to_do.startswith("A running server has it, too: http://127.0.0.1:3000/assets/asset_")


def test_a_dry_run_shows_the_price_and_opens_nothing(command: Command, data: Path) -> None:
    """Promise: --dry-run prints the price only."""
    shown = command("generate", "waves", "-o", "waves.mp4", "--no-audio", "--dry-run", "--json", "--data", data)

    assert shown.json == {
        "model": "seedance-2.0-text-to-video",
        "credits": 200,
        "explanation": "5 s x 40 credits (720p)",
        "warnings": [],
    }
    assert not data.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("x", "-o", "x.gif"), 2, "Files named .gif are not made."),
        (("x", "-o", "no/such/folder.png"), 2, "The folder no/such does not exist."),
        (("x", "-i", "missing.png"), 2, "The input 'missing.png' cannot be read: No such file or directory."),
        (("x", "-o", "-", "--json"), 2, "--json and -o - both write to stdout."),
        (("x", "-m", "gpt-imagine"), 2, "No model is called 'gpt-imagine'."),
        (("x", "--quality", "supreme"), 2, "`quality` 'supreme' is not offered by gpt-image-2-text-to-image."),
        (("",), 2, "The prompt is missing or empty."),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_in_two_lines(
    command: Command, data: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    """Promise: exit code 2; what happened, what to do."""
    refused = command("generate", *arguments, "--data", data)

    assert (refused.code, refused.stdout) == (code, "")
    happened, to_do = refused.stderr.splitlines()
    assert happened == f"Error: {message}"
    assert to_do


def test_a_server_is_used_when_the_settings_name_one(
    command: Command, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise: server_url and api_key; exit codes 3 and 6; `serve` shows the first key once and stops with code 0."""
    with serving(data) as (url, greeting):
        key = next(line for line in greeting if line.startswith("The first test key")).rpartition(" ")[2]
        monkeypatch.setenv("OVERDOOR_SERVER_URL", url)
        keyless = command("generate", "a fox")
        monkeypatch.setenv("OVERDOOR_API_KEY", key)
        made = command("generate", "a lighthouse", "-o", "there.jpg", "--json")
        monkeypatch.setenv("OVERDOOR_API_KEY", key[:-1] + "_")
        unknown = command("generate", "a fox")
    unreachable = command("generate", "a fox")

    assert (keyless.code, unknown.code, unreachable.code) == (3, 3, 6)
    assert made.code == 0, made.stderr
    assert made.json["resultUrls"][0].startswith(f"{url}/assets/")
    with Image.open(made.json["file"]) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1024, 1024))
    assert f"{url} cannot be reached" in unreachable.stderr


def test_ctrl_c_exits_130_and_says_how_to_look(data: Path, tmp_path: Path) -> None:
    """Promise: the task is kept; the sentence says so."""
    with subprocess.Popen(
        [OVERDOOR, "generate", "a fox sandbox:delay=60s", "--json", "--data", str(data)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        lines = [process.stderr.readline(), process.stderr.readline()]  # the price, and the first phase
        process.send_signal(signal.SIGINT)
        stdout, rest = process.communicate(timeout=10)

    assert (process.returncode, stdout) == (130, ""), (lines, rest)
    assert "is kept, and goes on when a server runs here" in rest
    assert "Traceback" not in rest


@pytest.mark.parametrize(
    ("options", "model"),
    [
        ({}, "gpt-image-2-text-to-image"),
        ({"inputs": ["task_1"]}, "gpt-image-2-image-to-image"),
        ({"output": "a.mp4"}, "seedance-2.0-text-to-video"),
        ({"params": {"duration": "5"}, "inputs": ["https://example.org/a.png"]}, "seedance-2.0-image-to-video"),
        ({"model": "image-upscale", "inputs": ["task_1"]}, "image-upscale"),
    ],
)
def test_the_model_follows_from_what_is_given(options: dict[str, Any], model: str) -> None:
    """Promise: docs/cli.md, `generate`: the default model."""
    defaults: dict[str, Any] = {"model": None, "params": {}, "inputs": [], "output": None, "mode": "test"}

    assert build_wish(**(defaults | options)).model == model


def test_an_input_is_a_url_an_id_or_a_file(tmp_path: Path) -> None:
    """Promise: -i takes a path (becomes a data URL), a URL, an asset or a task id."""
    picture = tmp_path / "a.png"
    picture.write_bytes(b"png")

    assert [address_of(given) for given in ("https://x.org/a", "task_1", "asset_1", "asset:1", str(picture))] == [
        "https://x.org/a",
        "task_1",
        "asset:asset_1",
        "asset:1",
        "data:image/png;base64,cG5n",
    ]


def test_a_result_is_named_after_its_prompt_and_takes_no_other_files_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise: the default file name; nothing is overwritten, nothing half-written stays."""
    monkeypatch.chdir(tmp_path)
    place = Place(None, "A café, at dawn: mist & light over the old harbour of a town", overwrites=False)

    saved = [save(b"1", place, suffix=".png"), save(b"2", place, suffix=".png")]

    assert saved == [
        Path("a-café-at-dawn-mist-light-over-the-old-harbour.png"),
        Path("a-café-at-dawn-mist-light-over-the-old-harbour-2.png"),
    ]
    Path("taken.png").write_bytes(b"mine")
    with pytest.raises(CommandRefused, match="exists already"):
        save(b"3", Place("taken.png", "x", overwrites=False), suffix=".png")
    assert save(b"4", Place("taken.png", "x", overwrites=True), suffix=".png") == Path("taken.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*map(str, saved), "taken.png"])


@contextmanager
def serving(data: Path) -> Generator[tuple[str, list[str]]]:
    """A server in its own process: its address, and what it said at start. It must stop with code 0."""
    with subprocess.Popen(
        [OVERDOOR, "serve", "--port", "0", "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        greeting = [process.stdout.readline().strip() for _ in range(3)]
        try:
            yield greeting[0].removeprefix("Overdoor is ready at "), greeting
        finally:
            process.terminate()
            _, log = process.communicate(timeout=15)
    assert process.returncode == 0, log
