"""Geometry: every size that is asked of a model is one that it has."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overdoor.domain.sizes import (
    Size,
    SizeRule,
    Tier,
    frame_of,
    is_legal,
    nearest_ratio,
    parse_ratio,
    parse_size,
    ratio_name,
    render_size,
    size_refusal,
    tier_of,
    tier_size,
)

GPT_IMAGE_2 = SizeRule(
    multiple_px=16,
    longest_px=3840,
    min_pixels=655_360,
    max_pixels=8_294_400,
    max_ratio=3,
    tiers=(Tier("1K", 1_048_576), Tier("2K", 4_194_304), Tier("4K", 8_294_400)),
)


@pytest.mark.parametrize(
    ("ratio", "one_k", "two_k", "four_k"),
    [
        ("1:1", "1024x1024", "2048x2048", "2880x2880"),
        ("3:2", "1248x832", "2496x1664", "3504x2336"),
        ("2:3", "832x1248", "1664x2496", "2336x3504"),
        ("4:3", "1152x864", "2304x1728", "3264x2448"),
        ("3:4", "864x1152", "1728x2304", "2448x3264"),
        ("5:4", "1120x896", "2240x1792", "3200x2560"),
        ("4:5", "896x1120", "1792x2240", "2560x3200"),
        ("16:9", "1280x720", "2560x1440", "3840x2160"),
        ("9:16", "720x1280", "1440x2560", "2160x3840"),
        ("21:9", "1456x624", "3024x1296", "3808x1632"),
        ("9:21", "624x1456", "1296x3024", "1632x3808"),
        ("2:1", "1440x720", "2880x1440", "3840x1920"),
        ("3:1", "1728x576", "3504x1168", "3840x1280"),
        ("2.35:1", "1504x640", "3008x1280", "3760x1600"),
    ],
)
def test_a_tier_and_a_ratio_are_one_definite_size_of_exactly_this_ratio(
    ratio: str, one_k: str, two_k: str, four_k: str
) -> None:
    """Promise: the table in `domain.sizes`."""
    exact = parse_ratio(ratio)
    assert exact is not None

    sizes = [tier_size(GPT_IMAGE_2, tier, exact) for tier in ("1K", "2K", "4K")]

    assert [str(size) for size in sizes] == [one_k, two_k, four_k]
    assert all(size and Fraction(size.width_px, size.height_px) == exact for size in sizes)


@given(
    ratio=st.fractions(min_value=Fraction(1, 3), max_value=3, max_denominator=200),
    tier=st.sampled_from(["1K", "2K", "4K"]),
)
def test_every_ratio_between_1_3_and_3_1_has_a_legal_size_within_one_percent(ratio: Fraction, tier: str) -> None:
    """Promise: aspect ratios are obeyed (media.md 1.1 gives the limits)."""
    size = tier_size(GPT_IMAGE_2, tier, ratio)

    assert size is not None
    assert is_legal(GPT_IMAGE_2, size)
    assert abs(size.ratio / float(ratio) - 1) <= 0.01  # the advertised ratios are exact, see the table above
    assert tier_of(GPT_IMAGE_2, size) == tier


@given(width_px=st.integers(1, 4000), height_px=st.integers(1, 4000))
def test_every_size_that_is_not_refused_has_a_legal_render_size(width_px: int, height_px: int) -> None:
    """Promise: sizes below a model's minimum are rendered at the nearest legal size and resized."""
    size = Size(width_px, height_px)

    if size_refusal(GPT_IMAGE_2, size) is None:
        render = render_size(GPT_IMAGE_2, size)
        assert is_legal(GPT_IMAGE_2, render)
        assert (render == size) == is_legal(GPT_IMAGE_2, size)
    else:
        with pytest.raises(ValueError, match="no legal size"):
            render_size(GPT_IMAGE_2, size)


@pytest.mark.parametrize(
    ("asked", "rendered"),
    [
        ("1024x1024", "1024x1024"),
        ("1536x1024", "1536x1024"),
        ("512x512", "816x816"),
        ("16x16", "816x816"),
        ("1920x1080", "1936x1088"),
        ("2879x2881", "2880x2880"),
        ("3839x2160", "3840x2160"),
        ("300x100", "1424x480"),
    ],
)
def test_the_render_size_is_the_size_itself_or_the_nearest_that_the_model_has(asked: str, rendered: str) -> None:
    """Promise: media.md 7, "made at the nearest legal size and resized exactly"."""
    size = parse_size(asked)

    assert size is not None
    assert str(render_size(GPT_IMAGE_2, size)) == rendered


