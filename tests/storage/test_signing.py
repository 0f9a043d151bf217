"""Signed links (design.md decision 9)."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from overdoor.storage.signing import LinkSigner

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=24)
SIGNER = LinkSigner(b"0123456789abcdef")
PATH = "/assets/asset_7f/fox.png"


def parts(link: str) -> tuple[str, str, str]:
    split = urlsplit(link)
    query = parse_qs(split.query, strict_parsing=True)
    return split.path, query["exp"][0], query["sig"][0]


def test_a_link_tells_when_it_ends() -> None:
    """Promise: 24 h for jobs and MCP means 24 h."""
    path, exp, sig = parts(SIGNER.sign(PATH, LATER))

    assert (path, exp) == (PATH, str(int(LATER.timestamp())))
    assert SIGNER.end_of(path, exp, sig) == LATER


def test_the_same_link_is_made_by_every_process_with_the_secret_and_by_no_other() -> None:
    """Promise: any node serves any link; 128 bits at least, safe in a query."""
    link = SIGNER.sign(PATH, LATER)

    assert LinkSigner(b"0123456789abcdef").sign(PATH, LATER) == link
    assert LinkSigner(b"0123456789abcdeX").sign(PATH, LATER) != link
    assert len(parts(link)[2]) == 32
    assert set("+/=").isdisjoint(parts(link)[2])


@pytest.mark.parametrize(
    ("path", "later_s", "end"),
    [
        ("/assets/asset_7f/fox.png/", 0, ""),
        ("/assets/asset_7g/fox.png", 0, ""),
        ("/assets/asset_7f/fox.pn\udce9", 0, ""),
        (PATH, 1, ""),
        (PATH, 0, "A"),
        (PATH, 0, "\udce9"),
        (PATH, 0, "é"),
    ],
)
def test_an_altered_link_is_refused(path: str, later_s: int, end: str) -> None:
    """Promise: path and expiry are signed; any text is safe to check."""
    _, exp, sig = parts(SIGNER.sign(PATH, LATER))

    assert SIGNER.end_of(path, str(int(exp) + later_s), sig + end) is None


@pytest.mark.parametrize("exp", ["", "-1", "1e12", "٣", " 1", "9" * 400, "nan"])
def test_an_expiry_that_is_no_plain_number_is_refused(exp: str) -> None:
    """Promise: as above."""
    assert SIGNER.end_of(PATH, exp, parts(SIGNER.sign(PATH, LATER))[2]) is None


def test_a_weak_secret_a_naive_time_and_a_path_with_a_query_are_mistakes() -> None:
    """Promise: they would sign less than they seem to."""
    with pytest.raises(ValueError, match="bytes"):
        LinkSigner(b"short")
    with pytest.raises(ValueError, match="timezone"):
        SIGNER.sign(PATH, datetime(2026, 11, 20))  # noqa: DTZ001
    for path in ("assets/a", "/a?b=c", "/a#b"):
        with pytest.raises(ValueError, match="bare path"):
            SIGNER.sign(path, LATER)


def test_the_name_to_save_under_is_signed_too() -> None:
    """Promise: nobody makes a link of ours save a file under another name, or show what shall be saved."""
    link = SIGNER.sign(PATH, LATER, download="füchse & co.png")
    query = parse_qs(urlsplit(link).query, strict_parsing=True)
    exp, sig = query["exp"][0], query["sig"][0]

    assert query["download"] == ["füchse & co.png"]
    assert SIGNER.end_of(PATH, exp, sig, download="füchse & co.png") == LATER
    assert SIGNER.end_of(PATH, exp, sig, download="virus.exe") is None
    assert SIGNER.end_of(PATH, exp, sig) is None
    assert SIGNER.end_of(PATH, exp, parts(SIGNER.sign(PATH, LATER))[2], download="") is None
