"""What a plain sentence asks to be drawn: the understanding of the sandbox chat model. Pure and deterministic.

"Draw a fox, and a picture of an owl" holds two wishes. Quoted words stay whole, and magic `sandbox:` tokens are kept.
"""

import re
from collections.abc import Sequence

MOST_WISHES = 10
MOST_CHARS = 32_000  # of a text that is looked at, as many as the longest prompt has

_PICTURE = (
    r"(?:image|picture|photo(?:graph)?|illustration|painting|drawing|sketch|portrait|artwork|graphic|render(?:ing)?)"
)
_THING = r"(?:logo|icon|sticker|poster|wallpaper|banner|avatar|postcard|comic|mural|landscape|scene)"
_ARTICLE = r"(?:an?|the|one|another|some|my|our|two|three|four|five|six|seven|eight|nine|ten|\d{1,2})"
_MAKE = r"(?:create|generate|make|produce|render|design|show|give|want|need|imagine)"
_DRAW = r"(?:draw|paint|sketch|illustrate)"
_OF = r"(?:\s+(?:of|showing|depicting|with)\b|\s*:)"

_LEAD = rf"\b(?:{_MAKE}|{_DRAW})\s+(?:(?:me|us)\s+)?"

# "two bright images of" and "an image of" are told from what they show; "a watercolour painting of" stays a part of it.
_WISH = re.compile(
    rf"{_LEAD}(?:(?P<count>{_ARTICLE})\s+)?(?:[\w-]+\s+){{0,3}}?(?P<many>{_PICTURE}s)\b{_OF}"
    rf"|{_LEAD}(?:{_ARTICLE}\s+)?(?:image|picture)\b{_OF}"
    rf"|\b{_MAKE}\s+(?:(?:me|us)\s+)?(?=(?:{_ARTICLE}\s+)?(?:[\w-]+\s+){{0,3}}?(?:{_THING}|{_PICTURE})\b)"
    rf"|\b{_DRAW}\b\s+(?:(?:me|us)\s+)?",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"\b(?:don[’']t|do\s+not|never|not\s+to|without|can(?:no|[’'])t)\s+(?:\w+\s+)?$", re.IGNORECASE)
_EDIT = re.compile(
    r"\b(?:edit|change|turn|transform|convert|replace|remove|add|recolou?r|restyle|modify|adjust|swap)\b"
    r"|\b(?:make|draw|paint|create|generate|redraw|repaint|put)\b[^.!?]{0,200}\b(?:it|this|that|the\s+(?:image|picture|photo))\b",
    re.IGNORECASE,
)
_AND_ANOTHER = re.compile(rf",\s+and\s+(?:also\s+)?(?={_ARTICLE}\s)|;\s+(?:and\s+)?", re.IGNORECASE)
_AND_OR_COMMA = re.compile(r",\s+(?:and\s+)?|;\s+(?:and\s+)?|\s+and\s+", re.IGNORECASE)
_PICTURE_OF = re.compile(rf"^(?:{_ARTICLE}\s+)?(?:(?:image|picture)\s+)?(?:of|showing)\s+", re.IGNORECASE)
_LOOSE_WORD = re.compile(r"(?<!\S)(?:and|then|also|please|now|thanks|thank you|can you|could you)$", re.IGNORECASE)
_LOOSE_SIGNS = " ,;.!?:"
_TOKEN = re.compile(r"(?<![\w/])sandbox:\S*[\w%]", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]{0,500}\"|“[^”]{0,500}”|(?<!\w)'[^']{1,500}'(?!\w)|`[^`]{0,500}`")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MASK = "\x00"


def wishes_in(text: str) -> tuple[str, ...]:
    """One prompt for each picture that the text asks for, in order; empty when it asks for none."""
    text = _on_one_line(text)
    masked = _masked(text)
    found = [match for match in _WISH.finditer(masked) if not _is_refused(masked, match)]
    wishes: list[str] = []
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        wishes += _described(text, masked, match, end)
    return tuple(_with_tokens(text, wishes[:MOST_WISHES]))


def asks_for_an_edit(text: str) -> bool:
    """True when the text speaks of changing a picture that is there."""
    return _EDIT.search(_masked(_on_one_line(text))) is not None


def _is_refused(masked: str, match: re.Match[str]) -> bool:
    """True for "don't draw …"."""
    return _REFUSED.search(masked[max(match.start() - 20, 0) : match.start()]) is not None


def _described(text: str, masked: str, match: re.Match[str], end: int) -> list[str]:
    """The wishes between a verb and the next one."""
    count = _count(match["count"]) if match["count"] else 1
    splitter = _AND_OR_COMMA if match["many"] else _AND_ANOTHER
    spans = _spans(masked, match.end(), end, splitter)
    if splitter is _AND_ANOTHER and "," in _before_last(masked, spans):
        spans = [(match.end(), end)]  # "a cat, a dog, and a bird" is one picture
    described = [_trimmed(text[begin:stop]) for begin, stop in spans]
    kept = [wish for wish in described if wish]
    return kept * count if len(kept) == 1 else kept


def _spans(masked: str, begin: int, end: int, splitter: re.Pattern[str]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for cut in splitter.finditer(masked, begin, end):
        spans.append((begin, cut.start()))
        begin = cut.end()
    return [*spans, (begin, end)]


def _before_last(masked: str, spans: Sequence[tuple[int, int]]) -> str:
    return "".join(masked[begin:stop] for begin, stop in spans[:-1]).rstrip(", ")


def _trimmed(wish: str) -> str:
    """The description without the politeness and punctuation around it."""
    longer, wish = "", wish.strip().rstrip(_LOOSE_SIGNS)
    while longer != wish:
        longer, wish = wish, _LOOSE_WORD.sub("", wish).rstrip(_LOOSE_SIGNS)
    return _PICTURE_OF.sub("", wish)


def _count(word: str) -> int:
    if word.isdecimal():
        return max(1, min(int(word), MOST_WISHES))
    return _NUMBERS.index(word.lower()) + 1 if word.lower() in _NUMBERS else 1


def _with_tokens(text: str, wishes: Sequence[str]) -> list[str]:
    """Magic tokens that stand outside every wish are added to each."""
    loose = [token for token in dict.fromkeys(_TOKEN.findall(text)) if not any(token in wish for wish in wishes)]
    return [" ".join([wish, *loose]) for wish in wishes]


def _on_one_line(text: str) -> str:
    return " ".join(text[:MOST_CHARS].split())


def _masked(text: str) -> str:
    """The text with quoted words and magic tokens blanked out, at the same length."""
    for pattern in (_QUOTED, _TOKEN):
        text = pattern.sub(lambda match: _MASK * len(match[0]), text)
    return text
