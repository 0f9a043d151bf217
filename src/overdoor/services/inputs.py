"""The pictures and clips that a task works on, as the door sees them; `input_files` reads them for the task.

At the door only syntax and literal addresses are looked at; a link to one of our own assets becomes its id, and what
came as a data URL is stored, with a row.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import unquote_to_bytes

from overdoor.domain.access import Caller
from overdoor.domain.inputs import kind_of
from overdoor.domain.request import GenerationRequest, InputRef
from overdoor.domain.retention import Retention
from overdoor.domain.task import Asset, MediaKind, Task
from overdoor.errors import AssetNotFound, InvalidOption, TaskNotFound
from overdoor.media.probe import sniff_mime
from overdoor.net.guard import NetworkPolicy, check_url
from overdoor.services.input_files import MOST_BYTES
from overdoor.services.links import asset_id_in
from overdoor.storage import assets
from overdoor.storage.asset_files import AssetFiles
from overdoor.storage.db import Tx
from overdoor.units import AssetId, new_id

_MOST_ESCAPED_CHARACTERS = 64 * 1024  # of a data URL without base64: each %xx costs 60 bytes while it is decoded
_SHOWN_LEVELS = 32  # of nested JSON in the echo of a request
_SHOWN_OF_DATA_URL = 48  # characters, in the echo of a request
_KINDS: Mapping[str, MediaKind] = {"image": "image", "video": "video", "audio": "audio"}  # by the beginning of a MIME


@dataclass(frozen=True, slots=True)
class Brought:
    """The file of a data URL, stored."""

    sha256: str
    size_bytes: int
    mime: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request with every input named safely. brought: by position, the inputs whose bytes came with it."""

    request: GenerationRequest
    brought: Mapping[int, Brought] = field(default_factory=dict[int, Brought])


class Inputs:
    """Checks and keeps inputs."""

    def __init__(
        self, *, files: AssetFiles, policy: NetworkPolicy, retention: Retention, now: Callable[[], datetime]
    ) -> None:
        self._files = files
        self._policy = policy
        self._retention = retention
        self._now = now

    async def admit(self, request: GenerationRequest, *, option: str) -> Admitted:
        """The request with every input named safely: foreign URLs checked, our own links as ids, data URLs stored.

        option: the wire name that an error shall use.

        Raises:
            ForbiddenAddress, InvalidOption
        """
        if not request.inputs:
            return Admitted(request)
        refs: list[InputRef] = []
        brought: dict[int, Brought] = {}
        for position, ref in enumerate(request.inputs):
            checked, data = self._checked(ref, option)
            if data is not None:
                stored = await self._files.put(data)
                brought[position] = Brought(stored.sha256, stored.size_bytes, sniff_mime(data) or "")
                checked = replace(checked, source="file", value=stored.sha256)
            refs.append(checked)
        return Admitted(replace(request, inputs=tuple(refs)), brought)

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

    def rows(self, task: Task, admitted: Admitted) -> tuple[Asset, ...]:
        """The rows of what came inside the request, to be added with the task; nobody has looked at it yet."""
        created_at = self._now()
        return tuple(
            Asset(
                id=AssetId(new_id("asset")),
                account_id=task.account_id,
                key_id=task.key_id,
                mode=task.mode,
                task_id=task.id,
                role="input",
                position=position,
                kind=_KINDS[brought.mime.partition("/")[0]],
                mime=brought.mime,
                width_px=0,
                height_px=0,
                duration_s=None,
                size_bytes=brought.size_bytes,
                sha256=brought.sha256,
                created_at=created_at,
                expires_at=self._retention.until("input", created_at),
            )
            for position, brought in admitted.brought.items()
        )

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


def bind_own(tx: Tx, request: GenerationRequest, caller: Caller, *, option: str, now: datetime) -> GenerationRequest:
    """The request with task ids as asset ids, each shown to belong to the caller's account and mode, and to be there.

    Raises:
        TaskNotFound, AssetNotFound
        InvalidOption: an asset is of another kind than is needed there, or too large.
    """
    inputs: list[InputRef] = []
    for ref in request.inputs:
        found = _found(tx, ref, caller)
        if found is None:
            inputs.append(ref)
            continue
        _require_usable(found, ref, option=option, now=now)
        inputs.append(replace(ref, source="asset", value=found.id))
    return replace(request, inputs=tuple(inputs))


def keep_brought(tx: Tx, request: GenerationRequest, brought: Sequence[Asset]) -> GenerationRequest:
    """The request with what came inside it as assets, whose rows are written."""
    inputs = list(request.inputs)
    for asset in brought:
        assets.add(tx, asset)
        inputs[asset.position] = replace(inputs[asset.position], source="asset", value=asset.id)
    return replace(request, inputs=tuple(inputs))


def echo(params: Mapping[str, object]) -> dict[str, object]:
    """The parameters as they came, with data URLs cut short."""
    return {name: _shortened(value) for name, value in params.items()}


def _found(tx: Tx, ref: InputRef, caller: Caller) -> Asset | None:
    """The asset that the input names; None where it names none of ours."""
    match ref.source:
        case "task":
            found = assets.first_result_of(tx, ref.value, caller)
            if found is None:
                raise TaskNotFound(task_id=ref.value)
            return found
        case "asset":
            found = assets.usable_as_input(tx, ref.value, caller)
            if found is None:
                raise AssetNotFound(
                    f"No asset {ref.value!r} belongs to this account.",
                    hint="Give the id of an asset or a finished task, or send the file again: POST /api/v1/files.",
                )
            return found
        case _:
            return None


def _require_usable(found: Asset, ref: InputRef, *, option: str, now: datetime) -> None:
    if found.lost or found.expires_at <= now:
        ended = "was lost" if found.lost else f"expired at {found.expires_at:%Y-%m-%d %H:%M} UTC"
        raise AssetNotFound(
            f"The asset {found.id} {ended}.", hint="Send the file again (POST /api/v1/files), or generate it again."
        )
    if found.kind != (needed := kind_of(ref.role)):
        raise InvalidOption(option=option, problem=f"names {found.id}, which holds {found.kind}, not {needed}")
    if found.kind == "image" and found.size_bytes > MOST_BYTES:
        problem = f"names {found.id} with {found.size_bytes:,} bytes; a picture may have {MOST_BYTES:,}"
        raise InvalidOption(option=option, problem=problem, hint="Send a smaller picture.")


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
