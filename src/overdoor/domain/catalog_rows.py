"""From the tables of a catalogue file to `Model` values: shape and types; `catalog_rules` judges their meaning."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, cast

import msgspec

from overdoor.domain.model import Choice, DurationRule, InputRule, Model, PriceRule
from overdoor.domain.sizes import SizeRule, parse_size
from overdoor.errors import StartRefused
from overdoor.units import from_credits, from_usd

_NESTED: Mapping[str, type] = {
    "aspect_ratio": Choice,
    "resolution": Choice,
    "quality": Choice,
    "background": Choice,
    "output_format": Choice,
    "moderation": Choice,
    "scale": Choice,
    "duration": DurationRule,
    "inputs": InputRule,
    "size": SizeRule,
    "price": PriceRule,
}
_FIELDS = frozenset(field.name for field in fields(Model)) - {"aliases"}
_PRICE_FIELDS = frozenset({"per", "by", "credits", "usd", "usd_per_input", "usd_per_million_tokens"})
_TOKEN_FIELDS = frozenset({"text_in", "image_in", "out"})
_OWN = frozenset({"id", "retired_on", "successor"})  # never taken over by `like` from another row


class CatalogError(StartRefused):
    """A catalogue file has a mistake; the message names the file, the row and the field. For operators only."""

    def __init__(self, *, file: str, row: str | None, field: str | None, problem: str) -> None:
        place = "".join((f", row `{row}`" if row else "", f", field `{field}`" if field else ""))
        super().__init__(f"{file}{place}: {problem}.")
        self.file, self.row, self.field, self.problem = file, row, field, problem


def rows_of(document: Mapping[str, object], *, file: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The rows of one file with their ids, which are unique in it.

    Raises:
        CatalogError: an unknown table, a row without an id, an id twice.
    """
    for table in document:
        if table not in ("model", "alias"):
            raise CatalogError(file=file, row=None, field=table, problem="is not known; use `model` and `alias`")
    rows = document.get("model", [])
    if not isinstance(rows, list):
        raise CatalogError(file=file, row=None, field="model", problem="must be written as [[model]]")
    seen: set[str] = set()
    for number, row in enumerate(cast("list[object]", rows), start=1):
        raw = _table(row, file=file, row=f"number {number}", field="model")
        row_id = raw.get("id")
        if not isinstance(row_id, str) or not row_id or row_id != row_id.strip():
            raise CatalogError(file=file, row=f"number {number}", field="id", problem="must be a name")
        if row_id in seen:
            raise CatalogError(file=file, row=row_id, field="id", problem="is given twice")
        seen.add(row_id)
        yield row_id, raw


def alias_table(document: Mapping[str, object], *, file: str) -> dict[str, str]:
    """The `[alias]` table of one file: name to row id."""
    names = _table(document.get("alias", {}), file=file, row=None, field="alias")
    for alias, target in names.items():
        if not isinstance(target, str):
            raise CatalogError(file=file, row=None, field=f"alias.{alias}", problem="must be the id of a row")
    return cast("dict[str, str]", dict(names))


def merge_like(raw: Mapping[str, object], known: Mapping[str, Mapping[str, object]], *, file: str) -> dict[str, object]:
    """The row with the fields of the row that its `like` names underneath.

    Raises:
        CatalogError: `like` names no row above this one.
    """
    own = {name: value for name, value in raw.items() if name != "like"}
    like = raw.get("like")
    if like is None:
        return own
    if not isinstance(like, str) or like not in known:
        problem = f"names no row above this one: {like!r}"
        raise CatalogError(file=file, row=str(raw["id"]), field="like", problem=problem)
    dropped = _OWN if like != raw["id"] else frozenset[str]()
    return {name: value for name, value in known[like].items() if name not in dropped} | own


def decode(raw: Mapping[str, object], *, file: str) -> Model:
    """A merged row as a `Model`, every field of the right type.

    Raises:
        CatalogError: an unknown field, a missing field, a wrong type, a price finer than a micro-dollar.
    """
    row = str(raw["id"])
    _reject_unknown(raw, _FIELDS, file=file, row=row, prefix="")
    wire = dict(raw)
    if "price" in wire:
        wire["price"] = _price(_table(wire["price"], file=file, row=row, field="price"), file=file, row=row)
    if "frames" in wire:
        wire["frames"] = _frames(_table(wire["frames"], file=file, row=row, field="frames"), file=file, row=row)
    for name, kind in _NESTED.items():
        if name in wire:
            nested = _table(wire[name], file=file, row=row, field=name)
            _reject_unknown(nested, {f.name for f in fields(kind)}, file=file, row=row, prefix=f"{name}.")
    return _convert(wire, file=file, row=row)


