"""From loose parameters to a request: the seeds' own examples, then every refusal and every warning."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overdoor.domain.catalog import Catalog
from overdoor.domain.model import Choice, Model
from overdoor.domain.pricing import quote
from overdoor.domain.request import GenerationRequest, InputRef, from_json, to_json
from overdoor.domain.sizes import Size, is_legal, parse_ratio, size_refusal
from overdoor.domain.validation import Accepted, build, sized_to_input
from overdoor.errors import InputsRequired, InvalidOption, ModelNotSupported, OverdoorError, PromptRequired

CATALOG = Catalog.load()
IMAGE = "gpt-image-2-text-to-image"
EDIT = "gpt-image-2-image-to-image"
VIDEO = "seedance-2.0-text-to-video"
ANIMATE = "seedance-2.0-image-to-video"
A, B, C = (f"https://example.com/{name}.png" for name in "abc")
RETIRED = "`openai/gpt-image-1` (retirement date 2026-10-23) is served by `openai/gpt-image-2.5-flare` instead."


def accept(model: str, **params: Any) -> Accepted:
    return build(CATALOG, model=model, params={"prompt": "A fox"} | params)


def refused(model: str, **params: Any) -> InvalidOption:
    with pytest.raises(InvalidOption) as caught:
        accept(model, **params)
    return caught.value


def test_the_text_to_image_example_of_the_seed() -> None:
    """Promise: seed 004, example 4."""
    prompt = "A cinematic product photo of a futuristic camera on a clean studio table"
    params = {
        "prompt": prompt,
        "aspect_ratio": "1:1",
        "resolution": "1024x1024",
        "quality": "high",
        "output_format": "png",
    }

    accepted = build(CATALOG, model=IMAGE, params=params)

    assert accepted == Accepted(
        request=GenerationRequest(
            model_id=IMAGE,
            asked_model=IMAGE,
            kind="image",
            operation="text-to-image",
            prompt=prompt,
            width_px=1024,
            height_px=1024,
            render_width_px=1024,
            render_height_px=1024,
            aspect_ratio="1:1",
            resolution="1K",
            quality="high",
            background="auto",
            output_format="png",
            moderation="auto",
        ),
        model=CATALOG.find(IMAGE)[0],
        warnings=(),
    )


def test_the_image_to_image_example_of_the_seed() -> None:
    """Promise: seed 004, example 5."""
    prompt = "Turn this image into a polished editorial product shot"
    picture = "https://example.com/input.png"
    params = {"prompt": prompt, "input_urls": [picture], "aspect_ratio": "1:1", "quality": "high"}

    accepted = build(CATALOG, model=EDIT, params=params)

    assert accepted.warnings == ()
    assert accepted.request == GenerationRequest(
        model_id=EDIT,
        asked_model=EDIT,
        kind="image",
        operation="image-to-image",
        prompt=prompt,
        inputs=(InputRef("image", "url", picture),),
        width_px=1024,
        height_px=1024,
        render_width_px=1024,
        render_height_px=1024,
        aspect_ratio="1:1",
        resolution="1K",
        quality="high",
        background="auto",
        output_format="png",
    )


def test_the_text_to_video_example_of_the_seed() -> None:
    """Promise: seed 004, example 6."""
    prompt = "A slow cinematic dolly shot through a neon city street at night"
    params = {
        "prompt": prompt,
        "aspect_ratio": "16:9",
        "resolution": "1080p",
        "duration": "5",
        "generate_audio": False,
    }

    accepted = build(CATALOG, model=VIDEO, params=params)

    assert accepted.warnings == ()
    assert accepted.request == GenerationRequest(
        model_id=VIDEO,
        asked_model=VIDEO,
        kind="video",
        operation="text-to-video",
        prompt=prompt,
        width_px=1920,
        height_px=1080,
        render_width_px=1920,
        render_height_px=1080,
        aspect_ratio="16:9",
        resolution="1080p",
        output_format="mp4",
        duration_s=5,
        generate_audio=False,
    )


def test_the_image_to_video_example_of_the_seed() -> None:
    """Promise: seed 004, example 7; sound is on where nothing is said (jobs.md 1.2)."""
    prompt = "Animate the subject with a gentle camera push-in and natural lighting"
    picture = "https://example.com/reference.jpg"
    params = {
        "prompt": prompt,
        "image_urls": [picture],
        "aspect_ratio": "16:9",
        "resolution": "1080p",
        "duration": "5",
    }

    accepted = build(CATALOG, model=ANIMATE, params=params)

    assert accepted.warnings == ()
    assert accepted.request == GenerationRequest(
        model_id=ANIMATE,
        asked_model=ANIMATE,
        kind="video",
        operation="image-to-video",
        prompt=prompt,
        inputs=(InputRef("first_frame", "url", picture),),
        width_px=1920,
        height_px=1080,
        render_width_px=1920,
        render_height_px=1080,
        aspect_ratio="16:9",
        resolution="1080p",
        output_format="mp4",
        duration_s=5,
        generate_audio=True,
    )


@pytest.mark.parametrize(
    ("model", "params", "kind"),
    [
        (IMAGE, {"prompt": "A clean product photo", "aspect_ratio": "1:1"}, "image"),
        (VIDEO, {"prompt": "A cinematic video"}, "video"),
    ],
)
def test_the_short_examples_of_the_seed(model: str, params: dict[str, object], kind: str) -> None:
    """Promise: seed 004, "Argument Formats" and "Callback URL"."""
    accepted = build(CATALOG, model=model, params=params)

    assert (accepted.request.kind, accepted.warnings) == (kind, ())


def test_the_image_tool_example_of_the_seed_is_obeyed_through_the_alias() -> None:
    """Promise: seed 000, "Configuration", whose size and aspect ratio disagree."""
    params = {
        "model": "openai/gpt-image-1",
        "prompt": "A fox",
        "quality": "high",
        "aspect_ratio": "16:9",
        "size": "1024x1024",
        "background": "transparent",
        "output_format": "png",
        "output_compression": 80,
        "moderation": "low",
    }

    accepted = build(CATALOG, model="openai/gpt-image-1", params=params)

    assert accepted.request == GenerationRequest(
        model_id="openai/gpt-image-2.5-flare",
        asked_model="openai/gpt-image-1",
        kind="image",
        operation="text-to-image",
        prompt="A fox",
        width_px=1024,
        height_px=1024,
        render_width_px=1024,
        render_height_px=1024,
        aspect_ratio="1:1",
        resolution="1K",
        quality="high",
        background="transparent",
        output_format="png",
        moderation="low",
    )
    assert accepted.warnings == (
        RETIRED,
        "`size` 1024x1024 wins over `aspect_ratio` 16:9: they disagree.",
        "`output_compression` has no effect with png: it is for jpeg and webp.",
    )


def test_the_other_size_of_the_seed_is_made_exactly() -> None:
    """Promise: seed 000, `size` "512x512"; the models start at 655,360 pixels."""
    accepted = accept("openai/gpt-image-1", size="512x512")

    request = accepted.request
    assert (request.width_px, request.height_px, request.render_width_px, request.render_height_px) == (
        512,
        512,
        816,
        816,
    )
    assert accepted.warnings == (
        RETIRED,
        "The model has no size 512x512; the picture is rendered at 816x816 and resized to 512x512.",
    )


def test_compression_counts_for_lossy_formats() -> None:
    """Promise: seed 000, `output_compression`; upstream default 100."""
    assert accept(IMAGE, output_format="jpg", output_compression="40").request.output_compression == 40
    assert accept(IMAGE, output_format="WEBP").request.output_compression == 100
    assert accept(IMAGE).request.output_compression is None


# ── what goes in ──


@pytest.mark.parametrize("name", ["input_urls", "image_urls", "image_input", "images"])
@pytest.mark.parametrize("as_list", [True, False])
def test_pictures_may_come_under_four_names_as_a_list_or_one_string(name: str, as_list: bool) -> None:
    """Promise: seed 004, "input_urls or image_urls"; jobs.md 1.2, `image_input`."""
    accepted = accept(EDIT, **{name: [A] if as_list else A})

    assert accepted.request.inputs == (InputRef("image", "url", A),)
    assert accepted.warnings == ()


def test_a_picture_in_two_lists_counts_once() -> None:
    """Promise: a client that fills both names is understood."""
    accepted = accept(EDIT, input_urls=[A, B], image_urls=[A, B, C])

    assert [given.value for given in accepted.request.inputs] == [A, B, C]


@pytest.mark.parametrize(
    ("value", "source", "kept"),
    [
        ("http://example.com/a.png", "url", "http://example.com/a.png"),
        ("HTTPS://example.com/a.png", "url", "HTTPS://example.com/a.png"),
        ("data:image/png;base64,iVBO", "data", "data:image/png;base64,iVBO"),
        ("asset:asset_1", "asset", "asset_1"),
        ("asset://asset_1", "asset", "asset_1"),
        ("task_1", "task", "task_1"),
        ("  task_1 ", "task", "task_1"),
    ],
)
def test_an_input_says_where_it_comes_from(value: str, source: str, kept: str) -> None:
    """Promise: inputs are URLs, data URLs, assets or tasks."""
    (given,) = accept(EDIT, images=[value]).request.inputs

    assert (given.source, given.value) == (source, kept)


@pytest.mark.parametrize(
    "value",
    ["fox.png", "/etc/passwd", "file:///etc/passwd", "ftp://x/y", "https://", "http:///a", "data:", "asset:",
     "https://[::1", "https://a:99999/", "javascript:alert(1)", "task_" + "x" * 200],
)  # fmt: skip
def test_anything_else_is_no_input(value: str) -> None:
    """Promise: a local path or another scheme is never fetched."""
    error = refused(EDIT, images=[value])

    assert error.option == "images"
    assert "is not an address" in error.message


def test_a_mask_belongs_to_a_picture() -> None:
    """Promise: media.md 1.2, the mask applies to the first image."""
    accepted = accept(EDIT, input_urls=[A], mask_url=B)

    assert accepted.request.inputs == (InputRef("image", "url", A), InputRef("mask", "url", B))
    assert refused(EDIT, mask_url=B).option == "mask_url"
    assert refused(ANIMATE, image_urls=[A], mask_url=B).option == "mask_url"
    assert refused("image-upscale", images=[A], mask_url=B).option == "mask_url"


@pytest.mark.parametrize("params", [{"image_urls": [A, B]}, {"first_frame_url": A, "last_frame_url": B}])
def test_two_frames_are_the_first_and_the_last(params: dict[str, object]) -> None:
    """Promise: jobs.md 1.2, first frame and last frame."""
    request = accept(ANIMATE, **params).request

    assert request.inputs == (InputRef("first_frame", "url", A), InputRef("last_frame", "url", B))


def test_two_frames_in_a_list_are_told() -> None:
    """Promise: nothing is decided in silence."""
    assert accept(ANIMATE, image_urls=[A, B]).warnings == (
        "The second picture in `image_urls` is the last frame of the clip.",
    )
    assert accept(ANIMATE, image_urls=[A], last_frame_url=B).warnings == ()


def test_references_are_a_mode_of_their_own() -> None:
    """Promise: jobs.md 1.2, reference images, videos and audios."""
    request = accept(
        ANIMATE, reference_image_urls=[A, B], reference_video_urls=C, reference_audio_urls=["asset:1"]
    ).request

    assert request.operation == "image-to-video"
    assert [(given.role, given.value) for given in request.inputs] == [
        ("reference_image", A),
        ("reference_image", B),
        ("reference_video", C),
        ("reference_audio", "1"),
    ]


@pytest.mark.parametrize(
    ("params", "option", "words"),
    [
        ({"image_urls": [A], "reference_image_urls": [B]}, "reference_image_urls", "cannot be combined"),
        (
            {"first_frame_url": A, "reference_audio_urls": [B], "reference_video_urls": [C]},
            "reference_video_urls",
            "comb",
        ),
        ({"last_frame_url": A}, "last_frame_url", "needs a first frame"),
        ({"image_urls": [A, B, C]}, "image_urls", "names 3 pictures"),
        ({"image_urls": [A], "first_frame_url": B}, "image_urls", "both name the first frame"),
        ({"image_urls": [A, B], "last_frame_url": C}, "image_urls", "both name the last frame"),
        ({"reference_audio_urls": [A]}, "reference_audio_urls", "cannot be alone"),
        ({"reference_image_urls": [A] * 10}, "reference_image_urls", "up to 9"),
        ({"reference_video_urls": [A] * 4}, "reference_video_urls", "up to 3"),
        ({"reference_audio_urls": [A] * 4}, "reference_audio_urls", "up to 3"),
    ],
)
def test_frames_and_references_that_do_not_go_together_are_refused(
    params: dict[str, object], option: str, words: str
) -> None:
    """Promise: jobs.md 1.2, the modes are mutually exclusive, and upstream's own message misleads."""
    error = refused(ANIMATE, **params)

    assert error.option == option
    assert words in error.message


