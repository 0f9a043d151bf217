"""The catalogue: what the packaged file promises, and that every mistake in a file is named."""

import time
from datetime import date
from pathlib import Path

import pytest

from overdoor.domain.catalog import Catalog, CatalogError
from overdoor.errors import ModelNotSupported
from overdoor.units import MicroDollars, from_credits

CATALOG = Catalog.load()

ROW = """
[[model]]
id = "mine"
title = "Mine"
description = "A row that is right."
kind = "image"
operations = ["text-to-image"]
requires = { text-to-image = ["prompt"] }
provider = "compatible"
upstream_id = "mine-1"
aspect_ratio = { values = ["1:1", "16:9"], default = "1:1" }
resolution = { values = ["1K", "2K"], default = "1K" }
price = { per = "image", by = ["resolution"], credits = { 1K = 1, 2K = 2.5 } }
[model.size]
multiple_px = 16
longest_px = 3840
min_pixels = 65_536
max_pixels = 8_294_400
max_ratio = 3
tiers = [{ name = "1K", pixels = 1_048_576 }, { name = "2K", pixels = 4_194_304 }]
"""


def load(folder: Path, text: str) -> Catalog:
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return Catalog.load(file)


def test_the_models_of_the_published_contract_are_there_in_its_order() -> None:
    """Promise: seed 004, "Supported Models"."""
    published = [model.id for model in CATALOG.models()][:4]

    assert published == [
        "gpt-image-2-text-to-image",
        "gpt-image-2-image-to-image",
        "seedance-2.0-text-to-video",
        "seedance-2.0-image-to-video",
    ]


def test_models_are_listed_by_kind_and_chat_models_only_when_asked_for() -> None:
    """Promise: `list_models` takes mediaType image or video (seed 004)."""
    assert {model.kind for model in CATALOG.models("image")} == {"image"}
    assert {model.kind for model in CATALOG.models("video")} == {"video"}
    assert [model.id for model in CATALOG.models("chat")] == ["sandbox/chat"]
    assert "sandbox/chat" in [model.id for model in CATALOG.models()]


def test_required_inputs_are_the_published_ones() -> None:
    """Promise: seed 004, "Required Input"."""
    required = {model.id: model.requires[model.operations[0]] for model in CATALOG.models()[:4]}

    assert required == {
        "gpt-image-2-text-to-image": ("prompt",),
        "gpt-image-2-image-to-image": ("prompt", "input_urls"),
        "seedance-2.0-text-to-video": ("prompt",),
        "seedance-2.0-image-to-video": ("prompt", "image_urls"),
    }


@pytest.mark.parametrize(
    ("name", "model_id", "warning"),
    [
        ("openai/gpt-image-2", "openai/gpt-image-2", None),
        ("gpt-image-2", "openai/gpt-image-2", None),
        (" GPT-Image-2 ", "openai/gpt-image-2", None),
        ("bytedance/seedance-2.0-text-to-video", "seedance-2.0-text-to-video", None),
        (
            "openai/gpt-image-1",
            "openai/gpt-image-2.5-flare",
            "`openai/gpt-image-1` (retirement date 2026-10-23) is served by `openai/gpt-image-2.5-flare` instead.",
        ),
        (
            "gpt-image-1",
            "openai/gpt-image-2.5-flare",
            "`gpt-image-1` (retirement date 2026-10-23) is served by `openai/gpt-image-2.5-flare` instead.",
        ),
        (
            "openai/gpt-5-image",
            "openai/gpt-image-2.5-flare",
            "`openai/gpt-5-image` (not offered here) is served by `openai/gpt-image-2.5-flare` instead.",
        ),
    ],
)
def test_a_name_finds_its_model_and_says_when_it_is_another(name: str, model_id: str, warning: str | None) -> None:
    """Promise: media.md 0.1, the dead default is an alias with an honest warning."""
    model, warnings = CATALOG.find(name)

    assert model.id == model_id
    assert warnings == ((warning,) if warning else ())


