"""The jobs API: create a task, ask what became of it. Envelope `{code, msg, data}` with the real HTTP status."""

from dataclasses import replace
from typing import Any, cast

from litestar import Response, get, post
from litestar.response import Stream

from overdoor.api.errors import jobs_error
from overdoor.api.job_events import HEARTBEAT_S, event_id, event_stream
from overdoor.api.job_queries import read_task_id, read_wait, read_wanted
from overdoor.api.kit import (
    JSON_WITH_DATA_URLS_BYTES,
    HttpRequest,
    authenticated,
    base_url_of,
    caller_of,
    event_answer,
    gateway_of,
    idempotency_of,
    json_answer,
    read_json,
    until_gone,
)
from overdoor.domain.effective import effective_parameters
from overdoor.domain.record import cancel_message
from overdoor.errors import (
    AuthenticationFailed,
    InvalidOption,
    InvalidRequest,
    ModelNotSupported,
    OverdoorError,
    PermissionDenied,
)
from overdoor.services.generate import CREATE_TASK, Estimate, Submission, Submitted
from overdoor.services.records import task_record
from overdoor.units import MicroDollars, in_credits

_MOST_CANCEL_BYTES = 64 * 1024
_CALLBACK_NAMES = ("callBackUrl", "callbackUrl")
_FIELDS = frozenset({"model", "input", *_CALLBACK_NAMES})
_SHOWN = 200  # characters of what a warning repeats


@post("/api/v1/jobs/createTask", status_code=200)
async def create_task(request: HttpRequest) -> Response[bytes]:
    """Start a generation and answer before it finishes; ask `recordInfo` for the result.

    Body: `{"model": str, "input": {…}, "callBackUrl"?: str}`. Header `X-Request-Id` names the request: the same id
    answers with the first task.
    """
    caller = await caller_of(request, scope="generate")
    body = await read_json(request, limit_bytes=JSON_WITH_DATA_URLS_BYTES)
    key = idempotency_of(request, endpoint=CREATE_TASK)
    submission = replace(read_submission(body), idempotency=key)
    accepted = await gateway_of(request).generate.submit(submission, caller=caller)
    return _success(_accepted(accepted))


@post("/api/v1/jobs/estimate", status_code=200)
async def estimate(request: HttpRequest) -> Response[bytes]:
    """What createTask with this body would hold, and how it is understood. Nothing is written, fetched or owed."""
    caller = await caller_of(request, endpoint="jobs.recordInfo")
    body = await read_json(request, limit_bytes=JSON_WITH_DATA_URLS_BYTES)
    return _success(_estimated(await gateway_of(request).generate.estimate(read_submission(body), caller=caller)))


@get("/api/v1/jobs/recordInfo")
async def record_info(request: HttpRequest) -> Response[bytes]:
    """What became of a task: `?taskId=task_…`. Result links are made anew at each call and live 24 hours.

    `&wait=30` answers when the task has ended, or after that many seconds with its present state.
    """
    caller = await caller_of(request, scope="read")
    query = request.query_params
    task_id, wait_s = read_task_id(query), read_wait(query)
    gateway = gateway_of(request)
    if wait_s:
        view = await until_gone(request, gateway.generate.wait(task_id, caller=caller, timeout_s=wait_s))
        await authenticated(request, scope="read")  # the key may have been revoked meanwhile
    else:
        view = await gateway.generate.find(task_id, caller=caller)
    record = task_record(view, gateway.links, base_url=base_url_of(request))
    return _success(record)


@get("/api/v1/jobs/events")
async def events(request: HttpRequest) -> Response[bytes] | Stream:
    """The task as Server-Sent Events: `?taskId=task_…`. `Last-Event-ID` goes on where another stream broke off."""
    caller = await caller_of(request, scope="read")
    task_id = read_task_id(request.query_params)
    gateway = gateway_of(request)
    seen = request.headers.get("last-event-id")
    view = await gateway.generate.find(task_id, caller=caller)
    if view.task.state != "waiting" and seen == event_id(view):
        return Response(b"", status_code=204)  # a browser that gets this does not come again
    base_url = base_url_of(request)
    stream = event_stream(
        gateway.generate.follow(task_id, caller=caller, quiet_s=HEARTBEAT_S),
        record_of=lambda view: task_record(view, gateway.links, base_url=base_url),
        may_go_on=lambda: _is_still_good(request),
        seen=seen,
    )
    return event_answer(stream)


@get("/api/v1/jobs")
async def list_tasks(request: HttpRequest) -> Response[bytes]:
    """Tasks from the newest to the oldest, as recordInfo has them: `?limit=&cursor=&state=&model=&mode=&from=&to=`."""
    caller = await caller_of(request, scope="read")
    gateway = gateway_of(request)
    page = await gateway.history.page(read_wanted(request.query_params), caller=caller)
    base_url = base_url_of(request)
    records = [task_record(view, gateway.links, base_url=base_url) for view in page.views]
    return _success({"items": records, "nextCursor": page.next_cursor})


