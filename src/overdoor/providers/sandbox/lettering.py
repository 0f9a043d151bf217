"""Quoted words of a prompt, set onto the finished picture where they can be read."""

from PIL import Image

from overdoor.providers.sandbox import text
from overdoor.providers.sandbox.brief import Brief
from overdoor.providers.sandbox.colours import WHITE, Colour, luminance
from overdoor.providers.sandbox.draw import Box, Canvas

SELF_LETTERED = frozenset({"logo", "infographic", "diagram", "interface", "storyboard"})


def warnings_for(brief: Brief) -> tuple[str, ...]:
    """Return a warning if some quoted words have letters that no font here has."""
    missing = [words for words in brief.texts if not text.covered(words)]
    if not missing:
        return ()
    return (f"No font on this machine has every letter of {missing[0]!r}; some show as empty boxes.",)


def on_picture(image: Image.Image, brief: Brief) -> Image.Image:
    """Return the picture with the quoted words: the first as headline, the others below it, smaller."""
    if not brief.texts or brief.layout in SELF_LETTERED:
        return image
    return headline(
        image, brief.texts, wish=brief.tints.get("text"), serif=bool(brief.styles & {"vintage", "watercolor"})
    )


def headline(
    image: Image.Image, texts: tuple[str, ...], *, wish: Colour | None = None, serif: bool = False
) -> Image.Image:
    """Return the picture with a headline in its upper part, on a shade that keeps it readable."""
    width, height = image.size
    short = min(width, height)
    margin = round(short * 0.07)
    box: Box = (margin, round(height * 0.07), width - margin, round(height * (0.36 if height >= width else 0.42)))
    setting = text.Setting(face="serif" if serif else "display", leading=1.06, max_px=short * 0.17)
    lines = text.fit(texts[0], width_px=box[2] - box[0], height_px=box[3] - box[1], setting=setting)
    area: Box = (box[0], box[1], box[2], min(height, round(box[1] + lines.height_px) + 1))
    colour = text.readable_on(image, area, wish)
    canvas = Canvas(image)
    shade: Colour = (10, 10, 26) if luminance(colour) > 0.5 else WHITE
    canvas.haze(0, area[3] + height * 0.2, shade, start=0.42, end=0.0)
    text.draw(canvas, lines, area, colour=colour, setting=setting)
    top = area[3] + round(short * 0.015)
    for extra in texts[1:]:
        small = text.Setting(face="sans", max_px=max(8, lines.size_px * 0.36))
        below = text.fit(extra, width_px=box[2] - box[0], height_px=short * 0.12, setting=small)
        row: Box = (box[0], top, box[2], round(top + below.height_px) + 1)
        text.draw(canvas, below, row, colour=text.readable_on(image, row, colour), setting=small)
        top = row[3]
    return image


def on_transparent(image: Image.Image, brief: Brief) -> Image.Image:
    """Return the cut-out with the quoted words below it, opaque."""
    if not brief.texts:
        return image
    width, height = image.size
    band = round(height * 0.26)
    smaller = image.resize((round(width * 0.74), round(height * 0.74)), Image.Resampling.LANCZOS)
    result = Image.new("RGBA", image.size)
    result.paste(smaller, ((width - smaller.width) // 2, 0))
    setting = text.Setting(max_px=min(width, height) * 0.16)
    lines = text.fit(brief.texts[0], width_px=width * 0.9, height_px=band * 0.9, setting=setting)
    mask = Canvas(Image.new("RGB", image.size))
    box: Box = (round(width * 0.05), height - band, round(width * 0.95), height)
    text.draw(mask, lines, box, colour=WHITE, setting=setting)
    ink = brief.tints.get("text") or (brief.colours[0] if brief.colours else (34, 36, 52))
    result.paste(Image.new("RGBA", image.size, (*ink, 255)), mask=mask.image.convert("L"))
    return result
