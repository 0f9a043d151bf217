"""Which drawing belongs to which subject, how large it is, and where it lives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects import animals
from overdoor.providers.sandbox.subjects.look import Look

Place = Literal["ground", "air", "water", "table"]


@dataclass(frozen=True, slots=True)
class Kind:
    """`size`: height against a middle-sized subject. `width`: of its 100-unit frame, how much it really fills."""

    draw: Callable[[Pen, Look], None]
    size: float = 1.0
    place: Place = "ground"
    width: float = 0.8


KINDS: dict[str, Kind] = {
    "fox": Kind(animals.fox, 1.0),
    "cat": Kind(animals.cat, 0.95),
    "dog": Kind(animals.dog, 1.0),
    "bear": Kind(animals.bear, 1.1, width=0.95),
    "rabbit": Kind(animals.rabbit, 0.8, width=0.6),
    "deer": Kind(animals.deer, 1.2, width=0.9),
    "horse": Kind(animals.horse, 1.25, width=0.95),
}
