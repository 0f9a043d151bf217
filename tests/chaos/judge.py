"""From what was seen to a table: one row for each promise, with its target."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.books import Final, Samples, more_than_once
from tests.chaos.load import Seen
from tests.chaos.receivers import Journal
from tests.chaos.scenes import Told
from tests.chaos.trouble import Done

TAKEOVER_S = 15.0
_BACK_S = 60.0  # the machine's more than ours: see docs/chaos.md


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that one run saw."""

    database: str
    tasks: int
    seed: int
    storm_s: float
    whole_s: float
    seen: Seen
    done: Done
    samples: Samples
    final: Final
    journal: Counter[str]
    dropped_after: int
    dead: Told
    frozen: Told
    rolling: Told
    received: Journal


@dataclass(frozen=True, slots=True)
class Row:
    """target: in words; None where a row only tells."""

    what: str
    seen: str
    target: str | None = None
    met: bool = True


@dataclass(frozen=True, slots=True)
class Rows:
    """A table with its title."""

    title: str
    rows: Sequence[Row]


def judge(evidence: Evidence) -> Rows:
    """Hold the evidence against the promises."""
    seen, done, final, samples = evidence.seen, evidence.done, evidence.final, evidence.samples
    tasks = final.tasks.values()
    unknown = [task for task in tasks if task.is_unknown]
    lost = [task.id for task in tasks if task.state == "waiting" and not task.is_unknown]
    vanished = [task_id for task_id in seen.accepted if task_id not in final.tasks]
    orphans = [task_id for task_id in evidence.journal if task_id not in final.tasks]
    ended = Counter(task.state for task in tasks)
    slow = max(done.ready_after_kill_s, default=0.0)
    rows = [
        _none("accepted tasks that are lost (not ended, or without a row)", len(lost) + len(vanished)),
        _none("tasks charged twice (a hold resolved more than once)", len(final.twice_resolved)),
        _none("tasks whose charge differs from the ledger's", len(final.wrongly_charged)),
        _none("tasks submitted twice (the provider's journal)", len(more_than_once(evidence.journal))),
        _none("jobs of the provider without a task", len(orphans)),
        _none("request names that made more than one task", sum(len(made) > 1 for made in seen.tasks.values())),
        _none("chat requests that made more than one picture", _too_many_chats(evidence)),
        _none(f"ledger sum not zero, of {samples.taken} samples", samples.not_zero),
        _none("balances that differ from their entries, in any sample", samples.drifted),
        _none("prepaid balances below zero, in any sample", samples.overdrawn),
        _none("open holds that nobody carries", len(final.open_holds)),
        _none("processes left behind 10 s after a kill", done.left_behind),
        *_callback_rows(final, evidence.received),
        _none("good requests that were refused", seen.refused.total()),
        Row(
            "a dead worker's 20 tasks go on elsewhere, the last after",
            f"{evidence.dead.seconds:.1f} s",
            f"{TAKEOVER_S:.0f} s",
            evidence.dead.seconds <= TAKEOVER_S,
        ),
        _scene("dead worker: tasks failed or submitted twice", evidence.dead),
        _scene("frozen worker (12 s), then awake: tasks failed or submitted twice", evidence.frozen),
        _scene("rolling upgrade: tasks failed or submitted twice, exit codes not 0", evidence.rolling),
        Row("a killed process is ready again, the slowest after", f"{slow:.1f} s", f"{_BACK_S:.0f} s", slow <= _BACK_S),
        Row(
            "longest time without an accepted request",
            f"{seen.longest_silence_s:.1f} s",
            f"{_BACK_S:.0f} s",
            seen.longest_silence_s <= _BACK_S,
        ),
        Row("tasks accepted", str(len(final.tasks))),
        Row("of them: success, fail", f"{ended['success']}, {ended['fail']}"),
        Row(
            "nobody knows whether the provider took it: money back, or phase unknown",
            f"{sum(task.state == 'fail' for task in unknown)}, {sum(task.state == 'waiting' for task in unknown)}",
        ),
        Row("why tasks failed", _counted(Counter(task.fail_code or "" for task in tasks if task.state == "fail"))),
        Row("accepts that the provider answered by hanging up", str(evidence.dropped_after)),
        Row("chat requests, answered with a picture", f"{seen.chats}, {seen.chats_with_picture}"),
        Row("kill -9", _counted(done.kills)),
        Row("workers frozen for 11 to 14 s", str(done.freezes)),
        Row("database restarts", _counted(done.database_restarts) or "none"),
        Row("answers with 5xx or 429, broken connections", _retried(seen)),
    ]
    title = (
        f"{evidence.database}: {evidence.tasks} requests in {evidence.storm_s:.0f} s of storm"
        f" ({evidence.whole_s:.0f} s in all), seed {evidence.seed}"
    )
    return Rows(title, rows)


def table(rows: Rows) -> str:
    """The rows as Markdown."""
    lines = [f"\n{rows.title}\n", "| What | Target | Seen | |", "|---|---|---|---|"]
    for row in rows.rows:
        verdict = "" if row.target is None else "ok" if row.met else "MISSED"
        lines.append(f"| {row.what} | {row.target or ''} | {row.seen} | {verdict} |")
    return "\n".join(lines)


def _callback_rows(final: Final, received: Journal) -> list[Row]:
    owed = final.callbacks.values()
    states = Counter(row.state or "missing" for row in owed)
    unheard = [row.id for row in owed if row.state == "delivered" and not received.taken[row.id or ""]]
    return [
        _none(
            "ended tasks whose callback is neither delivered nor given up",
            states.total() - states["delivered"] - states["failed"],
        ),
        _none("callbacks that count as delivered and that no receiver took", len(unheard)),
        _none("callback signatures that the official library refuses", received.unverified),
        _none("tasks told of under more than one id", sum(len(ids) > 1 for ids in received.ids.values())),
        Row("callbacks delivered, given up", f"{states['delivered']}, {states['failed']}"),
        Row(
            "messages that came, and those taken once more than needed",
            f"{received.messages}, {sum(times - 1 for times in received.taken.values() if times > 1)}",
        ),
    ]


def _none(what: str, count: int) -> Row:
    return Row(what, str(count), "0", count == 0)


def _scene(what: str, told: Told) -> Row:
    return _none(what, told.failed + told.twice)


def _too_many_chats(evidence: Evidence) -> int:
    return max(0, evidence.final.chat_tasks - evidence.seen.chats)


def _retried(seen: Seen) -> str:
    answers = Counter({str(status): times for status, times in seen.statuses.items() if status != 200})
    return f"{_counted(answers) or 'none'}; {seen.broken_connections} connections"


def _counted(counted: Counter[str]) -> str:
    return ", ".join(f"{times} {name}" for name, times in sorted(counted.items()))
