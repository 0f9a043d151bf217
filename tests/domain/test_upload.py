"""What an upload may be called."""

import pytest

from overdoor.domain.upload import clean_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        ("cat.png", "cat.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\holiday\\cat.png", "cat.png"),
        ("c\u0000a\u202et\n.png", "cat.png"),
        ("cafe\u0301.png", "caf\u00e9.png"),
        ("..", None),
        ("folder/", None),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
        ("x" * 100 + "." + "y" * 100, "x" * 100 + "." + "y" * 19),
    ],
)
def test_a_name_keeps_what_is_safe_to_show(given: str | None, kept: str | None) -> None:
    """Promise: docs/inputs-and-uploads.md: names are made safe."""
    assert clean_name(given) == kept