@pytest.mark.parametrize(
    ("model", "params", "operation"),
    [
        ("openai/gpt-image-2", {}, "text-to-image"),
        ("openai/gpt-image-2", {"images": [A]}, "image-to-image"),
        ("sandbox/image-1", {}, "text-to-image"),
        ("sandbox/image-1", {"images": [A]}, "image-to-image"),
        ("bytedance/seedance-2.0", {}, "text-to-video"),
        ("bytedance/seedance-2.0", {"first_frame_url": A}, "image-to-video"),
        ("bytedance/seedance-2.0", {"reference_image_urls": [A]}, "image-to-video"),
        ("bytedance/seedance-2.0-fast", {"image_urls": [A]}, "image-to-video"),
        ("sandbox/video-1", {"image_urls": [A]}, "image-to-video"),
        ("image-upscale", {"images": [A]}, "upscale"),
        ("image-remove-background", {"images": [A]}, "remove-background"),
    ],
)
def test_one_name_for_several_operations_follows_what_is_given(
    model: str, params: dict[str, object], operation: str
) -> None:
    """Promise: one id for both modes."""
    assert accept(model, **params).request.operation == operation


@pytest.mark.parametrize(
    ("model", "params", "hint"),
    [
        (IMAGE, {"images": [A]}, "gpt-image-2-image-to-image"),
        (VIDEO, {"image_urls": [A]}, "seedance-2.0-image-to-video"),
        (VIDEO, {"first_frame_url": A}, "seedance-2.0-image-to-video"),
        ("seedance-2.0-fast-text-to-video", {"image_urls": [A]}, "seedance-2.0-fast-image-to-video"),
    ],
)
def test_a_model_of_words_alone_names_its_sibling(model: str, params: dict[str, object], hint: str) -> None:
    """Promise: an input is never dropped in silence."""
    assert hint in refused(model, **params).hint


