"""What the sandbox chat model understands."""

import pytest

from overdoor.chat.wishes import MOST_WISHES, asks_for_an_edit, wishes_in


@pytest.mark.parametrize(
    ("said", "wished"),
    [
        ("Create an image of a futuristic city at sunset", ["a futuristic city at sunset"]),
        ("Generate an image of a mountain landscape", ["a mountain landscape"]),
        ("Please draw me a picture of a fox, and an owl at night.", ["a fox", "an owl at night"]),
        ("Create an image of a red fox, and create a picture of a blue whale", ["a red fox", "a blue whale"]),
        ("Create an image of a cat, a dog, and a bird playing", ["a cat, a dog, and a bird playing"]),
        ("Generate two images: a cat and a dog", ["a cat", "a dog"]),
        ("Draw two pictures: one of a cat and one of a dog.", ["a cat", "a dog"]),
        ("Make 3 images of a fox", ["a fox", "a fox", "a fox"]),
        ("paint a watercolour painting of boats, and a picture of a dog", ["a watercolour painting of boats", "a dog"]),
        ("Create a transparent sticker of a cat", ["a transparent sticker of a cat"]),
        ('Create an image of a sign that says "bread, and a cake"', ['a sign that says "bread, and a cake"']),
        ("Draw a red fox and then draw a blue bird", ["a red fox", "a blue bird"]),
        ("Create an image of a cat sandbox:moderation_blocked", ["a cat sandbox:moderation_blocked"]),
        ("sandbox:delay=1.5s Draw a fox. Also draw an owl!", ["a fox sandbox:delay=1.5s", "an owl sandbox:delay=1.5s"]),
        ("Don't draw anything", []),
        ("What is the capital of France?", []),
        ("make a cake recipe", []),
        ('The word is "draw a fox"', []),
        ("", []),
    ],
)
def test_a_sentence_holds_one_wish_for_each_picture_that_it_asks_for(said: str, wished: list[str]) -> None:
    """Promise: seed 000, "it may generate multiple images in a single request if needed"."""
    assert list(wishes_in(said)) == wished


def test_one_sentence_never_asks_for_more_than_ten_pictures() -> None:
    """A number in a prompt is not a way to spend without an end."""
    assert len(wishes_in("Make 99 images of a fox")) == MOST_WISHES


@pytest.mark.parametrize(
    ("said", "edits"),
    [
        ("make it blue", True),
        ("Edit the picture: a hat on the fox", True),
        ("Turn the sky green", True),
        ("draw a hat on this cat", True),
        ("Create an image of a city", False),
        ('Write "change" in the sand', False),
    ],
)
def test_words_of_change_ask_for_an_edit(said: str, edits: bool) -> None:
    """The sandbox chat model edits when a picture is in the conversation."""
    assert asks_for_an_edit(said) is edits
