"""`GET /v1/models` in OpenAI's dialect: every model that can be named, whatever it makes."""

from litestar import Response, get
from litestar.params import FromPath

from overdoor.api.kit import HttpRequest, caller_of, gateway_of, json_answer
from overdoor.domain.model import Model


@get("/v1/models")
async def list_models(request: HttpRequest) -> Response[bytes]:
    """Every model that can be named, of every modality."""
    await caller_of(request, scope="read", endpoint="jobs.recordInfo")
    models = gateway_of(request).catalog.models()
    return json_answer({"object": "list", "data": [_entry(model) for model in models]})


@get("/v1/models/{name:path}")
async def read_model(request: HttpRequest, name: FromPath[str]) -> Response[bytes]:
    """One model, by its id or an alias."""
    await caller_of(request, scope="read", endpoint="jobs.recordInfo")
    model, _ = gateway_of(request).catalog.find(name.removeprefix("/"))
    return json_answer(_entry(model))


def _entry(model: Model) -> dict[str, object]:
    """created: 0, for the catalogue does not say when a model came out."""
    return {
        "id": model.id,
        "object": "model",
        "created": 0,
        "owned_by": model.id.partition("/")[0] if "/" in model.id else "overdoor",
        "name": model.title,
        "description": model.description,
        "output_modalities": [model.kind],
    }


routes = [list_models, read_model]
