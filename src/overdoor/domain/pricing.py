"""What a task may cost at most, and what it does cost. Integers inside; the only place that computes a price."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from overdoor.domain.model import Model, PriceKey, PriceRule, TokenPrices
from overdoor.domain.request import GenerationRequest
from overdoor.units import MicroDollars, in_credits

TOKENS_PER_PRICE = 1_000_000
LET_THE_MODEL_CHOOSE = -1  # a duration


@dataclass(frozen=True, slots=True)
class Quote:
    """The most that a task can cost, and how that comes about in words."""

    maximum: MicroDollars
    explanation: str


def quote(model: Model, request: GenerationRequest) -> Quote:
    """The price that is held before the task starts."""
    price = model.price
    if price.per == "nothing":
        return Quote(MicroDollars(0), "free")
    amount = _amount(price, request)
    detail = ", ".join(_value(request, name) for name in price.by)
    inside = f" ({detail})" if detail else ""
    if price.per == "second":
        seconds = _longest_s(model, request)
        most = "at most " if request.duration_s == LET_THE_MODEL_CHOOSE else ""
        return Quote(MicroDollars(seconds * amount), f"{most}{seconds} s x {_credits(amount)}{inside}")
    words = f"{_credits(amount)}{inside}"
    if request.inputs and price.per_input:
        words += f" + {len(request.inputs)} x {_credits(price.per_input)} (inputs)"
    most = "at most " if price.tokens is not None else ""
    return Quote(MicroDollars(amount + len(request.inputs) * price.per_input), most + words)


def charge(
    model: Model, request: GenerationRequest, *, usage: Mapping[str, float] | None, duration_s: float | None
) -> MicroDollars:
    """What a finished task costs: never more than its quote, rounded up once to a micro-dollar.

    usage: tokens as the provider reported them: `output_tokens`, `text_input_tokens`, `image_input_tokens`, or
        `input_tokens` where the two are not told apart. Counts only for models that are priced by tokens.
    duration_s: the delivered clip's length; counts only where the model chose it.
    """
    most = quote(model, request).maximum
    if model.price.tokens is not None and usage is not None and usage.get("output_tokens"):
        return MicroDollars(min(most, ceil(_token_cost(model.price.tokens, usage))))
    if request.duration_s == LET_THE_MODEL_CHOOSE and duration_s is not None and duration_s > 0:
        exact = _amount(model.price, request) * Fraction(str(duration_s))
        return MicroDollars(min(most, ceil(exact)))
    return most


def _amount(price: PriceRule, request: GenerationRequest) -> MicroDollars:
    """The row's amount for the options of this request; of those that fit, the dearest (quality `auto`)."""
    wanted = [_value(request, name) for name in price.by]
    fitting = [amount for key, amount in price.amounts.items() if _fits(key, wanted)]
    if not fitting:
        raise ValueError(f"{request.model_id} has no price for {'/'.join(wanted)}")
    return max(fitting)


def _fits(key: str, wanted: list[str]) -> bool:
    values = key.split("/") if key else []
    return len(values) == len(wanted) and all(
        want in (value, "auto") for value, want in zip(values, wanted, strict=True)
    )


def _value(request: GenerationRequest, name: PriceKey) -> str:
    match name:
        case "quality":
            return request.quality or "auto"
        case "resolution":
            return request.resolution or "auto"
        case "scale":
            return str(request.scale)


def _longest_s(model: Model, request: GenerationRequest) -> int:
    if request.duration_s is None or model.duration is None:
        raise ValueError(f"{request.model_id} is priced by the second and has no duration")
    return model.duration.max_s if request.duration_s == LET_THE_MODEL_CHOOSE else request.duration_s


def _token_cost(tokens: TokenPrices, usage: Mapping[str, float]) -> Fraction:
    """Micro-dollars, exactly. Inputs that are not told apart count as pictures, the dearer kind."""
    text_in, image_in = _tokens(usage, "text_input_tokens"), _tokens(usage, "image_input_tokens")
    untold = max(Fraction(0), _tokens(usage, "input_tokens") - text_in - image_in)
    out = _tokens(usage, "output_tokens")
    cost = text_in * tokens.text_in + (image_in + untold) * tokens.image_in + out * tokens.out
    return cost / TOKENS_PER_PRICE


def _tokens(usage: Mapping[str, float], name: str) -> Fraction:
    return max(Fraction(0), Fraction(usage.get(name, 0)))


def _credits(amount: MicroDollars) -> str:
    number = in_credits(amount)
    return f"{number} credit" if number == 1 else f"{number} credits"
