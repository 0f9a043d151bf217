"""Prices as tables: what is held, and what is charged."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overdoor.domain.catalog import Catalog
from overdoor.domain.pricing import Quote, charge, quote
from overdoor.domain.validation import Accepted, build
from overdoor.units import from_credits, from_usd

CATALOG = Catalog.load()
PICTURE = "https://example.com/a.png"


def accept(model: str, **params: Any) -> Accepted:
    return build(CATALOG, model=model, params={"prompt": "A fox"} | params)


@pytest.mark.parametrize(
    ("model", "params", "price", "explanation"),
    [
        ("gpt-image-2-text-to-image", {}, 3, "3 credits (1K)"),
        ("gpt-image-2-text-to-image", {"resolution": "2K"}, 5, "5 credits (2K)"),
        ("gpt-image-2-text-to-image", {"resolution": "4K"}, 8, "8 credits (4K)"),
        ("gpt-image-2-text-to-image", {"quality": "high"}, 3, "3 credits (1K)"),
        ("gpt-image-2-text-to-image", {"resolution": "1024x1024"}, 3, "3 credits (1K)"),
        ("gpt-image-2-text-to-image", {"size": "2048x2048"}, 5, "5 credits (2K)"),
        ("gpt-image-2-text-to-image", {"size": "3840x2160"}, 8, "8 credits (4K)"),
        ("gpt-image-2-image-to-image", {"input_urls": [PICTURE], "resolution": "4K"}, 8, "8 credits (4K)"),
        ("seedance-2.0-text-to-video", {}, 200, "5 s x 40 credits (720p)"),
        ("seedance-2.0-text-to-video", {"resolution": "480p", "duration": 4}, 80, "4 s x 20 credits (480p)"),
        ("seedance-2.0-text-to-video", {"resolution": "1080p"}, 400, "5 s x 80 credits (1080p)"),
        ("seedance-2.0-text-to-video", {"duration": -1}, 600, "at most 15 s x 40 credits (720p)"),
        ("seedance-2.0-image-to-video", {"image_urls": PICTURE, "duration": "15"}, 600, "15 s x 40 credits (720p)"),
        ("seedance-2.0-fast-text-to-video", {"resolution": "1080p"}, 200, "5 s x 40 credits (1080p)"),
        ("seedance-2.0-fast-image-to-video", {"image_urls": [PICTURE]}, 100, "5 s x 20 credits (720p)"),
        ("bytedance/seedance-2.0", {"resolution": "480p"}, 100, "5 s x 20 credits (480p)"),
        ("image-upscale", {"images": [PICTURE]}, 1, "1 credit (2)"),
        ("image-upscale", {"images": [PICTURE], "scale": 4}, 2, "2 credits (4)"),
        ("image-remove-background", {"images": [PICTURE]}, 1, "1 credit"),
        ("sandbox/image-1", {"resolution": "2K", "quality": "high"}, 5, "5 credits (2K)"),
    ],
)
def test_quotes_are_the_published_prices(model: str, params: dict[str, object], price: int, explanation: str) -> None:
    """Promise: jobs.md 1.1, prices."""
    accepted = accept(model, **params)

    assert quote(accepted.model, accepted.request) == Quote(from_credits(price), explanation)


@pytest.mark.parametrize(
    ("model", "params", "usd", "explanation"),
    [
        ("openai/gpt-image-2", {"quality": "low"}, "0.006", "at most 0.6 credits (low, 1K)"),
        ("openai/gpt-image-2", {"quality": "medium", "size": "2560x1440"}, "0.056", "at most 5.6 credits (medium, 2K)"),
        ("openai/gpt-image-2", {"quality": "high", "size": "3840x2160"}, "0.401", "at most 40.1 credits (high, 4K)"),
        ("openai/gpt-image-2", {}, "0.211", "at most 21.1 credits (auto, 1K)"),
        (
            "openai/gpt-image-2",
            {"quality": "low", "image_urls": [PICTURE, PICTURE + "?2"]},
            "0.106",
            "at most 0.6 credits (low, 1K) + 2 x 5 credits (inputs)",
        ),
        ("openai/gpt-image-1", {"quality": "low"}, "0.00588", "at most 0.588 credits (low, 1K)"),
        ("openai/gpt-image-2.5-flare", {"quality": "high"}, "0.05268", "at most 5.268 credits (high, 1K)"),
        ("openai/gpt-image-2.5-flare", {"resolution": "2K"}, "0.1", "at most 10 credits (auto, 2K)"),
    ],
)
def test_openai_models_are_quoted_at_openai_s_table(
    model: str, params: dict[str, object], usd: str, explanation: str
) -> None:
    """Promise: media.md 1.6; seed 000, "See OpenAI pricing"."""
    accepted = accept(model, **params)

    assert quote(accepted.model, accepted.request) == Quote(from_usd(usd), explanation)


@pytest.mark.parametrize(
    ("model", "params", "usage", "duration_s", "usd"),
    [
        ("gpt-image-2-text-to-image", {}, None, None, "0.03"),
        ("gpt-image-2-text-to-image", {}, {"output_tokens": 10.0}, None, "0.03"),  # a flat price stays flat
        ("openai/gpt-image-2", {"quality": "high"}, None, None, "0.211"),
        ("openai/gpt-image-2", {"quality": "high"}, {}, None, "0.211"),
        ("openai/gpt-image-2", {"quality": "high"}, {"output_tokens": 0}, None, "0.211"),
        ("openai/gpt-image-2.5-flare", {"quality": "low"}, {"output_tokens": 100}, None, "0.003"),
        ("openai/gpt-image-2.5-flare", {}, {"output_tokens": 196, "text_input_tokens": 20}, None, "0.00598"),
        ("openai/gpt-image-2.5-flare", {}, {"output_tokens": 196, "input_tokens": 20}, None, "0.00604"),
        (
            "openai/gpt-image-2.5-flare",
            {},
            {"output_tokens": 1, "input_tokens": 3, "text_input_tokens": 1, "image_input_tokens": 2},
            None,
            "0.000051",
        ),
        ("openai/gpt-image-2.5-flare", {"quality": "low"}, {"output_tokens": 1_000_000}, None, "0.00588"),
        ("seedance-2.0-text-to-video", {"resolution": "1080p"}, None, 5.041667, "4"),
        ("seedance-2.0-text-to-video", {"resolution": "1080p"}, None, 4.96, "4"),
        ("seedance-2.0-text-to-video", {"resolution": "1080p"}, None, None, "4"),
        ("seedance-2.0-text-to-video", {"resolution": "1080p", "duration": -1}, None, 7, "5.6"),
        ("seedance-2.0-text-to-video", {"resolution": "1080p", "duration": -1}, None, 7.5, "6"),
        ("seedance-2.0-text-to-video", {"duration": -1}, None, 7.0000001, "2.800001"),
        ("seedance-2.0-text-to-video", {"resolution": "1080p", "duration": -1}, None, 15.04, "12"),
        ("seedance-2.0-text-to-video", {"resolution": "1080p", "duration": -1}, None, None, "12"),
    ],
)
def test_the_charge_is_what_was_delivered_and_never_above_the_quote(
    model: str, params: dict[str, object], usage: dict[str, float] | None, duration_s: float | None, usd: str
) -> None:
    """Promise: design.md 5, rounded up once, at settlement; the charge never exceeds the hold."""
    accepted = accept(model, **params)

    assert charge(accepted.model, accepted.request, usage=usage, duration_s=duration_s) == from_usd(usd)


@given(
    usage=st.none()
    | st.dictionaries(
        st.sampled_from(["output_tokens", "input_tokens", "text_input_tokens", "image_input_tokens", "total_tokens"]),
        st.floats(min_value=-1e9, max_value=1e12) | st.integers(-5, 10**9),
    ),
    duration_s=st.none() | st.floats(min_value=-10, max_value=1e6),
    duration=st.sampled_from([-1, 4, 15]),
)
def test_no_report_of_a_provider_charges_more_than_the_quote_or_less_than_nothing(
    usage: dict[str, float] | None, duration_s: float | None, duration: int
) -> None:
    """Promise: design.md, "what never happens": charged more than quoted."""
    for accepted in (
        accept("openai/gpt-image-2", quality="auto"),
        accept("seedance-2.0-text-to-video", duration=duration),
        accept("image-upscale", images=[PICTURE]),
    ):
        charged = charge(accepted.model, accepted.request, usage=usage, duration_s=duration_s)

        assert type(charged) is int
        assert 0 <= charged <= quote(accepted.model, accepted.request).maximum


def test_a_chat_model_has_no_price_for_pictures() -> None:
    """Promise: sandbox/chat is free."""
    picture = accept("sandbox/image-1").request
    chat, _ = CATALOG.find("sandbox/chat")

    assert quote(chat, picture) == Quote(from_credits(0), "free")
    assert charge(chat, picture, usage=None, duration_s=None) == 0
