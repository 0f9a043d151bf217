"""`POST /v1/images/generations` in OpenAI's dialect: what `images.generate` of its SDKs asks for.

Each picture is a task of its own. A client that leaves does not stop it, and the same request, named alike or marked
as a retry by OpenAI's SDKs, finds it again.
"""

import asyncio
import base64
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from litestar import Response, post
from litestar.response import Stream

from overdoor.api.asked import Fields, body_in, invalid, truth_in
from overdoor.api.errors import openai_error
from overdoor.api.kit import (
    JSON_WITH_DATA_URLS_BYTES,
    HttpRequest,
    base_url_of,
    caller_of,
    event_answer,
    gateway_of,
    idempotency_of,
    is_retry,
    json_answer,
    read_json,
    request_id_of,
    until_gone,
)
from overdoor.domain.access import Caller
from overdoor.domain.effective import effective_parameters
from overdoor.domain.task import Asset, Task, TaskView
from overdoor.errors import (
    InternalError,
    ModelNotSupported,
    OverdoorError,
    PictureFailed,
    PictureRefused,
    PictureUnfinished,
)
from overdoor.services.generate import Submission
from overdoor.services.names import Request, RequestName
from overdoor.tools.image_generation import DEFAULT_MODEL
from overdoor.units import in_usd, utc_now
from overdoor.wiring import Gateway

MOST_PICTURES = 10  # of one request
_ENDPOINT = "images.generate"
_QUIET_S = 5.0
_WORKING = b": OVERDOOR PROCESSING\n\n"
_FORMATS = ("b64_json", "url")
_REFUSED = "content_policy"
_OURS = frozenset({"model", "prompt", "n", "response_format", "stream", "partial_images", "user"})  # not the model's

_log = structlog.get_logger("overdoor.http")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Pictures as a request asks for them. params: the model's own options."""

    model: str
    count: int
    as_url: bool
    streamed: bool
    params: Fields
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """The pictures of one request, and what was said of the others."""

    views: tuple[TaskView, ...]
    warnings: tuple[str, ...]


@post("/v1/images/generations", status_code=200)
async def create_images(request: HttpRequest) -> Response[bytes] | Stream:
    """Make pictures and answer with them, as OpenAI's images API does."""
    caller = await caller_of(request, scope="generate", endpoint="jobs.createTask")
    body = body_in(await read_json(request, limit_bytes=JSON_WITH_DATA_URLS_BYTES))
    wanted = read_wanted(body)
    tasks, warnings = await _submitted(request, wanted, body=body, caller=caller)
    gateway, base_url = gateway_of(request), base_url_of(request)
    working = _made(gateway, tasks, caller=caller, warnings=warnings)
    if wanted.streamed:
        return event_answer(_events(gateway, working, request_id=request_id_of(request)))
    made = await until_gone(request, working)
    return json_answer(await _answer(gateway, made, as_url=wanted.as_url, base_url=base_url))


def read_wanted(body: Fields) -> Wanted:
    """What the request asks for.

    Raises:
        InvalidRequest
    """
    model, count, answer = body.get("model"), body.get("n"), body.get("response_format")
    if model is not None and not isinstance(model, str):
        raise invalid("model", "is not a string", hint=f'Name one such as "{DEFAULT_MODEL}".')
    if count is None:
        count = 1
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_PICTURES:
        raise invalid("n", f"is not a whole number from 1 to {MOST_PICTURES}", hint="Leave it out for one picture.")
    if answer not in (None, *_FORMATS):
        raise invalid("response_format", "is unknown", hint=f"Use one of: {', '.join(_FORMATS)}.")
    streamed = truth_in(body, "stream")
    if streamed and answer == "url":
        raise invalid("response_format", "is `url`, but streams carry `b64_json`", hint="Leave it out.")
    warnings = ("`partial_images` had no effect: only whole pictures are sent.",) if body.get("partial_images") else ()
    return Wanted(
        model=model or DEFAULT_MODEL,
        count=count,
        as_url=answer == "url",
        streamed=streamed,
        params={"prompt": body.get("prompt")} | {name: body[name] for name in body if name not in _OURS},
        warnings=warnings,
    )


