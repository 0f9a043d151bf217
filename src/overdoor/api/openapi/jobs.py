"""The jobs endpoints, described; handlers in `api/jobs.py`."""

from collections.abc import Mapping

from overdoor.api.openapi.operation import (
    MAYBE_TEXT,
    NUMBER,
    OBJECT,
    TEXT,
    TEXTS,
    TRUTH,
    WHOLE,
    Content,
    Operation,
    Schema,
    header,
    json_content,
    listed,
    query,
    record,
    ref,
)

_EVENT: Schema = record(
    {
        "event": {"enum": ["task.progress", "task.success", "task.fail", "stream.end"]},
        "data": TEXT,
        "id": TEXT,
        "retry": WHOLE,
    },
    optional=("id", "retry"),
)  # each event of the stream
_WHOLE_NUMBER: Schema = {"type": ["integer", "string", "null"]}  # forms and MCP clients send numbers as texts
_MAYBE_WHOLE: Schema = {"type": ["integer", "null"]}
_LIST_OR_TEXT: Schema = {"type": ["array", "string", "null"], "items": MAYBE_TEXT}
_INPUT: Schema = {
    "type": "object",
    "description": "The model's parameters. MCP's `list_models` names each with its range and default.",
    "properties": {
        "prompt": MAYBE_TEXT,
        "aspect_ratio": MAYBE_TEXT,
        "resolution": MAYBE_TEXT,
        "size": MAYBE_TEXT,
        "seed": _WHOLE_NUMBER,
        "input_urls": _LIST_OR_TEXT | {"description": "https URLs, data URLs, `asset:<id>` or the id of a task."},
    },
}

