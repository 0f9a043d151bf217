"""What `serve` refuses before it listens."""

from pathlib import Path

from tests.cli.conftest import Command


def test_several_workers_are_refused_in_one_sentence_that_says_what_to_set(command: Command, data: Path) -> None:
    """Promise: issue, Limits: with memory counters the server is one process."""
    refused = command("serve", "--workers", "4", "--port", "0", "--data", data)

    assert refused.code == 2
    assert refused.stderr.splitlines() == [
        "Error: 4 workers need PostgreSQL and a counter store that they share.",
        "Set OVERDOOR_DATABASE_URL and OVERDOOR_COUNTERS_URL, or leave --workers out.",
    ]
    assert not data.exists()
