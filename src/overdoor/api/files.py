"""Files: send a file, look at it, list them. An upload is an input of tasks as `asset:<id>`."""

from datetime import timedelta
from typing import cast

import msgspec
from litestar import Response, post, route
from litestar.enums import HttpMethod
from litestar.params import FromPath

from overdoor.api.job_queries import number
from overdoor.api.kit import HttpRequest, base_url_of, caller_of, gateway_of, json_answer, read_body, stream_body
from overdoor.api.multipart import boundary_of, file_in
from overdoor.domain.upload import MOST_BYTES
from overdoor.errors import InvalidOption, InvalidRequest
from overdoor.services.records import upload_record
from overdoor.services.uploads import Incoming
from overdoor.units import to_epoch_ms

_MOST_BODY_BYTES = MOST_BYTES + 128 * 1024  # with the words around the file
_RAW = ("image/", "video/", "audio/", "application/octet-stream")
_MOST_WISH_BYTES = 4096
_MOST_LIFE_S = 366 * 24 * 3600  # and never longer than the file
_ON_A_PAGE, _MOST_ON_A_PAGE = 20, 100


@route("/api/v1/files", http_method=[HttpMethod.GET, HttpMethod.POST], status_code=200)
async def files(request: HttpRequest) -> Response[bytes]:
    """Both methods in one handler: Litestar's own OPTIONS would tell of the first handler only."""
    return await (_upload if request.method == "POST" else _list)(request)


async def _upload(request: HttpRequest) -> Response[bytes]:
    """Keep a file: `multipart/form-data` with one file, or the file itself as the body and `?name=`.

    The bytes decide what it is. Its `assetId` is an input wherever a URL is: `asset:<assetId>`.
    """
    caller = await caller_of(request, scope="generate", endpoint="files.upload")
    gateway = gateway_of(request)
    announced = request.headers.get("content-length", "")
    announced_bytes = int(announced) if announced.isdecimal() and len(announced) <= 15 else 0
    body = stream_body(request, limit_bytes=_MOST_BODY_BYTES)
    async with gateway.uploads.place(caller, announced_bytes=announced_bytes):
        content_type = request.headers.get("content-type", "").strip()
        boundary = boundary_of(content_type)
        if boundary is not None:
            incoming = await file_in(body, boundary=boundary)
        elif content_type.lower().startswith(_RAW):
            incoming = Incoming(request.query_params.get("name"), body)
        else:
            raise InvalidRequest(
                f"The Content-Type {content_type[:60]!r} is no form and no file.",
                hint="Send multipart/form-data, or the file itself with its own Content-Type, such as image/png.",
            )
        asset = await gateway.uploads.keep(incoming, caller=caller)
    return _success(upload_record(asset, gateway.links, base_url=base_url_of(request)))


async def _list(request: HttpRequest) -> Response[bytes]:
    """Uploads that have not expired, newest first: `?limit=&cursor=`."""
    caller = await caller_of(request, scope="read")
    gateway = gateway_of(request)
    query = request.query_params
    limit = number(query, "limit", default=_ON_A_PAGE, least=1, most=_MOST_ON_A_PAGE)
    page = await gateway.uploads.page(caller=caller, limit=limit, cursor=query.get("cursor") or None)
    base_url = base_url_of(request)
    items = [upload_record(asset, gateway.links, base_url=base_url) for asset in page.uploads]
    return _success({"items": items, "nextCursor": page.next_cursor})


@route("/api/v1/files/{asset_id:str}", http_method=[HttpMethod.GET, HttpMethod.DELETE], status_code=200)
async def file(request: HttpRequest, asset_id: FromPath[str]) -> Response[bytes]:
    """One file: shown with a fresh link, or deleted."""
    return await (_delete if request.method == "DELETE" else _show)(request, asset_id)


async def _show(request: HttpRequest, asset_id: str) -> Response[bytes]:
    """One upload, with a fresh link."""
    caller = await caller_of(request, scope="read")
    gateway = gateway_of(request)
    asset = await gateway.uploads.find(asset_id, caller=caller)
    return _success(upload_record(asset, gateway.links, base_url=base_url_of(request)))


async def _delete(request: HttpRequest, asset_id: str) -> Response[bytes]:
    """Delete a file: an upload, or one result of a task. Its links end at once."""
    caller = await caller_of(request, scope="generate")
    await gateway_of(request).erasure.delete_asset(asset_id, caller=caller)
    return _success({"assetId": asset_id, "deleted": True})


@post("/api/v1/files/{asset_id:str}/link", status_code=200)
async def make_link(request: HttpRequest, asset_id: FromPath[str]) -> Response[bytes]:
    """A fresh link to a file: `{"expiresIn"?: seconds, "download"?: true or a name}`."""
    caller = await caller_of(request, scope="read", endpoint="jobs.recordInfo")
    raw = await read_body(request, limit_bytes=_MOST_WISH_BYTES)
    lives, download = _link_wish(raw)
    gateway = gateway_of(request)
    asset = await gateway.assets.visible(asset_id, caller=caller)
    url, ends_at = gateway.links.minted(asset, lives=lives, download=download, base_url=base_url_of(request))
    return _success({"assetId": asset.id, "url": url, "expiresAt": to_epoch_ms(ends_at)})


def _link_wish(raw: bytes) -> tuple[timedelta | None, str | None]:
    """How long the link shall live, and the name to save the file under; a body without words wishes nothing."""
    try:
        body = msgspec.json.decode(raw) if raw.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"The body is not valid JSON: {error}.") from error
    if not isinstance(body, dict):
        raise InvalidRequest("The body is not a JSON object.", hint='Send {"expiresIn": 3600} or nothing.')
    fields = cast("dict[str, object]", body)
    if unknown := sorted(fields.keys() - {"expiresIn", "download"}):
        raise InvalidOption(option=unknown[0][:60], problem="is not known here", allowed=("expiresIn", "download"))
    lives, download = fields.get("expiresIn"), fields.get("download")
    if lives is not None and (not isinstance(lives, int) or isinstance(lives, bool) or not 1 <= lives <= _MOST_LIFE_S):
        raise InvalidOption(option="expiresIn", problem=f"must be a whole number of seconds, 1 to {_MOST_LIFE_S:,}")
    if download is not None and not isinstance(download, bool | str):
        raise InvalidOption(option="download", problem="must be true, or the name to save the file under")
    name = ("" if download else None) if not isinstance(download, str) else download
    return None if lives is None else timedelta(seconds=lives), name


def _success(data: object) -> Response[bytes]:
    return json_answer({"code": 200, "msg": "success", "data": data})


routes = [files, file, make_link]
