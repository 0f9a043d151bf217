"""The four tools of the MCP contract: translations of the same services that the jobs API calls."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import cast

import structlog

from overdoor.domain.access import Caller
from overdoor.domain.limits import Endpoint
from overdoor.domain.model import Model
from overdoor.domain.parameters import Parameters, word
from overdoor.domain.request import Kind
from overdoor.errors import InternalError, InvalidOption, ModelNotSupported, OverdoorError
from overdoor.mcp_server.descriptions import tool_list
from overdoor.mcp_server.models import model_entry
from overdoor.mcp_server.protocol import INVALID_PARAMS, Json, ProtocolError, tool_result
from overdoor.services.generate import CREATE_TASK, Submission, Submitted
from overdoor.services.records import task_record
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.units import in_credits
from overdoor.wiring import Gateway

MEDIA: tuple[Kind, ...] = ("image", "video")

_TOOL_OF: Mapping[Kind, str] = {"image": "generate_image", "video": "generate_video"}
_LIMITED_AS: Mapping[str, Endpoint] = {
    "list_models": "jobs.recordInfo",
    "generate_image": "jobs.createTask",
    "generate_video": "jobs.createTask",
    "get_generation_status": "jobs.recordInfo",
}
_CALLBACK = ("callBackUrl", "callbackUrl")  # both spellings are published
_OF_THE_TOOL = frozenset({"model", "input", "request_id", *_CALLBACK})  # every other argument is the model's
_MOST_REQUEST_ID_CHARACTERS = 255
_NEXT = "Call get_generation_status with this taskId until state is success or fail."
_NEXT_UNREADABLE = (
    "This API key lacks the scope read, so get_generation_status refuses it: the result {told}. Ask the operator for"
    " a key with the scopes generate and read to see results here."
)

_log = structlog.get_logger("overdoor.mcp")


@dataclass(frozen=True, slots=True)
class Visit:
    """One caller at the door.

    base_url: where links to results point.
    request_id: our own id of this visit, for the log and for a bug's answer.
    count: counts the call at the endpoint whose limits it shares; raises RateLimitExceeded.
    header_key: reads the idempotency key of the transport; raises InvalidRequest.
    """

    gateway: Gateway
    caller: Caller
    base_url: str
    request_id: str
    count: Callable[[Endpoint], Awaitable[None]]
    header_key: Callable[[], IdempotencyKey | None]

    def models(self, kind: Kind) -> list[Model]:
        """The models of one kind that this caller's mode can use, in catalogue order."""
        found = self.gateway.catalog.models(kind)
        return [model for model in found if self.gateway.providers.serves(model, self.caller.mode)]


