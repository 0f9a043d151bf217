"""Where settings come from, and what a start that they forbid says."""

import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import ANY

import pytest

from tests.cli.conftest import Command, Ran


def values(shown: Ran) -> dict[str, tuple[str, str]]:
    """Value and source by setting."""
    return {each["name"]: (each["value"], each["source"]) for each in shown.json}


def test_a_flag_wins_over_the_environment_and_that_over_files(
    command: Command, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise: the order of sources in config.py; every value tells where it came from."""
    here = tmp_path / "work" / "overdoor.toml"
    here.write_text('data = "/from/file"\nport = 1\nhost = "here"\n')
    mine = tmp_path / "config" / "overdoor" / "config.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text('port = 2\nhost = "mine"\nimage_workers = 3\n')
    monkeypatch.setenv("OVERDOOR_DATA", "/from/environment")
    monkeypatch.setenv("OVERDOOR_PORT", "4")

    shown = values(command("config", "show", "--json", "--data", data))

    assert {name: shown[name] for name in ("data", "port", "host", "image_workers", "video_workers")} == {
        "data": (str(data), "flag --data"),
        "port": ("4", "environment OVERDOOR_PORT"),
        "host": ("here", str(here)),
        "image_workers": ("3", str(mine)),
        "video_workers": ("1", "default"),
    }


def test_a_secret_from_a_file_is_used_and_never_shown(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise: `OVERDOOR_<NAME>_FILE`; secrets are masked."""
    secret = tmp_path / "key"
    secret.write_text("sk_test_hidden\n")
    monkeypatch.setenv("OVERDOOR_API_KEY_FILE", str(secret))

    as_json, as_text = command("config", "show", "--json"), command("config", "show")

    assert values(as_json)["api_key"] == ("********", "environment OVERDOOR_API_KEY_FILE")
    assert "hidden" not in as_json.stdout + as_text.stdout + as_text.stderr


def test_a_variable_that_names_no_setting_is_told_on_stderr_and_stdout_stays_json(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise: with --json stdout holds that JSON and nothing else."""
    monkeypatch.setenv("OVERDOOR_PROT", "3000")

    shown = command("config", "show", "--json")

    assert values(shown)["port"] == ("3000", "default")
    assert "OVERDOOR_PROT is set, but no setting has that name." in shown.stderr


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("prot = 1", "no setting is called `prot`. Did you mean `port`?"),
        ('port = "door"', "`port` = 'door': must be a whole number."),
        ('catalog = "/no/such/file"', "/no/such/file: cannot be read: No such file or directory."),
        ('data = ""', "`data` = '': must name a file or folder."),
        ('secret_key = "guessed"', "`secret_key`: must have 32 characters or more"),
        ('database_url = "mysql://me:hidden@host/x"', "`database_url`: must start with postgresql://"),
    ],
)
def test_settings_that_cannot_be_used_end_the_command_with_their_sentence(
    command: Command, tmp_path: Path, file: str, problem: str
) -> None:
    """Promise: exit code 2, two lines."""
    (tmp_path / "work" / "overdoor.toml").write_text(file + "\n")

    refused = command("models")

    assert (refused.code, refused.stdout) == (2, "")
    happened, to_do = refused.stderr.splitlines()
    assert problem in happened
    assert "guessed" not in happened
    assert "hidden" not in happened
    assert to_do == "Correct that, then try again."


@pytest.mark.parametrize("content", ["", "\n", "5e", "no digits at all", "\xff"])
def test_a_damaged_secret_key_stops_the_start_instead_of_signing_with_it(
    command: Command, data: Path, content: str
) -> None:
    """Promise: an empty or short key, which anybody could guess, never signs a link."""
    data.mkdir()
    (data / "secret.key").write_text(content, encoding="latin-1")

    refused = command("keys", "list", "--data", data)

    assert (refused.code, refused.stdout) == (2, "")
    happened, to_do = refused.stderr.splitlines()
    assert happened.startswith(f"Error: The secret key {data / 'secret.key'} is damaged: it must hold 64 hexadecimal")
    assert to_do == "Correct that, then try again."


def test_a_damaged_database_is_told_in_a_sentence(command: Command, data: Path) -> None:
    """Promise: exit code 2, no traceback."""
    data.mkdir()
    (data / "overdoor.db").write_bytes(b"no database " * 1000)

    refused = command("keys", "list", "--data", data)

    assert (refused.code, refused.stdout) == (2, "")
    assert refused.stderr.splitlines() == [
        f"Error: The database {data / 'overdoor.db'} cannot be used: file is not a database. "
        "If it is damaged, restore it from a backup.",
        "Correct that, then try again.",
    ]


def test_a_database_of_a_newer_version_is_left_alone(command: Command, data: Path) -> None:
    """Promise: MigrationError ends the command with exit code 2."""
    command("keys", "create", "x", "--data", data)
    with closing(sqlite3.connect(data / "overdoor.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    refused = command("keys", "list", "--data", data)

    assert (refused.code, refused.stdout) == (2, "")
    assert "revision 9999" in refused.stderr


def test_models_are_listed_by_kind_with_their_prices(command: Command) -> None:
    """Promise: docs/cli.md, `models`."""
    clips = command("models", "--kind", "video", "--json").json

    assert {model["kind"] for model in clips} == {"video"}
    seedance = next(model for model in clips if model["id"] == "seedance-2.0-text-to-video")
    assert seedance["price"] == {
        "per": "second",
        "by": ["resolution"],
        "credits": {"480p": 20, "720p": 40, "1080p": 80},
    }
    assert "gpt-image-2-text-to-image" in command("models").stdout


def test_a_server_that_may_not_start_says_why(
    command: Command, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise: exit code 2, whether the port, the folder or the catalogue is wrong."""
    (tmp_path / "file").touch()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        taken = command("serve", "--port", port, "--data", data)
    no_folder = command("serve", "--port", "0", "--data", tmp_path / "file")
    monkeypatch.setenv("OVERDOOR_CATALOG", str(tmp_path / "no-such-catalogue"))
    no_catalogue = command("serve", "--port", "0", "--data", data)

    assert [(ran.code, ran.stdout) for ran in (taken, no_folder, no_catalogue)] == [(2, "")] * 3
    assert [ran.stderr.splitlines()[0] for ran in (taken, no_folder, no_catalogue)] == [
        f"Error: Another program listens on 127.0.0.1 port {port}.",
        f"Error: The data folder {tmp_path / 'file'} cannot be used: File exists.",
        ANY,
    ]
    assert "no-such-catalogue" in no_catalogue.stderr
