"""The OpenAPI document, compared with the application that it describes."""

from litestar.routes import HTTPRoute

from overdoor.app import OPERATIONS
from tests.api.conftest import Client
from tests.support.server import Running

_METHODS = {"get", "head", "post", "put", "patch", "delete"}


async def test_every_route_and_method_is_described_and_nothing_else_is(client: Client, server: Running) -> None:
    """Promise: issue 3, "a test that compares routes with the document". Add yours to api/openapi/<noun>.py."""
    served = {
        (route.path_format, method.lower())
        for route in server.app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"  # Litestar answers it everywhere
    }

    paths = (await client.send("GET", "/openapi.json")).body["paths"]

    described = {(path, method) for path, place in paths.items() for method in place if method in _METHODS}
    assert served == described


async def test_the_document_names_this_server_its_models_and_its_errors(client: Client) -> None:
    """Promise: schemas that are true for this very server."""
    document = (await client.send("GET", "/openapi.json")).body

    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": client.url}]
    models = document["components"]["schemas"]["ModelName"]["anyOf"][0]["enum"]
    assert "gpt-image-2-text-to-image" in models
    create = document["paths"]["/api/v1/jobs/createTask"]["post"]
    assert set(create["responses"]) == {"200", "400", "401", "402", "403", "404", "413", "422", "429", "500", "503"}
    assert create["responses"]["200"]["links"]["recordInfo"]["operationId"] == "jobs.recordInfo"
    assert create["security"] == [{"bearer": []}, {"apiKey": []}]


def test_operation_ids_are_unique() -> None:
    """Promise: OpenAPI 3.1, operationId."""
    ids = [operation.id for operation in OPERATIONS]

    assert len(ids) == len(set(ids))
