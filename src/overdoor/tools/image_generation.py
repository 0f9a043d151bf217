"""The server tool `image_generation`: a model describes a picture, a task makes it, the model gets its link.

The request fixes the image model and every option; the calling model says only what to draw, and which pictures of the
conversation to work on. A client that leaves does not stop the task.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from overdoor.chat.events import Function, Picture, ToolCall, ToolResult
from overdoor.chat.loop import failed
from overdoor.domain.task import Task, TaskView
from overdoor.errors import DatabaseAway, InvalidRequest, ModelNotSupported, OverdoorError, PermissionDenied
from overdoor.services.generate import Submission
from overdoor.tools.workplace import Workplace
from overdoor.units import MicroDollars

DEFAULT_MODEL = "openai/gpt-image-1"

_DESCRIPTION = (
    "Makes one picture and returns its address. Call it once for each picture that is wanted. Show the result to the "
    "user as a markdown image, ![description](imageUrl), on a line of its own."
)
_PROMPT = {"type": "string", "description": "What the picture shows: subject, setting, style, words to be written."}


class ImageGeneration:
    """The tool as one request configured it."""

    def __init__(self, asked_type: str, parameters: Mapping[str, object], workplace: Workplace) -> None:
        """parameters: `model` and whatever that model takes, see `domain.validation`."""
        self.asked_type = asked_type
        self._parameters = {name: value for name, value in parameters.items() if name not in ("model", "prompt")}
        self._model = _model_in(parameters)
        self._workplace = workplace

    @property
    def function(self) -> Function:
        """The tool as the model sees it; colons are not allowed in function names."""
        name = self.asked_type.replace(":", "_")
        properties: dict[str, object] = {"prompt": _PROMPT}
        if self._workplace.pictures:
            properties["images"] = {
                "type": "array",
                "items": {"type": "integer", "minimum": 1, "maximum": len(self._workplace.pictures)},
                "description": "Numbers of the conversation's pictures to edit or build on, counted from 1 in their "
                "order of appearance. Leave it out to make a new picture.",
            }
        schema = {"type": "object", "properties": properties, "required": ["prompt"]}
        return Function(name, {"name": name, "description": _DESCRIPTION, "parameters": schema})

    async def run(self, call: ToolCall, *, number: int) -> ToolResult:
        """Make the picture of one call and wait for it; see `loop.ServerTool`."""
        arguments = _arguments(call)
        if isinstance(arguments, str):
            return failed(arguments)
        prompt = arguments.get("prompt")
        asked = prompt if isinstance(prompt, str) else ""
        try:
            view, warnings = await self._made(arguments, number=number)
        except DatabaseAway:  # no refusal: the client sends the request again, and finds its picture
            raise
        except OverdoorError as refusal:
            return failed(f"{refusal.message} {refusal.hint}", asked=asked)
        return self._result(view, asked=asked, warnings=warnings)

    async def _made(self, arguments: Mapping[str, object], *, number: int) -> tuple[TaskView, tuple[str, ...]]:
        place = self._workplace
        if "read" not in place.caller.scopes:
            raise PermissionDenied(scope="read")  # before money moves: the result could not be shown
        params = {**self._parameters, "prompt": arguments.get("prompt"), **self._inputs(arguments)}
        row, _ = place.generate.catalog.find(self._model)
        if row.kind != "image":
            raise ModelNotSupported(model=self._model, hint=f"{row.id} makes no pictures; name an image model.")
        key = None if place.name is None else await place.name.for_call(number)
        submission = Submission(self._model, params, place.door, idempotency=key)
        submitted = await place.generate.submit(submission, caller=place.caller)
        view = await place.generate.wait(submitted.task.id, caller=place.caller, timeout_s=None)
        return view, tuple(dict.fromkeys((*submitted.warnings, *view.task.warnings)))

    def _inputs(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """The pictures that the model chose, by the parameter that every image model reads."""
        numbers = arguments.get("images")
        if not numbers:
            return {}
        pictures = self._workplace.pictures
        if not isinstance(numbers, list):
            raise InvalidRequest("`images` is not a list.", hint="Give numbers such as [1].")
        chosen: list[str] = []
        for number in numbers:
            if not isinstance(number, int) or not 1 <= number <= len(pictures):
                raise InvalidRequest(
                    f"The conversation has no picture {number!r}.", hint=f"Count from 1; there are {len(pictures)}."
                )
            chosen.append(pictures[number - 1])
        return {"input_urls": chosen}

    def _result(self, view: TaskView, *, asked: str, warnings: tuple[str, ...]) -> ToolResult:
        charged = view.task.charged or MicroDollars(0)
        made = next((asset for asset in view.assets if asset.role == "result"), None)
        if made is None:
            return replace(failed(_why(view.task), asked=asked), charged=charged, warnings=warnings)
        url = self._workplace.links.long_lived(made, base_url=self._workplace.base_url)
        told = {"status": "ok", "imageUrl": url}
        return ToolResult(told, asked=asked, picture=Picture(url, made), charged=charged, warnings=warnings)


def _model_in(parameters: Mapping[str, object]) -> str:
    model = parameters.get("model")
    if model is None:
        return DEFAULT_MODEL
    if not isinstance(model, str):
        raise InvalidRequest("The image tool's `model` is not a string.", hint=f'Name one such as "{DEFAULT_MODEL}".')
    return model


def _arguments(call: ToolCall) -> dict[str, Any] | str:
    """What the model wrote, or what is wrong with it."""
    try:
        return msgspec.json.decode(call.arguments, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        return f"The arguments are not a JSON object: {error}."


def _why(task: Task) -> str:
    """Why a task has no picture, in words for the model."""
    match task.state:
        case "fail":
            return task.fail_message or "The generation failed."
        case "waiting":
            return f"The server is being stopped; the picture is still being made as {task.id}."
        case "success":
            return f"{task.id} made no picture."
