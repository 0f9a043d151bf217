"""Tiers and moving windows, by a clock of the test's own."""

import random

import pytest

from overdoor.domain.limits import (
    TIERS,
    Bound,
    Endpoint,
    Rate,
    Standing,
    Tier,
    Window,
    headers,
    read_overrides,
    refusal,
    to_json,
    with_overrides,
)
from overdoor.domain.windows import MovingWindows
from overdoor.errors import InvalidOption

SECOND = 1_000_000
CREATE: Endpoint = "jobs.createTask"
FIVE: Rate = (Bound(5, 1), Bound(20, 60))


def limits_of(tier: Tier) -> tuple[list[int], list[int], int]:
    """The numbers of one published row."""
    create, read = ([bound.limit for bound in tier.rates[name]] for name in (CREATE, "jobs.recordInfo"))
    return create, read, tier.active_tasks


def test_the_six_tiers_are_those_that_the_jobs_api_publishes() -> None:
    """Promise: docs/limits.md, the table of tiers."""
    assert {name: limits_of(tier) for name, tier in TIERS.items()} == {
        "free": ([1, 10], [2, 60], 1),
        "basic": ([5, 180], [20, 1_000], 5),
        "standard": ([10, 600], [50, 3_000], 15),
        "pro": ([20, 1_200], [100, 6_000], 30),
        "ultra": ([50, 3_000], [200, 12_000], 80),
        "enterprise": ([100, 6_000], [500, 30_000], 300),
    }
    assert {tier.rates["chat"] for tier in TIERS.values()} == {(Bound(100, 1),)}
    assert [(tier.rates["files.upload"][0].limit, tier.upload_bytes // 1024**3) for tier in TIERS.values()] == [
        (10, 1),
        (30, 5),
        (60, 20),
        (120, 100),
        (300, 500),
        (600, 2_000),
    ]


def test_overrides_replace_what_they_name_and_nothing_else() -> None:
    """Promise: docs/limits.md, limits of a key's own."""
    own = with_overrides(
        TIERS["free"], '{"endpoints": {"jobs.createTask": {"perSecond": 7}, "chat": {"perMinute": 9}}}'
    )

    assert to_json(own) == {
        "tier": "free",
        "activeTasks": 1,
        "uploadBytes": 1024**3,
        "endpoints": {
            "jobs.createTask": {"perSecond": 7, "perMinute": 10},
            "jobs.recordInfo": {"perSecond": 2, "perMinute": 60},
            "chat": {"perSecond": 100, "perMinute": 9},
            "files.upload": {"perMinute": 10},
        },
    }
    assert with_overrides(TIERS["free"], '{"activeTasks": 0}').active_tasks == 0
    assert with_overrides(TIERS["free"], '{"uploadBytes": 5000000000}').upload_bytes == 5_000_000_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "nonsense",
        '{"active": 1}',
        '{"activeTasks": -1}',
        '{"activeTasks": true}',
        '{"activeTasks": null}',
        '{"endpoints": []}',
        '{"endpoints": {"jobs.cancel": {"perSecond": 1}}}',
        '{"endpoints": {"jobs.createTask": {"perHour": 1}}}',
        '{"endpoints": {"jobs.createTask": {"perSecond": 0}}}',
        '{"endpoints": {"jobs.createTask": {"perSecond": 1.5}}}',
        '{"endpoints": {"jobs.createTask": {"perMinute": 10000001}}}',
    ],
)
def test_overrides_of_another_shape_are_refused(text: str) -> None:
    """Promise: no option is accepted and ignored."""
    with pytest.raises(InvalidOption):
        read_overrides(text)


def test_a_burst_is_admitted_up_to_the_limit_and_refused_requests_are_counted_nowhere() -> None:
    """Promise: docs/limits.md: a refused request counts in no window."""
    windows = MovingWindows()

    answers = [windows.take(FIVE, now_us=SECOND) for _ in range(50)]

    assert [answer.is_admitted for answer in answers] == [True] * 5 + [False] * 45
    assert [window.used for window in answers[-1].windows] == [5, 5]