SCHEMAS: Mapping[str, Schema] = {
    "TaskRequest": {
        "type": "object",
        "required": ["model"],
        "properties": {
            "model": ref("ModelName"),
            "input": _INPUT,
            "callBackUrl": MAYBE_TEXT | {"description": "https URL that is told, by POST, when the task has ended."},
            "callbackUrl": MAYBE_TEXT | {"description": "The same; read where `callBackUrl` is not given."},
        },
        "examples": [
            {"model": "gpt-image-2-text-to-image", "input": {"prompt": "sandbox:instant a fox", "aspect_ratio": "16:9"}}
        ],
    },
    "AcceptedTask": record(
        {
            "taskId": TEXT,
            "model": TEXT,
            "state": ref("TaskState"),
            "creditsReserved": NUMBER | {"description": "Held now; the charge never exceeds it."},
            "replayed": TRUTH | {"description": "True when this request had already made the task."},
            "warnings": TEXTS,
        }
    ),
    "TaskState": {"enum": ["waiting", "success", "fail"]},
    "Task": record(
        {
            "taskId": TEXT,
            "model": TEXT,
            "state": ref("TaskState"),
            "param": TEXT | {"description": "The request as JSON text."},
            "resultJson": MAYBE_TEXT | {"description": 'On success, JSON text: {"resultUrls": ["https://…"]}.'},
            "failCode": MAYBE_TEXT,
            "failMsg": MAYBE_TEXT,
            "costTime": {"type": ["integer", "null"], "description": "Milliseconds from creation to success."},
            "completeTime": {"type": ["integer", "null"], "description": "Epoch milliseconds; null until success."},
            "createTime": WHOLE | {"description": "Epoch milliseconds."},
            "phase": MAYBE_TEXT | {"description": "What happens while the state is `waiting`."},
            "progress": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "queuePosition": _MAYBE_WHOLE | {"description": "How many queued tasks go before it; null once begun."},
            "mode": {"enum": ["test", "live"]},
            "creditsReserved": NUMBER,
            "creditsCharged": {"type": ["number", "null"]},
            "cancel": {"enum": [None, "canceled", "refused", "asked"], "description": "What became of a cancel."},
            "warnings": TEXTS,
            "resultUrls": TEXTS | {"description": "On success, links that live 24 hours."},
            "results": listed(ref("TaskResult")) | {"description": "On success, what each link leads to, in order."},
            "media": {
                "enum": ["available", "expired", "deleted"],
                "description": "On success: whether the results can still be read.",
            },
            "posterUrls": TEXTS | {"description": "On success of a clip, pictures of it."},
            "expiresAt": _MAYBE_WHOLE | {"description": "On success, when the first file may go; epoch milliseconds."},
        },
        optional=("resultUrls", "results", "posterUrls", "expiresAt", "media"),
    ),
    "TaskResult": record(
        {
            "url": TEXT,
            "mime": TEXT,
            "width": WHOLE,
            "height": WHOLE,
            "durationSeconds": {"type": ["number", "null"]},
            "sizeBytes": WHOLE,
            "hasAlpha": {"type": ["boolean", "null"], "description": "Whether it may be transparent in places."},
            "blurhash": MAYBE_TEXT | {"description": "A blurred likeness, to show before the picture has come."},
            "previewUrl": MAYBE_TEXT | {"description": "A small WebP; null where the picture is small itself."},
            "posterUrl": MAYBE_TEXT | {"description": "Of a clip: a still picture."},
        }
    ),
    "TaskPage": record({"items": listed(ref("Task")), "nextCursor": MAYBE_TEXT}),
    "Estimate": record(
        {
            "model": TEXT,
            "credits": NUMBER | {"description": "What createTask would hold; the charge never exceeds it."},
            "explanation": TEXT,
            "affordable": TRUTH,
            "refusal": {
                "description": "What createTask would say of the balance or a budget; null where they would do.",
                "anyOf": [{"type": "null"}, record({"error": TEXT, "msg": TEXT, "hint": TEXT})],
            },
            "account": {"enum": ["prepaid", "metered"]},
            "creditsAvailable": {"type": ["number", "null"]},
            "balanceAfter": {"type": ["number", "null"]},
            "parameters": OBJECT | {"description": "The request as it is understood, with defaults."},
            "warnings": TEXTS,
        }
    ),
    "CancelRequest": {
        "type": "object",
        "required": ["taskId"],
        "properties": {"taskId": {"type": "string", "minLength": 1}},
    },
    "DeleteRequest": {
        "type": "object",
        "required": ["taskId"],
        "properties": {
            "taskId": {"type": "string", "minLength": 1},
            "prompt": TRUTH | {"description": "Delete prompt, parameters and addresses, too.", "default": False},
        },
    },
    "CanceledTask": {"allOf": [ref("Task"), record({"cancelMessage": TEXT | {"description": "The same in words."}})]},
    "TaskEnded": record(
        {
            "type": {"enum": ["task.success", "task.fail"]},
            "timestamp": {"type": "string", "format": "date-time"},
            "code": {"enum": [200, 501]},
            "msg": MAYBE_TEXT,
            "data": ref("Task"),
        }
    ),
}

_BY_TASK: Mapping[str, Schema] = {
    "recordInfo": {"operationId": "jobs.recordInfo", "parameters": {"taskId": "$response.body#/data/taskId"}},
    "cancel": {"operationId": "jobs.cancel", "requestBody": {"taskId": "$response.body#/data/taskId"}},
}
_CALLBACK: Schema = {
    "{$request.body#/callBackUrl}": {
        "post": {
            "summary": "A task has ended.",
            "requestBody": {"required": True, "content": {"application/json": {"schema": ref("TaskEnded")}}},
            "responses": {"2XX": {"description": "Received."}},
        }
    }
}


def envelope(data: Schema) -> Schema:
    """A success of the jobs contract around `data`."""
    return record({"code": {"const": 200}, "msg": TEXT, "data": data})


def task_id_parameter() -> Schema:
    """`?taskId=`, which must be there."""
    return query("taskId", {"type": "string", "minLength": 1}, "As createTask answered it.", required=True)


