"""Rules of a task's life."""

import pytest

from overdoor.domain.task import retry_after_s


@pytest.mark.parametrize(
    ("submits", "waits_s"), [(0, 1), (1, 1), (2, 2), (6, 32), (7, 60), (8, 60), (1025, 60), (10**9, 60)]
)
def test_the_wait_before_the_next_try_doubles_up_to_a_minute_whatever_the_count(submits: int, waits_s: float) -> None:
    """Promise: a count that went on growing ends no worker."""
    assert retry_after_s(submits) == waits_s
