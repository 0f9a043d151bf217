"""`overdoor callbacks` on the data folder, without a server."""

from pathlib import Path

from tests.cli.conftest import Command


def test_an_event_that_waits_for_a_server_is_listed_shown_and_put_back(command: Command, data: Path) -> None:
    """Promise: docs/cli.md: the operator sees callbacks of every account, and sends one again."""
    command("keys", "list", "--data", data)

    sent = command("callbacks", "test", "https://example.org/told", "--data", data)
    [listed] = command("callbacks", "list", "--json", "--data", data).json
    shown = command("callbacks", "show", listed["callbackId"], "--json", "--data", data).json
    replayed = command("callbacks", "replay", listed["callbackId"], "--data", data)

    assert (sent.code, replayed.code) == (0, 0)
    assert listed["callbackId"] in sent.stdout
    assert shown == listed | {"log": []}
    assert (listed["state"], listed["url"]) == ("pending", "https://example.org/told")
    assert listed["callbackId"] in command("callbacks", "list", "--state", "pending", "--data", data).stdout
    assert listed["callbackId"] not in command("callbacks", "list", "--state", "failed", "--data", data).stdout


def test_the_secret_is_shown_rotated_and_made_for_old_receivers(command: Command, data: Path) -> None:
    """Promise: docs/callbacks.md, The secret."""
    command("keys", "list", "--data", data)

    first = command("callbacks", "secret", "--data", data).stdout.strip()
    again = command("callbacks", "secret", "--data", data).stdout.strip()
    rotated = command("callbacks", "secret", "--rotate", "--kie-headers", "--json", "--data", data).json

    assert first == again
    assert first.startswith("whsec_")
    assert rotated["secret"] not in ("", first)
    assert (rotated["version"], rotated["kieHeaders"], rotated["previousSignsUntil"] is None) == (2, True, False)

    dropped = command("callbacks", "secret", "--drop-old", "--json", "--data", data).json
    assert (dropped["version"], dropped["previousSignsUntil"] < rotated["previousSignsUntil"]) == (2, True)


def test_endpoints_that_want_no_more_are_listed(command: Command, data: Path) -> None:
    """Promise: docs/callbacks.md, Disabled endpoints."""
    command("keys", "list", "--data", data)

    assert command("callbacks", "endpoints", "--json", "--data", data).json == []
    assert "0 keys" in command("callbacks", "endpoints", "--enable", "https://example.org/", "--data", data).stdout


def test_a_callback_that_does_not_exist_is_told_in_a_sentence(command: Command, data: Path) -> None:
    """Promise: docs/cli.md: exit codes."""
    command("keys", "list", "--data", data)

    ran = command("callbacks", "show", "cb_none", "--data", data)

    assert ran.code != 0
    assert "cb_none" in ran.stderr
