"""Stored results, read through signed links: Range, ETag, HEAD, and headers that keep a browser from guessing."""

import re
from collections.abc import AsyncIterator

from litestar import Response, route
from litestar.enums import HttpMethod
from litestar.params import FromPath
from litestar.response import Stream

from overdoor.api.kit import HttpRequest, gateway_of
from overdoor.domain.task import Asset
from overdoor.errors import AssetNotFound
from overdoor.services.links import asset_id_in

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")  # Python refuses to read a number of thousands of digits


@route("/assets/{name:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD])
async def read_asset(request: HttpRequest, name: FromPath[str]) -> Response[bytes] | Stream:
    """The bytes behind a signed link; the signature is the permission."""
    gateway = gateway_of(request)
    path = request.url.path
    asset_id = asset_id_in(path)
    expires, signature = request.query_params.get("exp", ""), request.query_params.get("sig", "")
    if asset_id is None or not gateway.links.permits(path, expires=expires, signature=signature):
        raise AssetNotFound("The link is not one of ours, was altered, or has expired.")
    asset = await gateway.assets.find(asset_id)
    headers = _headers(asset, name)
    if _matches(request.headers.get("if-none-match"), asset):
        return Response(b"", status_code=304, headers=headers)

    wanted = _wanted(request, asset)
    if wanted is None:
        unsatisfiable = {**headers, "Content-Range": f"bytes */{asset.size_bytes}"}
        return Response(b"", status_code=416, headers=unsatisfiable)
    start, end = wanted
    headers["Content-Length"] = str(end - start)
    partial = (start, end) != (0, asset.size_bytes)
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{asset.size_bytes}"
    content = _nothing() if request.method == "HEAD" else await gateway.assets.read(asset, start=start, end=end)
    return Stream(content, status_code=206 if partial else 200, headers=headers, media_type=asset.mime)


def _headers(asset: Asset, name: str) -> dict[str, str]:
    return {
        "ETag": f'"{asset.sha256}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Disposition": f'inline; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Type": asset.mime,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }


def _matches(condition: str | None, asset: Asset) -> bool:
    if condition is None:
        return False
    return any(tag.strip().removeprefix("W/") in (f'"{asset.sha256}"', "*") for tag in condition.split(","))


def _wanted(request: HttpRequest, asset: Asset) -> tuple[int, int] | None:
    """Start and end (exclusive) of the bytes that were asked for; None when there are no such bytes.

    A header that is no single byte range is ignored, as RFC 9110 allows, and so is a range of another version.
    """
    everything = (0, asset.size_bytes)
    condition = request.headers.get("if-range")
    matched = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if matched is None or matched[0] == "bytes=-" or (condition is not None and not _matches(condition, asset)):
        return everything
    first, last = matched[1], matched[2]
    if not first:
        suffix = min(int(last), asset.size_bytes)
        return (asset.size_bytes - suffix, asset.size_bytes) if suffix else None
    start = int(first)
    end = min(int(last) + 1, asset.size_bytes) if last else asset.size_bytes
    if last and int(last) < start:
        return everything
    return (start, end) if start < asset.size_bytes else None


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


routes = [read_asset]
