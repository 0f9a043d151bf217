"""`overdoor models`: what can be asked for, and what it costs."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from overdoor.cli.output import print_json, print_table
from overdoor.cli.start import Data, Json, start
from overdoor.units import in_credits

if TYPE_CHECKING:
    from overdoor.domain.model import Model, PriceRule


def models(
    *,
    kind: Annotated[Literal["image", "video", "chat"] | None, typer.Option(help="Only models of this kind.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List the models and their prices."""
    from overdoor.domain.catalog import Catalog

    found = Catalog.load(start(data=data).settings.catalog).models(kind)
    if as_json:
        print_json([_shown(model) for model in found])
        return
    print_table(("MODEL", "KIND", "CREDITS", "TITLE"), [(m.id, m.kind, _price(m.price), m.title) for m in found])


def _shown(model: "Model") -> dict[str, object]:
    return {
        "id": model.id,
        "kind": model.kind,
        "title": model.title,
        "description": model.description,
        "aliases": list(model.aliases),
        "operations": list(model.operations),
        "price": {
            "per": model.price.per,
            "by": list(model.price.by),
            "credits": {key or "any": in_credits(amount) for key, amount in model.price.amounts.items()},
        },
    }


def _price(price: "PriceRule") -> str:
    if price.per == "nothing" or not price.amounts:
        return "free"
    least, most = min(price.amounts.values()), max(price.amounts.values())
    span = f"{in_credits(least)}" if least == most else f"{in_credits(least)} to {in_credits(most)}"
    return f"{span} per {price.per}"
