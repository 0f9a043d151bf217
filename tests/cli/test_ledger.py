"""`overdoor ledger audit` as a person and as a script uses it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Command


def test_clean_books_end_with_code_0_and_one_line(command: Command, data: Path) -> None:
    """Promise: docs/money.md#the-audit."""
    command("credits", "grant", "5", "--data", data)

    audited = command("ledger", "audit", "--data", data)

    assert (audited.code, audited.stderr) == (0, "")
    assert audited.stdout == "No difference in 4 entries of 2 references, 0 tasks and 2 balances.\n"


@pytest.mark.parametrize("asked", [("ledger", "audit"), ("tasks", "list"), ("tasks", "stuck")])
def test_a_mistyped_folder_is_refused_and_stays_empty(command: Command, data: Path, asked: tuple[str, ...]) -> None:
    """Promise: docs/money.md#the-audit: a new, empty gateway is never called clean."""
    data.mkdir()

    refused = command(*asked, "--data", data)

    assert (refused.code, refused.stdout) == (2, "")
    assert f"There is no database in {data}." in refused.stderr
    assert list(data.iterdir()) == []


def test_a_difference_is_printed_and_ends_with_code_1(command: Command, data: Path) -> None:
    """Promise: docs/money.md#the-audit: exit code 1; with --json nothing but JSON."""
    command("credits", "grant", "5", "--data", data)
    with closing(sqlite3.connect(data / "overdoor.db")) as raw, raw:
        [account_id] = raw.execute("SELECT id FROM accounts").fetchone()
        raw.execute("UPDATE balances SET available = available + 1 WHERE mode = 'test'")

    told = command("ledger", "audit", "--data", data)
    audited = command("ledger", "audit", "--json", "--data", data)

    message = "the balance shows 100005.0001 credits available; its entries say 100005 credits"
    assert (told.code, audited.code, audited.stderr) == (1, 1, "")
    assert told.stdout.splitlines() == [
        f"{account_id} (test): {message} [balance]",
        "1 difference in 4 entries of 2 references, 0 tasks and 2 balances.",
    ]
    assert audited.json == {
        "clean": False,
        "entries": 4,
        "references": 2,
        "tasks": 0,
        "balances": 2,
        "differences": [{"rule": "balance", "subject": f"{account_id} (test)", "message": message}],
        "left_out": 0,
    }
