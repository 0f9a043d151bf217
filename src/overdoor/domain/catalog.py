"""The catalogue of models: read from `models.toml` and an operator's file, checked, and asked by name."""

import difflib
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from importlib import resources
from pathlib import Path

from overdoor.domain.catalog_rows import CatalogError, alias_table, decode, merge_like, rows_of
from overdoor.domain.catalog_rules import first_mistake
from overdoor.domain.model import Choice, DurationRule, InputRule, Model, PriceRule
from overdoor.domain.request import Kind
from overdoor.errors import ModelNotSupported

__all__ = ["Catalog", "CatalogError", "Choice", "DurationRule", "InputRule", "Model", "PriceRule"]

PACKAGED_FILE = "models.toml"


class Catalog:
    """Every model that callers can name, in file order. Never changes once loaded."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = {model.id: model for model in models}
        self._ids = {name: model.id for model in models for name in (model.id, *model.aliases)}

    @classmethod
    def load(cls, override: Path | None = None) -> "Catalog":
        """Read the packaged rows, then the operator's, which replace rows of the same id or add new ones.

        Raises:
            CatalogError: a mistake in either file, or no file at `override`.
        """
        packaged = resources.files("overdoor.domain").joinpath(PACKAGED_FILE).read_text(encoding="utf-8")
        files = {PACKAGED_FILE: _parse(packaged, file=PACKAGED_FILE)}
        if override is not None:
            files[str(override)] = _parse(_read(override), file=str(override))
        return cls(_models(files))

    def find(self, name: str) -> tuple[Model, tuple[str, ...]]:
        """The model that serves `name`, and a warning when that is another model than the caller asked for.

        Raises:
            ModelNotSupported: no row has this id or alias.
        """
        asked = name.strip()
        found = self._ids.get(asked) or self._ids.get(asked.lower())
        if found is None:
            raise ModelNotSupported(model=name[:100], closest=self._closest(asked.lower()[:100]))
        model = self._models[found]
        if model.successor is None:
            return model, ()
        why = f"retirement date {model.retired_on.isoformat()}" if model.retired_on else "not offered here"
        return self._models[model.successor], (f"`{asked}` ({why}) is served by `{model.successor}` instead.",)

    def models(self, kind: Kind | None = None) -> tuple[Model, ...]:
        """The living models in file order (a row with a successor is not listed); of one kind, or of all."""
        living = (model for model in self._models.values() if model.successor is None)
        return tuple(model for model in living if kind in (None, model.kind))

    def _closest(self, name: str) -> tuple[str, ...]:
        """Up to three ids of living models whose id or alias resembles `name`."""
        names = [known for known, found in self._ids.items() if self._models[found].successor is None]
        resembling = difflib.get_close_matches(name, names, n=9, cutoff=0.5)
        return tuple(dict.fromkeys(self._ids[known] for known in resembling))[:3]


def _models(files: Mapping[str, Mapping[str, object]]) -> tuple[Model, ...]:
    """The models of all files, checked one by one and together."""
    raws: dict[str, tuple[str, dict[str, object]]] = {}
    aliases: dict[str, tuple[str, str]] = {}
    for file, document in files.items():
        for row_id, raw in rows_of(document, file=file):
            raws[row_id] = (file, merge_like(raw, {known: row for known, (_, row) in raws.items()}, file=file))
        aliases |= {alias: (file, target) for alias, target in alias_table(document, file=file).items()}
    _check_aliases(aliases, ids=raws)
    names = {row_id: tuple(alias for alias, (_, target) in aliases.items() if target == row_id) for row_id in raws}
    models = {row_id: replace(decode(raw, file=file), aliases=names[row_id]) for row_id, (file, raw) in raws.items()}
    for row_id, model in models.items():
        mistake = first_mistake(model, models)
        if mistake is not None:
            raise CatalogError(file=raws[row_id][0], row=row_id, field=mistake.field, problem=mistake.problem)
    return tuple(models.values())


def _check_aliases(aliases: Mapping[str, tuple[str, str]], *, ids: Mapping[str, object]) -> None:
    for alias, (file, target) in aliases.items():
        if alias in ids:
            raise CatalogError(file=file, row=target, field=f"alias.{alias}", problem="is the id of another row")
        if target not in ids:
            raise CatalogError(file=file, row=target, field=f"alias.{alias}", problem=f"names no row: {target!r}")
    doubles = [name for name, count in Counter(alias.lower() for alias in aliases).items() if count > 1]
    if doubles:
        file, target = next(place for alias, place in aliases.items() if alias.lower() == doubles[0])
        raise CatalogError(file=file, row=target, field=f"alias.{doubles[0]}", problem="is given twice")


def _parse(text: str, *, file: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(file=file, row=None, field=None, problem=f"is not TOML: {error}") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CatalogError(file=str(path), row=None, field=None, problem=f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CatalogError(file=str(path), row=None, field=None, problem="cannot be read: it is not UTF-8") from error
