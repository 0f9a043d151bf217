"""One row of the catalogue: what a model takes, offers and costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from overdoor.domain.request import Kind, Operation
from overdoor.domain.sizes import Frames, SizeRule
from overdoor.units import MicroDollars

ExtraType = Literal["bool", "int", "text"]
PriceKey = Literal["quality", "resolution", "scale"]

NOTHING = MicroDollars(0)
_DEADLINE_S: Mapping[Kind, int] = {"image": 3600, "video": 3 * 3600, "chat": 600}  # waiting for a turn counts


@dataclass(frozen=True, slots=True)
class Choice:
    """An option with a fixed set of values; `default` is one of them."""

    values: tuple[str, ...]
    default: str


@dataclass(frozen=True, slots=True)
class DurationRule:
    """Clip lengths in whole seconds. automatic: -1 is allowed and lets the model choose up to `max_s`."""

    min_s: int
    max_s: int
    default_s: int
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class InputRule:
    """What a model is given to work on.

    name: the wire name that errors use, such as `input_urls`.
    max_images: pictures in that list; of a clip the first is the first frame and the second the last frame.
    mask: a mask for the first picture is taken. reference_*: how many of each a multimodal call may name.
    """

    name: str
    min_images: int = 1
    max_images: int = 1
    mask: bool = False
    reference_images: int = 0
    reference_videos: int = 0
    reference_audios: int = 0


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """Micro-dollars per million tokens, for settling from a provider's usage."""

    text_in: MicroDollars
    image_in: MicroDollars
    out: MicroDollars


@dataclass(frozen=True, slots=True)
class PriceRule:
    """What one result costs.

    per: one picture, one second of a clip, or nothing (free).
    by: the options that change the price; `amounts` is keyed by their values joined with `/` ("high/1K"; "" for none).
    per_input: held for each given input on top.
    tokens: when set, a task whose provider reports tokens is settled by them.
    """

    per: Literal["image", "second", "nothing"]
    amounts: Mapping[str, MicroDollars]
    by: tuple[PriceKey, ...] = ()
    per_input: MicroDollars = NOTHING
    tokens: TokenPrices | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model that callers can name.

    aliases: further names for it. operations: the first is the default.
    retired_on, successor: a row with a successor is answered by the successor, with a warning.
    requires: per operation, the wire names that must be given (`prompt` and the name of `inputs`).
    An option that is None is not offered. `resolution` is the price tier of pictures and the frame height of clips.
    size: the rule of a picture model; frames: the clip sizes of a video model; neither where the input decides.
    output_compression: its default, 0-100. generate_audio: its default.
    without_inputs_only: options that count only when no picture is given.
    extra: parameters passed on to the provider as they are, with their types.
    hints: what to do instead, by `option` or `option.value`, shown when that is refused.
    typical_s: about how long one result takes, for progress displays.
    deadline_s: after which a task is given up with its money back; without it, by kind (`longest_s`).
    """

    id: str
    title: str
    description: str
    kind: Kind
    provider: str
    upstream_id: str
    operations: tuple[Operation, ...] = ()
    requires: Mapping[Operation, tuple[str, ...]] = field(default_factory=dict[Operation, tuple[str, ...]])
    prompt_max_chars: int = 20_000
    typical_s: int = 30
    deadline_s: int | None = None
    aliases: tuple[str, ...] = ()
    retired_on: date | None = None
    successor: str | None = None
    inputs: InputRule | None = None
    aspect_ratio: Choice | None = None
    resolution: Choice | None = None
    size: SizeRule | None = None
    frames: Frames | None = None
    quality: Choice | None = None
    background: Choice | None = None
    output_format: Choice | None = None
    output_compression: int | None = None
    moderation: Choice | None = None
    duration: DurationRule | None = None
    generate_audio: bool | None = None
    seed: bool = False
    scale: Choice | None = None
    without_inputs_only: tuple[str, ...] = ()
    extra: Mapping[str, ExtraType] = field(default_factory=dict[str, ExtraType])
    hints: Mapping[str, str] = field(default_factory=dict[str, str])
    price: PriceRule = PriceRule(per="nothing", amounts={})

    @property
    def longest_s(self) -> int:
        """Seconds from a task's acceptance to the moment when it is given up."""
        return self.deadline_s or _DEADLINE_S[self.kind]
