"""What must be true of the books: each rule compares what the entries say with what another table claims."""

from collections.abc import Iterator
from dataclasses import dataclass

from overdoor.domain.task import State
from overdoor.units import MICRODOLLARS_PER_CREDIT, AccountId, Mode


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be. subject: the task, the reference, or the account with its mode."""

    rule: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit read, and the differences that it found: the first of them here, `left_out` more were counted."""

    entries: int
    references: int
    tasks: int
    balances: int
    differences: tuple[Difference, ...] = ()
    left_out: int = 0

    @property
    def is_clean(self) -> bool:
        """True when nothing differs."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class TaskClaims:
    """What a task's row says about its money, in micro-dollars."""

    account_id: AccountId
    mode: Mode
    state: State
    price: int
    charged: int | None


@dataclass(frozen=True, slots=True)
class Booking:
    """All entries of one reference, in micro-dollars.

    total: their sum. promised: what was held at first; open: what still is. charge: what was settled; kept: of it, what
    was not refunded. holds, settles, releases, refunds, grants: how many postings there are of each.
    """

    reference: str
    accounts: frozenset[AccountId]
    modes: frozenset[Mode]
    total: int
    promised: int
    open: int
    charge: int
    kept: int
    holds: int
    settles: int
    releases: int
    refunds: int
    grants: int
    task: TaskClaims | None


@dataclass(frozen=True, slots=True)
class BalanceClaims:
    """A balance's row, and what the entries and the unfinished tasks say about it, in micro-dollars."""

    account_id: AccountId
    mode: Mode
    metered: bool
    available: int
    held: int
    available_by_entries: int
    held_by_entries: int
    held_by_tasks: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How many tasks were accepted in a day with a key, and what they cost, in micro-dollars."""

    tasks: int
    spent: int


def of_booking(booking: Booking) -> Iterator[Difference]:
    """What is wrong with the entries of one reference."""
    subject = booking.reference
    if booking.total != 0:
        yield Difference("sum", subject, f"its entries sum to {_credits(booking.total)}, not to 0")
    if len(booking.modes) > 1:
        yield Difference("modes", subject, "its entries are of both modes")
    if len(booking.accounts) > 1:
        yield Difference("accounts", subject, "its entries are of more than one account")
    if booking.task is not None:
        yield from _of_task(booking, booking.task)
    elif booking.holds or booking.settles or booking.releases or booking.refunds:
        yield Difference("no_task", subject, "there are entries of a task, and no such task")


def _of_task(booking: Booking, task: TaskClaims) -> Iterator[Difference]:
    subject = booking.reference
    if booking.holds != 1:
        yield Difference("hold", subject, f"it was held {_times(booking.holds)}, not once")
    if booking.promised != task.price:
        yield Difference(
            "hold", subject, f"{_credits(booking.promised)} were held for a price of {_credits(task.price)}"
        )
    if booking.accounts != frozenset({task.account_id}) or booking.modes != frozenset({task.mode}):
        yield Difference("owner", subject, "its entries are not those of its account and mode")
    if booking.charge > task.price:
        yield Difference(
            "charge", subject, f"{_credits(booking.charge)} were charged, more than its price of {_credits(task.price)}"
        )
    if (problem := _resolution_problem(booking, task)) is not None:
        yield Difference("resolution", subject, problem)
    elif task.state != "waiting" and booking.open != 0:
        yield Difference("resolution", subject, f"it has ended, and {_credits(booking.open)} are still held for it")
    if task.state != "waiting" and booking.kept != (task.charged or 0):
        yield Difference(
            "charge",
            subject,
            f"it says that it cost {_credits(task.charged or 0)}; its entries say {_credits(booking.kept)}",
        )


def _resolution_problem(booking: Booking, task: TaskClaims) -> str | None:
    """A task that waits is not resolved; a success is settled once; a failure is released, or settled and refunded."""
    done = (booking.settles, booking.releases, booking.refunds)
    match task.state:
        case "waiting":
            right = done == (0, 0, 0)
        case "success":
            right = done == (1, 0, 0)
        case "fail":
            right = done in ((0, 1, 0), (1, 0, 1))
    if right:
        return None
    settled, released, refunded = map(_times, done)
    return f"its state is {task.state}, and it was settled {settled}, released {released}, refunded {refunded}"


def unheld_task(task_id: str) -> Difference:
    """A task for which nothing was ever booked."""
    return Difference("hold", task_id, "the task has no entries: nothing was held for it")


def unknown_balance(account_id: AccountId, mode: Mode) -> Difference:
    """Entries that no balance stands for."""
    return Difference("no_balance", _name(account_id, mode), "there are entries, and no balance")


def of_balance(claims: BalanceClaims) -> Iterator[Difference]:
    """What is wrong with one balance."""
    subject = _name(claims.account_id, claims.mode)
    for name, shown, booked in (
        ("available", claims.available, claims.available_by_entries),
        ("held", claims.held, claims.held_by_entries),
    ):
        if shown != booked:
            yield Difference(
                "balance", subject, f"the balance shows {_credits(shown)} {name}; its entries say {_credits(booked)}"
            )
    if claims.held_by_entries != claims.held_by_tasks:
        yield Difference(
            "open_holds",
            subject,
            f"{_credits(claims.held_by_entries)} are held; its unfinished tasks cost {_credits(claims.held_by_tasks)}",
        )
    if not claims.metered and min(claims.available, claims.available_by_entries) < 0:
        lowest = min(claims.available, claims.available_by_entries)
        yield Difference("below_zero", subject, f"it is prepaid, and {_credits(lowest)} are available")


def of_usage(
    account_id: AccountId, mode: Mode, *, day: str, key_id: str, shown: Usage, booked: Usage
) -> Iterator[Difference]:
    """What is wrong with the count of one key's day, against which budgets are measured."""
    if shown != booked:
        yield Difference(
            "usage",
            _name(account_id, mode),
            f"on {day} the key {key_id} is counted with {shown.tasks} tasks for {_credits(shown.spent)};"
            f" its entries say {booked.tasks} for {_credits(booked.spent)}",
        )


def mode_sum(mode: Mode, total: int) -> Iterator[Difference]:
    """What is wrong with the sum of everything in one mode."""
    if total != 0:
        yield Difference("sum", f"all {mode} entries", f"they sum to {_credits(total)}, not to 0")


def _name(account_id: AccountId, mode: Mode) -> str:
    return f"{account_id} ({mode})"


def _credits(amount: int) -> str:
    """Exactly, unlike what is shown to callers: a difference may be one micro-dollar."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), MICRODOLLARS_PER_CREDIT)
    fraction = f".{rest:04}".rstrip("0") if rest else ""
    return f"{sign}{whole}{fraction} credits"


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
