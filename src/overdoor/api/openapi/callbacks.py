"""Callbacks, described; handlers in `api/callbacks.py`."""

from overdoor.api.openapi.jobs import envelope
from overdoor.api.openapi.operation import (
    MAYBE_TEXT,
    TEXT,
    TRUTH,
    WHOLE,
    Operation,
    Schema,
    json_content,
    listed,
    query,
    record,
    ref,
)

_MAYBE_WHOLE: Schema = {"type": ["integer", "null"]}
_STATE: Schema = {"enum": ["pending", "delivered", "failed"]}
_CALLBACK: dict[str, Schema] = {
    "callbackId": TEXT,
    "taskId": MAYBE_TEXT | {"description": "Null for a test event."},
    "mode": {"enum": ["test", "live"]},
    "url": TEXT,
    "state": _STATE,
    "attempts": WHOLE | {"description": "All that were begun."},
    "lastStatus": _MAYBE_WHOLE | {"description": "The receiver's last answer; null where none came."},
    "lastError": MAYBE_TEXT,
    "nextAttemptTime": _MAYBE_WHOLE | {"description": "Epoch milliseconds; null unless it is pending."},
    "createTime": WHOLE,
    "deliveredTime": _MAYBE_WHOLE,
}
_ATTEMPT = record({"number": WHOLE, "startTime": WHOLE, "tookMs": WHOLE, "status": _MAYBE_WHOLE, "error": MAYBE_TEXT})
_ID: Schema = {"name": "callback_id", "in": "path", "required": True, "schema": TEXT}
_URL = record({"url": {"type": "string", "minLength": 1}})

SCHEMAS: dict[str, Schema] = {
    "Callback": record(_CALLBACK),
    "CallbackWithLog": record({**_CALLBACK, "log": listed(_ATTEMPT)}),
    "CallbackPage": record({"items": listed(ref("Callback")), "nextCursor": MAYBE_TEXT}),
    "CallbackUrl": _URL,
    "DisabledEndpoints": record({"items": listed(record({"url": TEXT, "keyId": TEXT, "disabledTime": WHOLE}))}),
    "CallbackSigning": record(
        {
            "secret": TEXT | {"description": "`whsec_…`, for libraries of Standard Webhooks."},
            "version": WHOLE,
            "previousSignsUntil": _MAYBE_WHOLE | {"description": "Until when the secret before it signs, too."},
            "kieHeaders": TRUTH,
        }
    ),
    "CallbackSigningChange": {
        "type": "object",
        "properties": {"rotate": TRUTH, "keepPrevious": TRUTH, "kieHeaders": TRUTH},
        "additionalProperties": False,
    },
}

OPERATIONS = (
    Operation(
        id="callbacks.list",
        method="get",
        path="/api/v1/callbacks",
        tag="callbacks",
        summary="Callbacks from the newest to the oldest.",
        scope="read",
        parameters=(
            query(
                "limit",
                {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 100}, {"const": ""}], "default": 20},
                "Items on a page.",
            ),
            query("cursor", TEXT, "`nextCursor` of the page before, with the same filters."),
            query("state", _STATE, "Only callbacks in this state."),
            query("taskId", TEXT, "Only the callback of this task."),
        ),
        answers={200: json_content("A page.", envelope(ref("CallbackPage")))},
        errors=(422,),
    ),
    Operation(
        id="callbacks.endpoints",
        method="get",
        path="/api/v1/callbacks/endpoints",
        tag="callbacks",
        summary="Endpoints that answered 410.",
        scope="read",
        answers={200: json_content("All of them, the newest first.", envelope(ref("DisabledEndpoints")))},
    ),
    Operation(
        id="callbacks.enable",
        method="post",
        path="/api/v1/callbacks/endpoints/enable",
        tag="callbacks",
        summary="Send to an endpoint again.",
        scope="generate",
        body=ref("CallbackUrl"),
        answers={200: json_content("For how many keys it was disabled.", envelope(record({"enabled": WHOLE})))},
        errors=(422,),
    ),
    Operation(
        id="callbacks.signing",
        method="get",
        path="/api/v1/callbacks/signing",
        tag="callbacks",
        summary="The secret that receivers verify with.",
        scope="manage",
        answers={200: json_content("How callbacks are signed.", envelope(ref("CallbackSigning")))},
    ),
    Operation(
        id="callbacks.changeSigning",
        method="post",
        path="/api/v1/callbacks/signing",
        tag="callbacks",
        summary="Rotate the secret, or switch kie.ai's headers.",
        description="After a rotation the old secret signs, too, for a day, unless `keepPrevious` is false.",
        scope="manage",
        body=ref("CallbackSigningChange"),
        answers={200: json_content("How callbacks are signed from now on.", envelope(ref("CallbackSigning")))},
        errors=(422,),
    ),
    Operation(
        id="callbacks.test",
        method="post",
        path="/api/v1/callbacks/test",
        tag="callbacks",
        summary="Send a test event.",
        description="It is sent once; the log of the callback tells what came of it.",
        scope="generate",
        body=ref("CallbackUrl"),
        answers={200: json_content("The callback, pending.", envelope(ref("Callback")))},
        errors=(409, 422),
    ),
    Operation(
        id="callbacks.read",
        method="get",
        path="/api/v1/callbacks/{callback_id}",
        tag="callbacks",
        summary="A callback with its attempts.",
        scope="read",
        parameters=(_ID,),
        answers={200: json_content("The callback.", envelope(ref("CallbackWithLog")))},
        errors=(400, 404),
    ),
    Operation(
        id="callbacks.replay",
        method="post",
        path="/api/v1/callbacks/{callback_id}/replay",
        tag="callbacks",
        summary="Send a callback now, with the whole schedule before it.",
        scope="generate",
        parameters=(_ID,),
        answers={200: json_content("The callback, pending.", envelope(ref("Callback")))},
        errors=(400, 404, 409),
    ),
)
