"""The jobs API: create a task, ask what became of it. Envelope `{code, msg, data}` with the real HTTP status."""

from typing import Any, cast

from litestar import Response, get, post

from overdoor.api.kit import (
    JSON_WITH_DATA_URLS_BYTES,
    HttpRequest,
    base_url_of,
    caller_of,
    gateway_of,
    idempotency_of,
    json_answer,
    read_json,
)
from overdoor.errors import InvalidOption, InvalidRequest, ModelNotSupported
from overdoor.services.deliver import task_record
from overdoor.services.generate import CREATE_TASK, Submission, Submitted
from overdoor.units import in_credits


@post("/api/v1/jobs/createTask", status_code=200)
async def create_task(request: HttpRequest) -> Response[bytes]:
    """Start a generation and answer before it finishes; ask `recordInfo` for the result.

    Body: `{"model": str, "input": {…}, "callBackUrl"?: str}`. Header `X-Request-Id` names the request: the same id
    answers with the first task.
    """
    caller = await caller_of(request, scope="generate")
    body = await read_json(request, limit_bytes=JSON_WITH_DATA_URLS_BYTES)
    key = idempotency_of(request, endpoint=CREATE_TASK)
    submission = read_submission(body)
    accepted = await gateway_of(request).generate.submit(
        Submission(submission.model, submission.params, "jobs", submission.callback_url, key), caller=caller
    )
    return json_answer({"code": 200, "msg": "success", "data": _accepted(accepted)})


@get("/api/v1/jobs/recordInfo")
async def record_info(request: HttpRequest) -> Response[bytes]:
    """What became of a task: `?taskId=task_…`. Result links are made anew at each call and live 24 hours."""
    caller = await caller_of(request, scope="read")
    task_id = request.query_params.get("taskId")
    if not task_id:
        raise InvalidRequest("The query parameter `taskId` is missing.", hint="Call recordInfo?taskId=task_….")
    gateway = gateway_of(request)
    view = await gateway.generate.find(task_id, caller=caller)
    record = task_record(view, gateway.links, base_url=base_url_of(request))
    return json_answer({"code": 200, "msg": "success", "data": record})


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
    return Submission(model, cast("dict[str, object]", params), "jobs", callback_in(fields))


def callback_in(fields: dict[str, object]) -> str | None:
    """The caller's address, under either of its two published names.

    Raises:
        InvalidOption
    """
    for name in ("callBackUrl", "callbackUrl"):
        value = fields.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise InvalidOption(option=name, problem="must be a string")
        return value
    return None


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


routes = [create_task, record_info]
