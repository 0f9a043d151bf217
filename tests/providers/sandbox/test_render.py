"""Pictures of the sandbox: exact size, format, alpha and determinism, proven by decoding the output."""

import hashlib
import multiprocessing
import pickle
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from overdoor.providers.sandbox.jobs import ImageJob, OutputFormat, RenderedImage
from overdoor.providers.sandbox.render import render_image, render_partials

FOX = ImageJob("a red fox in a snowy forest", "text-to-image", 256, 192, seed=7)


def decoded(rendered: RenderedImage) -> Image.Image:
    image = Image.open(BytesIO(rendered.data))
    image.load()
    return image


def digest(job: ImageJob) -> str:
    return hashlib.sha256(render_image(job).data).hexdigest()


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("size", [(16, 16), (96, 320), (333, 101)], ids=str)
def test_a_picture_has_exactly_the_asked_size_and_format(output_format: OutputFormat, size: tuple[int, int]) -> None:
    """Promise: media.md section 7, "Exact"."""
    rendered = render_image(replace(FOX, width_px=size[0], height_px=size[1], output_format=output_format))

    image = decoded(rendered)
    assert (image.size, image.format, image.mode) == (size, output_format.upper(), "RGB")
    assert (rendered.width_px, rendered.height_px, rendered.mime) == (*size, f"image/{output_format}")


def test_the_same_job_gives_the_same_bytes_in_another_process() -> None:
    """Promise: media.md section 7, "Determinism"; jobs travel to worker processes, so they can be pickled."""
    jobs = [
        FOX,
        replace(FOX, prompt="watercolor city at night", output_format="webp"),
        replace(FOX, background="transparent"),
    ]
    jobs = pickle.loads(pickle.dumps(jobs))

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        elsewhere = pool.map(digest, jobs)

    assert elsewhere == [digest(job) for job in jobs]


def test_seed_and_index_each_change_the_picture() -> None:
    """n pictures of one request differ by their index."""
    digests = {digest(FOX), digest(replace(FOX, index=1)), digest(replace(FOX, seed=8))}

    assert len(digests) == 3


@pytest.mark.parametrize("output_format", ["png", "webp"])
def test_a_transparent_picture_shows_the_subject_alone_on_clean_alpha(output_format: OutputFormat) -> None:
    """The corners are empty and the subject is solid."""
    image = decoded(render_image(replace(FOX, background="transparent", output_format=output_format, label=False)))

    assert image.mode == "RGBA"
    alpha = image.getchannel("A")
    assert [alpha.getpixel(corner) for corner in ((0, 0), (255, 0), (0, 191), (255, 191))] == [0, 0, 0, 0]
    assert alpha.getpixel((128, 120)) == 255


def test_a_transparent_jpeg_is_flattened_and_says_so() -> None:
    """JPEG has no alpha; no option is dropped silently."""
    rendered = render_image(replace(FOX, background="transparent", output_format="jpeg"))

    assert decoded(rendered).mode == "RGB"
    assert len(rendered.warnings) == 1


def test_output_compression_lowers_the_quality_of_jpeg_and_webp_only() -> None:
    """output_compression is the encoder's quality."""
    for output_format in ("jpeg", "webp"):
        high = render_image(replace(FOX, output_format=output_format))
        low = render_image(replace(FOX, output_format=output_format, output_compression=20))
        assert len(low.data) < len(high.data) * 0.7
    assert digest(FOX) == digest(replace(FOX, output_compression=20))


def test_quoted_words_and_the_label_change_the_picture() -> None:
    """Text in quotes is drawn; the label can be switched off."""
    assert (
        len({digest(FOX), digest(replace(FOX, prompt=FOX.prompt + ' "Hello"')), digest(replace(FOX, label=False))}) == 3
    )


def test_colour_words_are_obeyed() -> None:
    """The same balloon, asked for in red and in blue."""
    pixels = []
    for colour in ("red", "blue"):
        job = ImageJob(f"a {colour} balloon", "text-to-image", 200, 200, seed=3, background="transparent", label=False)
        red, _, blue, _ = (
            decoded(render_image(job)).resize((1, 1), Image.Resampling.BOX, box=(50, 20, 150, 120)).getpixel((0, 0))
        )  # pyright: ignore[reportGeneralTypeIssues]
        pixels.append(red > blue)

    assert pixels == [True, False]


def test_letters_no_font_has_are_reported() -> None:
    """Nothing is dropped silently."""
    rendered = render_image(replace(FOX, prompt='a sign "\U000f0000"'))

    assert len(rendered.warnings) == 1


@pytest.mark.parametrize("count", [0, 1, 3])
def test_partials_are_blurred_states_of_the_same_picture_that_sharpen(count: int) -> None:
    """Promise: media.md section 7, "Streaming"."""
    partials = render_partials(FOX, count)

    final = decoded(render_image(FOX)).convert("RGB")
    assert len(partials) == count
    distances = [_distance(Image.open(BytesIO(partial)).convert("RGB"), final) for partial in partials]
    assert distances == sorted(distances, reverse=True)


def _distance(first: Image.Image, second: Image.Image) -> float:
    pairs = zip(first.resize((64, 48)).tobytes(), second.resize((64, 48)).tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs)


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "zzyzx qwfp",
        "neon street at night",
        "lake at dawn",
        "product camera on a table",
        'logo "Nord"',
        "dashboard ui",
        "infographic",
        "diagram",
        "storyboard",
        "pattern",
        "abstract",
        "space",
        "underwater whale",
        "room",
        "desert cactus",
        "pixel art castle",
        "blueprint of a rocket",
        "aurora",
        "waterfall",
        "canyon",
        "city by the river",
        "island",
        "beach",
        "moonscape astronaut",
        "isometric house",
        "isometric city",
        "above the clouds plane",
        "app icon of a gem",
        'poster "Hi"',
        "lighthouse by the sea in a storm",
    ],
)
def test_every_kind_of_prompt_gives_a_picture_that_is_not_empty(prompt: str) -> None:
    """An unknown subject gets an invented composition, never emptiness."""
    image = decoded(render_image(ImageJob(prompt, "text-to-image", 192, 108, seed=1)))

    assert len(image.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).getcolors() or []) > 8


def test_text_to_image_without_a_size_is_refused() -> None:
    """The caller decides sizes; 0 x 0 is a bug there."""
    with pytest.raises(ValueError, match="0 x 0 px"):
        render_image(replace(FOX, width_px=0, height_px=0))
