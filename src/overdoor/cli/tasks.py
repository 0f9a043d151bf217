"""`overdoor tasks`: the operator's view of every account's tasks, and those that are stuck."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from overdoor.cli.output import print_json, print_table
from overdoor.cli.start import Data, Json, require_database, start
from overdoor.units import in_credits

if TYPE_CHECKING:
    from overdoor.config import Settings
    from overdoor.domain.task import State, Task
    from overdoor.services.operations import Operations, StuckTask

_MOST = 50
_SLOW_AFTER_MIN = 30

TaskIdArgument = Annotated[str, typer.Argument(metavar="TASK", help="The task's id, such as task_7f….")]
T = TypeVar("T")

tasks = typer.Typer(help="Show and cancel tasks of every account.", no_args_is_help=True)


@tasks.command("list")
def list_(
    *,
    state: Annotated[str | None, typer.Option(help="Only those: waiting, success or fail.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = _MOST,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show the newest tasks."""
    wanted = _state(state)
    found = _with_operations(start(data=data).settings, lambda operations: operations.newest(state=wanted, most=limit))
    if as_json:
        print_json([_shown(task) for task in found])
        return
    rows = [
        (task.id, task.state, task.phase, task.mode, task.request.asked_model, _moment(task.created_at))
        for task in found
    ]
    print_table(("TASK", "STATE", "PHASE", "MODE", "MODEL", "ACCEPTED"), rows)


@tasks.command("show")
def show(*, task_id: TaskIdArgument, data: Data = None, as_json: Json = False) -> None:
    """Show one task with what its caller is not shown."""
    task = _with_operations(start(data=data).settings, lambda operations: operations.find(task_id))
    if as_json:
        print_json(_shown(task))
        return
    print_table(("FACT", "VALUE"), [(name, "" if value is None else value) for name, value in _shown(task).items()])


@tasks.command("cancel")
def cancel(*, task_id: TaskIdArgument, data: Data = None, as_json: Json = False) -> None:
    """Cancel a task by the rule of docs/jobs.md; a worker must run to ask a provider."""
    import asyncio

    from overdoor.domain.record import cancel_message
    from overdoor.wiring import Surroundings, open_gateway

    settings = start(data=data).settings
    require_database(settings)

    async def run() -> "Task":
        async with open_gateway(settings, Surroundings(carries="none", makes_first_key=False)) as gateway:
            return (await gateway.cancel.cancel_for_operator(task_id)).task

    task = asyncio.run(run())
    if as_json:
        print_json(_shown(task))
        return
    print(cancel_message(task))


@tasks.command("stuck")
def stuck(
    *,
    slow_after: Annotated[
        int,
        typer.Option(
            "--slow-after", metavar="MINUTES", min=1, max=5_256_000, help="Waiting tasks older than that count."
        ),
    ] = _SLOW_AFTER_MIN,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show waiting tasks that are unknown, over-due, failing or slow, and what to do about each."""
    from overdoor.services.operations import ADVICE

    found = _with_operations(
        start(data=data).settings, lambda operations: operations.stuck(slow_after_s=slow_after * 60)
    )
    if as_json:
        print_json([_stuck(one) | {"advice": ADVICE[one.why]} for one in found])
        return
    rows = [
        (one.task.id, one.why, one.task.phase, round(one.age_s), one.task.provider, one.task.ticket or "-")
        for one in found
    ]
    print_table(("TASK", "WHY", "PHASE", "AGE S", "PROVIDER", "TICKET"), rows)
    for why, advice in ADVICE.items():
        if any(one.why == why for one in found):
            print(f"{why}: {advice}")


def _with_operations(settings: "Settings", work: "Callable[[Operations], Awaitable[T]]") -> T:
    import asyncio

    from overdoor.wiring import open_operations

    require_database(settings)

    async def run() -> T:
        async with open_operations(settings) as operations:
            return await work(operations)

    return asyncio.run(run())


def _state(given: str | None) -> "State | None":
    match given:
        case None | "waiting" | "success" | "fail":
            return given
        case _:
            raise typer.BadParameter(f"{given!r} is none of waiting, success and fail.")


def _shown(task: "Task") -> dict[str, object]:
    return {
        "taskId": task.id,
        "account": task.account_id,
        "key": task.key_id,
        "mode": task.mode,
        "model": task.request.asked_model,
        "state": task.state,
        "phase": task.phase,
        "provider": task.provider,
        "ticket": task.ticket,
        "attempt": task.attempt,
        "submits": task.submits,
        "failures": task.failures,
        "cancel": task.cancel,
        "failCode": task.fail_code,
        "failMsg": task.fail_message,
        "creditsReserved": in_credits(task.price),
        "creditsCharged": None if task.charged is None else in_credits(task.charged),
        "acceptedAt": _moment(task.created_at),
        "deadlineAt": _moment(task.deadline_at),
        "unknownSince": _moment(task.unknown_since),
        "finishedAt": _moment(task.finished_at),
    }


def _stuck(one: "StuckTask") -> dict[str, object]:
    return {"why": one.why, "ageSeconds": round(one.age_s), **_shown(one.task)}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
