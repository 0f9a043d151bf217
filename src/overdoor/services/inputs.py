"""The pictures and clips that a task works on: checked at the door, fetched by the task.

At the door only syntax and literal addresses are looked at; a link to one of our own assets becomes its id, and a data
URL becomes a stored file. The task resolves and fetches, through the guard.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote_to_bytes

from overdoor.domain.access import Caller
from overdoor.domain.request import GenerationRequest, InputRef
from overdoor.domain.task import Asset, Task
from overdoor.errors import AssetNotFound, InvalidOption, TaskNotFound
from overdoor.media.probe import UnreadableMedia, probe, sniff_mime
from overdoor.media.processes import MediaProcesses, foreign
from overdoor.net.fetch import Fetcher, FetchFailed
from overdoor.net.guard import NetworkPolicy, check_url
from overdoor.providers.contract import InputMedia
from overdoor.services.links import asset_id_in
from overdoor.storage import assets
from overdoor.storage.asset_files import AssetFiles, AssetMissing, key_of
from overdoor.storage.db import Database, Tx

MOST_BYTES = 30 * 1024 * 1024  # of one input
_FETCH_TIMEOUT_S = 30.0
_MOST_ESCAPED_CHARACTERS = 64 * 1024  # of a data URL without base64: each %xx costs 60 bytes while it is decoded
_SHOWN_LEVELS = 32  # of nested JSON in the echo of a request
_SHOWN_OF_DATA_URL = 48  # characters, in the echo of a request
_ACCEPTED = ("image/", "video/", "audio/")

_probe = foreign(probe)


class InputUnusable(Exception):
    """An input cannot be had or read; the task fails and its credits come back. code: the task's fail code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Inputs:
    """Checks, keeps and loads inputs."""

    def __init__(
        self,
        *,
        database: Database,
        files: AssetFiles,
        processes: MediaProcesses,
        fetcher: Fetcher,
        policy: NetworkPolicy,
    ) -> None:
        self._database = database
        self._files = files
        self._processes = processes
        self._fetcher = fetcher
        self._policy = policy

    async def admit(self, request: GenerationRequest, *, option: str) -> GenerationRequest:
        """The request with every input named safely: foreign URLs checked, our own links as ids, data URLs stored.

        option: the wire name that an error shall use.

        Raises:
            ForbiddenAddress, InvalidOption
        """
        if not request.inputs:
            return request
        return replace(request, inputs=tuple([await self._admit(ref, option) for ref in request.inputs]))

    def check(self, request: GenerationRequest, *, option: str) -> GenerationRequest:
        """As `admit`, and refused in the same words, but data URLs are only looked at: nothing is stored.

        Raises:
            ForbiddenAddress, InvalidOption
        """
        return replace(request, inputs=tuple(self._checked(ref, option)[0] for ref in request.inputs))

    def check_callback(self, url: str) -> None:
        """Refuse an address that must never be called.

        Raises:
            ForbiddenAddress
        """
        check_url(url, option="callBackUrl", policy=self._policy)

    async def load(self, task: Task) -> tuple[InputMedia, ...]:
        """Fetch and look at every input of a task.

        Raises:
            InputUnusable
        """
        return tuple([await self._load(ref) for ref in task.request.inputs])

    async def _admit(self, ref: InputRef, option: str) -> InputRef:
        checked, data = self._checked(ref, option)
        if data is None:
            return checked
        return replace(checked, source="file", value=(await self._files.put(data)).sha256)

    def _checked(self, ref: InputRef, option: str) -> tuple[InputRef, bytes | None]:
        """The input named safely, and the bytes that came with it."""
        match ref.source:
            case "url":
                if (asset_id := asset_id_in(ref.value)) is not None:
                    return replace(ref, source="asset", value=asset_id), None
                check_url(ref.value, option=option, policy=self._policy)
                return ref, None
            case "data":
                return ref, _decoded(ref.value, option)
            case "file":
                raise InvalidOption(option=option, problem="names a file of the server")
            case "asset" | "task":
                return ref, None

    async def _load(self, ref: InputRef) -> InputMedia:
        data = await self._bytes(ref)
        try:
            facts = await self._processes.image(_probe, data)
        except UnreadableMedia as error:
            raise InputUnusable(
                "input_unreadable", f"The input {_named(ref)} cannot be read: {error.reason}."
            ) from error
        except TimeoutError as error:
            raise InputUnusable("input_unreadable", f"The input {_named(ref)} took too long to decode.") from error
        return InputMedia(ref.role, data, facts.mime, facts.width_px, facts.height_px)

    async def _bytes(self, ref: InputRef) -> bytes:
        match ref.source:
            case "url":
                try:
                    downloaded = await self._fetcher.download(
                        ref.value, limit_bytes=MOST_BYTES, timeout_s=_FETCH_TIMEOUT_S, accept=_ACCEPTED
                    )
                except FetchFailed as error:
                    raise InputUnusable(
                        "input_unreachable", f"An input could not be fetched: {error.reason}"
                    ) from error
                assert isinstance(downloaded.data, bytes)
                return downloaded.data
            case "file":
                return await self._stored(ref.value)
            case "asset":
                asset = await self._database.read(lambda tx: assets.by_id(tx, ref.value))
                if asset is None:
                    raise InputUnusable("input_unreachable", f"The asset {ref.value} no longer exists.")
                return await self._stored(asset.sha256)
            case "data" | "task":
                raise AssertionError(f"an admitted input has no source {ref.source}")

    async def _stored(self, sha256: str) -> bytes:
        try:
            return b"".join([chunk async for chunk in await self._files.open_range(key_of(sha256))])
        except AssetMissing as error:
            raise InputUnusable("input_unreachable", "A stored input is missing.") from error


