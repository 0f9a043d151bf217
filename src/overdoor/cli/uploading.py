"""An upload from the command line: into this very data folder, or to a server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from overdoor.cli.remote import Server, ask
from overdoor.config import Settings
from overdoor.services.records import upload_record
from overdoor.services.uploads import Incoming
from overdoor.units import Mode
from overdoor.wiring import Surroundings, open_gateway

_CHUNK_BYTES = 1024 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10, sock_read=300)  # the server ends what takes too long


async def upload_here(settings: Settings, path: Path, mode: Mode) -> dict[str, Any]:
    """The public record of the kept file.

    Raises:
        OverdoorError, StartRefused
    """
    async with open_gateway(settings, Surroundings(carries="none", makes_first_key=False)) as gateway:
        caller = await gateway.accounts.caller_of_owner(mode)
        size_bytes = path.stat().st_size  # noqa: ASYNC240 - nobody else waits here
        async with gateway.uploads.place(caller, announced_bytes=size_bytes):
            asset = await gateway.uploads.keep(Incoming(path.name, _chunks(path)), caller=caller)
        return upload_record(asset, gateway.links, base_url=None)


async def upload_there(server: Server, path: Path) -> dict[str, Any]:
    """The public record of the file that the server keeps.

    Raises:
        CommandRefused
    """
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        with path.open("rb") as file:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("file", file, filename=path.name)
            return await ask(session, server, "POST", "/api/v1/files", form=form)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk
