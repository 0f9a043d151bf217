"""The words in which an endpoint is described. A test compares the descriptions with the application's routes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from overdoor.domain.access import Scope

Schema = dict[str, Any]
Method = Literal["get", "post", "put", "patch", "delete"]


@dataclass(frozen=True, slots=True)
class Content:
    """An answer: what it says, its body by media type (none: no body), and headers beyond those of every answer."""

    description: str
    schemas: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    headers: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    links: Mapping[str, Schema] = field(default_factory=dict[str, Schema])


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint.

    id: unique, such as `jobs.createTask`. access: `key` needs an API key with `scope`, `link` a signature, `anyone`
    nothing. body: the schema of the request, which comes as `body_media`. answers: by status, without the errors.
    errors: the error statuses beyond those that every operation of its kind can answer, in the dialect of its path.
    with_head: GET is served as HEAD, too. named: the client may name the request (`X-Request-Id`, `Idempotency-Key`).
    """

    id: str
    method: Method
    path: str
    tag: str
    summary: str
    answers: Mapping[int, Content]
    description: str = ""
    access: Literal["key", "link", "anyone"] = "key"
    scope: Scope | None = None
    parameters: tuple[Schema, ...] = ()
    body: Schema | None = None
    body_media: str = "application/json"
    errors: tuple[int, ...] = ()
    with_head: bool = False
    named: bool = False
    callbacks: Mapping[str, Schema] = field(default_factory=dict[str, Schema])


def json_content(description: str, schema: Schema, **more: Any) -> Content:
    """An answer in JSON."""
    return Content(description, {"application/json": schema}, **more)


def query(name: str, schema: Schema, description: str, *, required: bool = False) -> Schema:
    """A parameter of the query string."""
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}


def header(name: str, schema: Schema, description: str) -> Schema:
    """A parameter in a header; none is required."""
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def record(properties: Mapping[str, Schema], *, optional: tuple[str, ...] = (), **more: Any) -> Schema:
    """An object whose properties are all required but the `optional` ones; further ones may come."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required, **more}


def listed(items: Schema, **more: Any) -> Schema:
    """A list of `items`."""
    return {"type": "array", "items": items, **more}


def ref(name: str) -> Schema:
    """A schema of the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


TEXT: Schema = {"type": "string"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
TRUTH: Schema = {"type": "boolean"}
OBJECT: Schema = {"type": "object"}
TEXTS: Schema = listed(TEXT)
