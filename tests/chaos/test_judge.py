"""The table must be able to say no."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.chaos.books import CallbackRow, Final, Samples, TaskRow
from tests.chaos.judge import Evidence, judge
from tests.chaos.load import Seen
from tests.chaos.receivers import Journal
from tests.chaos.scenes import Told
from tests.chaos.trouble import Done

pytestmark = pytest.mark.chaos

_TASK = TaskRow("task_1", "success", "done", attempt=1, price=3, charged=3, fail_code=None)
_SCENE = Told(1.0, Counter(success=20), 0)
_GOOD = Evidence(
    database="SQLite",
    tasks=1,
    seed=0,
    storm_s=1.0,
    whole_s=1.0,
    seen=Seen(tasks={"storm-0": {"task_1"}}, accepted={"task_1"}),
    done=Done(),
    samples=Samples(taken=1),
    final=Final({"task_1": _TASK}),
    journal=Counter(task_1=1),
    dropped_after=0,
    dead=_SCENE,
    frozen=_SCENE,
    rolling=_SCENE,
    received=Journal(),
)
_TOLD = {"task_1": CallbackRow("cb_1", "delivered")}
_OWED = {"task_1": CallbackRow("cb_1", "pending")}


def _told_twice() -> Journal:
    journal = Journal()
    journal.ids["task_1"] = {"cb_1", "cb_2"}
    return journal


def _missed(evidence: Evidence) -> list[str]:
    return [row.what for row in judge(evidence).rows if not row.met]


@pytest.mark.parametrize(
    ("evidence", "word"),
    [
        (replace(_GOOD, final=Final({"task_1": replace(_TASK, state="waiting", phase="submitted")})), "lost"),
        (replace(_GOOD, final=Final({})), "lost"),
        (replace(_GOOD, final=Final({"task_1": _TASK}, twice_resolved=["task_1"])), "charged twice"),
        (replace(_GOOD, final=Final({"task_1": _TASK}, wrongly_charged=["task_1"])), "charge differs"),
        (replace(_GOOD, final=Final({"task_1": _TASK}, open_holds=["task_1"])), "open holds"),
        (replace(_GOOD, journal=Counter(task_1=2)), "submitted twice"),
        (replace(_GOOD, seen=Seen(tasks={"storm-0": {"task_1", "task_2"}})), "more than one task"),
        (replace(_GOOD, samples=Samples(taken=9, not_zero=1)), "not zero"),
        (replace(_GOOD, done=Done(left_behind=1)), "left behind"),
        (replace(_GOOD, final=Final({"task_1": _TASK}, callbacks=_OWED)), "neither delivered nor given up"),
        (replace(_GOOD, final=Final({"task_1": _TASK}, callbacks=_TOLD)), "no receiver took"),
        (replace(_GOOD, received=Journal(unverified=1)), "signatures"),
        (replace(_GOOD, received=_told_twice()), "more than one id"),
        (replace(_GOOD, dead=replace(_SCENE, seconds=16.0)), "go on elsewhere"),
        (replace(_GOOD, rolling=replace(_SCENE, twice=1)), "rolling upgrade"),
    ],
)
def test_each_broken_promise_is_a_missed_row(evidence: Evidence, word: str) -> None:
    """Promise: docs/chaos.md: the exit code is 1 when a target was missed."""
    missed = _missed(evidence)

    assert any(word in what for what in missed), missed
    assert _missed(_GOOD) == []