@post("/api/v1/jobs/cancel", status_code=200)
async def cancel(request: HttpRequest) -> Response[bytes]:
    """Cancel a task: `{"taskId": "task_…"}`. Answers its record; `cancel` and `cancelMessage` tell what came of it."""
    caller = await caller_of(request, scope="generate")
    body = await read_json(request, limit_bytes=_MOST_CANCEL_BYTES)
    task_id = cast("dict[str, object]", body).get("taskId") if isinstance(body, dict) else None
    if not isinstance(task_id, str) or not task_id:
        raise InvalidRequest("The body names no task.", hint='Send {"taskId": "task_…"}.')
    gateway = gateway_of(request)
    view = await gateway.cancel.cancel(task_id, caller=caller)
    record = task_record(view, gateway.links, base_url=base_url_of(request))
    return _success(record | {"cancelMessage": cancel_message(view.task)})


@post("/api/v1/jobs/delete", status_code=200)
async def delete(request: HttpRequest) -> Response[bytes]:
    """Delete a task's media: `{"taskId": "task_…"}`; with `"prompt": true` its words, too. Answers what is left."""
    caller = await caller_of(request, scope="generate")
    body = await read_json(request, limit_bytes=_MOST_CANCEL_BYTES)
    fields = cast("dict[str, object]", body) if isinstance(body, dict) else {}
    task_id, prompt = fields.get("taskId"), fields.get("prompt", False)
    if not isinstance(task_id, str) or not task_id:
        raise InvalidRequest("The body names no task.", hint='Send {"taskId": "task_…"}.')
    if not isinstance(prompt, bool):
        raise InvalidOption(option="prompt", problem="must be true or false")
    gateway = gateway_of(request)
    view = await gateway.erasure.delete_task(task_id, caller=caller, prompt=prompt)
    return _success(task_record(view, gateway.links, base_url=base_url_of(request)))


def read_submission(body: Any) -> Submission:
    """The body of createTask as a wish.

    Raises:
        InvalidRequest, InvalidOption, ModelNotSupported
    """
    if not isinstance(body, dict):
        raise InvalidRequest("The body is not a JSON object.", hint='Send {"model": "…", "input": {"prompt": "…"}}.')
    fields = cast("dict[str, object]", body)
    model = fields.get("model")
    if model is None:
        raise ModelNotSupported(model="", hint="Name a model in `model`; `overdoor models` lists them.")
    if not isinstance(model, str):
        raise InvalidOption(option="model", problem="must be a string")
    params = fields.get("input", {})
    if not isinstance(params, dict):
        raise InvalidOption(option="input", problem='must be an object such as {"prompt": "…"}')
    unknown = sorted(fields.keys() - _FIELDS)
    warnings = (f"Unknown fields beside `input` were ignored: {', '.join(unknown)[:_SHOWN]}.",) if unknown else ()
    return Submission(
        model, cast("dict[str, object]", params), "jobs", callback_url=callback_in(fields), warnings=warnings
    )


def callback_in(fields: dict[str, object]) -> str | None:
    """The caller's address, under either of its two published names.

    Raises:
        InvalidOption
    """
    for name in _CALLBACK_NAMES:
        value = fields.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise InvalidOption(option=name, problem="must be a string")
        return value
    return None


async def _is_still_good(request: HttpRequest) -> bool:
    """False once the key of this request has been revoked."""
    try:
        await authenticated(request, scope="read")
    except (AuthenticationFailed, PermissionDenied):
        return False
    return True


def _accepted(accepted: Submitted) -> dict[str, object]:
    task = accepted.task
    return {
        "taskId": task.id,
        "model": task.request.asked_model,
        "state": task.state,
        "creditsReserved": in_credits(task.price),
        "replayed": accepted.replayed,
        "warnings": list(accepted.warnings),
    }


def _estimated(estimate: Estimate) -> dict[str, object]:
    price, available, refusal = estimate.quote.maximum, estimate.available, estimate.refusal
    after = None if available is None or refusal is not None else MicroDollars(available - price)
    return {
        "model": estimate.request.model_id,
        "credits": in_credits(price),
        "explanation": estimate.quote.explanation,
        "affordable": refusal is None,
        "refusal": None if refusal is None else _refusal(refusal),
        "account": "metered" if available is None else "prepaid",
        "creditsAvailable": None if available is None else in_credits(available),
        "balanceAfter": None if after is None else in_credits(after),
        "parameters": effective_parameters(estimate.request),
        "warnings": list(estimate.warnings),
    }


def _refusal(refusal: OverdoorError) -> dict[str, object]:
    """In createTask's own words."""
    told = jobs_error(refusal)
    return {name: told[name] for name in ("error", "msg", "hint")}


def _success(data: object) -> Response[bytes]:
    return json_answer({"code": 200, "msg": "success", "data": data})


routes = [create_task, estimate, record_info, events, list_tasks, cancel, delete]