OPERATIONS = (
    Operation(
        id="jobs.createTask",
        method="post",
        path="/api/v1/jobs/createTask",
        tag="jobs",
        summary="Start a generation.",
        description="Answers before the task ends. The maximum price is held, and charged only for a result.",
        scope="generate",
        body=ref("TaskRequest"),
        named=True,
        answers={200: json_content("Accepted.", envelope(ref("AcceptedTask")), links=_BY_TASK)},
        errors=(402, 404, 422),
        callbacks={"taskEnded": _CALLBACK},
    ),
    Operation(
        id="jobs.estimate",
        method="post",
        path="/api/v1/jobs/estimate",
        tag="jobs",
        summary="What a generation would cost.",
        description="Nothing is written, fetched or owed. Needs the scope `read` or `generate`.",
        body=ref("TaskRequest"),
        answers={200: json_content("The price, and the request as it is understood.", envelope(ref("Estimate")))},
        errors=(402, 404, 422),
    ),
    Operation(
        id="jobs.events",
        method="get",
        path="/api/v1/jobs/events",
        tag="jobs",
        summary="A task as Server-Sent Events.",
        description="`task.progress` after each change, then `task.success` or `task.fail`; `data` is a Task as JSON.",
        scope="read",
        parameters=(
            task_id_parameter(),
            header("Last-Event-ID", TEXT, "The id of the last event that was seen; the stream goes on after it."),
        ),
        answers={
            200: Content("The stream.", {"text/event-stream": _EVENT}),
            204: Content("The end was seen already."),
        },
        errors=(400, 404),
    ),
    Operation(
        id="jobs.list",
        method="get",
        path="/api/v1/jobs",
        tag="jobs",
        summary="Tasks from the newest to the oldest.",
        scope="read",
        parameters=(
            query(
                "limit",
                {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 100}, {"const": ""}], "default": 20},
                "Items on a page.",
            ),
            query("cursor", TEXT, "`nextCursor` of the page before, with the same filters."),
            query("state", ref("TaskState"), "Only tasks in this state."),
            query("model", TEXT, "Only tasks of this model."),
            query("mode", {"enum": ["test", "live"]}, "The other mode than the key's own needs `account:read`."),
            query("from", TEXT, "Created at or after: epoch milliseconds or ISO 8601."),
            query("to", TEXT, "Created before: epoch milliseconds or ISO 8601."),
        ),
        answers={200: json_content("A page.", envelope(ref("TaskPage")))},
        errors=(422,),
    ),
    Operation(
        id="jobs.recordInfo",
        method="get",
        path="/api/v1/jobs/recordInfo",
        tag="jobs",
        summary="What became of a task.",
        scope="read",
        parameters=(
            task_id_parameter(),
            query(
                "wait",
                {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 60}, {"const": ""}], "default": 0},
                "Seconds to wait for the end; after them the present state is answered.",
            ),
        ),
        answers={200: json_content("The task.", envelope(ref("Task")))},
        errors=(400, 404, 422),
    ),
    Operation(
        id="jobs.cancel",
        method="post",
        path="/api/v1/jobs/cancel",
        tag="jobs",
        summary="Cancel a task.",
        description="What it costs follows from the task's phase: docs/jobs.md, Cancel. Cancelling again is harmless.",
        scope="generate",
        body=ref("CancelRequest"),
        answers={200: json_content("The task as the cancel left it.", envelope(ref("CanceledTask")))},
        errors=(404,),
    ),
    Operation(
        id="jobs.delete",
        method="post",
        path="/api/v1/jobs/delete",
        tag="jobs",
        summary="Delete the media of a task that has ended.",
        description="Links end at once; the row and its charge stay. A key deletes what it made; with the scope"
        " `manage`, whatever its account has in its mode. Deleting again is harmless.",
        scope="generate",
        body=ref("DeleteRequest"),
        answers={200: json_content("What is left of the task.", envelope(ref("Task")))},
        errors=(404, 409, 422),
    ),
    Operation(
        id="providers.callback",
        method="post",
        path="/api/v1/providers/{provider}/callback/{task_id}/{token}",
        tag="jobs",
        summary="A provider tells of a task by itself.",
        description="For providers only: the address is given to them with each task, and its token is the permission.",
        access="link",
        parameters=tuple(
            {"name": name, "in": "path", "required": True, "schema": TEXT} for name in ("provider", "task_id", "token")
        ),
        body={},
        answers={200: json_content("Noted; the provider is asked for the truth.", record({"status": TEXT}))},
        errors=(400, 404),
    ),
)
