"""Several pictures of one wish, waited for: each is a task of its own, accepted, charged and named by itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from overdoor.domain.access import Caller
from overdoor.domain.task import Asset, Task, TaskView
from overdoor.errors import (
    AssetGone,
    ModelNotSupported,
    OverdoorError,
    PictureFailed,
    PictureRefused,
    PictureUnfinished,
    TooManyActiveTasks,
)
from overdoor.services.generate import Generate, Submission
from overdoor.services.names import RequestName

_THE_CALLERS = ("content_policy", "input_unreachable", "input_unreadable")  # ends that another request must avoid


@dataclass(frozen=True, slots=True)
class Wish:
    """What every picture shall be. params: the model's options. warnings: what was said of the request already."""

    model: str
    params: Mapping[str, object]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """The pictures of one request with their tasks, and what was said of them and of the others."""

    pictures: tuple[tuple[Task, Asset], ...]
    warnings: tuple[str, ...]


class Making:
    """The tasks of one request, a picture each."""

    def __init__(self, generate: Generate, wish: Wish, *, caller: Caller, name: RequestName, count: int) -> None:
        """name: of the request; each task derives its own. count: how many pictures."""
        self._generate, self._wish, self._caller, self._name, self._count = generate, wish, caller, name, count
        self._tasks: list[Task] = []
        self._warnings = list(wish.warnings)

    async def begin(self) -> None:
        """The first picture is accepted; what refuses it refuses the request.

        Raises:
            OverdoorError
        """
        row, _ = self._generate.catalog.find(self._wish.model)
        if row.kind != "image":
            raise ModelNotSupported(model=self._wish.model, hint=f"{row.id} makes no pictures; name an image model.")
        await self._submit(1)

    async def end(self) -> Made:
        """The pictures, once every task has ended. Those that the key's tier does not take at once wait for the others.

        Raises:
            OverdoorError: there is not one; the first reason.
        """
        for number in range(2, self._count + 1):
            try:
                await self._submit_in_turn(number)
            except OverdoorError as refusal:
                self._warnings.append(f"Picture {number} and those after it were refused: {refusal.message}")
                break
        views = await asyncio.gather(*(self._ended(task) for task in self._tasks))
        found = [(view.task, _picture_of(view)) for view in views]
        pictures = tuple((task, picture) for task, picture in found if isinstance(picture, Asset))
        missing = [picture for _, picture in found if not isinstance(picture, Asset)]
        if not pictures:
            raise missing[0]
        own = [warning for task, _ in pictures for warning in task.warnings]
        lost = [f"A picture is missing: {error.message}" for error in missing]
        return Made(pictures, tuple(dict.fromkeys((*self._warnings, *own, *lost))))

    async def _submit_in_turn(self, number: int) -> None:
        for earlier in self._tasks:
            try:
                await self._submit(number)
            except TooManyActiveTasks:
                await self._ended(earlier)
            else:
                return
        await self._submit(number)

    async def _submit(self, number: int) -> None:
        submission = Submission(
            self._wish.model, self._wish.params, "images", idempotency=await self._name.for_call(number)
        )
        submitted = await self._generate.submit(submission, caller=self._caller)
        self._tasks.append(submitted.task)
        self._warnings += submitted.warnings

    async def _ended(self, task: Task) -> TaskView:
        return await self._generate.wait(task.id, caller=self._caller, timeout_s=None)


def _picture_of(view: TaskView) -> Asset | OverdoorError:
    """The picture of a task, or why there is none."""
    task = view.task
    if task.state == "waiting":
        return PictureUnfinished(task_id=task.id)
    if task.state == "success":
        picture = next((asset for asset in view.assets if asset.role == "result" and not asset.lost), None)
        gone = "was deleted or its time is over"
        return picture or AssetGone(f"The picture of {task.id} {gone}.", hint="Send it as a new request.")
    why = task.fail_message or "The generation failed."
    return PictureRefused(why=why) if task.fail_code in _THE_CALLERS else PictureFailed(task_id=task.id, why=why)
