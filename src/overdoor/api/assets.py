"""Stored files, read through signed links: Range, ETag, HEAD, and headers that keep a browser from guessing."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from litestar import Response, route
from litestar.enums import HttpMethod
from litestar.params import FromPath
from litestar.response import Stream

from overdoor.api.conditions import Version, http_date, is_known, precondition_fails, wanted_range
from overdoor.api.kit import HttpRequest, gateway_of
from overdoor.domain.task import Asset
from overdoor.services.links import Permission

_LONGEST_CACHED_S = 24 * 3600
_UNCACHED = {"Cache-Control": "no-store"}  # a refusal is no file


@route("/assets/{name:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD])
async def read_asset(request: HttpRequest, name: FromPath[str]) -> Response[bytes] | Stream:
    """The bytes behind a signed link; the signature is the permission."""
    gateway = gateway_of(request)
    permission = gateway.links.permission(request.scope["path"], request.query_params)
    asset = await gateway.assets.find(permission.asset_id)
    headers = _headers(asset, permission, name=name)
    version = Version(headers["ETag"], asset.created_at, asset.size_bytes)
    if precondition_fails(request.headers, version):
        return Response(b"", status_code=412, headers=headers | _UNCACHED)
    if is_known(request.headers, version):
        return Response(b"", status_code=304, headers=headers)
    wanted = wanted_range(request.headers, version)
    if wanted is None:
        unsatisfiable = {**headers, **_UNCACHED, "Content-Range": f"bytes */{asset.size_bytes}"}
        return Response(b"", status_code=416, headers=unsatisfiable)

    start, end = wanted
    headers["Content-Length"] = str(end - start)
    partial = (start, end) != (0, asset.size_bytes)
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{asset.size_bytes}"
    content = _nothing() if request.method == "HEAD" else await gateway.assets.read(asset, start=start, end=end)
    return Stream(content, status_code=206 if partial else 200, headers=headers, media_type=asset.mime)


def disposition(kind: str, name: str) -> str:
    """`Content-Disposition` by RFC 6266: the name in ASCII, and where that is not the whole of it, in UTF-8, too."""
    plain = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in name)
    value = f'{kind}; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='')}"


def _headers(asset: Asset, permission: Permission, *, name: str) -> dict[str, str]:
    cached_s = min(permission.left_s, _LONGEST_CACHED_S)  # never longer than the link is good
    shown = (
        disposition("inline", name) if permission.download is None else disposition("attachment", permission.download)
    )
    return {
        "ETag": f'"{asset.sha256}"',
        "Last-Modified": http_date(asset.created_at),
        "Accept-Ranges": "bytes",
        "Cache-Control": f"private, max-age={cached_s}, immutable",
        "Content-Disposition": shown,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Type": asset.mime,
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


routes = [read_asset]
