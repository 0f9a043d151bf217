"""Uploads, described; handlers in `api/files.py`."""

from collections.abc import Mapping

from overdoor.api.openapi.jobs import envelope
from overdoor.api.openapi.operation import (
    MAYBE_TEXT,
    TEXT,
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

SCHEMAS: Mapping[str, Schema] = {
    "Upload": record(
        {
            "assetId": TEXT | {"description": "An input wherever a URL is: `asset:<assetId>`."},
            "url": TEXT | {"description": "A link that lives 24 hours."},
            "name": MAYBE_TEXT | {"description": "As its sender called it, made safe."},
            "mime": TEXT | {"description": "As its bytes say."},
            "sizeBytes": WHOLE,
            "width": _MAYBE_WHOLE,
            "height": _MAYBE_WHOLE,
            "durationSeconds": {"type": ["number", "null"]},
            "sha256": TEXT | {"description": "Of the bytes as they are stored."},
            "mode": {"enum": ["test", "live"]},
            "createTime": WHOLE | {"description": "Epoch milliseconds."},
            "expiresAt": _MAYBE_WHOLE | {"description": "Epoch milliseconds; null where uploads are kept for ever."},
        }
    ),
    "UploadPage": record({"items": listed(ref("Upload")), "nextCursor": MAYBE_TEXT}),
    "LinkRequest": {
        "type": "object",
        "properties": {
            "expiresIn": {"type": ["integer", "null"], "minimum": 1, "maximum": 366 * 24 * 3600},
            "download": {
                "type": ["boolean", "string", "null"],
                "description": "True, or a name: a browser saves the file instead of showing it.",
            },
        },
        "additionalProperties": False,
    },
    "Link": record({"assetId": TEXT, "url": TEXT, "expiresAt": WHOLE | {"description": "Epoch milliseconds."}}),
    "UploadRequest": record({"file": {"type": "string", "contentMediaType": "application/octet-stream"}}),
}

OPERATIONS = (
    Operation(
        id="files.upload",
        method="post",
        path="/api/v1/files",
        tag="files",
        summary="Keep a file that tasks may work on.",
        description="One file of at most 512 MB. PNG, JPEG, WebP, GIF, MP4, MOV, WebM, MP3 or"
        " WAV, by its bytes. The body may also be the file itself, with a Content-Type of its own and `?name=`.",
        scope="generate",
        body=ref("UploadRequest"),
        body_media="multipart/form-data",
        parameters=(query("name", TEXT, "What the file is called, where the body is the file itself."),),
        answers={200: json_content("Kept.", envelope(ref("Upload")))},
        errors=(408, 422),
    ),
    Operation(
        id="files.list",
        method="get",
        path="/api/v1/files",
        tag="files",
        summary="Uploads, newest first.",
        description="The key's own; with the scope `account:read`, the account's, of both modes.",
        scope="read",
        parameters=(
            query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}, "How many."),
            query("cursor", TEXT, "`nextCursor` of the page before."),
        ),
        answers={200: json_content("A page.", envelope(ref("UploadPage")))},
        errors=(422,),
    ),
    Operation(
        id="files.show",
        method="get",
        path="/api/v1/files/{asset_id}",
        tag="files",
        summary="One upload, with a fresh link.",
        scope="read",
        parameters=({"name": "asset_id", "in": "path", "required": True, "schema": TEXT},),
        answers={200: json_content("The upload.", envelope(ref("Upload")))},
        errors=(404,),
    ),
    Operation(
        id="files.link",
        method="post",
        path="/api/v1/files/{asset_id}/link",
        tag="files",
        summary="A fresh link to a file: an upload, or a result of a task.",
        description="Lives as long as is asked for, but never longer than the file; `expiresAt` says when it ends.",
        scope="read",
        parameters=({"name": "asset_id", "in": "path", "required": True, "schema": TEXT},),
        body=ref("LinkRequest"),
        answers={200: json_content("The link.", envelope(ref("Link")))},
        errors=(404, 422),
    ),
    Operation(
        id="files.delete",
        method="delete",
        path="/api/v1/files/{asset_id}",
        tag="files",
        summary="Delete a file: an upload, or one result of a task.",
        description="Its links end at once. A key deletes what it made; with the scope `manage`, whatever its account"
        " has in its mode.",
        scope="generate",
        parameters=({"name": "asset_id", "in": "path", "required": True, "schema": TEXT},),
        answers={200: json_content("Deleted.", envelope(record({"assetId": TEXT, "deleted": {"const": True}})))},
        errors=(404, 409),
    ),
)
