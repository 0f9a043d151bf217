"""`overdoor account forget`. Promise: docs/links-and-retention.md, "Deleting on request"."""

from pathlib import Path

from tests.cli.conftest import Command


def test_an_account_is_forgotten_only_when_that_is_meant(command: Command, data: Path, tmp_path: Path) -> None:
    """Promise: files and words go, the credits that were spent stay spent."""
    made = command("generate", "sandbox:instant a fox", "-o", tmp_path / "fox.png", "--json", "--data", data)
    task_id = made.json["taskId"]
    before = command("credits", "show", "--json", "--data", data).json

    refused = command("account", "forget", "--data", data)
    forgotten = command("account", "forget", "--yes", "--json", "--data", data)

    assert (refused.code, forgotten.code) == (2, 0)
    assert forgotten.json == {"files": 2, "tasks": 1, "tasksLeft": 0}  # the picture and its preview
    assert command("credits", "show", "--json", "--data", data).json == before
    assert command("tasks", "show", task_id, "--json", "--data", data).json["state"] == "success"
    assert command("ledger", "audit", "--data", data).code == 0
