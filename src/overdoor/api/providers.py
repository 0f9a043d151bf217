"""Where providers tell of a task by themselves. The token in the path is the permission."""

from litestar import Response, post
from litestar.params import FromPath

from overdoor.api.kit import HttpRequest, gateway_of, json_answer, read_body

_MOST_BYTES = 1024 * 1024


@post("/api/v1/providers/{provider:str}/callback/{task_id:str}/{token:str}", status_code=200)
async def provider_callback(
    request: HttpRequest, provider: FromPath[str], task_id: FromPath[str], token: FromPath[str]
) -> Response[bytes]:
    """A provider's own message about a task; only a hint, the provider is asked for the truth."""
    body = await read_body(request, limit_bytes=_MOST_BYTES)
    await gateway_of(request).provider_callbacks.take(
        provider=provider, task_id=task_id, token=token, headers=dict(request.headers), body=body
    )
    return json_answer({"status": "ok"})


routes = [provider_callback]
