"""What the sandbox renderer understands of a prompt."""

import pytest

from overdoor.providers.sandbox import brief
from overdoor.providers.sandbox.brief import Subject
from overdoor.providers.sandbox.colours import NAMED


@pytest.mark.parametrize(
    ("prompt", "subjects"),
    [
        ("a red balloon over blue hills", (Subject("balloon", NAMED["red"]),)),
        ("perfume bottle on marble", (Subject("perfume"),)),
        ("three cats on a sofa", (Subject("cat", count=3),)),
        ("portrait of an old man", (Subject("portrait"),)),
        ("portrait of a fox", (Subject("fox"),)),
        ("a forest without any people or cars", (Subject("car", count=2),)),
        ("a fox, no cat", (Subject("fox"),)),
        ("a fox, the camera slowly pans left", (Subject("fox"),)),
        ("a vintage camera on a table", (Subject("camera"),)),
        ("", ()),
    ],
)
def test_subjects_carry_the_colours_and_counts_of_their_words(prompt: str, subjects: tuple[Subject, ...]) -> None:
    """A colour belongs to the noun that follows it; a negated noun is not drawn."""
    assert brief.read(prompt).subjects == subjects


@pytest.mark.parametrize(
    "quoted", ['"OPEN LATE"', "'OPEN LATE'", "“OPEN LATE”", "‘OPEN LATE’", "«OPEN LATE»", "「OPEN LATE」"]
)
def test_quoted_words_are_text_and_not_instructions(quoted: str) -> None:
    """Straight and typographic quotes mean the same."""
    read = brief.read(f"a café sign that says {quoted}, don't add a cat's tail")

    assert read.texts == ("OPEN LATE",)
    assert "late" not in read.spoken