async def _submitted(
    request: HttpRequest, wanted: Wanted, *, body: Fields, caller: Caller
) -> tuple[list[Task], tuple[str, ...]]:
    """A task for each picture, all accepted before any is waited for."""
    gateway = gateway_of(request)
    row, _ = gateway.catalog.find(wanted.model)
    if row.kind != "image":
        raise ModelNotSupported(model=wanted.model, hint=f"{row.id} makes no pictures; name an image model.")
    named = Request(caller, _ENDPOINT, body, is_retry(request))
    name = RequestName(gateway.names, named, idempotency_of(request, endpoint=_ENDPOINT))
    await name.claim()
    tasks: list[Task] = []
    warnings = list(wanted.warnings)
    for number in range(1, wanted.count + 1):
        key = await name.for_call(number)
        try:
            submitted = await gateway.generate.submit(
                Submission(wanted.model, wanted.params, "images", idempotency=key), caller=caller
            )
        except OverdoorError as refusal:
            if not tasks:
                raise
            warnings.append(f"Picture {number} and those after it were refused: {refusal.message}")
            break
        tasks.append(submitted.task)
        warnings += submitted.warnings
    return tasks, tuple(dict.fromkeys(warnings))


async def _made(gateway: Gateway, tasks: Sequence[Task], *, caller: Caller, warnings: tuple[str, ...]) -> _Made:
    """The pictures once every task has ended.

    Raises:
        PictureRefused, PictureFailed, PictureUnfinished: there is not one.
    """
    waits = (gateway.generate.wait(task.id, caller=caller, timeout_s=None) for task in tasks)
    views = await asyncio.gather(*waits)
    made = tuple(view for view in views if view.task.state == "success")
    missing = [_why_not(view.task) for view in views if view.task.state != "success"]
    if not made:
        raise missing[0]
    own = [warning for view in made for warning in view.task.warnings]
    lost = [f"A picture is missing: {error.message}" for error in missing]
    return _Made(made, tuple(dict.fromkeys((*warnings, *own, *lost))))


def _why_not(task: Task) -> OverdoorError:
    if task.state == "waiting":
        return PictureUnfinished(task_id=task.id)
    why = task.fail_message or "The generation failed."
    return PictureRefused(why=why) if task.fail_code == _REFUSED else PictureFailed(task_id=task.id, why=why)


async def _answer(gateway: Gateway, made: _Made, *, as_url: bool, base_url: str) -> dict[str, Any]:
    pictures = [asset for view in made.views for asset in view.assets if asset.role == "result"]
    data = [
        {"url": gateway.links.short_lived(asset, base_url=base_url)}
        if as_url
        else {"b64_json": await _encoded(gateway, asset)}
        for asset in pictures
    ]
    charged = sum(view.task.charged or 0 for view in made.views)
    return {
        "created": int(utc_now().timestamp()),
        "data": data,
        **_shape(made.views[0]),
        "cost": in_usd(charged),
        "warnings": list(made.warnings),
    }


async def _events(gateway: Gateway, working: Any, *, request_id: str) -> AsyncGenerator[bytes]:
    """Comments while the pictures are made, then one event for each."""
    making = asyncio.ensure_future(working)
    try:
        while not (await asyncio.wait((making,), timeout=_QUIET_S))[0]:
            yield _WORKING
        for view in making.result().views:
            for asset in (asset for asset in view.assets if asset.role == "result"):
                yield _event(
                    {
                        "type": "image_generation.completed",
                        "b64_json": await _encoded(gateway, asset),
                        "created_at": int(utc_now().timestamp()),
                        **_shape(view),
                        "cost": in_usd(view.task.charged or 0),
                    }
                )
    except OverdoorError as error:
        yield _event({"type": "error", **openai_error(error)})
    except Exception:  # noqa: BLE001 - the status has been sent: the client must hear of it in the stream
        _log.exception("a bug ended a stream", request=request_id)
        yield _event({"type": "error", **openai_error(InternalError(request_id=request_id))})
    finally:
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
    yield b"data: [DONE]\n\n"


def _event(fields: Fields) -> bytes:
    return b"event: " + str(fields["type"]).encode() + b"\ndata: " + msgspec.json.encode(fields) + b"\n\n"


async def _encoded(gateway: Gateway, asset: Asset) -> str:
    chunks = [chunk async for chunk in await gateway.assets.read(asset)]
    return base64.b64encode(b"".join(chunks)).decode()


def _shape(view: TaskView) -> dict[str, object]:
    """What was made, in OpenAI's words."""
    used = effective_parameters(view.task.request)
    picture = next(asset for asset in view.assets if asset.role == "result")
    return {
        "size": f"{picture.width_px}x{picture.height_px}",
        "output_format": picture.mime.removeprefix("image/"),
        **{name: used[name] for name in ("quality", "background") if name in used},
    }


routes = [create_images]
