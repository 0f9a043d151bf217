"""One OpenAPI 3.1 document from the descriptions of all doors."""

from collections.abc import Iterable, Mapping, Sequence

from overdoor import __version__
from overdoor.api.errors import dialect_of
from overdoor.api.openapi.failures import NAMES, SCHEMAS, failure
from overdoor.api.openapi.operation import TEXT, Content, Operation, Schema, header

REQUEST_NAME_CHARACTERS = 255

_ABOUT = (
    "One self-hosted door to image and video models. Every answer carries its own `X-Request-Id`. Any path may answer"
    " 404 or 405 in the error dialect of its prefix: `/api/v1/jobs` speaks the jobs envelope, `/api/mcp` JSON-RPC,"
    " `/v1` the OpenAI shape, and every other path the OpenRouter shape."
)
_TAGS: Mapping[str, str] = {
    "jobs": "Start tasks, and learn what became of them.",
    "callbacks": "What was told to your server, and how it verifies that.",
    "chat": "Conversations whose model can draw, in two shapes.",
    "openai": "What OpenAI's SDKs ask for, under `/v1`.",
    "mcp": "The Model Context Protocol.",
    "files": "Uploads, and stored files behind signed links.",
    "service": "The server itself.",
}
_NAMED = (
    header(
        "X-Request-Id",
        {"type": "string", "minLength": 1, "maxLength": REQUEST_NAME_CHARACTERS},
        "The client's name for this request: the same name always answers with the first task.",
    ),
    header(
        "Idempotency-Key",
        {"type": "string", "minLength": 1, "maxLength": REQUEST_NAME_CHARACTERS},
        "The same, but another request under the name is refused with 422. Send one of the two, or equal values.",
    ),
)


def document(
    operations: Iterable[Operation], *, schemas: Mapping[str, Schema], base_url: str, models: Sequence[str]
) -> Schema:
    """The whole document.

    schemas: the components that the descriptions refer to. models: the ids that `model` may name here, besides aliases.
    """
    paths: dict[str, Schema] = {}
    tags: dict[str, None] = {}
    for operation in operations:
        tags[operation.tag] = None
        place = paths.setdefault(operation.path, {})
        place[operation.method] = _described(operation)
        if operation.with_head:
            place["head"] = _head(operation)
    failures = {name: SCHEMAS[dialect] for dialect, name in NAMES.items()}
    model = {"anyOf": [{"enum": list(models)}, TEXT], "description": "An id or alias; `overdoor models` lists them."}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Overdoor", "version": __version__, "description": _ABOUT},
        "servers": [{"url": base_url}],
        "tags": [{"name": tag, "description": _TAGS[tag]} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": {**schemas, **failures, "ModelName": model},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "sk_test_… or sk_live_…"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


_LIMITS: Schema = {
    "RateLimit-Policy": {"schema": TEXT | {"description": "The windows of the key: `q` requests in `w` seconds."}},
    "RateLimit": {"schema": TEXT | {"description": "The tightest window: `r` are left, one more in `t` seconds."}},
}


def _described(operation: Operation) -> Schema:
    described: Schema = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "security": [{"bearer": []}, {"apiKey": []}] if operation.access == "key" else [],
        "responses": _responses(operation),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.scope is not None:
        described["x-scope"] = operation.scope
    parameters = [*operation.parameters, *(_NAMED if operation.named else ())]
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {operation.body_media: {"schema": operation.body}}}
    if operation.callbacks:
        described["callbacks"] = dict(operation.callbacks)
    return described


def _head(operation: Operation) -> Schema:
    """The same without bodies."""
    described = _described(operation)
    responses = {
        status: {name: value for name, value in answer.items() if name not in ("content", "links")}
        for status, answer in described["responses"].items()
    }
    return described | {"operationId": f"{operation.id}.head", "responses": responses}


def _responses(operation: Operation) -> Schema:
    answers = {str(status): _answer(content) for status, content in operation.answers.items()}
    dialect = dialect_of(operation.path)
    errors = {str(status): failure(status, dialect) for status in _errors(operation) if str(status) not in answers}
    told = dict(sorted((answers | errors).items()))
    if operation.access == "key":
        for answer in told.values():
            answer["headers"] = answer.get("headers", {}) | _LIMITS
    return told


def _errors(operation: Operation) -> set[int]:
    """Every operation may meet a bug; a key may be refused, a limit reached, the database away, a body too long."""
    found = {500, *operation.errors}
    if operation.access == "key":
        found |= {401, 429, 503}
        if operation.scope is not None:
            found.add(403)
    if operation.body is not None:
        found |= {400, 413}
    if operation.named:
        found |= {400, 422}
    return found


def _answer(content: Content) -> Schema:
    described: Schema = {"description": content.description}
    if content.schemas:
        described["content"] = {media: {"schema": schema} for media, schema in content.schemas.items()}
    headers = {"X-Request-Id": TEXT | {"description": "The server's own id of this request."}, **content.headers}
    described["headers"] = {name: {"schema": schema, "required": True} for name, schema in headers.items()}
    if content.links:
        described["links"] = dict(content.links)
    return described