def bind_own(tx: Tx, request: GenerationRequest, caller: Caller, *, now: datetime) -> GenerationRequest:
    """The request with task ids as asset ids, each shown to belong to the caller's account and mode, and to be there.

    Raises:
        TaskNotFound, AssetNotFound
    """
    return replace(request, inputs=tuple(_bind(tx, ref, caller, now) for ref in request.inputs))


def echo(params: Mapping[str, object]) -> dict[str, object]:
    """The parameters as they came, with data URLs cut short."""
    return {name: _shortened(value) for name, value in params.items()}


def _bind(tx: Tx, ref: InputRef, caller: Caller, now: datetime) -> InputRef:
    found: Asset | None
    match ref.source:
        case "task":
            found = assets.first_result_of(tx, ref.value, caller)
            if found is None:
                raise TaskNotFound(task_id=ref.value)
        case "asset":
            found = assets.usable_as_input(tx, ref.value, caller)
            if found is None:
                raise AssetNotFound(
                    f"No asset {ref.value!r} belongs to this account.",
                    hint="Give the id of an asset or a finished task, or send the file again: POST /api/v1/files.",
                )
        case _:
            return ref
    if found.lost or found.expires_at <= now:
        ended = "was lost" if found.lost else f"expired at {found.expires_at:%Y-%m-%d %H:%M} UTC"
        raise AssetNotFound(
            f"The asset {found.id} {ended}.", hint="Send the file again (POST /api/v1/files), or generate it again."
        )
    return replace(ref, source="asset", value=found.id)


def _decoded(data_url: str, option: str) -> bytes:
    head, comma, body = data_url.partition(",")
    if not comma:
        raise InvalidOption(
            option=option, problem="is a data URL without a comma", hint="Send data:image/png;base64,…."
        )
    if not head.endswith(";base64") and len(body) > _MOST_ESCAPED_CHARACTERS:
        problem = f"has {len(body):,} characters without base64; the most is {_MOST_ESCAPED_CHARACTERS:,}"
        raise InvalidOption(option=option, problem=problem, hint="Send data:image/png;base64,….")
    try:
        data = base64.b64decode(body, validate=True) if head.endswith(";base64") else unquote_to_bytes(body)
    except (binascii.Error, ValueError) as error:
        raise InvalidOption(option=option, problem="is a data URL whose base64 cannot be decoded") from error
    if len(data) > MOST_BYTES:
        raise InvalidOption(option=option, problem=f"holds {len(data):,} bytes; the most is {MOST_BYTES:,}")
    if sniff_mime(data) is None:
        raise InvalidOption(
            option=option, problem="is no picture, clip or sound that can be read", hint="Send a PNG, JPEG or WebP."
        )
    return data


def _named(ref: InputRef) -> str:
    return "file" if ref.source == "file" else f"{ref.source}"


def _shortened(value: object, *, levels: int = _SHOWN_LEVELS) -> object:
    if levels == 0 and isinstance(value, list | dict):
        return "…"
    if isinstance(value, str) and value.startswith("data:") and len(value) > 2 * _SHOWN_OF_DATA_URL:
        return f"{value[:_SHOWN_OF_DATA_URL]}… ({len(value):,} characters)"
    if isinstance(value, list):
        return [_shortened(item, levels=levels - 1) for item in value]
    if isinstance(value, dict):
        return {name: _shortened(item, levels=levels - 1) for name, item in value.items()}
    return value
