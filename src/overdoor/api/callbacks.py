"""Callbacks: the delivery log, sending again, test events, disabled endpoints, the secret. The jobs envelope."""

from typing import Any, cast

from litestar import Response, get, post, route
from litestar.enums import HttpMethod
from litestar.params import FromPath

from overdoor.api.job_queries import number, one_of
from overdoor.api.kit import HttpRequest, caller_of, gateway_of, json_answer, read_json
from overdoor.domain.callback import CallbackState
from overdoor.errors import InvalidOption, InvalidRequest
from overdoor.services.callback_records import callback_record, endpoint_record, signing_record
from overdoor.services.callbacks import SigningChange, held_by, seen_by

_MOST_BODY_BYTES = 64 * 1024
_FILTERS = frozenset({"limit", "cursor", "state", "taskId"})
_STATES = ("pending", "delivered", "failed")
_CHANGES = ("rotate", "keepPrevious", "kieHeaders")


@get("/api/v1/callbacks")
async def list_callbacks(request: HttpRequest) -> Response[bytes]:
    """Callbacks from the newest to the oldest: `?limit=&cursor=&state=&taskId=`."""
    caller = await caller_of(request, scope="read")
    query = request.query_params
    if unknown := sorted(set(query) - _FILTERS):
        raise InvalidOption(option=unknown[0][:40], problem="is no filter of this list", allowed=sorted(_FILTERS))
    task_id = query.get("taskId") or None
    if task_id is not None and not (task_id.isascii() and task_id.isprintable()):
        raise InvalidOption(option="taskId", problem="is no id of a task")
    page = await gateway_of(request).callbacks.page(
        seen_by(caller),
        limit=number(query, "limit", default=20, least=1, most=100),
        cursor=query.get("cursor") or None,
        state=cast("CallbackState | None", one_of(query, "state", _STATES)),
        task_id=task_id,
    )
    return _success({"items": [callback_record(each) for each in page.callbacks], "nextCursor": page.next_cursor})


@get("/api/v1/callbacks/{callback_id:str}")
async def read_callback(request: HttpRequest, callback_id: FromPath[str]) -> Response[bytes]:
    """One callback with its attempts."""
    caller = await caller_of(request, scope="read")
    callback, log = await gateway_of(request).callbacks.find(_plain(callback_id), seen=seen_by(caller))
    return _success(callback_record(callback, log))


@post("/api/v1/callbacks/{callback_id:str}/replay", status_code=200)
async def replay(request: HttpRequest, callback_id: FromPath[str]) -> Response[bytes]:
    """Send a callback now, with the whole schedule before it."""
    caller = await caller_of(request, scope="generate")
    return _success(
        callback_record(await gateway_of(request).callbacks.replay(_plain(callback_id), seen=held_by(caller)))
    )


@post("/api/v1/callbacks/test", status_code=200)
async def send_test(request: HttpRequest) -> Response[bytes]:
    """Send a test event to an address, once: `{"url": "https://…"}`. The callback's log tells what came of it."""
    caller = await caller_of(request, scope="generate")
    url = _url_in(await read_json(request, limit_bytes=_MOST_BODY_BYTES))
    return _success(callback_record(await gateway_of(request).callbacks.send_test(url, caller=caller)))


@get("/api/v1/callbacks/endpoints")
async def list_endpoints(request: HttpRequest) -> Response[bytes]:
    """Endpoints that answered 410."""
    caller = await caller_of(request, scope="read")
    found = await gateway_of(request).callbacks.disabled_endpoints(seen_by(caller))
    return _success({"items": [endpoint_record(endpoint) for endpoint in found]})


@post("/api/v1/callbacks/endpoints/enable", status_code=200)
async def enable(request: HttpRequest) -> Response[bytes]:
    """Send to an endpoint again: `{"url": "https://…"}`."""
    caller = await caller_of(request, scope="generate")
    url = _url_in(await read_json(request, limit_bytes=_MOST_BODY_BYTES))
    return _success({"enabled": await gateway_of(request).callbacks.enable(url, seen=held_by(caller))})


@route("/api/v1/callbacks/signing", http_method=[HttpMethod.GET, HttpMethod.POST], status_code=200)
async def signing(request: HttpRequest) -> Response[bytes]:
    """Both methods in one handler: Litestar's own OPTIONS would tell of the first handler only."""
    return await (_change_signing if request.method == "POST" else _read_signing)(request)


async def _read_signing(request: HttpRequest) -> Response[bytes]:
    """The secret that receivers verify with. Whoever has it can forge callbacks, so it needs the scope `manage`."""
    caller = await caller_of(request, scope="manage")
    return _success(signing_record(await gateway_of(request).callbacks.signing(caller.account_id)))


async def _change_signing(request: HttpRequest) -> Response[bytes]:
    """Change it: `{"rotate": true, "keepPrevious": true, "kieHeaders": false}`, each of them optional."""
    caller = await caller_of(request, scope="manage")
    change = _change_in(await read_json(request, limit_bytes=_MOST_BODY_BYTES))
    return _success(signing_record(await gateway_of(request).callbacks.change_signing(caller.account_id, change)))


def _url_in(body: Any) -> str:
    url = cast("dict[str, object]", body).get("url") if isinstance(body, dict) else None
    if not isinstance(url, str) or not url:
        raise InvalidRequest("The body names no URL.", hint='Send {"url": "https://…"}.')
    if not _is_plain(url):
        raise InvalidOption(option="url", problem="has a NUL or half a surrogate pair")
    return url


def _change_in(body: Any) -> SigningChange:
    if not isinstance(body, dict):
        raise InvalidRequest("The body is not a JSON object.", hint='Send {"rotate": true}.')
    fields = cast("dict[str, object]", body)
    for name, value in fields.items():
        if name not in _CHANGES:
            raise InvalidOption(option=name[:40], problem="is not known here", allowed=_CHANGES)
        if not isinstance(value, bool):
            raise InvalidOption(option=name, problem="is neither true nor false")
    kie = fields.get("kieHeaders")
    return SigningChange(
        rotate=fields.get("rotate") is True,
        keeps_previous=fields.get("keepPrevious") is not False,
        kie_headers=kie if isinstance(kie, bool) else None,
    )


def _plain(text: str) -> str:
    if not _is_plain(text):
        raise InvalidRequest("A text has a NUL or half a surrogate pair.", hint="Correct it, then send it again.")
    return text


def _is_plain(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _success(data: object) -> Response[bytes]:
    return json_answer({"code": 200, "msg": "success", "data": data})


routes = [list_callbacks, list_endpoints, signing, read_callback, replay, send_test, enable]
