"""Edits, upscaling and background removal: real operations on the given picture, or an honest warning."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageOps, ImageStat

from overdoor.providers.sandbox.edit import NOTHING_KNOWN
from overdoor.providers.sandbox.jobs import ImageJob, RenderedImage
from overdoor.providers.sandbox.render import render_image


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def disc(size: tuple[int, int] = (120, 80), *, ground: tuple[int, int, int] = (250, 250, 250)) -> Image.Image:
    """A red disc left of the middle on a flat ground."""
    image = Image.new("RGB", size, ground)
    ImageDraw.Draw(image).ellipse((20, 20, 60, 60), fill=(200, 40, 40))
    return image


def edit(prompt: str, *inputs: Image.Image, size: tuple[int, int] = (120, 80)) -> RenderedImage:
    return render_image(_job(prompt, *inputs, size=size))


def _job(prompt: str, *inputs: Image.Image, size: tuple[int, int] = (120, 80)) -> ImageJob:
    sources = tuple(map(png, inputs or (disc(),)))
    return ImageJob(prompt, "image-to-image", *size, seed=1, inputs=sources, label=False)


def opened(rendered: RenderedImage) -> Image.Image:
    image = Image.open(BytesIO(rendered.data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("prompt", "applied"),
    [
        ("make it grayscale", ("grayscale",)),
        ("convert to sepia", ("sepia",)),
        ("blur 4", ("blur 4",)),
        ("sharpen it", ("sharpen",)),
        ("rotate 90 degrees", ("rotate 90",)),
        ("rotate it 15 degrees counterclockwise", ("rotate 15 counterclockwise",)),
        ("flip horizontally", ("flip horizontally",)),
        ("flip it vertically", ("flip vertically",)),
        ("crop to 1:1", ("crop 1:1",)),
        ("increase brightness by 30%", ("brightness +30%",)),
        ("make it darker", ("brightness -25%",)),
        ("brighter and more vivid", ("brightness +25%", "saturation +35%")),
        ("reduce the contrast by 20%", ("contrast -20%",)),
        ("turn the red disc blue", ("tint red disc blue",)),
        ("make it warmer", ("warm",)),
        ("cooler tones", ("cool",)),
        ("add a white border", ("border white",)),
        ("add a vignette", ("vignette",)),
        ("invert the colors", ("invert",)),
        ("pixelate", ("pixelate",)),
        ('add the text "SALE"', ("text overlay",)),
        ("remove the background", ("remove background",)),
        ("change the background to blue", ("background blue",)),
        ("turn this into a polished editorial product shot", ("polish",)),
        ("sepia, then rotate 180", ("rotate 180", "sepia")),
        ("do not blur it, make it sepia", ("sepia",)),
    ],
)
def test_known_instructions_are_applied_and_reported(prompt: str, applied: tuple[str, ...]) -> None:
    """Promise: media.md section 7, "Edit"."""
    rendered = edit(prompt)

    assert rendered.applied == applied
    assert rendered.warnings == ()
    assert opened(rendered).size == (120, 80)
    assert opened(rendered).convert("RGB").tobytes() != disc().tobytes()


def test_an_unknown_instruction_leaves_the_picture_as_it_is_and_warns() -> None:
    """No fake success."""
    rendered = edit("give it more gravitas")

    assert (rendered.applied, rendered.warnings) == ((), (NOTHING_KNOWN,))
    assert opened(rendered).tobytes() == disc().tobytes()


def test_an_edit_shows_the_input_at_the_asked_size() -> None:
    """A turned picture is the input turned, cover-cropped to the size."""
    assert opened(edit("flip horizontally")).tobytes() == ImageOps.mirror(disc()).tobytes()
    assert opened(edit("sepia", size=(64, 200))).size == (64, 200)


def test_an_edit_stays_where_the_mask_is_transparent() -> None:
    """OpenAI's rule: alpha 0 marks the part to edit."""
    mask = Image.new("RGBA", (120, 80), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (60, 0, 120, 80))

    image = opened(render_image(replace(_job("invert"), mask=png(mask))))

    assert image.crop((0, 0, 60, 80)).tobytes() == disc().crop((0, 0, 60, 80)).tobytes()
    assert image.getpixel((100, 40)) == (5, 5, 5)


def test_several_inputs_become_a_collage() -> None:
    """Every input can be seen."""
    rendered = edit("combine these", disc(), Image.new("RGB", (50, 50), (0, 200, 0)))

    image = opened(rendered).convert("RGB")
    assert rendered.applied == ("collage of 2",)
    assert image.getpixel((90, 40)) == (0, 200, 0)


def test_upscaling_multiplies_the_size_and_keeps_the_picture() -> None:
    """0 x 0 means input size times scale."""
    rendered = render_image(ImageJob("", "upscale", 0, 0, seed=1, scale=4, inputs=(png(disc()),), label=False))

    image = opened(rendered)
    assert image.size == (480, 320)
    assert max(ImageStat.Stat(_difference(image.resize((120, 80)), disc())).mean) < 3


def test_an_upscale_beyond_the_limit_is_capped_and_says_so() -> None:
    """3840 x 3840 pixels at most."""
    source = png(Image.new("RGB", (2400, 1600), (90, 120, 200)))

    rendered = render_image(ImageJob("", "upscale", 0, 0, seed=1, scale=4, inputs=(source,), output_format="jpeg"))

    assert rendered.width_px * rendered.height_px <= 3840 * 3840
    assert len(rendered.warnings) == 1


def test_a_flat_background_becomes_transparent_and_the_subject_stays() -> None:
    """Border-colour flood fill with a soft edge."""
    rendered = render_image(ImageJob("", "remove-background", 0, 0, seed=1, inputs=(png(disc()),), label=False))

    image = opened(rendered)
    assert (image.mode, image.size, rendered.warnings) == ("RGBA", (120, 80), ())
    assert image.getpixel((2, 2)) == (0, 0, 0, 0)
    assert image.getpixel((40, 40)) == (200, 40, 40, 255)


def test_a_busy_background_is_cut_roughly_and_says_so() -> None:
    """Honesty: the sandbox has no segmentation model."""
    noise = Image.effect_noise((120, 80), 90).convert("RGB")

    rendered = render_image(ImageJob("", "remove-background", 0, 0, seed=1, inputs=(png(noise),)))

    assert len(rendered.warnings) == 1


def test_a_turned_photo_is_set_upright_before_the_edit() -> None:
    """EXIF orientation 6 is applied, then dropped."""
    out = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    disc().save(out, "JPEG", exif=exif, quality=95)

    job = ImageJob("sepia", "image-to-image", 0, 0, seed=1, inputs=(out.getvalue(),), label=False)

    assert opened(render_image(job)).size == (80, 120)


@pytest.mark.parametrize("task", ["image-to-image", "upscale", "remove-background"])
def test_a_job_without_its_input_is_refused(task: str) -> None:
    """The caller checks inputs; none at all is a bug there."""
    with pytest.raises(ValueError, match="none"):
        render_image(ImageJob("x", task, 0, 0, seed=1))  # pyright: ignore[reportArgumentType]


def _difference(first: Image.Image, second: Image.Image) -> Image.Image:
    return Image.merge("RGB", [Image.eval(channel, int) for channel in _pairs(first, second)])


def _pairs(first: Image.Image, second: Image.Image) -> list[Image.Image]:
    bands = zip(first.convert("RGB").split(), second.convert("RGB").split(), strict=True)
    return [
        Image.frombytes("L", a.size, bytes(abs(x - y) for x, y in zip(a.tobytes(), b.tobytes(), strict=True)))
        for a, b in bands
    ]
