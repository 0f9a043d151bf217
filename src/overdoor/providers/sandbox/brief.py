"""A brief is what the renderer understood of a prompt; unknown words only vary the composition."""

import re
from dataclasses import dataclass, field

from overdoor.providers.sandbox import words
from overdoor.providers.sandbox.colours import NAMED, Colour

MAX_SUBJECTS = 3
MAX_TEXT_CHARS = 240

_QUOTES = re.compile(
    r"\"([^\"]{1,400})\"|“([^”]{1,400})”|„([^“”]{1,400})[“”]|«([^»]{1,400})»|「([^」]{1,400})」|‘([^’]{1,400})’"
    r"|(?<![\w])'([^'\n]{1,400}?)'(?![\w])"
)
_WORD = re.compile(r"[\w&'’-]+")
_NEGATIONS = frozenset({"no", "without", "not", "never", "avoid", "except"})
_LINKS = frozenset({"a", "an", "the", "and", "of", "very", "bright", "deep", "dark", "light", "pale", "soft", "hot",
                    "air", "small", "big", "large", "tiny", "old", "cute", "fluffy", "ceramic", "glass", "metal",
                    "vintage", "leather", "wooden", "running", "rolling", "wireless", "little",
                    "giant", "lone"})  # fmt: skip
_SHADES = {"light": 0.35, "pale": 0.5, "pastel": 0.45, "dark": -0.4, "deep": -0.3}
_LAYOUT_ORDER = ("storyboard", "icon", "logo", "infographic", "diagram", "interface", "thumbnail", "poster", "pattern",
                 "abstract")  # fmt: skip
_SECOND_IN_COMPOUND = frozenset({"bottle", "lamp", "book"})  # "perfume bottle" is a perfume
_LAST_OF_COMPOUND = frozenset({"tree", "cake", "pizza", "house", "bowl"})  # "apple tree" is a tree
_FILMING = frozenset({"slow", "slowly", "moves", "moving", "movement", "angle", "drifts", "follows", "glides", "shake"})
_COLOUR_REACH = 3  # words between a colour and the noun it belongs to


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to draw. `colour` is the one the prompt gave it, `count` how many."""

    name: str
    colour: Colour | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything the drawings look at.

    prompt: Lower case, quotes taken out.
    tints: Colours given to settings and parts, such as {"hills": blue, "sky": pink}.
    colours: All colours named, in order.
    spoken: All words, for details such as "wings" or "glasses".
    """

    prompt: str
    subjects: tuple[Subject, ...] = ()
    settings: tuple[str, ...] = ()
    layout: str | None = None
    mood: str | None = None
    styles: frozenset[str] = frozenset()
    celestial: frozenset[str] = frozenset()
    motion: str | None = None
    texts: tuple[str, ...] = ()
    colours: tuple[Colour, ...] = ()
    tints: dict[str, Colour] = field(default_factory=dict[str, Colour])
    spoken: frozenset[str] = frozenset()


def read(prompt: str) -> Brief:
    """Return what the prompt asks for; never fails, an empty prompt gives an empty brief."""
    texts = tuple(_squeezed(next(filter(None, found))) for found in _QUOTES.findall(prompt))
    plain = _QUOTES.sub(" ", prompt).lower().replace("’", "'")
    tokens = _without_negated(_joined(_WORD.findall(plain)))
    moods = _meanings(tokens, words.MOODS)
    layouts = _meanings(tokens, words.LAYOUTS)
    motions = _meanings(tokens, words.MOTIONS)
    bound = _bound_colours(tokens)
    return Brief(
        prompt=" ".join(tokens),
        subjects=_subjects(tokens, bound),
        settings=_meanings(tokens, words.SETTINGS),
        layout=next((name for name in _LAYOUT_ORDER if name in layouts), None),
        mood=_mood(moods),
        styles=frozenset(_meanings(tokens, words.STYLES)),
        celestial=frozenset(_meanings(tokens, words.CELESTIAL)),
        motion=motions[0] if motions else None,
        texts=tuple(text for text in texts if text)[:4],
        colours=tuple(dict.fromkeys(NAMED[token] for token in tokens if token in NAMED)),
        tints=bound,
        spoken=frozenset(tokens),
    )


def unquoted(prompt: str) -> str:
    """Return the prompt without its quoted texts."""
    return _QUOTES.sub(" ", prompt)


def _squeezed(text: str) -> str:
    return " ".join(text.split())[:MAX_TEXT_CHARS]


def _joined(tokens: list[str]) -> list[str]:
    """Join the two- and three-word entries of the tables, longest first."""
    joined: list[str] = []
    index = 0
    while index < len(tokens):
        for size in (3, 2):
            phrase = " ".join(tokens[index : index + size])
            if index + size <= len(tokens) and phrase in _PHRASES:
                joined.append(phrase)
                index += size
                break
        else:
            joined.append(tokens[index].removesuffix("'s"))
            index += 1
    return joined


