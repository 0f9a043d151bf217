"""Words in a picture: the right font, wrapped and fitted to a box, always readable."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from overdoor.providers.sandbox.colours import Colour, luminance
from overdoor.providers.sandbox.draw import Box, Canvas, levels

Face = Literal["display", "sans", "serif"]
Align = Literal["left", "center", "right"]

_FONTS = Path(__file__).parent / "fonts"
_FACES: dict[Face, Path] = {
    "display": _FONTS / "Manrope-ExtraBold.ttf",
    "sans": _FONTS / "Manrope-Medium.ttf",
    "serif": _FONTS / "PlayfairDisplay-Bold.ttf",
}
# Ours cover Latin, Greek and Cyrillic. Other scripts use these where the machine has them.
_SYSTEM_FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc"),
    Path("/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf"),
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"),
    Path("/System/Library/Fonts/PingFang.ttc"),
)
_MISSING = "\U0010fffe"  # no font has it: what it draws is the empty box


@dataclass(frozen=True, slots=True)
class Setting:
    """How to set a text: `face`, `align`, line height as a share of the size, and the largest size in px."""

    face: Face = "display"
    align: Align = "center"
    leading: float = 1.12
    max_px: float = 4000.0


@dataclass(frozen=True, slots=True)
class Lines:
    """A text that fits: its lines, font size and height, in px."""

    lines: tuple[str, ...]
    size_px: int
    line_px: float
    width_px: float

    @property
    def height_px(self) -> float:
        """Height of all lines."""
        return self.line_px * len(self.lines)


def fit(text: str, *, width_px: float, height_px: float, setting: Setting) -> Lines:
    """Return the largest setting of the text that fits the box; long words are broken at last."""
    low, high = 4, int(max(5.0, min(height_px, setting.max_px)))
    best = _wrapped(text, 4, width_px, setting)
    while low <= high:
        size = (low + high) // 2
        lines = _wrapped(text, size, width_px, setting)
        if lines.height_px <= height_px and lines.width_px <= width_px:
            best, low = lines, size + 1
        else:
            high = size - 1
    return best


def draw(canvas: Canvas, lines: Lines, box: Box, *, colour: Colour, setting: Setting, alpha: float = 1.0) -> None:
    """Set fitted lines in the middle of the box's height, aligned in its width."""
    left, _, right, _ = box
    margin = round(lines.size_px * 0.3)  # descenders and swashes may leave the box
    top = round((box[1] + box[3]) / 2 - lines.height_px / 2) - margin
    mask = Image.new("L", (max(1, right - left + 2 * margin), max(1, round(lines.height_px) + 2 * margin)))
    pen = ImageDraw.Draw(mask)
    middle = margin + (right - left) / 2
    y = margin + lines.line_px / 2
    for line in lines.lines:
        font = font_for(line, face=setting.face, size_px=lines.size_px)
        x, anchor = {"left": (margin, "lm"), "center": (middle, "mm"), "right": (mask.width - margin, "rm")}[
            setting.align
        ]
        pen.text((x, y), line, fill=255, font=font, anchor=anchor)
        y += lines.line_px
    if alpha < 1:
        mask = mask.point(levels(lambda level: level * alpha))
    corner = (left - margin, top)
    canvas.image.paste(colour, (*corner, corner[0] + mask.width, corner[1] + mask.height), mask)


def readable_on(image: Image.Image, box: Box, wish: Colour | None = None) -> Colour:
    """Return a text colour with clear contrast to that part of the picture: the wish, near-white or near-black."""
    red, green, blue = image.crop(box).convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # pyright: ignore[reportGeneralTypeIssues]
    ground = luminance((int(red), int(green), int(blue)))
    if wish is not None and abs(luminance(wish) - ground) > 0.42:
        return wish
    return (252, 250, 244) if ground < 0.56 else (24, 24, 34)


def covered(text: str) -> bool:
    """Return whether some font here has every letter of the text."""
    return any(_has_all(path, text) for path in (_FACES["display"], *_SYSTEM_FONTS))


def font_for(text: str, *, face: Face, size_px: int) -> ImageFont.FreeTypeFont:
    """Return the face, or the first font here that has every letter of the text."""
    for path in (_FACES[face], _FACES["display"], *_SYSTEM_FONTS):
        if _has_all(path, text):
            return _font(path, size_px)
    return _font(_FACES[face], size_px)


def _wrapped(text: str, size_px: int, width_px: float, setting: Setting) -> Lines:
    font = font_for(text, face=setting.face, size_px=size_px)
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        candidate = f"{current} {word}".strip()
        if not current or font.getlength(candidate) <= width_px:
            current = candidate
        else:
            lines.append(current)
            current = word
    lines.append(current)
    if size_px <= 12 or not _spaced(text):
        lines = [piece for line in lines for piece in _broken(line, font, width_px)]
    widest = max(font.getlength(line) for line in lines)
    return Lines(tuple(lines), size_px, size_px * setting.leading, widest)


def _spaced(text: str) -> bool:
    """Scripts such as Chinese have no spaces to wrap at."""
    return not any("\u2e80" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7af" for letter in text)


def _broken(line: str, font: ImageFont.FreeTypeFont, width_px: float) -> list[str]:
    pieces: list[str] = []
    rest = line
    while len(rest) > 1 and font.getlength(rest) > width_px:
        cut = max(1, int(len(rest) * width_px / font.getlength(rest)))
        pieces.append(rest[:cut])
        rest = rest[cut:]
    return [*pieces, rest]


@lru_cache(maxsize=64)
def _font(path: Path, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size_px)


@lru_cache(maxsize=512)
def _has_all(path: Path, text: str) -> bool:
    if not path.exists():
        return False
    font = _font(path, 24)
    tofu = _glyph(font, _MISSING)
    return all(letter.isspace() or _glyph(font, letter) != tofu for letter in set(text))


def _glyph(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    image = Image.new("L", (40, 40))
    ImageDraw.Draw(image).text((4, 4), letter, fill=255, font=font)
    return image.tobytes()