def test_missing_words_and_missing_pictures_are_named_as_the_seed_names_them() -> None:
    """Promise: seed 004, "prompt is required", "input_urls is required"."""
    for missing in ({}, {"prompt": ""}, {"prompt": " \n"}, {"prompt": None}):
        with pytest.raises(PromptRequired):
            build(CATALOG, model=IMAGE, params=missing)
    for empty in ({}, {"input_urls": []}, {"input_urls": [""]}, {"image_urls": None}):
        with pytest.raises(InputsRequired) as caught:
            accept(EDIT, **empty)
        assert caught.value.summary == "input_urls is required"
    with pytest.raises(InputsRequired) as caught:
        accept(ANIMATE)
    assert caught.value.summary == "image_urls is required"


def test_upscaling_needs_no_words() -> None:
    """Promise: seed 004, "upscale images"; the size follows from the picture."""
    accepted = build(CATALOG, model="image-upscale", params={"images": A, "scale": "4x"})

    assert accepted.warnings == ()
    assert accepted.request == GenerationRequest(
        model_id="image-upscale",
        asked_model="image-upscale",
        kind="image",
        operation="upscale",
        prompt="",
        inputs=(InputRef("image", "url", A),),
        output_format="png",
        scale=4,
    )


def test_too_many_pictures_are_refused_with_the_number() -> None:
    """Promise: media.md 1.2, up to 16."""
    assert "takes 1 to 16" in refused(EDIT, images=[f"{A}?{n}" for n in range(17)]).message
    assert "takes one" in refused("image-upscale", images=[A, B]).message


