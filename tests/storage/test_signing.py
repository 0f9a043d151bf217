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


def test_a_link_is_good_until_its_expiry_and_no_longer() -> None:
    """Promise: 24 h for jobs and MCP means 24 h."""
    path, exp, sig = parts(SIGNER.sign(PATH, LATER))

    assert (path, exp) == (PATH, str(int(LATER.timestamp())))
    assert SIGNER.verify(path, exp, sig, NOW)
    assert SIGNER.verify(path, exp, sig, LATER)
    assert not SIGNER.verify(path, exp, sig, LATER + timedelta(seconds=1))


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

    assert not SIGNER.verify(path, str(int(exp) + later_s), sig + end, NOW)


@pytest.mark.parametrize("exp", ["", "-1", "1e12", "٣", " 1", "9" * 400, "nan"])
def test_an_expiry_that_is_no_plain_number_is_refused(exp: str) -> None:
    """Promise: as above."""
    assert not SIGNER.verify(PATH, exp, parts(SIGNER.sign(PATH, LATER))[2], NOW)


def test_a_weak_secret_a_naive_time_and_a_path_with_a_query_are_mistakes() -> None:
    """Promise: they would sign less than they seem to."""
    with pytest.raises(ValueError, match="bytes"):
        LinkSigner(b"short")
    with pytest.raises(ValueError, match="timezone"):
        SIGNER.sign(PATH, datetime(2026, 11, 20))  # noqa: DTZ001
    for path in ("assets/a", "/a?b=c", "/a#b"):
        with pytest.raises(ValueError, match="bare path"):
            SIGNER.sign(path, LATER)
