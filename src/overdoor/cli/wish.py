"""What `overdoor generate` was asked for, in the words of the product."""

import base64
import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from overdoor.cli.output import CommandRefused, ExitCode
from overdoor.units import Mode

STDOUT = "-"
FORMATS: Mapping[str, str] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp", ".mp4": "mp4"}
_DEFAULT_MODELS: Mapping[tuple[bool, bool], str] = {  # by: is it a clip, are pictures given
    (False, False): "gpt-image-2-text-to-image",
    (False, True): "gpt-image-2-image-to-image",
    (True, False): "seedance-2.0-text-to-video",
    (True, True): "seedance-2.0-image-to-video",
}
_NAME = re.compile(r"[ -~]{1,255}")
_ADDRESSES = ("http://", "https://", "data:", "asset:", "task_")


@dataclass(frozen=True, slots=True)
class Wish:
    """One generation that the person asked for. params: by their wire names. request_id: the person's name for it."""

    model: str
    params: Mapping[str, object]
    mode: Mode
    request_id: str | None = None


def build_wish(
    *,
    model: str | None,
    params: Mapping[str, object],
    inputs: Sequence[str],
    output: str | None,
    mode: Mode,
    request_id: str | None = None,
) -> Wish:
    """The wish with what the options leave open filled in: the model, and the format that the file's name asks for.

    params: the options by wire name; those that are None were not given.
    inputs: files, URLs, asset ids and task ids.

    Raises:
        CommandRefused
    """
    if request_id is not None and _NAME.fullmatch(request_id) is None:
        raise CommandRefused(
            "--request-id is no name.", hint="Use 1 to 255 printable ASCII characters.", exit_code=ExitCode.USAGE
        )
    given = {name: value for name, value in params.items() if value is not None}
    file_format = _format_of(output)
    if file_format is not None:
        given.setdefault("output_format", file_format)
    if inputs:
        given["image_urls"] = [address_of(each) for each in inputs]
    is_clip = given.get("output_format") == "mp4" or "duration" in given or "generate_audio" in given
    return Wish(model or _DEFAULT_MODELS[is_clip, bool(inputs)], given, mode, request_id)


def address_of(given: str) -> str:
    """An input as the services take it: a URL, `asset:<id>`, a task id, or a file's bytes as a data URL.

    Raises:
        CommandRefused: it is none of these, or the file cannot be read.
    """
    if given.startswith(_ADDRESSES):
        return given
    path = Path(given)
    if given.startswith("asset_") and not path.exists():
        return f"asset:{given}"
    try:
        encoded = base64.b64encode(path.read_bytes()).decode("ascii")
    except OSError as error:
        raise CommandRefused(
            f"The input {given!r} cannot be read: {error.strerror}.",
            hint="Give a file, an http or https URL, or the id of an asset or a finished task.",
            exit_code=ExitCode.USAGE,
        ) from error
    return f"data:{mimetypes.guess_type(path.name)[0] or 'application/octet-stream'};base64,{encoded}"


def _format_of(output: str | None) -> str | None:
    """The format that a file name asks for; None where it asks for nothing."""
    if output is None or output == STDOUT or Path(output).is_dir():
        return None
    suffix = Path(output).suffix.lower()
    if suffix and suffix not in FORMATS:
        raise CommandRefused(
            f"Files named {suffix} are not made.",
            hint=f"Use one of: {', '.join(FORMATS)}.",
            exit_code=ExitCode.USAGE,
        )
    return FORMATS.get(suffix)
