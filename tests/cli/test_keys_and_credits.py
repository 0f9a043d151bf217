"""Keys and credits on the data folder, without a server."""

from pathlib import Path
from unittest.mock import ANY

import pytest

from overdoor.domain.access import key_mode
from tests.cli.conftest import Command

UNBOUNDED = {"total": None, "daily": None, "weekly": None, "monthly": None}


def test_a_created_key_is_printed_as_one_json_document_with_exactly_four_fields(command: Command, data: Path) -> None:
    """Promise: docs/cli.md, `keys create`; the SDK fixtures read it."""
    made = command("keys", "create", "my app", "--mode", "test", "--json", "--data", data)

    assert (made.code, made.stderr) == (0, "")
    assert made.json == {"id": ANY, "name": "my app", "mode": "test", "key": ANY}
    assert key_mode(made.json["key"]) == "test"


def test_without_json_stdout_holds_the_bare_key_so_that_a_shell_can_keep_it(command: Command, data: Path) -> None:
    """Promise: stdout is data, stderr is talk."""
    made = command("keys", "create", "shell", "--mode", "live", "--data", data)

    assert key_mode(made.stdout.strip()) == "live"
    assert made.stderr == "The live key 'shell' is shown only now:\n"


def test_listed_keys_hold_no_secret_and_tell_their_scopes(command: Command, data: Path) -> None:
    """Promise: a key is shown once and never stored."""
    secret = command("keys", "create", "reader", "--scope", "account:read", "--scope", "read", "--data", data).stdout
    listed = command("keys", "list", "--json", "--data", data)

    reader = next(key for key in listed.json if key["name"] == "reader")
    assert reader == {
        "id": ANY,
        "name": "reader",
        "mode": "test",
        "masked": f"sk_test_…{secret.strip()[-4:]}",
        "scopes": ["read", "account:read"],
        "tier": None,
        "limits": None,
        "budgets": UNBOUNDED,
        "created_at": ANY,
        "last_used_at": None,
        "disabled_at": None,
    }
    assert secret.strip() not in listed.stdout


def test_no_key_exists_that_nobody_was_shown(command: Command, data: Path) -> None:
    """A credential that no person holds must open nothing."""
    command("keys", "create", "mine", "--data", data)

    assert [key["name"] for key in command("keys", "list", "--json", "--data", data).json] == ["mine"]


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_key_is_revoked_by_id_or_name_and_only_once(command: Command, data: Path, by: str) -> None:
    """Promise: docs/cli.md, `keys revoke`."""
    made = command("keys", "create", "leaked", "--json", "--data", data).json

    revoked = command("keys", "revoke", made[by], "--json", "--data", data)
    again = command("keys", "revoke", made[by], "--json", "--data", data)

    assert (revoked.code, revoked.json) == (0, {"revoked": 1})
    assert (again.code, again.stdout) == (2, "")
    assert again.stderr == f"Error: `key` {made[by]!r} is no active key.\nSee `overdoor keys list`.\n"


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 101])
def test_a_key_needs_a_name_that_fits_a_line(command: Command, data: Path, name: str) -> None:
    """Promise: docs/cli.md: a list of keys has one line for each."""
    refused = command("keys", "create", name, "--data", data)

    assert (refused.code, refused.stdout) == (2, "")
    assert refused.stderr.splitlines() == [
        "Error: `name` must have 1 to 100 printable characters.",
        "Say what the key is for, such as `laptop`.",
    ]


def test_an_unknown_scope_is_refused_with_the_scopes_that_exist(command: Command, data: Path) -> None:
    """Promise: errors are two lines, what happened and what to do."""
    refused = command("keys", "create", "x", "--scope", "everything", "--data", data)

    assert refused.code == 2
    assert refused.stderr.splitlines() == [
        "Error: `--scope` 'everything' is no scope.",
        "Use one of: generate, read, account:read, manage.",
    ]


