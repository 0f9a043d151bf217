"""Which server tools there are. A tool is asked for by its type, with any of the known prefixes or with none."""

from collections.abc import Callable, Mapping

from overdoor.chat.loop import ServerTool
from overdoor.tools.image_generation import ImageGeneration
from overdoor.tools.workplace import Workplace

PREFIXES = ("modelgates:", "openrouter:", "overdoor:", "")

_TOOLS: Mapping[str, Callable[[str, Mapping[str, object], Workplace], ServerTool]] = {
    "image_generation": ImageGeneration,
}


def server_tool(asked_type: str, parameters: Mapping[str, object], workplace: Workplace) -> ServerTool | None:
    """The tool with this type, ready to run; None for a type that is not ours.

    parameters: how the request configured it; the model cannot change them.
    """
    for prefix in PREFIXES:
        make = _TOOLS.get(asked_type.removeprefix(prefix)) if asked_type.startswith(prefix) else None
        if make is not None:
            return make(asked_type, parameters, workplace)
    return None
