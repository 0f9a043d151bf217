"""Loose wire parameters read one at a time: the right type, or an InvalidOption that names the wrong one.

A parameter that is null or an empty string counts as not given, as forms and MCP clients send them.
"""

from collections.abc import Mapping
from typing import cast

from overdoor.errors import InvalidOption

Parameters = Mapping[str, object]

LARGEST_NUMBER = 10**15

_SYNONYMS = {"jpg": "jpeg", "image/jpeg": "jpeg", "image/png": "png", "image/webp": "webp", "video/mp4": "mp4"}


def text(params: Parameters, name: str) -> str | None:
    """The text under `name` as it is.

    Raises:
        InvalidOption: it is not text, or cannot be stored.
    """
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _wrong_type(name, wanted="text", value=value)
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise InvalidOption(
            option=name, problem="contains a NUL or half a surrogate pair", hint="Send plain Unicode text."
        )
    return value


def word(params: Parameters, name: str) -> str | None:
    """The text under `name` without spaces around it; None when nothing is left."""
    return (text(params, name) or "").strip() or None


def choice(params: Parameters, name: str, *, values: tuple[str, ...]) -> str | None:
    """The word under `name` as `values` spell it (any case, `jpg` for `jpeg`); another word is returned as it came."""
    asked = word(params, name)
    if asked is None:
        return None
    meant = _SYNONYMS.get(asked.lower(), asked.lower())
    return next((value for value in values if value.lower() == meant), asked)


def whole_number(params: Parameters, name: str, *, suffix: str = "") -> int | None:
    """The whole number under `name`: 5, 5.0, "5", or "5" with the unit `suffix`.

    Raises:
        InvalidOption: anything else.
    """
    value = params.get(name)
    if isinstance(value, str):
        stripped = value.strip().lower()
        if not stripped:
            return None
        digits = (stripped.removesuffix(suffix) if suffix else stripped).strip()
        if len(digits) > 15 or not digits.removeprefix("-").isdecimal():
            raise InvalidOption(option=name, problem=f"must be a whole number, not {value[:40]!r}")
        return int(digits)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(name, wanted="a whole number", value=value)
    if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER or value != int(value):
        shown = f", not {value}" if isinstance(value, float) else f" of at most {LARGEST_NUMBER:,}"
        raise InvalidOption(option=name, problem=f"must be a whole number{shown}")
    return int(value)


def truth(params: Parameters, name: str) -> bool | None:
    """The truth value under `name`: true, false, "true" or "false".

    Raises:
        InvalidOption: anything else.
    """
    value = params.get(name)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        word_ = value.strip().lower()
        if word_ in ("", "true", "false"):
            return None if not word_ else word_ == "true"
        raise InvalidOption(
            option=name, problem=f"must be true or false, not {value[:40]!r}", allowed=("true", "false")
        )
    raise _wrong_type(name, wanted="true or false", value=value)


def texts(params: Parameters, name: str) -> tuple[str, ...]:
    """The texts under `name`, a list or one string, without empty ones.

    Raises:
        InvalidOption: it is neither, or an element is not text.
    """
    value = params.get(name)
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(entry for entry in (word(params, name),) if entry)
    if not isinstance(value, list | tuple):
        raise _wrong_type(name, wanted="a list of texts", value=value)
    entries: list[str] = []
    for number, entry in enumerate(cast("list[object]", value)):
        stripped = word({f"{name}[{number}]": entry}, f"{name}[{number}]")
        if stripped:
            entries.append(stripped)
    return tuple(entries)


def _wrong_type(name: str, *, wanted: str, value: object) -> InvalidOption:
    return InvalidOption(option=name, problem=f"must be {wanted}, not {_type_name(value)}", hint=f"Send {wanted}.")


def _type_name(value: object) -> str:
    """What JSON calls it."""
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list() | tuple():
            return "a list"
        case dict():
            return "an object"
        case _:
            return type(value).__name__
