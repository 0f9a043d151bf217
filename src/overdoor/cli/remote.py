"""A generation on another server, through its jobs API."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import aiohttp

from overdoor.cli.output import CommandRefused, ExitCode, exit_code_of, tell, tell_replay
from overdoor.cli.progress import Show, progress
from overdoor.cli.wish import Wish
from overdoor.config import Settings

_TIMEOUT = aiohttp.ClientTimeout(total=120, connect=10)  # of one request
_SOON_S, _LATER_S = 0.5, 2.0  # between two looks, in the first seconds and after them
_SOON_LOOKS = 20
_MOST_FAILED_LOOKS = 5  # in a row


@dataclass(frozen=True, slots=True)
class Server:
    """Where to ask, and with which key."""

    url: str
    key: str


def server_of(settings: Settings) -> Server:
    """The server that the settings name.

    Raises:
        CommandRefused: they name none, or no key for it.
    """
    if settings.server_url is None or settings.api_key is None:
        raise CommandRefused(
            f"There is no key for {settings.server_url}.",
            hint="Set OVERDOOR_API_KEY, or OVERDOOR_API_KEY_FILE to a file that holds it.",
            exit_code=ExitCode.AUTHENTICATION,
        )
    return Server(settings.server_url, settings.api_key)


async def generate_there(server: Server, wish: Wish) -> tuple[dict[str, Any], bytes | None]:
    """The public record of the ended task, and the result's bytes where it has one.

    Raises:
        CommandRefused: the server refuses, cannot be reached, or answers with something else.
    """
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        body = {"model": wish.model, "input": dict(wish.params)}
        names = {} if wish.request_id is None else {"X-Request-Id": wish.request_id}
        accepted = await ask(session, server, "POST", "/api/v1/jobs/createTask", json=body, headers=names)
        task_id = str(accepted["taskId"])
        if accepted.get("replayed"):
            tell_replay(task_id)
        else:
            tell(f"Price: {accepted.get('creditsReserved', '?')} credits, held for {task_id}")
        record = await _ended(session, server, task_id)
        urls = cast("list[str]", record.get("resultUrls") or [])
        return record, await _download(session, urls[0]) if urls else None


async def _ended(session: aiohttp.ClientSession, server: Server, task_id: str) -> dict[str, Any]:
    how_to_look = (
        f"{task_id} goes on there: ask {server.url}/api/v1/jobs/recordInfo?taskId={task_id} with the same key."
    )
    try:
        with progress() as show:
            return await _watch(session, server, task_id, show=show)
    except asyncio.CancelledError:
        tell(f"Stopped waiting. {how_to_look}")
        raise
    except CommandRefused as refusal:
        raise CommandRefused(refusal.message, hint=how_to_look, exit_code=refusal.exit_code) from refusal


async def _watch(session: aiohttp.ClientSession, server: Server, task_id: str, *, show: Show) -> dict[str, Any]:
    looks = failed = 0
    while True:
        try:
            record = await ask(session, server, "GET", "/api/v1/jobs/recordInfo", params={"taskId": task_id})
            failed = 0
        except CommandRefused as refusal:
            failed += 1
            is_passing = refusal.exit_code in (ExitCode.UNREACHABLE, ExitCode.RATE_LIMITED)
            if not is_passing or failed >= _MOST_FAILED_LOOKS:
                raise
        else:
            if record["state"] != "waiting":
                return record
            show(str(record.get("phase") or "waiting"), cast("float | None", record.get("progress")))
        looks += 1
        await asyncio.sleep(_SOON_S if looks < _SOON_LOOKS else _LATER_S)


async def ask(
    session: aiohttp.ClientSession,
    server: Server,
    method: str,
    path: str,
    *,
    json: object = None,
    form: aiohttp.FormData | None = None,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The `data` of the jobs envelope.

    Raises:
        CommandRefused
    """
    key = {"Authorization": f"Bearer {server.key}"}  # not the session's: result links may name another host
    try:
        async with session.request(
            method, server.url + path, json=json, data=form, params=params, headers={**(headers or {}), **key}
        ) as reply:
            body: Any = await reply.json(content_type=None)
    except ValueError as error:
        raise _foreign(server) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _unreachable(server.url, error) from error
    match body:
        case {"code": 200, "data": dict() as data}:
            return cast("dict[str, Any]", data)
        case {"code": int(), "msg": str(message)}:
            hint = str(body.get("hint") or "Look at the server's log.")
            raise CommandRefused(message, hint=hint, exit_code=exit_code_of(reply.status))
        case _:
            raise _foreign(server)


async def _download(session: aiohttp.ClientSession, url: str) -> bytes:
    try:
        async with session.get(url) as reply:
            reply.raise_for_status()
            return await reply.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _unreachable(url.partition("?")[0], error) from error


def _unreachable(url: str, error: Exception) -> CommandRefused:
    return CommandRefused(
        f"{url} cannot be reached: {error or type(error).__name__}.",
        hint="Check OVERDOOR_SERVER_URL, and that the server runs.",
        exit_code=ExitCode.UNREACHABLE,
    )


def _foreign(server: Server) -> CommandRefused:
    return CommandRefused(
        f"{server.url} does not answer as an Overdoor server.",
        hint="Check OVERDOOR_SERVER_URL: it is the address without a path.",
        exit_code=ExitCode.UNREACHABLE,
    )
