"""What arrived here of a request: for whoever suspects a proxy on the way of changing it."""

from litestar import Response, get

from overdoor.api.kit import HttpRequest, base_url_of, caller_of, is_retry, json_answer, request_id_of

_SHOWN = (
    "host", "x-request-id", "idempotency-key", "x-stainless-retry-count", "x-forwarded-for", "x-forwarded-host",
    "x-forwarded-proto", "origin", "user-agent", "accept", "mcp-protocol-version",
)  # fmt: skip


@get("/api/v1/echo")
async def echo(request: HttpRequest) -> Response[bytes]:
    """The headers that matter here, as they arrived; never the key."""
    caller = await caller_of(request)
    headers = {name: request.headers.get(name) for name in _SHOWN}
    strict, loose = headers["idempotency-key"], headers["x-request-id"]
    arrived = {
        "headers": headers,
        "requestName": strict if strict is not None else loose,
        "namesAgree": strict is None or loose is None or strict == loose,
        "markedAsRetry": is_retry(request),
        "baseUrl": base_url_of(request),
        "mode": caller.mode,
        "requestId": request_id_of(request),
    }
    return json_answer({"data": arrived})


routes = [echo]
