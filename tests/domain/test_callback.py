"""When a callback is tried again, and what its receiver's answer means."""

import pytest
from tests.support.settings import hermetic_settings

from overdoor.config import Settings
from overdoor.domain.callback import Meaning, endpoint_of, meaning_of, retry_wait_s, told_of

HOUR_S = 3600


def test_the_standard_schedule_takes_three_days_and_ends(settings: Settings) -> None:
    """Promise: reference/jobs.md 4.3: 0, 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h."""
    waits = [retry_wait_s(settings.callback_retries_s, tries=tries, chance=0.5) for tries in range(1, 11)]

    assert waits[:-1] == [5, 300, 1800, *(hours * HOUR_S for hours in (2, 5, 10, 14, 20, 24))]
    assert waits[-1] is None
    assert 75 < sum(wait or 0 for wait in waits) / HOUR_S < 76


@pytest.mark.parametrize(("chance", "wait_s"), [(0.0, 270.0), (0.5, 300.0), (1.0, 330.0)])
def test_each_wait_is_spread_by_a_tenth_to_both_sides(chance: float, wait_s: float) -> None:
    """Promise: docs/callbacks.md: what failed together is not sent again together."""
    assert retry_wait_s([5, 300], tries=2, chance=chance) == pytest.approx(wait_s)


@pytest.mark.parametrize(("asked_s", "wait_s"), [(1, 300), (400, 400), (10**9, 24 * HOUR_S)])
def test_a_receiver_may_ask_for_more_time_up_to_a_day(asked_s: float, wait_s: float) -> None:
    """Promise: docs/callbacks.md: `Retry-After` is obeyed where it is longer than the schedule's wait."""
    assert retry_wait_s([300], tries=1, asked_s=asked_s, chance=0.5) == wait_s


def test_asking_for_time_adds_no_attempt() -> None:
    """Promise: a receiver cannot keep a callback alive for ever."""
    assert retry_wait_s([300], tries=2, asked_s=60, chance=0.5) is None


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(200, "taken"), (204, "taken"), (301, "not taken"), (404, "not taken"), (410, "gone"), (500, "not taken")]
    + [(status, "throttled") for status in (429, 502, 504)],
)
def test_what_an_answer_means(status: int, meaning: Meaning) -> None:
    """Promise: Standard Webhooks 1.0: 2xx only is success, 410 disables, 429, 502 and 504 throttle."""
    assert meaning_of(status) == meaning
    assert (told_of(status) is None) == (meaning == "taken")


def test_an_endpoint_is_the_address_without_its_query() -> None:
    """Promise: docs/callbacks.md: a task's id in the query does not make an endpoint of its own."""
    assert endpoint_of("https://Example.org/told?task=1#x") == endpoint_of("https://example.org/told?task=2")
    assert endpoint_of("https://example.org/told") != endpoint_of("https://example.org/other")


@pytest.mark.parametrize("text", ["5,five", "5;300", "-1", ",".join(["1"] * 51)])
def test_a_schedule_that_cannot_be_read_is_refused(settings: Settings, text: str) -> None:
    """Promise: docs/settings.md: `callback_retries_s` is seconds with commas between them."""
    with pytest.raises(Exception, match="callback_retries_s"):
        hermetic_settings(settings.data, callback_retries_s=text)