# ── sizes ──


@pytest.mark.parametrize(
    ("params", "size", "tier", "ratio"),
    [
        ({}, "1024x1024", "1K", "1:1"),
        ({"aspect_ratio": "16:9"}, "1280x720", "1K", "16:9"),
        ({"aspect_ratio": "16:9", "resolution": "2k"}, "2560x1440", "2K", "16:9"),
        ({"aspect_ratio": "9:16", "resolution": "4K"}, "2160x3840", "4K", "9:16"),
        ({"resolution": "4K"}, "2880x2880", "4K", "1:1"),
        ({"aspect_ratio": "auto"}, "1024x1024", "1K", "auto"),
        ({"aspect_ratio": "2.35:1"}, "1504x640", "1K", "2.35:1"),
        ({"size": "auto", "resolution": "auto"}, "1024x1024", "1K", "1:1"),
        ({"size": "2K"}, "2048x2048", "2K", "1:1"),
        ({"size": "1536x1024"}, "1536x1024", "2K", "3:2"),
        ({"size": "1024x1536", "aspect_ratio": "2:3"}, "1024x1536", "2K", "2:3"),
        ({"resolution": "2048x1152"}, "2048x1152", "2K", "16:9"),
        ({"ratio": "16:9"}, "1280x720", "1K", "16:9"),
    ],
)
def test_pictures_have_the_size_that_was_asked_for(params: dict[str, object], size: str, tier: str, ratio: str) -> None:
    """Promise: size and aspect ratio are obeyed exactly."""
    accepted = accept(IMAGE, **params)

    request = accepted.request
    assert (f"{request.width_px}x{request.height_px}", request.resolution, request.aspect_ratio) == (size, tier, ratio)
    assert (request.render_width_px, request.render_height_px) == (request.width_px, request.height_px)
    assert accepted.warnings == ()


@pytest.mark.parametrize(
    ("params", "size", "ratio"),
    [
        ({}, "1280x720", "16:9"),
        ({"aspect_ratio": "9:16"}, "720x1280", "9:16"),
        ({"aspect_ratio": "1:1", "resolution": "480P"}, "640x640", "1:1"),
        ({"resolution": "480p"}, "854x480", "16:9"),
        ({"aspect_ratio": "21:9", "resolution": "1080p"}, "2206x946", "21:9"),
        ({"aspect_ratio": "auto"}, "1280x720", "adaptive"),
        ({"size": "1080x1920"}, "1080x1920", "9:16"),
        ({"resolution": "1112x834"}, "1112x834", "4:3"),
    ],
)
def test_clips_have_the_size_that_was_asked_for(params: dict[str, object], size: str, ratio: str) -> None:
    """Promise: resolution and aspect ratio are obeyed (seed 004)."""
    accepted = accept(VIDEO, **params)

    request = accepted.request
    assert (f"{request.width_px}x{request.height_px}", request.aspect_ratio) == (size, ratio)
    assert accepted.warnings == ()