def test_retired_names_are_not_listed() -> None:
    """Promise: a listed model is one that does the work itself."""
    ids = {model.id for model in CATALOG.models()}

    assert "openai/gpt-image-1" not in ids
    assert all(model.successor is None and model.retired_on is None for model in CATALOG.models())


def test_the_successor_offers_what_the_default_of_the_seed_offered() -> None:
    """Promise: seed 000 asks openai/gpt-image-1 for a transparent background."""
    model, _ = CATALOG.find("openai/gpt-image-1")

    assert model.background is not None
    assert "transparent" in model.background.values


def test_an_unknown_name_gets_up_to_three_names_that_exist() -> None:
    """Promise: "model is not supported" says what is (seed 004)."""
    with pytest.raises(ModelNotSupported) as caught:
        CATALOG.find("gpt-imag-2")

    assert caught.value.closest[0] == "openai/gpt-image-2"
    assert 1 <= len(caught.value.closest) <= 3
    assert all(CATALOG.find(name)[1] == () for name in caught.value.closest)


@pytest.mark.parametrize("name", ["", "   ", "x" * 100_000])
def test_a_name_that_resembles_nothing_is_refused_shortly(name: str) -> None:
    """Promise: an error repeats no caller's text at length."""
    with pytest.raises(ModelNotSupported) as caught:
        CATALOG.find(name)

    assert len(str(caught.value)) < 300
    assert caught.value.closest == ()


def test_the_catalogue_loads_in_a_few_milliseconds() -> None:
    """Promise: it is part of every start of the command line."""
    times_s: list[float] = []
    for _ in range(5):
        started_s = time.process_time()
        Catalog.load()
        times_s.append(time.process_time() - started_s)

    assert min(times_s) < 0.015


def test_an_operator_adds_a_row(tmp_path: Path) -> None:
    """Promise: design.md, a new model is a row."""
    catalog = load(tmp_path, ROW + '[alias]\n"my/own" = "mine"\n')

    model, _ = catalog.find("my/own")

    assert model is catalog.models()[-1]
    assert model.aliases == ("my/own",)
    assert model.price.amounts == {"1K": from_credits(1), "2K": MicroDollars(25_000)}


def test_an_operator_replaces_a_row_in_its_place_and_keeps_what_is_not_said(tmp_path: Path) -> None:
    """Promise: operators override prices in their own file."""
    row_id = "gpt-image-2-text-to-image"
    price = 'price = { per = "image", by = ["resolution"], credits = { 1K = 6, 2K = 10, 4K = 16 } }'

    catalog = load(tmp_path, f'[[model]]\nid = "{row_id}"\nlike = "{row_id}"\n{price}\n')

    before, after = CATALOG.models()[0], catalog.models()[0]
    assert after.id == row_id
    assert after.price.amounts == {"1K": from_credits(6), "2K": from_credits(10), "4K": from_credits(16)}
    assert (after.size, after.quality, after.aliases) == (before.size, before.quality, before.aliases)


def test_an_operator_retires_a_model(tmp_path: Path) -> None:
    """Promise: design.md, a retirement date is a row."""
    row_id = "openai/gpt-image-2"
    catalog = load(
        tmp_path,
        f'[[model]]\nid = "{row_id}"\nlike = "{row_id}"\nretired_on = 2027-01-01\n'
        'successor = "openai/gpt-image-2.5-flare"\n',
    )

    model, warnings = catalog.find("gpt-image-2")

    assert model.id == "openai/gpt-image-2.5-flare"
    assert date(2027, 1, 1).isoformat() in warnings[0]