class GatewayTools:
    """The tool box of one visit, see `protocol.ToolBox`."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def listed(self) -> list[Json]:
        """The descriptions, with the model ids that this caller may name."""
        image, video = self._visit.models("image"), self._visit.models("video")
        return tool_list(image_models=[model.id for model in image], video_models=[model.id for model in video])

    async def call(self, name: str, arguments: Mapping[str, object]) -> Json:
        """The tool boundary: a refusal is a result with `isError`, and so is a bug, whose traceback is logged.

        Raises:
            ProtocolError: there is no such tool.
        """
        try:
            if name in _LIMITED_AS:
                await self._visit.count(_LIMITED_AS[name])
            return tool_result(await _run(name, self._visit, arguments), is_error=False)
        except OverdoorError as error:
            return tool_result(refusal(error), is_error=True)
        except ProtocolError:
            raise
        except Exception:  # noqa: BLE001 - the tool boundary: an agent gets an answer it can report
            request_id = self._visit.request_id
            _log.exception("a bug answered a tool call", tool=name, request=request_id)
            bug = InternalError(request_id=request_id)
            return tool_result({**refusal(bug), "requestId": request_id}, is_error=True)


def refusal(error: OverdoorError) -> dict[str, object]:
    """An error as tools tell it: `error` is the published phrase, the rest says what to do."""
    told: dict[str, object] = {
        "error": error.summary,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        **error.details,
    }
    if error.retry_after_s is not None:
        told["retryAfter"] = error.retry_after_s
    return told


async def list_models(visit: Visit, arguments: Parameters) -> dict[str, object]:
    """The models of `mediaType`, or all.

    Raises:
        InvalidOption
    """
    asked = word(arguments, "mediaType")
    if asked is not None and asked not in MEDIA:
        raise InvalidOption(option="mediaType", problem=f"{asked[:40]!r} is not a kind of media", allowed=MEDIA)
    kinds: list[Kind] = [kind for kind in MEDIA if asked in (None, kind)]
    return {"models": [model_entry(model) for kind in kinds for model in visit.models(kind)]}


async def generate_image(visit: Visit, arguments: Parameters) -> dict[str, object]:
    """Start a picture.

    Raises:
        OverdoorError: any refusal; nothing is owed.
    """
    return await _generate(visit, arguments, kind="image")


async def generate_video(visit: Visit, arguments: Parameters) -> dict[str, object]:
    """Start a clip.

    Raises:
        OverdoorError: any refusal; nothing is owed.
    """
    return await _generate(visit, arguments, kind="video")


async def get_generation_status(visit: Visit, arguments: Parameters) -> dict[str, object]:
    """The public record of a task, with links made anew.

    Raises:
        InvalidOption, PermissionDenied, TaskNotFound
    """
    task_id = word(arguments, "taskId")
    if task_id is None:
        raise InvalidOption(option="taskId", problem="is missing", hint="Give the taskId of a generate call.")
    view = await visit.gateway.generate.find(task_id, caller=visit.caller)
    return task_record(view, visit.gateway.links, base_url=visit.base_url)


async def _run(name: str, visit: Visit, arguments: Parameters) -> dict[str, object]:
    match name:
        case "list_models":
            return await list_models(visit, arguments)
        case "generate_image":
            return await generate_image(visit, arguments)
        case "generate_video":
            return await generate_video(visit, arguments)
        case "get_generation_status":
            return await get_generation_status(visit, arguments)
        case _:
            known = [str(tool["name"]) for tool in tool_list(image_models=(), video_models=())]
            raise ProtocolError(INVALID_PARAMS, f"Unknown tool: {name[:100]}", details={"tools": known})


async def _generate(visit: Visit, arguments: Parameters, *, kind: Kind) -> dict[str, object]:
    submission = Submission(
        model=_model(visit.gateway, arguments, kind=kind),
        params=_params(arguments),
        door="mcp",
        callback_url=next((url for name in _CALLBACK if (url := word(arguments, name))), None),
        idempotency=_idempotency(visit, arguments),
    )
    submitted = await visit.gateway.generate.submit(submission, caller=visit.caller)
    return _accepted(submitted, following=_next(submitted, visit.caller))


def _model(gateway: Gateway, arguments: Parameters, *, kind: Kind) -> str:
    """The model's name as the caller wrote it, once it is known to make what the tool is for."""
    name = word(arguments, "model")
    if name is None:
        raise ModelNotSupported(model="", hint="Name a model in `model`; list_models tells which there are.")
    found, _ = gateway.catalog.find(name)
    if found.kind != kind and found.kind in _TOOL_OF:
        raise ModelNotSupported(model=name, hint=f"It makes {found.kind}s: call {_TOOL_OF[found.kind]} instead.")
    return name


def _params(arguments: Parameters) -> dict[str, object]:
    """The model's parameters: from `input`, from beside it, or from both.

    Raises:
        InvalidOption: `input` is no object, or one name has two values.
    """
    nested = arguments.get("input")
    if nested is not None and not isinstance(nested, dict):
        raise InvalidOption(
            option="input", problem="must be an object", hint='Send {"prompt": "…"}, or the bare fields.'
        )
    params = cast("dict[str, object]", nested or {})
    beside = {name: value for name, value in arguments.items() if name not in _OF_THE_TOOL}
    for name, value in beside.items():
        if params.get(name, value) != value:
            raise InvalidOption(option=name[:60], problem="has two values", hint="Give it in `input` or beside it.")
    return {**params, **beside}


def _idempotency(visit: Visit, arguments: Parameters) -> IdempotencyKey | None:
    """The argument `request_id`, which a model can set, or the header, which it cannot."""
    value = word(arguments, "request_id")
    header = visit.header_key()
    if value is None:
        return header
    if len(value) > _MOST_REQUEST_ID_CHARACTERS:
        problem = f"has {len(value)} characters; the most is {_MOST_REQUEST_ID_CHARACTERS}"
        raise InvalidOption(option="request_id", problem=problem, hint="Shorten it.")
    if header is not None and header.value != value:
        raise InvalidOption(
            option="request_id",
            problem="differs from the request's header X-Request-Id or Idempotency-Key",
            hint="Send one, or the same value in both. A proxy may have set X-Request-Id: see GET /api/v1/echo.",
        )
    return header or IdempotencyKey(CREATE_TASK, "x-request-id", value)


def _next(submitted: Submitted, caller: Caller) -> str:
    """How this caller learns of the end: never by a tool that refuses its key."""
    if "read" in caller.scopes:
        return _NEXT
    other = "another key of the account, with the scopes read and account:read, can see it by this taskId"
    by_callback = "is told to the callback URL, and " if submitted.task.callback_url else "comes by no callback, but "
    return _NEXT_UNREADABLE.format(told=by_callback + other)


def _accepted(submitted: Submitted, *, following: str) -> dict[str, object]:
    task = submitted.task
    answer: dict[str, object] = {
        "taskId": task.id,
        "model": task.request.asked_model,
        "state": task.state,
        "creditsReserved": in_credits(task.price),
        "warnings": list(submitted.warnings),
        "next": following,
    }
    return answer | {"replayed": True} if submitted.replayed else answer
