"""Markdown pages as tests see them: headings, links, tables and fenced blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
RUN = "<!-- run -->"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. line: where it begins, from 1. runs: it is marked to be executed."""

    page: Path
    line: int
    language: str
    text: str
    runs: bool

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


def name_of(page: Path) -> str:
    """The page's path inside the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, *languages: str) -> list[Block]:
    """The fenced blocks of these languages, in order; of all languages when none is named."""
    text = page.read_text(encoding="utf-8")
    found = [
        Block(page, text.count("\n", 0, match.start()) + 1, match[1], match[2], _is_marked(text, match.start()))
        for match in _FENCE.finditer(text)
    ]
    return [block for block in found if not languages or block.language in languages]


def all_blocks(*languages: str) -> list[Block]:
    """The blocks of every page."""
    return [block for page in PAGES for block in blocks(page, *languages)]


def links(page: Path) -> Iterator[str]:
    """The targets of all links outside fenced blocks."""
    for match in _LINK.finditer(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        yield match[1]


def anchors(page: Path) -> set[str]:
    """The fragments that a link to this page may name, as GitHub makes them from headings."""
    return {_anchor(heading) for heading in headings(page)}


def headings(page: Path) -> list[str]:
    """The headings in order."""
    return _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))


def section(page: Path, heading: str) -> str:
    """What stands under a heading of the second level, up to the next one."""
    _, _, rest = page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    return rest.partition("\n## ")[0]


def table_rows(text: str) -> list[list[str]]:
    """The cells of every table row, without the rulers under the titles."""
    lines = [line.strip() for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if not set("".join(row)) <= set("-| ")]


def _is_marked(text: str, start: int) -> bool:
    return text[:start].rstrip().endswith(RUN)


def _anchor(heading: str) -> str:
    return _NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-")