@pytest.mark.parametrize(
    ("model", "params", "warning"),
    [
        (IMAGE, {"size": "1024x1024", "ratio": "4:3"}, "`size` 1024x1024 wins over `ratio` 4:3: they disagree."),
        (
            IMAGE,
            {"resolution": "1024x1024", "aspect_ratio": "4:3"},
            "`resolution` 1024x1024 wins over `aspect_ratio` 4:3: they disagree.",
        ),
        (
            IMAGE,
            {"size": "1024x1024", "resolution": "2048x2048"},
            "`size` 1024x1024 wins over `resolution` 2048x2048: they disagree.",
        ),
        (
            IMAGE,
            {"size": "1024x1024", "resolution": "4K"},
            "`size` 1024x1024 wins over `resolution` 4K: they disagree.",
        ),
        (IMAGE, {"size": "2K", "resolution": "4K"}, "`size` 2K wins over `resolution` 4K: they disagree."),
        (
            VIDEO,
            {"size": "1280x720", "resolution": "1080p"},
            "`size` 1280x720 wins over `resolution` 1080p: they disagree.",
        ),
        (VIDEO, {"ratio": "1:1", "aspect_ratio": "16:9"}, "`ratio` 1:1 wins over `aspect_ratio` 16:9: they disagree."),
    ],
)
def test_of_two_wishes_that_disagree_one_wins_and_the_caller_is_told(
    model: str, params: dict[str, object], warning: str
) -> None:
    """Promise: seed 000's own example disagrees with itself; jobs.md 1.2, `ratio` wins."""
    assert accept(model, **params).warnings == (warning,)


@pytest.mark.parametrize(
    ("model", "params", "option"),
    [
        (IMAGE, {"size": "4096x4096"}, "size"),
        (IMAGE, {"resolution": "3840x3840"}, "resolution"),
        (IMAGE, {"size": "2000x500"}, "size"),
        (IMAGE, {"size": "8x8"}, "size"),
        (IMAGE, {"size": "large"}, "size"),
        (IMAGE, {"size": 1024}, "size"),
        (IMAGE, {"resolution": "8K"}, "resolution"),
        (IMAGE, {"aspect_ratio": "4:1"}, "aspect_ratio"),
        (IMAGE, {"ratio": "wide"}, "ratio"),
        (VIDEO, {"aspect_ratio": "3:2"}, "aspect_ratio"),
        (VIDEO, {"resolution": "4K"}, "resolution"),
        (VIDEO, {"size": "1024x1024"}, "size"),
        ("image-upscale", {"images": [A], "size": "1024x1024"}, "size"),
        ("image-remove-background", {"images": [A], "aspect_ratio": "16:9"}, "aspect_ratio"),
    ],
)
def test_sizes_that_cannot_be_made_are_refused_by_name(model: str, params: dict[str, object], option: str) -> None:
    """Promise: sizes above the maximum are refused with what is allowed."""
    error = refused(model, **params)

    assert error.option == option
    assert error.hint != "Correct it, then send it again." or isinstance(params[option], int)


def test_a_size_above_the_maximum_says_what_is_allowed() -> None:
    """Promise: messages state numbers; hints say the next action."""
    error = refused(IMAGE, size="3840x3840")

    assert error.message == "`size` 3840x3840 has 14,745,600 pixels, more than 8,294,400."
    assert error.hint == "Sides of 16 to 3840 px, at most 8,294,400 pixels, ratios of 1:3 to 3:1."


@pytest.mark.parametrize(
    ("model", "asked", "picture", "size"),
    [
        (EDIT, {}, (4000, 3000), "1152x864"),
        (EDIT, {"aspect_ratio": "auto", "resolution": "2K"}, (1080, 1920), "1440x2560"),
        (EDIT, {"aspect_ratio": "1:1"}, (4000, 3000), "1024x1024"),
        (EDIT, {"size": "640x480"}, (100, 300), "640x480"),
        (ANIMATE, {}, (900, 1600), "720x1280"),
        (ANIMATE, {"aspect_ratio": "adaptive", "resolution": "1080p"}, (1000, 1000), "1440x1440"),
        (ANIMATE, {"aspect_ratio": "16:9"}, (900, 1600), "1280x720"),
        ("image-upscale", {}, (900, 1600), "0x0"),
    ],
)
def test_the_ratio_of_a_given_picture_is_kept_when_no_other_is_asked_for(
    model: str, asked: dict[str, object], picture: tuple[int, int], size: str
) -> None:
    """Promise: `adaptive` and `auto`; the price does not change with the picture."""
    accepted = accept(model, images=[A], **asked)

    fitted = sized_to_input(accepted.model, accepted.request, width_px=picture[0], height_px=picture[1])

    assert f"{fitted.width_px}x{fitted.height_px}" == size
    assert quote(accepted.model, fitted) == quote(accepted.model, accepted.request)
    assert fitted.aspect_ratio == accepted.request.aspect_ratio


