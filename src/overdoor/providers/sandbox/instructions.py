# ruff: noqa: E501 - one pattern per line
"""Edit instructions: which known operations a sentence asks for, in the order they are applied."""

import re
from dataclasses import dataclass

from overdoor.providers.sandbox import brief
from overdoor.providers.sandbox.colours import NAMED

_NUMBER = r"(?:\s*(?:by|to|with|of|at|:|=)?\s*(?:a\s+)?(?:radius\s*(?:of\s*)?)?([+-]?\d+(?:\.\d+)?)\s*(%|px|deg(?:rees)?|°)?)?"
_COLOUR = "|".join(NAMED)
_RATIO = re.compile(
    r"crop\w*\s+(?:it\s+)?(?:to\s+)?(?:an?\s+)?(?:ratio\s+(?:of\s+)?)?(\d+(?:\.\d+)?)\s*[:x/]\s*(\d+(?:\.\d+)?)"
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One known edit: `name`, its number (percent, px or degrees, as the name implies) and its words."""

    name: str
    amount: float = 0.0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    pattern: re.Pattern[str]
    default: float = 0.0
    sign: float = 1.0


def read(prompt: str, *, input_count: int = 1) -> tuple[Operation, ...]:
    """Return the operations a prompt asks for; empty if none is known."""
    wanted = brief.read(prompt)
    quoted = brief.unquoted(prompt).lower()
    found: list[tuple[int, Operation]] = []
    for rule in _RULES:
        if rule.name in {operation.name for _, operation in found}:
            continue
        if (match := rule.pattern.search(quoted)) and not _negated(quoted, match.start()):
            found.append((match.start(), _operation(rule, match)))
    if ratio := _RATIO.search(quoted):
        found.append(
            (
                ratio.start(),
                Operation("crop", float(ratio[1]) / max(float(ratio[2]), 0.01), (f"{ratio[1]}:{ratio[2]}",)),
            )
        )
    if _SCENE_SWAP.search(quoted):
        found = [item for item in found if item[1].name not in {"warm", "cool"}]
    operations = [operation for _, operation in sorted(found, key=lambda item: item[0])]
    if wanted.texts:
        operations.append(Operation("text", words=wanted.texts))
    if input_count > 1:
        operations.insert(0, Operation("collage", float(input_count)))
    return tuple(operations)


def _operation(rule: _Rule, match: re.Match[str]) -> Operation:
    groups = [group for group in match.groups() if group is not None]
    numbers = [group for group in groups if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", group)]
    words = tuple(
        group.strip() for group in groups if group not in numbers and group not in {"%", "px", "deg", "degrees", "°"}
    )
    amount = abs(float(numbers[0])) if numbers else rule.default
    if numbers and numbers[0].startswith("-") and rule.sign > 0:
        amount = -amount
    return Operation(rule.name, amount * rule.sign, words)


def _negated(text: str, start: int) -> bool:
    return re.search(r"\b(?:no|not|don't|do not|without|never|avoid)\s+(?:\w+\s+)?$", text[:start]) is not None


def _rule(name: str, pattern: str, default: float = 0.0, sign: float = 1.0) -> _Rule:
    return _Rule(name, re.compile(pattern), default, sign)


# Asks for another scene behind the subject, which no real operation here can paint.
_SCENE_SWAP = re.compile(
    r"\b(?:replace|change|swap|put|set)\w*\b.{0,24}\b(?:background|sky|scene)\b.{0,12}\b(?:to|with|into|for)\b"
)

# The first rule of a name that matches wins; order among names does not matter.
_RULES = (
    _rule("grayscale", r"\b(?:gr[ae]y\s?-?scale|black[\s-]and[\s-]white|b&w|monochrome|desaturated?|noir|remove (?:the |all )?colou?rs?)\b"),
    _rule("sepia", r"\bsepia\b|\bold photo(?:graph)?\b"),
    _rule("vintage", r"\b(?:vintage|retro|faded film|polaroid)\b"),
    _rule("blur around the centre", r"\bblur\w*\s+(?:the\s+|its\s+)?background\b" + _NUMBER, 8),
    _rule("blur", r"\bblur(?:red|ry|ring)?\b(?!\s+(?:the\s+|its\s+)?background)(?:\s+(?:the\s+)?(?:image|picture|photo|it|whole image))?" + _NUMBER, 8),
    _rule("sharpen", r"\b(?:sharpen(?:ed|ing)?|sharper|crisper)\b" + _NUMBER, 100),
    _rule("rotate", r"\brotated?(?:\s+(?:the\s+)?(?:image|picture|photo|it))?(?:\s+(counter-?clockwise|anti-?clockwise|clockwise|left|right))?" + _NUMBER + r"(?:\s*(counter-?clockwise|anti-?clockwise|clockwise))?", 90),
    _rule("rotate", r"\bupside[\s-]down\b", 180),
    _rule("flip horizontally", r"\b(?:flip(?:ped)?|mirror(?:ed)?)\b(?!.{0,24}\bvertical)"),
    _rule("flip vertically", r"\b(?:flip(?:ped)?|mirror(?:ed)?)\b.{0,24}\bvertical"),
    _rule("crop", r"\bcrop\w*(?:\s+(?:it\s+)?(?:to\s+)?(?:a\s+|the\s+)?(?:square|cent(?:er|re)))", 1.0),
    _rule("brightness", r"\b(?:increase|raise|boost|more)\s+(?:the\s+)?(?:brightness|exposure)" + _NUMBER, 25),
    _rule("brightness", r"\b(?:decrease|reduce|lower|less)\s+(?:the\s+)?(?:brightness|exposure)" + _NUMBER, 25, -1),
    _rule("brightness", r"\b(?:brightness|exposure)" + _NUMBER, 20),
    _rule("brightness", r"\b(?:brighter|brighten|lighten|lighter)\b(?:\s+(?:it|the image|the photo))?" + _NUMBER, 25),
    _rule("brightness", r"\b(?:darker|darken|dimmer)\b(?:\s+(?:it|the image|the photo))?" + _NUMBER, 25, -1),
    _rule("contrast", r"\b(?:decrease|reduce|lower|less|softer)\s+(?:the\s+)?contrast" + _NUMBER, 25, -1),
    _rule("contrast", r"\b(?:(?:increase|raise|boost|more|higher|add|stronger)\s+(?:the\s+)?)?contrast(?:y)?" + _NUMBER, 25),
    _rule("saturation", r"\b(?:decrease|reduce|lower|less)\s+(?:the\s+)?(?:saturation|saturated|colou?rful|vivid)" + _NUMBER, 30, -1),
    _rule("saturation", r"\b(?:muted|desaturate slightly|subdued)\b", 30, -1),
    _rule("saturation", r"\b(?:(?:increase|raise|boost|more)\s+(?:the\s+)?)?(?:saturation|saturated|vivid|vibrant|colou?rful|pop)" + _NUMBER, 35),
    _rule("warm", r"\b(?:warmer|warm(?:\s+(?:it|up|tones?|light(?:ing)?|grade|colou?rs?|glow))|golden[\s-]hour|sunset|sunlit)\b", 30),
    _rule("cool", r"\b(?:cooler|colder|cool(?:\s+(?:it|down|tones?|light(?:ing)?|grade|colou?rs?))|moonlit|night(?:time)?|winter)\b", 30),
    _rule("vignette", r"\bvignett(?:e|ing)\b", 55),
    _rule("invert", r"\b(?:invert(?:ed)?|negative)\b"),
    _rule("pixelate", r"\b(?:pixelat(?:e|ed)|mosaic|pixel[\s-]art|8-?bit)\b" + _NUMBER, 0),
    _rule("posterize", r"\b(?:posteri[sz]ed?|screen[\s-]?print|pop[\s-]art)\b", 4),
    _rule("watercolor", r"\b(?:water-?colou?r|aquarelle|painting|painterly)\b"),
    _rule("line art", r"\b(?:line[\s-]art|pencil|sketch|line drawing|ink drawing)\b"),
    _rule("remove background", r"\b(?:remove|erase|delete|cut\s?out|drop)\s+(?:the\s+|its\s+)?(?:\w+\s+)?background\b|\btransparent background\b"),
    _rule("background", rf"\b(?:replace|change|make|set|turn)\s+(?:the\s+)?background(?:\s+(?:colou?r))?\s*(?:to|with|into)?\s*(?:an?\s+)?(?:\w+\s+)?({_COLOUR})\b"),
    _rule("background", rf"\b(?:on|against|with)\s+(?:an?\s+)?(?:plain\s+|solid\s+|clean\s+)?({_COLOUR})\s+(?:back(?:ground|drop))\b"),
    _rule("border", rf"\b(?:add|with|put)\s+(?:an?\s+)?(?:thick\s+|thin\s+)?({_COLOUR})\s+(?:border|frame)\b" + _NUMBER, 0),
    _rule("border", r"\b(?:border|frame[ds]?)\b(?!\s+rate)" + _NUMBER, 0),
    _rule(
        "tint",
        rf"\b(?:make|turn|paint|colou?r|recolou?r|change|tint|dye)\s+(?!(?:the\s+)?background)"
        rf"((?:(?!(?:with|and|then|add|but)\b)\w+\s+){{0,7}})({_COLOUR})\b",
        60,
    ),
    _rule("tint", rf"\b(?:tint(?:ed)?|hue|wash)\s+(?:of\s+|in\s+|to\s+)?({_COLOUR})\b", 60),
    _rule("tint", rf"\b({_COLOUR})\s+(?:tint|tone|hue|wash|filter|grade)\b", 60),
    _rule("resize", r"\bresized?\s+(?:it\s+)?(?:to\s+)?(\d+)\s*(%)"),
    _rule("polish", r"\b(?:polish(?:ed)?|editorial|professional|product[\s-](?:shot|photo\w*)|retouch(?:ed)?|enhanced?|improved?|magazine|studio[\s-](?:quality|light\w*)|premium|high[\s-]end|cinematic)\b"),
)  # fmt: skip