def test_the_window_moves_with_the_clock_and_is_not_emptied_at_its_end() -> None:
    """Promise: docs/limits.md: moving windows; no second of the clock, wherever it begins, sees more than the limit."""
    windows = MovingWindows()
    for at in (0, 900_000, 900_001, 900_002, 900_003):
        assert windows.take(FIVE, now_us=at).is_admitted

    assert not windows.take(FIVE, now_us=SECOND - 1).is_admitted
    assert windows.take(FIVE, now_us=SECOND).is_admitted  # the place of the request at 0
    refused = windows.take(FIVE, now_us=SECOND + 1)
    assert (refused.is_admitted, refused.tightest.frees_in_us) == (False, 899_999)


def test_whoever_waits_as_long_as_told_is_admitted() -> None:
    """Promise: docs/limits.md: waiting exactly `Retry-After` succeeds, whichever window refused."""
    chance = random.Random(7)
    windows = MovingWindows()
    now_us, refused = 0, 0
    for _ in range(3_000):
        now_us += chance.randrange(0, 300_000)
        answer = windows.take(FIVE, now_us=now_us)
        if not answer.is_admitted:
            refused += 1
            now_us += answer.tightest.frees_in_s * SECOND
            assert windows.take(FIVE, now_us=now_us).is_admitted

    assert refused > 100


def test_in_no_minute_and_no_second_are_more_admitted_than_the_limit() -> None:
    """Promise: issue, Limits: admitted within ±1 of the limit; here exactly."""
    chance = random.Random(11)
    windows = MovingWindows()
    admitted: list[int] = []
    now_us = 0
    for _ in range(20_000):
        now_us += chance.randrange(0, 40_000)
        if windows.take(FIVE, now_us=now_us).is_admitted:
            admitted.append(now_us)

    for bound in FIVE:
        span = bound.window_s * SECOND
        later = zip(admitted, admitted[bound.limit :], strict=False)
        assert min(after - before for before, after in later) >= span
    assert len(admitted) >= 20 * now_us // (60 * SECOND)  # and nobody is refused who has a place


def test_a_limit_that_was_lowered_waits_until_enough_requests_have_left() -> None:
    """Promise: docs/limits.md: a changed limit counts at once."""
    windows = MovingWindows()
    for at in range(5):
        windows.take(FIVE, now_us=at * 100_000)

    answer = windows.take((Bound(2, 1),), now_us=500_000)

    assert (answer.is_admitted, answer.tightest.frees_in_us) == (False, 800_000)
    assert windows.take((Bound(2, 1),), now_us=1_300_000).is_admitted


def test_windows_are_quiet_once_their_last_request_has_left() -> None:
    """Promise: docs/limits.md: keys that are quiet cost no memory."""
    windows = MovingWindows()
    windows.take(FIVE, now_us=0)

    assert not windows.is_quiet(now_us=60 * SECOND - 1)
    assert windows.is_quiet(now_us=60 * SECOND)


def test_headers_name_both_windows_and_tell_of_the_tightest() -> None:
    """Promise: jobs.md 4.2: the draft's quoted names; `t` agrees with Retry-After."""
    second, minute = Window(FIVE[0], 5, 400_000), Window(FIVE[1], 5, 59_400_000)
    standing = Standing(False, (second, minute))

    assert headers(CREATE, FIVE, standing) == {
        "RateLimit-Policy": '"jobs.createTask.perSecond";q=5;w=1, "jobs.createTask.perMinute";q=20;w=60',
        "RateLimit": '"jobs.createTask.perSecond";r=0;t=1',
    }
    assert "RateLimit" not in headers(CREATE, FIVE, None)
    assert refusal(standing, TIERS["basic"]).details == {
        "retryAfter": 1,
        "limit": 5,
        "tier": "basic",
        "windowSeconds": 1,
        "limitType": "perSecond",
    }


def test_when_both_windows_refuse_the_longer_wait_is_told() -> None:
    """Promise: docs/limits.md: waiting exactly `Retry-After` succeeds."""
    standing = Standing(False, (Window(FIVE[0], 5, 400_000), Window(FIVE[1], 20, 30_000_001)))

    assert refusal(standing, TIERS["basic"]).retry_after_s == 31
