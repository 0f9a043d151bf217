"""The receiver in Node of docs/callbacks.md, run as it stands there."""

import shutil
from pathlib import Path

import pytest

from tests.support.example_receiver import receiving


@pytest.mark.contract
async def test_the_receiver_in_node_takes_what_is_ours_and_refuses_the_rest(tmp_path: Path) -> None:
    """Promise: issue 4: "a receiver example in Python and Node in the docs, executed in tests"."""
    node = shutil.which("node")
    assert node is not None, "Node is missing: run `make contract`"

    async with receiving("node", node, into=tmp_path) as receiver:
        assert await receiver.answers_what_it_should()