@pytest.mark.parametrize(
    ("wrong", "row", "field", "words"),
    [
        ("colour = 1\n", "mine", "colour", "not known"),
        ("prompt_max_chars = 'many'\n", "mine", "prompt_max_chars", "Expected `int`"),
        ("prompt_max_chars = 0\n", "mine", "prompt_max_chars", "1 or more"),
        ("typical_s = 1.5\n", "mine", "typical_s", "Expected `int`"),
        ("kind = 'audio'\n", "mine", "kind", "Invalid enum value"),
        ("operations = []\n", "mine", "operations", "at least one"),
        ("operations = ['text-to-video']\n", "mine", "operations", "not for the kind"),
        ("operations = ['text-to-image', 'image-to-image']\n", "mine", "requires", "image-to-image"),
        ("requires = { text-to-image = ['words'] }\n", "mine", "requires.text-to-image", "words"),
        ("requires = { text-to-image = ['prompt'], upscale = [] }\n", "mine", "requires.upscale", "operations"),
        ("inputs = { name = 'x', most = 3 }\n", "mine", "inputs.most", "not known"),
        ("inputs = { max_images = 3 }\n", "mine", "inputs", "name"),
        ("inputs = { name = 'x', max_images = 0 }\n", "mine", "inputs", "max_images"),
        ("quality = 'high'\n", "mine", "quality", "must be a table"),
        ("quality = { values = ['high'], default = 'low' }\n", "mine", "quality.default", "low"),
        ("quality = { values = ['a', 'a'], default = 'a' }\n", "mine", "quality.values", "twice"),
        ("quality = { values = [1], default = 'a' }\n", "mine", "quality.values[0]", "Expected `str`"),
        ("scale = { values = ['two'], default = 'two' }\n", "mine", "scale.values", "whole numbers"),
        ("aspect_ratio = { values = ['wide'], default = 'wide' }\n", "mine", "aspect_ratio.values", "wide"),
        ("aspect_ratio = { values = ['9:1'], default = '9:1' }\n", "mine", "aspect_ratio.values", "9:1"),
        ("resolution = { values = ['1K'], default = '1K' }\n", "mine", "size.tiers", "named like"),
        ("output_compression = 101\n", "mine", "output_compression", "0 to 100"),
        ("duration = { min_s = 5, max_s = 4, default_s = 5 }\n", "mine", "duration", "min_s"),
        ("retired_on = 2026-01-01\n", "mine", "retired_on", "successor"),
        ("successor = 'nobody'\n", "mine", "successor", "nobody"),
        ("successor = 'openai/gpt-image-1'\n", "mine", "successor", "has a successor itself"),
        ("successor = 'sandbox/video-1'\n", "mine", "successor", "another kind"),
        ("extra = { steps = 'number' }\n", "mine", "extra[...]", "Invalid enum value"),
        ("price = 3\n", "mine", "price", "must be a table"),
        ("price = { per = 'image' }\n", "mine", "price", "`credits` or `usd`"),
        ("price = { per = 'image', credits = 1, usd = 1 }\n", "mine", "price", "`credits` or `usd`"),
        ("price = { per = 'image', credits = -1 }\n", "mine", "price.credits", "0 or more"),
        ("price = { per = 'image', credits = 'three' }\n", "mine", "price.credits", "must be a number"),
        ("price = { per = 'image', usd = 0.0000001 }\n", "mine", "price.usd", "whole number"),
        ("price = { per = 'second', credits = 1 }\n", "mine", "price.per", "not for the kind"),
        ("price = { per = 'hour', credits = 1 }\n", "mine", "price.per", "Invalid enum value"),
        ("price = { per = 'image', each = 1, credits = 1 }\n", "mine", "price.each", "not known"),
        (
            "price = { per = 'image', by = ['resolution'], credits = { 1K = 1 } }\n",
            "mine",
            "price.2K",
            "missing, and the row offers it",
        ),
        (
            "price = { per = 'image', by = ['resolution'], credits = { 1K = 1, 2K = 2, 8K = 9 } }\n",
            "mine",
            "price.8K",
            "does not offer",
        ),
        ("price = { per = 'image', by = ['quality'], credits = { low = 1 } }\n", "mine", "price.by", "not offered"),
        ("price = { per = 'image', by = ['resolution'], credits = 1 }\n", "mine", "price.credits", "nested"),
        ("like = 'nobody'\n", "mine", "like", "nobody"),
    ],
)
def test_every_mistake_names_file_row_and_field(tmp_path: Path, wrong: str, row: str, field: str, words: str) -> None:
    """Promise: an operator finds the line without reading our code."""
    name = wrong.split(" = ", maxsplit=1)[0]
    kept = "".join(line for line in ROW.splitlines(keepends=True) if not line.startswith(f"{name} = "))
    text = kept.replace("[model.size]", f"{wrong}[model.size]")

    with pytest.raises(CatalogError) as caught:
        load(tmp_path, text)

    error = caught.value
    assert (error.file, error.row, error.field) == (str(tmp_path / "mine.toml"), row, field)
    assert words in error.problem
    assert all(part in str(error) for part in ("mine.toml", f"`{row}`", f"`{field}`"))


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("multiple_px = 16", "multiple_px = 0", "size", "below 1"),
        ("min_pixels = 65_536", "min_pixels = 9_000_000", "size", "min_pixels <= max_pixels"),
        ("longest_px = 3840\n", "", "size", "longest_px"),
        ("max_ratio = 3", "max_ratio = 3\nshape = 1", "size.shape", "not known"),
        ("pixels = 4_194_304", "pixels = 1_048_576", "size.tiers", "grow"),
        ("pixels = 1_048_576", "pixels = 4096", "aspect_ratio.values", "no legal size at 1K"),
        ('title = "Mine"\n', "", "title", "missing"),
        ("aspect_ratio =", "moderation =", "aspect_ratio", "missing"),
        ("price =", "hints = {}\n#", "price", "missing"),
    ],
)
def test_every_mistake_of_size_is_named(tmp_path: Path, old: str, new: str, field: str, words: str) -> None:
    """Promise: a row whose sizes cannot be made never reaches a caller."""
    with pytest.raises(CatalogError) as caught:
        load(tmp_path, ROW.replace(old, new))

    assert (caught.value.row, caught.value.field) == ("mine", field)
    assert words in caught.value.problem


