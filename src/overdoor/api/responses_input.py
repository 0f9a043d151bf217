"""The `input` of a Responses request as messages in the chat.completions shape.

Histories are replayed by clients in many spellings, so ids and states are not asked for and unknown items are left out.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

from overdoor.api.asked import Fields, invalid, objects_in, text_in

_ROLES = ("system", "developer", "user", "assistant")
_TEXT_PARTS = ("input_text", "output_text", "text", "summary_text")
_SILENT = ("reasoning", "item_reference", "compaction")


def read_input(body: Fields) -> tuple[tuple[Fields, ...], tuple[str, ...]]:
    """The conversation, `instructions` first, and warnings.

    Raises:
        InvalidRequest
    """
    value, instructions = body.get("input"), body.get("instructions")
    if value is None or value in ("", []):
        raise invalid("input", "is missing or empty", hint='Send a string, or [{"role": "user", "content": "…"}].')
    messages: list[Fields] = []
    warnings: list[str] = []
    if instructions is not None and not isinstance(instructions, str):
        raise invalid("instructions", "is not a string")
    if instructions:
        messages.append({"role": "system", "content": instructions})
    if isinstance(value, str):
        return (*messages, {"role": "user", "content": value}), ()
    for number, item in enumerate(objects_in(value, place="input")):
        place = f"input[{number}]"
        read = _item(item, place)
        if not read and item.get("type") not in _SILENT:
            warnings.append(f"`{place}` of type {str(item.get('type'))[:60]!r} is not known here and was left out.")
        messages += read
    return _merged(messages), tuple(warnings)


def _item(item: Fields, place: str) -> list[Fields]:
    kind = "message" if item.get("type") in (None, "") else text_in(item, "type", place=place)
    match kind:
        case "message":
            return [_message(item, place)]
        case "function_call":
            call = _call(
                text_in(item, "call_id", place=place),
                name=text_in(item, "name", place=place),
                arguments=text_in(item, "arguments", place=place),
            )
            return [call]
        case "function_call_output":
            call_id = text_in(item, "call_id", place=place)
            return [{"role": "tool", "tool_call_id": call_id, "content": _output(item, place)}]
        case str() if kind == "image_generation_call" or kind.endswith(":image_generation"):
            return _image_item(item, kind, place)
        case _:
            return []


def _message(item: Fields, place: str) -> Fields:
    role = text_in(item, "role", place=place)
    if role not in _ROLES:
        raise invalid(f"{place}.role", f"is {role[:40]!r}", hint=f"Use one of: {', '.join(_ROLES)}.")
    content = item.get("content")
    if isinstance(content, str):
        return {"role": role, "content": content}
    parts = _parts(content, f"{place}.content")
    if role == "assistant":  # its parts are texts, and markdown in them is read where it is one string
        return {"role": role, "content": "\n\n".join(part["text"] for part in parts if part["type"] == "text")}
    return {"role": role, "content": parts}


def _parts(content: object, place: str) -> list[dict[str, Any]]:
    parts = [_part(part, f"{place}[{number}]") for number, part in enumerate(objects_in(content, place=place))]
    return [part for part in parts if part is not None]


def _part(part: Fields, place: str) -> dict[str, Any] | None:
    kind = text_in(part, "type", place=place)
    if kind in _TEXT_PARTS:
        return {"type": "text", "text": text_in(part, "text", place=place)}
    if kind == "refusal":
        return {"type": "text", "text": text_in(part, "refusal", place=place)}
    if kind in ("input_image", "image_url"):
        image, file_id = part.get("image_url"), part.get("file_id")
        if isinstance(image, dict):
            image = cast("Mapping[str, object]", image).get("url")
        if image is None and isinstance(file_id, str):
            image = f"asset:{file_id}"
        if not isinstance(image, str):
            raise invalid(
                f"{place}.image_url", "is missing or not a string", hint="Name a picture, or an upload in `file_id`."
            )
        return {"type": "image_url", "image_url": {"url": image}}
    return dict(part)


def _output(item: Fields, place: str) -> str | list[dict[str, Any]]:
    output = item.get("output")
    if isinstance(output, str):
        return output
    return _parts(output, f"{place}.output")


def _image_item(item: Fields, kind: str, place: str) -> list[Fields]:
    """A picture of an earlier answer: the call and what the model was told of it."""
    url = item.get("imageUrl") or item.get("result")
    if not isinstance(url, str) or not url:
        return [{"role": "assistant", "content": "(a picture that could not be made)"}]
    if not url.startswith(("http://", "https://")):  # base64, as OpenAI's own tool answers
        image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{url}"}}
        return [{"role": "assistant", "content": "(a picture)", "images": [image]}]
    call_id = str(item.get("id") or place)
    arguments = json.dumps({"prompt": str(item.get("prompt") or "")}, ensure_ascii=False)
    return [
        _call(call_id, name=kind.replace(":", "_"), arguments=arguments),
        {"role": "tool", "tool_call_id": call_id, "content": json.dumps({"status": "ok", "imageUrl": url})},
        {"role": "assistant", "content": f"![Generated image]({url})"},
    ]


def _call(call_id: str, *, name: str, arguments: str) -> Fields:
    call = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _merged(messages: list[Fields]) -> tuple[Fields, ...]:
    """Neighbouring calls belong to one answer of the model."""
    merged: list[Fields] = []
    for message in messages:
        earlier = merged[-1] if merged else {}
        if "tool_calls" in message and "tool_calls" in earlier:
            merged[-1] = {**earlier, "tool_calls": [*earlier["tool_calls"], *message["tool_calls"]]}
        else:
            merged.append(message)
    return tuple(merged)
