"""`POST /v1/images/generations` in OpenAI's dialect: what `images.generate` of its SDKs asks for.

Each picture is a task of its own. A client that leaves does not stop it, and the same request, named alike or marked
as a retry by OpenAI's SDKs, finds it again.
"""

import asyncio
import base64
from collections.abc import AsyncGenerator, Coroutine
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import structlog
from litestar import Response, post
from litestar.response import Stream

from overdoor.api.asked import Fields, truth_in
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
from overdoor.domain.effective import effective_parameters
from overdoor.domain.task import Asset, Task
from overdoor.errors import (
    InternalError,
    InvalidOption,
    InvalidRequest,
    OverdoorError,
    PermissionDenied,
)
from overdoor.services.names import Request, RequestName
from overdoor.services.pictures import Made, Making, Wish
from overdoor.tools.image_generation import DEFAULT_MODEL
from overdoor.units import in_usd, utc_now
from overdoor.wiring import Gateway

MOST_PICTURES = 10  # of one request
_ENDPOINT = "images.generate"
_QUIET_S = 5.0
_WORKING = b": OVERDOOR PROCESSING\n\n"
_FORMATS = ("b64_json", "url")
_OURS = frozenset({"model", "prompt", "n", "response_format", "stream", "partial_images", "user"})  # not the model's

_log = structlog.get_logger("overdoor.http")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Pictures as a request asks for them."""

    wish: Wish
    count: int
    as_url: bool
    streamed: bool


@post("/v1/images/generations", status_code=200)
async def create_images(request: HttpRequest) -> Response[bytes] | Stream:
    """Make pictures and answer with them, as OpenAI's images API does."""
    caller = await caller_of(request, scope="generate", endpoint="jobs.createTask")
    if "read" not in caller.scopes:
        raise PermissionDenied(scope="read")  # before money moves: the result could not be shown
    body = await read_json(request, limit_bytes=JSON_WITH_DATA_URLS_BYTES)
    if not isinstance(body, dict):
        raise InvalidRequest("The body is not a JSON object.", hint="Compare it with the examples in docs/images.md.")
    wanted = read_wanted(cast("Fields", body))
    gateway, base_url = gateway_of(request), base_url_of(request)
    named = Request(caller, _ENDPOINT, cast("Fields", body), is_retry(request))
    name = RequestName(gateway.names, named, idempotency_of(request, endpoint=_ENDPOINT))
    name.bind()
    making = Making(gateway.generate, wanted.wish, caller=caller, name=name, count=wanted.count)
    await making.begin()
    if wanted.streamed:
        return event_answer(_events(gateway, making.end(), request_id=request_id_of(request)))
    made = await until_gone(request, making.end())
    return json_answer(await _answer(gateway, made, as_url=wanted.as_url, base_url=base_url))


def read_wanted(body: Fields) -> Wanted:
    """What the request asks for.

    Raises:
        InvalidOption, InvalidRequest
    """
    model, count, answer = body.get("model"), body.get("n"), body.get("response_format")
    if model is not None and not isinstance(model, str):
        raise InvalidOption(option="model", problem="is no text", hint=f'Name one such as "{DEFAULT_MODEL}".')
    if count is None:
        count = 1
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_PICTURES:
        raise InvalidOption(option="n", problem=f"must be a whole number from 1 to {MOST_PICTURES}")
    if answer not in (None, *_FORMATS):
        raise InvalidOption(option="response_format", problem="is unknown", allowed=_FORMATS)
    streamed = truth_in(body, "stream")
    if streamed and answer == "url":
        raise InvalidOption(
            option="response_format", problem="is `url`, but streams carry `b64_json`", hint="Leave it out."
        )
    warnings = ("`partial_images` had no effect: only whole pictures are sent.",) if body.get("partial_images") else ()
    params = {"prompt": body.get("prompt")} | {name: body[name] for name in body if name not in _OURS}
    return Wanted(Wish(model or DEFAULT_MODEL, params, warnings), count, as_url=answer == "url", streamed=streamed)


async def _answer(gateway: Gateway, made: Made, *, as_url: bool, base_url: str) -> dict[str, Any]:
    data = [
        {"url": gateway.links.short_lived(picture, base_url=base_url)}
        if as_url
        else {"b64_json": await _encoded(gateway, picture)}
        for _, picture in made.pictures
    ]
    return {
        "created": int(utc_now().timestamp()),
        "data": data,
        **_shape(*made.pictures[0]),
        "cost": in_usd(sum(task.charged or 0 for task, _ in made.pictures)),
        "warnings": list(made.warnings),
    }


async def _events(gateway: Gateway, working: Coroutine[Any, Any, Made], *, request_id: str) -> AsyncGenerator[bytes]:
    """Comments while the pictures are made, then one event for each."""
    making = asyncio.ensure_future(working)
    try:
        while not (await asyncio.wait((making,), timeout=_QUIET_S))[0]:
            yield _WORKING
        made = making.result()
        for number, (task, picture) in enumerate(made.pictures, start=1):
            completed = {
                "type": "image_generation.completed",
                "b64_json": await _encoded(gateway, picture),
                "created_at": int(utc_now().timestamp()),
                **_shape(task, picture),
                "cost": in_usd(task.charged or 0),
            }
            yield _event(completed | ({"warnings": list(made.warnings)} if number == len(made.pictures) else {}))
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


def _shape(task: Task, picture: Asset) -> dict[str, object]:
    """What was made, in OpenAI's words."""
    used = effective_parameters(task.request)
    return {
        "size": f"{picture.width_px}x{picture.height_px}",
        "output_format": picture.mime.removeprefix("image/"),
        **{name: used[name] for name in ("quality", "background") if name in used},
    }


routes = [create_images]