@pytest.mark.parametrize(
    ("size", "refusal"),
    [
        (Size(15, 15), "has a side under 16 px"),
        (Size(3841, 2000), "has a side over 3,840 px"),
        (Size(3840, 2176), "has 8,355,840 pixels, more than 8,294,400"),
        (Size(1600, 500), "is narrower than 1:3 or wider than 3:1"),
        (Size(500, 1600), "is narrower than 1:3 or wider than 3:1"),
        (Size(3840, 2160), None),
        (Size(16, 16), None),
    ],
)
def test_a_size_that_cannot_be_made_is_refused_with_the_limit(size: Size, refusal: str | None) -> None:
    """Promise: the limits of gpt-image-2, media.md 1.1."""
    assert size_refusal(GPT_IMAGE_2, size) == refusal


@pytest.mark.parametrize(
    ("size", "tier"),
    [
        ("512x512", "1K"),
        ("1024x1024", "1K"),
        ("1024x768", "1K"),
        ("1280x720", "1K"),  # what 16:9 at 1K gives costs 1K when it is asked for by size, too
        ("1536x1024", "2K"),
        ("2048x1152", "2K"),
        ("2048x2048", "2K"),
        ("2560x1440", "2K"),
        ("2896x2896", "4K"),
        ("3840x2160", "4K"),
    ],
)
def test_an_explicit_size_is_paid_as_the_smallest_tier_that_holds_it(size: str, tier: str) -> None:
    """Promise: jobs.md 1.2, a size in `resolution` is mapped to a tier."""
    parsed = parse_size(size)

    assert parsed is not None
    assert tier_of(GPT_IMAGE_2, parsed) == tier


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1024x768", Size(1024, 768)),
        (" 1024 X 768 ", Size(1024, 768)),
        ("1024×768", Size(1024, 768)),
        ("1024*768", Size(1024, 768)),
        ("0x768", None),
        ("1024", None),
        ("1024x768x3", None),
        ("-1x5", None),
        ("1K", None),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, size: Size | None) -> None:
    """Promise: `size` is WxH (seed 000)."""
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("16:9", Fraction(16, 9)),
        (" 2.35 : 1 ", Fraction(47, 20)),
        ("16/9", Fraction(16, 9)),
        ("0:1", None),
        ("1:0", None),
        ("auto", None),
        ("16x9", None),
    ],
)
def test_ratios_are_read_as_people_write_them(text: str, ratio: Fraction | None) -> None:
    """Promise: `aspect_ratio` is W:H (seed 000)."""
    assert parse_ratio(text) == ratio


def test_ratios_have_names() -> None:
    """Promise: the effective ratio is on every request."""
    known = ("auto", "1:1", "16:9")

    assert ratio_name(Size(854, 480), known) == "16:9"
    assert ratio_name(Size(1000, 400), known) == "5:2"
    assert nearest_ratio(1.6, known) == "16:9"
    assert nearest_ratio(1.6, ("auto",)) is None


def test_an_explicit_clip_size_is_found_in_the_table() -> None:
    """Promise: `size` and `resolution` + `aspect_ratio` are interchangeable (gateway.md 5.3)."""
    frames = {"720p": {"16:9": Size(1280, 720), "9:16": Size(720, 1280)}}

    assert frame_of(frames, Size(720, 1280)) == ("720p", "9:16")
    assert frame_of(frames, Size(720, 720)) is None


def test_a_tier_without_a_legal_size_gives_none() -> None:
    """Promise: a catalogue row whose tiers cannot be made is refused at load, not at a request."""
    rule = SizeRule(
        multiple_px=16,
        longest_px=3840,
        min_pixels=655_360,
        max_pixels=8_294_400,
        max_ratio=3,
        tiers=(Tier("XS", 4096),),
    )

    assert tier_size(rule, "XS", Fraction(1)) is None
