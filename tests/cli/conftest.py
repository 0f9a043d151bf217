"""A command line run in this process: its exit code, its stdout and its stderr, in an empty folder without settings."""

import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from overdoor.cli.app import run


@dataclass(frozen=True, slots=True)
class Ran:
    """One command that has ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """stdout, which must be one JSON document."""
        return json.loads(self.stdout)


Command = Callable[..., Ran]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Runs `overdoor <arguments>` with `tmp_path/work` as the working directory."""
    for variable in [name for name in os.environ if name.startswith("OVERDOOR_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    handlers, lines = logging.getLogger().handlers[:], structlog.get_config()

    def run_command(*arguments: object) -> Ran:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    yield run_command
    logging.getLogger().handlers[:] = handlers
    structlog.configure(**lines)