def _without_negated(tokens: list[str]) -> list[str]:
    """Drop what a negation rules out: "no text", "without any people"."""
    kept: list[str] = []
    skip = 0
    for token in tokens:
        if token in _NEGATIONS:
            skip = 2
        elif skip and token in {"any", "a", "the", "visible"}:
            continue
        elif skip:
            skip = 0
        else:
            kept.append(token)
    return kept


def _lookup(token: str, table: dict[str, str]) -> str | None:
    if token in table:
        return table[token]
    for ending, singular in (("ies", "y"), ("es", ""), ("s", "")):
        if token.endswith(ending) and (found := table.get(token.removesuffix(ending) + singular)):
            return found
    return None


def _meanings(tokens: list[str], table: dict[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for token in tokens if (found := _lookup(token, table))))


def _mood(moods: tuple[str, ...]) -> str | None:
    """A time of day outranks nothing but itself; snow and storm yield to an explicit time."""
    times = [mood for mood in moods if mood in {"night", "sunset", "dawn", "golden", "twilight", "neon"}]
    return times[0] if times else (moods[0] if moods else None)


def _bound_colours(tokens: list[str]) -> dict[str, Colour]:
    """Give each colour to the noun that follows it closely: {"balloon": red, "hills": blue}."""
    bound: dict[str, Colour] = {}
    for index, token in enumerate(tokens):
        if token not in NAMED:
            continue
        colour = _shaded(NAMED[token], tokens[index - 1] if index else "")
        for noun in tokens[index + 1 : index + 2 + _COLOUR_REACH]:
            name = _lookup(noun, words.SUBJECTS) or _lookup(noun, words.SETTINGS) or _PARTS.get(noun)
            if name:
                bound.setdefault(name, colour)
                break
            if noun not in _LINKS and noun not in NAMED:
                break
    return bound


def _shaded(colour: Colour, word: str) -> Colour:
    amount = _SHADES.get(word, 0.0)
    target = (255, 255, 255) if amount > 0 else (10, 10, 26)
    red, green, blue = (round(c + (t - c) * abs(amount)) for c, t in zip(colour, target, strict=True))
    return red, green, blue


def _subjects(tokens: list[str], bound: dict[str, Colour]) -> tuple[Subject, ...]:
    found: dict[str, Subject] = {}
    names = [_lookup(token, words.SUBJECTS) for token in tokens]
    for index, name in enumerate(names):
        if name is None or name in found or _swallowed(names, index) or _is_film_camera(tokens, index):
            continue
        found[name] = Subject(name, bound.get(name), _count(tokens, index))
    if "portrait" in found:
        return _sitter(found)
    return tuple(found.values())[:MAX_SUBJECTS]


def _swallowed(names: list[str | None], index: int) -> bool:
    """Is this noun only a part of the compound it stands in?"""
    before = names[index - 1] if index else None
    after = names[index + 1] if index + 1 < len(names) else None
    return (before is not None and names[index] in _SECOND_IN_COMPOUND) or after in _LAST_OF_COMPOUND


def _is_film_camera(tokens: list[str], index: int) -> bool:
    """In "the camera pans left" nobody asks to see a camera."""
    if tokens[index] != "camera":
        return False
    around = tokens[max(0, index - 2) : index + 3]
    return any(word in words.MOTIONS or word in _FILMING for word in around)


def _count(tokens: list[str], index: int) -> int:
    """Return how many the words before the noun ask for; a bare plural is two."""
    counts = [words.COUNTS[word] for word in tokens[max(0, index - 3) : index] if word in words.COUNTS]
    if counts:
        return counts[-1]
    token = tokens[index]
    return 2 if token.endswith("s") and token not in words.SUBJECTS else 1


def _sitter(found: dict[str, Subject]) -> tuple[Subject, ...]:
    """A portrait of a person is a portrait; a portrait of a fox is a fox."""
    others = [subject for name, subject in found.items() if name not in {"portrait", "person"}]
    person = found.get("person")
    if others:
        return tuple(others)[:MAX_SUBJECTS]
    return (Subject("portrait", found["portrait"].colour or (person.colour if person else None)),)


_PARTS = {
    "sky": "sky", "background": "background", "backdrop": "background", "wall": "background", "walls": "background",
    "mountains": "mountains", "light": "light", "lights": "light", "glow": "light", "water": "sea", "grass": "ground",
    "ground": "ground", "floor": "ground", "sun": "sun", "moon": "moon", "clouds": "cloud", "hair": "hair",
    "eyes": "eyes", "roof": "roof", "shirt": "clothes", "dress": "clothes", "jacket": "clothes", "coat": "clothes",
    "text": "text", "letters": "text", "palette": "background", "theme": "background", "surface": "ground",
}  # fmt: skip

_PHRASES = frozenset(
    phrase
    for table in (
        words.SUBJECTS,
        words.SETTINGS,
        words.LAYOUTS,
        words.MOODS,
        words.STYLES,
        words.MOTIONS,
    )
    for phrase in table
    if " " in phrase
)
