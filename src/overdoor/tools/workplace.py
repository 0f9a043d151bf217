"""Where server tools work: for whom, through which services, and with which pictures at hand."""

from dataclasses import dataclass
from typing import Literal

from overdoor.domain.access import Caller
from overdoor.services.generate import Generate
from overdoor.services.links import Links
from overdoor.services.names import RequestName


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a tool needs from its request.

    name: of the whole request; each tool call derives its own from it.
    base_url: the address under which the client reaches us.
    pictures: addresses of the conversation's pictures, which the model counts from 1.
    """

    generate: Generate
    links: Links
    caller: Caller
    door: Literal["chat", "responses"]
    base_url: str
    name: RequestName | None = None
    pictures: tuple[str, ...] = ()