# ── options ──


@pytest.mark.parametrize(
    ("model", "params", "option", "allowed"),
    [
        (IMAGE, {"quality": "xhigh"}, "quality", ("auto", "low", "medium", "high")),
        ("openai/gpt-image-2.5-flare", {"quality": "max"}, "quality", ("auto", "low", "medium", "high")),
        (IMAGE, {"output_format": "gif"}, "output_format", ("png", "jpeg", "webp")),
        (VIDEO, {"output_format": "png"}, "output_format", ("mp4",)),
        (IMAGE, {"moderation": "off"}, "moderation", ("auto", "low")),
        (IMAGE, {"background": "transparent"}, "background", ("auto", "opaque")),
        (VIDEO, {"background": "transparent"}, "background", ()),
        (
            "openai/gpt-image-2.5-flare",
            {"background": "transparent", "output_format": "jpeg"},
            "output_format",
            ("png", "webp"),
        ),
        ("image-remove-background", {"images": [A], "output_format": "jpeg"}, "output_format", ("png", "webp")),
        ("image-upscale", {"images": [A], "scale": 3}, "scale", (2, 4)),
        ("image-upscale", {"images": [A], "upscale_factor": 8}, "upscale_factor", (2, 4)),
        (IMAGE, {"scale": 2}, "scale", ()),
        (IMAGE, {"duration": 5}, "duration", ()),
        (IMAGE, {"n": 2}, "n", ()),
        (IMAGE, {"n": 0}, "n", ()),
        (IMAGE, {"output_compression": 101}, "output_compression", ()),
        (IMAGE, {"output_compression": -1}, "output_compression", ()),
        (VIDEO, {"duration": 3}, "duration", ()),
        (VIDEO, {"duration": 16}, "duration", ()),
        (VIDEO, {"duration": 0}, "duration", ()),
        (VIDEO, {"duration": -2}, "duration", ()),
        (VIDEO, {"duration": 5.5}, "duration", ()),
        (VIDEO, {"duration": "five"}, "duration", ()),
        (VIDEO, {"seed": -2}, "seed", ()),
        (VIDEO, {"seed": 2**32}, "seed", ()),
        (VIDEO, {"generate_audio": "yes"}, "generate_audio", ("true", "false")),
        (IMAGE, {"prompt": "x" * 20_001}, "prompt", ()),
        (IMAGE, {"prompt": "nul \x00"}, "prompt", ()),
        (IMAGE, {"prompt": "half \ud83d"}, "prompt", ()),
    ],
)
def test_a_value_that_cannot_be_met_is_refused_with_what_is_offered(
    model: str, params: dict[str, object], option: str, allowed: tuple[object, ...]
) -> None:
    """Promise: an option is never dropped in silence."""
    error = refused(model, **params)

    assert (error.option, error.allowed) == (option, allowed)


def test_a_transparent_background_is_refused_with_the_model_that_makes_one() -> None:
    """Promise: media.md 1.1, gpt-image-2 and transparent: refuse early."""
    for model in (IMAGE, "openai/gpt-image-2"):
        assert "openai/gpt-image-2.5-flare" in refused(model, background="transparent").hint


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"prompt": 3}, "`prompt` must be text, not a number."),
        ({"prompt": ["a"]}, "`prompt` must be text, not a list."),
        ({"quality": True}, "`quality` must be text, not true or false."),
        ({"aspect_ratio": {}}, "`aspect_ratio` must be text, not an object."),
        ({"duration": True}, "`duration` must be a whole number, not true or false."),
        ({"duration": []}, "`duration` must be a whole number, not a list."),
        ({"duration": 1e400}, "`duration` must be a whole number, not inf."),
        ({"duration": float("nan")}, "`duration` must be a whole number, not nan."),
        ({"duration": 10**400}, "`duration` must be a whole number of at most 1,000,000,000,000,000."),
        ({"duration": "9" * 5000}, f"`duration` must be a whole number, not '{'9' * 40}'."),
        ({"generate_audio": 1}, "`generate_audio` must be true or false, not a number."),
        ({"image_urls": 7}, "`image_urls` must be a list of texts, not a number."),
        ({"image_urls": [A, 7]}, "`image_urls[1]` must be text, not a number."),
        ({"watermark": "maybe"}, "`watermark` must be true or false, not 'maybe'."),
    ],
)
def test_a_wrong_type_is_named(params: dict[str, object], message: str) -> None:
    """Promise: each wrong type is an InvalidOption with the type named."""
    assert refused(VIDEO, **params).message == message


