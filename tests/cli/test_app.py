"""The command line as a whole: what it loads, and how it refuses."""

import subprocess
import sys

import pytest

from overdoor import __version__
from overdoor.cli.output import ExitCode, exit_code_of
from tests.cli.conftest import Command

HEAVY = ("litestar", "uvicorn", "sqlalchemy", "aiohttp", "structlog", "msgspec", "rich", "numpy", "PIL", "asyncio")


def test_help_imports_nothing_heavy() -> None:
    """Promise: `overdoor --help` answers within 200 ms; what it imports decides that on every machine."""
    script = (
        "import sys\n"
        "from overdoor.cli.app import run\n"
        "code = run(['--help'])\n"
        f"print(code, [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stderr == "0 []\n"
    assert "generate" in ran.stdout


def test_the_version_is_told(command: Command) -> None:
    """Promise: `--version`."""
    assert command("--version").stdout == f"overdoor {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (("paint",), ["Error: No such command 'paint'.", "See `overdoor --help`."]),
        (("keys", "create"), ["Error: Missing argument 'NAME'.", "See `overdoor keys create --help`."]),
        (
            ("serve", "--prot", "1"),
            ["Error: No such option: --prot (Possible options: --host, --port)", "See `overdoor serve --help`."],
        ),
    ],
)
def test_a_misused_command_says_what_happened_and_what_to_do(
    command: Command, arguments: tuple[str, ...], lines: list[str]
) -> None:
    """Promise: two lines on stderr, exit code 2."""
    refused = command(*arguments)

    assert (refused.code, refused.stdout) == (2, "")
    assert refused.stderr.splitlines() == lines


@pytest.mark.parametrize("arguments", [(), ("keys",)])
def test_a_command_without_a_command_shows_its_help_on_stderr(command: Command, arguments: tuple[str, ...]) -> None:
    """Promise: the help alone, which is no error message; exit code 2."""
    shown = command(*arguments)

    assert (shown.code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("Usage: overdoor ")
    assert "Commands:" in shown.stderr


@pytest.mark.parametrize(
    ("http_status", "code"),
    [(400, 2), (401, 3), (402, 4), (403, 3), (404, 2), (413, 2), (422, 2), (429, 5), (500, 1), (503, 1)],
)
def test_an_http_status_has_its_exit_code(http_status: int, code: int) -> None:
    """Promise: 0 ok, 1 failed, 2 usage, 3 auth, 4 credits, 5 rate, 6 unreachable, 130 cancelled."""
    assert exit_code_of(http_status) == ExitCode(code)