def _convert(wire: Mapping[str, object], *, file: str, row: str) -> Model:
    """Field by field, so that the message can name the field."""
    hints = _model_types()
    for name, value in wire.items():
        try:
            msgspec.convert(value, hints[name])
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `$")
            raise CatalogError(file=file, row=row, field=name + path.rstrip("`"), problem=message) from error
    try:
        return msgspec.convert(wire, Model)
    except msgspec.ValidationError as error:
        field = str(error).partition("`")[2].partition("`")[0]
        raise CatalogError(file=file, row=row, field=field, problem=str(error)) from error


def _model_types() -> dict[str, Any]:
    return {field.name: field.type for field in fields(Model)}


def _price(raw: Mapping[str, object], *, file: str, row: str) -> dict[str, object]:
    """The price table with micro-dollars in place of credits or USD."""
    _reject_unknown(raw, _PRICE_FIELDS, file=file, row=row, prefix="price.")
    unit = "credits" if "credits" in raw else "usd"
    if ("credits" in raw) == ("usd" in raw):
        raise CatalogError(file=file, row=row, field="price", problem="needs either `credits` or `usd`")
    price = {name: raw[name] for name in ("per", "by") if name in raw}
    by = raw.get("by", [])
    depth = len(cast("list[object]", by)) if isinstance(by, list) else 0
    amounts = _flatten(raw[unit], depth=depth)
    if amounts is None:
        problem = f"must be nested once for each name in `by` ({depth})"
        raise CatalogError(file=file, row=row, field=f"price.{unit}", problem=problem)
    price["amounts"] = {
        key: _micro_dollars(value, unit=unit, file=file, row=row, field=f"price.{unit}.{key}".rstrip("."))
        for key, value in amounts.items()
    }
    if "usd_per_input" in raw:
        price["per_input"] = _micro_dollars(
            raw["usd_per_input"], unit="usd", file=file, row=row, field="price.usd_per_input"
        )
    if "usd_per_million_tokens" in raw:
        field = "price.usd_per_million_tokens"
        tokens = _table(raw["usd_per_million_tokens"], file=file, row=row, field=field)
        _reject_unknown(tokens, _TOKEN_FIELDS, file=file, row=row, prefix=f"{field}.")
        price["tokens"] = {
            name: _micro_dollars(value, unit="usd", file=file, row=row, field=f"{field}.{name}")
            for name, value in tokens.items()
        }
    return price


def _flatten(value: object, *, depth: int) -> dict[str, object] | None:
    """Nested tables as one, keys joined with `/`; None if they are nested more or less than `depth`."""
    if depth == 0:
        return None if isinstance(value, dict) else {"": value}
    if not isinstance(value, dict):
        return None
    flat: dict[str, object] = {}
    for key, inner in cast("dict[str, object]", value).items():
        below = _flatten(inner, depth=depth - 1)
        if below is None:
            return None
        flat |= {f"{key}/{rest}" if rest else key: amount for rest, amount in below.items()}
    return flat


def _micro_dollars(value: object, *, unit: str, file: str, row: str, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
        raise CatalogError(file=file, row=row, field=field, problem="must be a number, 0 or more")
    try:
        return from_credits(value) if unit == "credits" else from_usd(value)
    except (ValueError, ArithmeticError) as error:
        raise CatalogError(file=file, row=row, field=field, problem=str(error)) from error


def _frames(raw: Mapping[str, object], *, file: str, row: str) -> dict[str, object]:
    frames: dict[str, object] = {}
    for resolution, ratios in raw.items():
        table = _table(ratios, file=file, row=row, field=f"frames.{resolution}")
        frames[resolution] = {
            ratio: _frame(size, file=file, row=row, field=f"frames.{resolution}.{ratio}")
            for ratio, size in table.items()
        }
    return frames


def _frame(value: object, *, file: str, row: str, field: str) -> dict[str, int]:
    size = parse_size(value) if isinstance(value, str) else None
    if size is None:
        raise CatalogError(file=file, row=row, field=field, problem=f"must be a size such as 1280x720, not {value!r}")
    return {"width_px": size.width_px, "height_px": size.height_px}


def _table(value: object, *, file: str, row: str | None, field: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise CatalogError(file=file, row=row, field=field, problem="must be a table")
    return cast("Mapping[str, object]", value)


def _reject_unknown(
    raw: Mapping[str, object], known: frozenset[str] | set[str], *, file: str, row: str, prefix: str
) -> None:
    for name in raw:
        if name not in known:
            problem = f"is not known; known are: {', '.join(sorted(known))}"
            raise CatalogError(file=file, row=row, field=prefix + name, problem=problem)