def test_granted_credits_are_on_the_balance_of_their_mode(command: Command, data: Path) -> None:
    """Promise: docs/cli.md, `credits`."""
    granted = command("credits", "grant", "2.5", "--mode", "test", "--json", "--data", data)
    shown = command("credits", "show", "--json", "--data", data)

    spent = {"total": 0, "daily": 0, "weekly": 0, "monthly": 0}
    test_balance = {"available": 100_002.5, "held": 0, "metered": False, "budgets": UNBOUNDED, "spent": spent}
    live_balance = {
        "available": 0,
        "held": 0,
        "metered": True,
        "budgets": UNBOUNDED | {"daily": 1000},
        "spent": spent,
    }
    assert granted.json == {"mode": "test", "granted": 2.5, **test_balance}
    assert shown.json == {"test": test_balance, "live": live_balance}


@pytest.mark.parametrize("amount", ["0", "many", "0.00001", "NaN", "1e99"])
def test_an_amount_that_is_no_number_of_credits_is_refused(command: Command, data: Path, amount: str) -> None:
    """Promise: exit code 2 for usage."""
    refused = command("credits", "grant", amount, "--data", data)

    assert (refused.code, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"Error: AMOUNT is '{amount}', which is no number of credits.\n")


def test_the_budgets_of_a_key_are_set_one_by_one_and_cleared(command: Command, data: Path) -> None:
    """Promise: docs/cli.md, `keys set-budget`."""
    command("keys", "create", "bounded", "--budget-daily", "10", "--budget-total", "2.5", "--data", data)

    changed = command(
        "keys", "set-budget", "bounded", "--budget-total", "none", "--budget-weekly", "30", "--json", "--data", data
    )
    listed = command("keys", "list", "--data", data)

    assert [key["budgets"] for key in changed.json] == [UNBOUNDED | {"daily": 10, "weekly": 30}]
    assert "10 daily, 30 weekly" in listed.stdout


@pytest.mark.parametrize(
    "arguments", [("bounded",), ("bounded", "--budget-daily", "-1"), ("nobody", "--budget-daily", "1")]
)
def test_a_budget_that_cannot_be_set_is_refused_with_a_sentence(
    command: Command, data: Path, arguments: tuple[str, ...]
) -> None:
    """Promise: exit code 2 for usage."""
    command("keys", "create", "bounded", "--data", data)

    refused = command("keys", "set-budget", *arguments, "--data", data)

    assert (refused.code, refused.stdout, refused.stderr.count("\n")) == (2, "", 2)


def test_the_account_has_budgets_for_each_mode(command: Command, data: Path) -> None:
    """Promise: docs/cli.md, `account budgets`: test and live money never mix."""
    command("account", "budgets", "--mode", "test", "--budget-monthly", "700", "--data", data)

    test, live = (command("account", "budgets", "--mode", mode, "--json", "--data", data) for mode in ("test", "live"))

    assert test.json["budgets"] == UNBOUNDED | {"monthly": 700}
    assert live.json["budgets"] == UNBOUNDED | {"daily": 1000}


def test_credits_are_corrected_down_to_zero_and_no_further(command: Command, data: Path) -> None:
    """Promise: docs/cli.md, `credits adjust` and `credits expire`."""
    down = command(
        "credits", "adjust", "-99999", "--mode", "test", "--reason", "typing error", "--json", "--data", data
    )
    refused = command("credits", "adjust", "-2", "--mode", "test", "--reason", "too much", "--data", data)
    lapsed = command("credits", "expire", "1", "--mode", "test", "--reason", "a year", "--json", "--data", data)

    assert (down.json["adjusted"], down.json["available"]) == (-99_999, 1)
    assert (refused.code, refused.stderr.splitlines()[0]) == (
        2,
        "Error: `amount` takes more than the 1 test credits that are available.",
    )
    assert (lapsed.json["expired"], lapsed.json["available"]) == (1, 0)


def test_a_reference_is_booked_once(command: Command, data: Path) -> None:
    """Promise: docs/cli.md, `credits adjust`: a booking that is sent twice is booked once."""
    booking = ("credits", "adjust", "5", "--mode", "test", "--reason", "gift", "--reference", "gift 1", "--data", data)

    first, second = command(*booking), command(*booking)

    assert (first.code, second.code) == (0, 2)
    assert second.stderr.startswith("Error: `reference` 'gift 1' was booked before, and nothing was booked now.\n")
