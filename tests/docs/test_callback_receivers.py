"""The receiver in Python of docs/callbacks.md, run as it stands there."""

import sys
from pathlib import Path

from tests.support.example_receiver import receiving


async def test_the_receiver_in_python_takes_what_is_ours_and_refuses_the_rest(tmp_path: Path) -> None:
    """Promise: issue 4: "a receiver example in Python and Node in the docs, executed in tests"."""
    async with receiving("python", sys.executable, into=tmp_path) as receiver:
        assert await receiver.answers_what_it_should()
