"""`GET /openapi.json`: the document of all doors, with this server's address and models."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get

from overdoor.api.kit import HttpRequest, base_url_of, gateway_of, json_answer
from overdoor.api.openapi.document import document
from overdoor.api.openapi.operation import Operation, Schema


def routes(operations: Sequence[Operation], schemas: Mapping[str, Schema]) -> list[Any]:
    """The handler over the descriptions of every door."""

    @get("/openapi.json")
    async def openapi(request: HttpRequest) -> Response[bytes]:
        """What every endpoint takes and answers."""
        models = [model.id for model in gateway_of(request).catalog.models() if model.kind != "chat"]
        described = document(operations, schemas=schemas, base_url=base_url_of(request), models=models)
        return json_answer(described)

    return [openapi]
