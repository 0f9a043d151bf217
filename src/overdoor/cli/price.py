"""The price of a wish, before anything is held."""

from overdoor.cli.output import print_json, tell
from overdoor.cli.wish import Wish
from overdoor.config import Settings
from overdoor.domain.catalog import Catalog
from overdoor.domain.pricing import Quote, quote
from overdoor.domain.validation import build
from overdoor.units import in_credits


def show_price(settings: Settings, wish: Wish, *, as_json: bool) -> None:
    """The price is on stdout; nothing was opened or promised.

    Raises:
        OverdoorError: the wish would be refused.
        CatalogError
    """
    accepted = build(Catalog.load(settings.catalog), model=wish.model, params=wish.params)
    priced = quote(accepted.model, accepted.request)
    if as_json:
        print_json(
            {
                "model": accepted.request.model_id,
                "credits": in_credits(priced.maximum),
                "explanation": priced.explanation,
                "warnings": list(accepted.warnings),
            }
        )
        return
    for warning in accepted.warnings:
        tell(f"Note: {warning}")
    print(price_words(priced))


def price_words(priced: Quote) -> str:
    """Such as `3 credits (1K)` or `5 s x 40 credits (720p) = 200 credits`."""
    credits_ = in_credits(priced.maximum)
    total = f"{credits_} credit" if credits_ == 1 else f"{credits_} credits"
    return priced.explanation if total in priced.explanation else f"{priced.explanation} = {total}"