def test_loose_spellings_are_understood() -> None:
    """Promise: MCP clients send numbers and truth values as text."""
    request = accept(
        VIDEO, duration="5s", generate_audio="FALSE", seed="7", n="1", resolution="720P", watermark="true"
    ).request

    assert (request.duration_s, request.generate_audio, request.seed) == (5, False, 7)
    assert (request.resolution, request.extra) == ("720p", {"watermark": True})
    assert accept(VIDEO, duration=5.0).request.duration_s == 5
    assert [accept(VIDEO, duration=value).request.duration_s for value in (-1, "-1", "auto")] == [-1, -1, -1]
    assert accept(VIDEO, seed=-1).request.seed is None
    assert accept(IMAGE, quality="High", output_format="JPG").request.output_format == "jpeg"


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_null_and_empty_mean_not_given(nothing: str | None) -> None:
    """Promise: forms and MCP clients fill what they do not use."""
    names = ("aspect_ratio", "resolution", "size", "quality", "output_format", "seed", "duration", "generate_audio",
             "mask_url", "first_frame_url", "image_urls", "n", "scale", "watermark")  # fmt: skip

    assert accept(VIDEO, **dict.fromkeys(names, nothing)) == accept(VIDEO)
    assert accept(IMAGE, **dict.fromkeys(names, nothing)) == accept(IMAGE)


@pytest.mark.parametrize(
    ("model", "params", "warnings"),
    [
        (VIDEO, {"foo": 1}, ("`foo` is not known and was ignored.",)),
        (
            IMAGE,
            {"aspectRatio": "16:9"},
            ("`aspectRatio` is not known and was ignored. Did you mean `aspect_ratio`?",),
        ),
        (IMAGE, {"seed": 7}, (f"`seed` has no effect with {IMAGE}.",)),
        (VIDEO, {"quality": "high"}, (f"`quality` has no effect with {VIDEO}.",)),
        (VIDEO, {"quality": "auto"}, ()),
        (VIDEO, {"nsfw_checker": True}, (f"`nsfw_checker` has no effect with {VIDEO}.",)),
        (VIDEO, {"nsfw_checker": False, "web_search": True}, ()),
        (IMAGE, {"web_search": True}, (f"`web_search` has no effect with {IMAGE}.",)),
        (IMAGE, {"generate_audio": True}, (f"`generate_audio` has no effect with {IMAGE}.",)),
        (IMAGE, {"generate_audio": False}, ()),
        (VIDEO, {"output_compression": 50}, (f"`output_compression` has no effect with {VIDEO}.",)),
        (
            EDIT,
            {"images": [A], "moderation": "low"},
            ("`moderation` low has no effect when a picture is given and was left out.",),
        ),
        ("image-upscale", {"images": [A]}, ("`prompt` has no effect with image-upscale.",)),
    ],
)
def test_what_changes_nothing_is_reported(model: str, params: dict[str, object], warnings: tuple[str, ...]) -> None:
    """Promise: an option is never dropped in silence."""
    assert accept(model, **params).warnings == warnings


def test_many_unknown_parameters_are_reported_shortly() -> None:
    """Promise: an answer does not repeat a caller's junk at length."""
    warnings = accept(IMAGE, **{f"junk{n}" + "x" * 1000: n for n in range(500)}).warnings

    assert len(warnings) == 20
    assert warnings[-1] == "481 further warnings are left out."
    assert all(len(warning) < 150 for warning in warnings)


def test_a_chat_model_makes_no_pictures() -> None:
    """Promise: kind chat is not for jobs."""
    with pytest.raises(ModelNotSupported, match="chat model"):
        accept("sandbox/chat")


# ── every row ──


PRICED_OR_DRAWN = ("resolution", "aspect_ratio", "quality", "scale")
OTHERS = ("background", "output_format", "moderation")


def values(model: Model, name: str) -> tuple[str | None, ...]:
    """What a row offers under a name; only "not given" where it has no such option."""
    choice: Choice | None = getattr(model, name)
    return choice.values if choice else (None,)


