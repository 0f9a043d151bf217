"""What a subject is told about itself before it is drawn."""

from dataclasses import dataclass
from random import Random

from overdoor.providers.sandbox.colours import Colour
from overdoor.providers.sandbox.palette import Palette


@dataclass(frozen=True, slots=True)
class Look:
    """`colour` is the one the prompt asked for, if any; `tints` colours its parts; `words` are all words spoken.

    `alone`: There is no scene around it: nothing may reach beyond the frame, and nothing is mirrored.
    """

    palette: Palette
    rng: Random
    colour: Colour | None = None
    tints: dict[str, Colour] | None = None
    words: frozenset[str] = frozenset()
    alone: bool = False

    def own(self, *usual: Colour) -> Colour:
        """Return the asked colour, or one of the usual ones."""
        return self.colour or usual[self.rng.randrange(len(usual))]

    def part(self, name: str, usual: Colour) -> Colour:
        """Return the colour the prompt gave to a part, or the usual one."""
        return (self.tints or {}).get(name, usual)
