"""Files and the server itself, described; handlers in `api/assets.py`, `api/health.py` and `api/openapi/door.py`."""

from overdoor.api.openapi.operation import (
    MAYBE_TEXT,
    OBJECT,
    TEXT,
    TRUTH,
    Content,
    Operation,
    Schema,
    json_content,
    query,
    record,
)

_BYTES: Schema = {}  # any bytes: JSON Schema has no words for them
_MEDIA = ("image/png", "image/jpeg", "image/webp", "video/mp4")
_FILE_HEADERS: dict[str, Schema] = {"ETag": TEXT, "Cache-Control": TEXT, "X-Content-Type-Options": TEXT}
_STATUS = record({"status": TEXT})

OPERATIONS = (
    Operation(
        id="assets.read",
        method="get",
        path="/assets/{name}",
        tag="files",
        summary="A stored result, behind a signed link.",
        description="Answers carry such links; the signature is the permission. `Range` and `If-None-Match` work.",
        access="link",
        with_head=True,
        parameters=(
            {"name": "name", "in": "path", "required": True, "schema": TEXT},
            query("exp", TEXT, "When the link ends."),
            query("sig", TEXT, "The signature over path, end and `download`."),
            query("download", TEXT, "The name to save the file under; part of what is signed."),
        ),
        answers={
            200: Content("The file.", dict.fromkeys(_MEDIA, _BYTES), _FILE_HEADERS),
            206: Content("The bytes that were asked for.", dict.fromkeys(_MEDIA, _BYTES), _FILE_HEADERS),
            304: Content("The client has it.", headers={"ETag": TEXT}),
            308: Content("It is on the host of the files.", headers={"Location": TEXT}),
            412: Content("The client wants another version.", headers={"ETag": TEXT}),
            416: Content("The file has no such bytes.", headers={"Content-Range": TEXT}),
        },
        errors=(404, 410),
    ),
    Operation(
        id="service.index",
        method="get",
        path="/",
        tag="service",
        summary="What this server is, and its endpoints.",
        access="anyone",
        with_head=True,
        answers={200: json_content("The server.", record({"name": TEXT, "version": TEXT, "endpoints": {}}))},
    ),
    Operation(
        id="service.healthz",
        method="get",
        path="/healthz",
        tag="service",
        summary="200 while the process lives.",
        access="anyone",
        with_head=True,
        answers={200: json_content("It lives.", _STATUS)},
    ),
    Operation(
        id="service.readyz",
        method="get",
        path="/readyz",
        tag="service",
        summary="200 while it takes work.",
        access="anyone",
        with_head=True,
        answers={
            200: json_content("It takes work.", _STATUS),
            503: json_content("It is being stopped, or runs no tasks.", _STATUS),
        },
    ),
    Operation(
        id="service.echo",
        method="get",
        path="/api/v1/echo",
        tag="service",
        summary="What arrived of this request.",
        description="Shows whether a proxy on the way changes headers that matter here, such as `X-Request-Id`.",
        answers={
            200: json_content(
                "What arrived.",
                record(
                    {
                        "data": record(
                            {
                                "headers": {"type": "object", "additionalProperties": MAYBE_TEXT},
                                "requestName": MAYBE_TEXT | {"description": "The name that createTask would read."},
                                "namesAgree": TRUTH
                                | {"description": "False: the two headers differ, which is refused."},
                                "markedAsRetry": {"type": ["boolean", "null"]},
                                "baseUrl": TEXT | {"description": "Where links to results would point."},
                                "mode": {"enum": ["test", "live"]},
                                "requestId": TEXT | {"description": "Ours, as in the answer's header."},
                            }
                        )
                    }
                ),
            )
        },
    ),
    Operation(
        id="service.openapi",
        method="get",
        path="/openapi.json",
        tag="service",
        summary="This document.",
        access="anyone",
        answers={200: json_content("The document.", record({"openapi": TEXT, "info": OBJECT, "paths": OBJECT}))},
    ),
)