def check(model: Model, operation: str, params: dict[str, Any]) -> None:
    """Built as asked, quoted above zero, of a legal render size and the exact ratio, and stored without loss."""
    given = {} if operation.startswith("text-") else {"images": [A]}
    request = accept(model.id, **given, **params).request

    asked = {name: str(getattr(request, name)) for name, value in params.items() if value is not None}
    assert asked == {name: str(value) for name, value in params.items() if value is not None}
    assert (request.model_id, request.operation) == (model.id, operation)
    assert quote(model, request).maximum > 0
    assert from_json(json.loads(json.dumps(to_json(request)))) == request
    if model.size is not None:
        assert is_legal(model.size, Size(request.render_width_px, request.render_height_px))
    ratio = parse_ratio(str(params.get("aspect_ratio", "")))
    if ratio is not None:
        assert abs(request.width_px / request.height_px / float(ratio) - 1) <= 0.005


@pytest.mark.parametrize("model", CATALOG.models("image") + CATALOG.models("video"), ids=lambda model: model.id)
def test_every_row_can_be_built_and_quoted_with_everything_it_offers(model: Model) -> None:
    """Promise: style.md, every catalogue row can be quoted for every option it allows."""
    for operation in model.operations:
        for combination in itertools.product(*(values(model, name) for name in PRICED_OR_DRAWN)):
            check(model, operation, dict(zip(PRICED_OR_DRAWN, combination, strict=True)))
        for name in OTHERS:
            if name in model.without_inputs_only and operation == "image-to-image":
                continue
            for value in values(model, name):
                check(model, operation, {name: value})


@given(data=st.data(), model=st.sampled_from(CATALOG.models("image") + CATALOG.models("video")))
def test_options_of_a_row_go_together_in_any_combination(data: st.DataObject, model: Model) -> None:
    """Promise: what `list_models` shows can be asked for; the one exception is a transparent jpeg."""
    operation = data.draw(st.sampled_from(model.operations))
    params: dict[str, Any] = {
        name: data.draw(st.sampled_from(values(model, name)))
        for name in (*PRICED_OR_DRAWN, "background", "output_format")
    }
    if model.duration is not None:
        params["duration"] = data.draw(st.integers(model.duration.min_s, model.duration.max_s))
    if (params["background"], params["output_format"]) == ("transparent", "jpeg"):
        params["output_format"] = "webp"
    seconds = params.pop("duration", None)

    check(model, operation, params)
    if seconds is not None:
        given = {} if operation.startswith("text-") else {"images": [A]}
        assert accept(model.id, **given, **params, duration=seconds).request.duration_s == seconds


def test_every_row_can_be_built_with_nothing_but_what_it_requires() -> None:
    """Promise: every default is one of the offered values, and nothing needs a warning."""
    for model in CATALOG.models():
        for operation in model.operations:
            params: dict[str, object] = {} if operation.startswith("text-") else {"images": [A]}
            if "prompt" in model.requires[operation]:
                params["prompt"] = "A fox"

            accepted = build(CATALOG, model=model.id, params=params)

            assert (accepted.request.operation, accepted.warnings) == (operation, ())


@given(width_px=st.integers(1, 4000), height_px=st.integers(1, 4000))
def test_every_explicit_size_is_made_exactly_or_refused(width_px: int, height_px: int) -> None:
    """Promise: render sizes are always legal and output sizes exact."""
    for name in (IMAGE, "sandbox/image-1"):
        rule = CATALOG.find(name)[0].size
        assert rule
        if size_refusal(rule, Size(width_px, height_px)):
            assert refused(name, size=f"{width_px}x{height_px}").option == "size"
            continue
        accepted = accept(name, size=f"{width_px}x{height_px}")
        request = accepted.request
        assert (request.width_px, request.height_px) == (width_px, height_px)
        render = Size(request.render_width_px, request.render_height_px)
        assert is_legal(rule, render)
        assert bool(accepted.warnings) == (render != Size(width_px, height_px))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from([A, "auto", "16:9", "1024x1024", "1K", "transparent", "-1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
NAMES = st.sampled_from(
    ["prompt", "images", "image_urls", "mask_url", "first_frame_url", "last_frame_url", "reference_image_urls",
     "aspect_ratio", "ratio", "size", "resolution", "quality", "background", "output_format", "output_compression",
     "moderation", "duration", "generate_audio", "seed", "scale", "upscale_factor", "n", "watermark", "nsfw_checker"]
)  # fmt: skip


@given(
    model=st.sampled_from([model.id for model in CATALOG.models()]),
    params=st.dictionaries(NAMES | st.text(max_size=6), JSON, max_size=6),
)
def test_any_json_is_either_accepted_or_refused_as_the_caller_s_problem(model: str, params: dict[str, object]) -> None:
    """Promise: no parameters end in a 500."""
    try:
        accepted = build(CATALOG, model=model, params={"prompt": "A fox"} | params)
    except OverdoorError:
        return

    assert quote(accepted.model, accepted.request).maximum > 0
    assert from_json(json.loads(json.dumps(to_json(accepted.request)))) == accepted.request
