"""`overdoor files` in its own process and on a server."""

from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Command
from tests.cli.test_generate import serving


def picture(path: str) -> str:
    """A picture in the working directory."""
    Image.new("RGB", (64, 48), "teal").save(path)
    return path


def test_a_file_is_kept_and_worked_on(command: Command, data: Path) -> None:
    """Promise: docs/cli.md#files."""
    kept = command("files", "upload", picture("cat.png"), "--data", data)
    made = command("generate", "sepia", "-i", kept.stdout.strip(), "-o", "old.png", "--data", data)

    assert kept.code == 0, kept.stderr
    assert kept.stdout.startswith("asset:asset_")
    assert kept.stderr == f"Kept cat.png (image/png, {Path('cat.png').stat().st_size:,} bytes), test mode.\n"
    assert made.code == 0, made.stderr
    assert Path("old.png").exists()


def test_a_file_is_kept_by_the_server_that_the_settings_name(
    command: Command, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise: docs/cli.md#files: with `server_url` and `api_key`."""
    with serving(data) as (url, greeting):
        key = next(line for line in greeting if line.startswith("The first test key")).rpartition(" ")[2]
        monkeypatch.setenv("OVERDOOR_SERVER_URL", url)
        keyless = command("files", "upload", picture("my cat.png"))
        monkeypatch.setenv("OVERDOOR_API_KEY", key)
        kept = command("files", "upload", "my cat.png", "--json")
        refused = command("files", "upload", "--live", "my cat.png")
        Path("words.txt").write_text("no picture", encoding="utf-8")
        unreadable = command("files", "upload", "words.txt")

    assert (keyless.code, refused.code, unreadable.code) == (3, 2, 2)
    assert (kept.json["name"], kept.json["width"], kept.json["height"]) == ("my cat.png", 64, 48)
    assert "is no picture, clip or sound" in unreadable.stderr


def test_what_is_no_file_is_refused(command: Command, data: Path) -> None:
    """Promise: docs/cli.md#exit-codes."""
    refused = command("files", "upload", "missing.png", "--data", data)

    assert (refused.code, refused.stdout) == (2, "")
    assert not data.exists()