@pytest.mark.parametrize(
    ("frames", "field"),
    [
        ("720p = { '16:9' = '1280x720' }", "frames.480p.16:9"),
        ("480p = { '16:9' = 'wide' }", "frames.480p.16:9"),
        ("480p = { '16:9' = '853x480' }", "frames.480p.16:9"),
        ("480p = { '16:9' = '864x480' }", "frames.480p.16:9"),
        ("480p = 3", "frames.480p"),
    ],
)
def test_every_mistake_of_clip_sizes_is_named(tmp_path: Path, frames: str, field: str) -> None:
    """Promise: clips have the ratio that was asked for."""
    row = "seedance-2.0-text-to-video"
    choice = "aspect_ratio = { values = ['16:9'], default = '16:9' }"

    with pytest.raises(CatalogError) as caught:
        load(tmp_path, f"[[model]]\nid = '{row}'\nlike = '{row}'\n{choice}\n[model.frames]\n{frames}\n")

    assert (caught.value.row, caught.value.field) == (row, field)


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("[[model]\n", None, "is not TOML"),
        ("[modell]\n", "modell", "use `model` and `alias`"),
        ("model = 1\n", "model", "[[model]]"),
        ("[[model]]\ntitle = 'x'\n", "id", "must be a name"),
        ("[[model]]\nid = ' '\n", "id", "must be a name"),
        (ROW + ROW, "id", "given twice"),
        ("[alias]\n'new' = 'nobody'\n", "alias.new", "names no row"),
        ("[alias]\n'new' = 3\n", "alias.new", "id of a row"),
        ("[alias]\n'openai/gpt-image-2' = 'sandbox/image-1'\n", "alias.openai/gpt-image-2", "id of another row"),
        ("[alias]\n'GPT-image-2' = 'sandbox/image-1'\n", "alias.gpt-image-2", "given twice"),
    ],
)
def test_every_mistake_of_the_file_is_named(tmp_path: Path, text: str, field: str | None, words: str) -> None:
    """Promise: an operator finds the line without reading our code."""
    with pytest.raises(CatalogError) as caught:
        load(tmp_path, text)

    assert caught.value.field == field
    assert words in caught.value.problem


def test_a_missing_file_is_a_mistake_too(tmp_path: Path) -> None:
    """Promise: a setting that names a file is not ignored."""
    with pytest.raises(CatalogError, match="cannot be read"):
        Catalog.load(tmp_path / "nowhere.toml")
