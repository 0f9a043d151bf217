"""Pictures inside a conversation: those that came with it, and those that must not get lost in the answer."""

import re
from collections.abc import Mapping, Sequence
from typing import cast

from overdoor.chat.events import Picture

_MARKDOWN = re.compile(r"!\[[^\[\]]{0,500}\]\(([^\s()]{1,4000})\)")  # bounded: histories may be hostile


def pictures_in(messages: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """The addresses of all pictures in the order in which they appear, each once. Tools and models count them from 1.

    messages: in the upstream's shape; pictures lie in `image_url` parts, in `images` of an answer, in its markdown.
    """
    found: dict[str, None] = {}
    for message in messages:
        content = message.get("content")
        if isinstance(content, str) and message.get("role") == "assistant":
            found.update(dict.fromkeys(_MARKDOWN.findall(content)))
        for part in [*_objects(content), *_objects(message.get("images"))]:
            url = _address(part)
            if url is not None:
                found[url] = None
    return tuple(found)


def with_pictures(text: str, pictures: Sequence[Picture]) -> str:
    """The text, with a line of markdown for every picture whose address the model left out."""
    return (text if text.strip() else "") + left_out(text, pictures)


def left_out(text: str, pictures: Sequence[Picture]) -> str:
    """What must follow the text, so that every picture stands in it."""
    missing = [f"![Generated image]({picture.url})" for picture in pictures if picture.url not in text]
    before = "\n\n" if text.strip() and missing else ""
    return before + "\n\n".join(missing)


def _objects(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list):
        return []
    return [cast("Mapping[str, object]", item) for item in cast("list[object]", value) if isinstance(item, dict)]


def _address(part: Mapping[str, object]) -> str | None:
    if part.get("type") != "image_url":
        return None
    place = part.get("image_url")
    url = cast("Mapping[str, object]", place).get("url") if isinstance(place, dict) else place
    return url if isinstance(url, str) else None
