"""The pages say what the code does. Where the promise comes from: style.md, "House rules as tests"."""

import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer

from overdoor import errors
from overdoor.cli.app import command
from overdoor.config import Settings
from overdoor.domain.catalog import Catalog
from overdoor.domain.pricing import quote
from overdoor.domain.validation import build
from overdoor.errors import OverdoorError
from overdoor.providers.sandbox import magic
from overdoor.units import MicroDollars
from tests.docs.pages import PAGES, ROOT, Block, all_blocks, anchors, blocks, headings, links, name_of, section
from tests.docs.pages import table_rows as rows

DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "overdoor"

ERRORS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, OverdoorError) and kind is not OverdoorError
]
_SAMPLES: dict[object, Any] = {
    str: "x",
    int: 1,
    MicroDollars: MicroDollars(1),
    datetime: datetime(2026, 11, 20, tzinfo=UTC),
}
_FAIL_CODE = re.compile(
    r'(?:\bfail\(\s*task,\s*|_give_up\(\s*task,\s*provider,\s*|InputUnusable\(\s*|Rejected\(\s*|fail_code=)"(\w+)"'
)


def sample(kind: type[OverdoorError]) -> OverdoorError:
    """An error of this class, made from placeholders."""
    hints = get_type_hints(kind.__init__)
    required = [
        parameter
        for parameter in inspect.signature(kind).parameters.values()
        if parameter.default is inspect.Parameter.empty
    ]
    given = {parameter.name: _SAMPLES[hints[parameter.name]] for parameter in required}
    positional = [given.pop(p.name) for p in required if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    return kind(*positional, **given)


def fail_codes() -> set[str]:
    """Every code that the source can give to a failed task."""
    found = {
        code
        for folder in ("services", "providers")
        for file in (SOURCE / folder).rglob("*.py")
        for code in _FAIL_CODE.findall(file.read_text(encoding="utf-8"))
    }
    _, _, mapping = (SOURCE / "services" / "endings.py").read_text(encoding="utf-8").partition("def code_of(")
    return found | set(re.findall(r'return "(\w+)"', mapping))


def command_paths(group: Any, path: str) -> Iterator[str]:
    """The names of all commands below a group, as they are typed."""
    for name, below in group.commands.items():
        if hasattr(below, "commands"):
            yield from command_paths(below, f"{path} {name}")
        else:
            yield f"{path} {name}"


def default_shown(value: object) -> str:
    """A default as the settings page writes it."""
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`" if value else "none"
    return "none" if value is None else f"`{value}`"


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in ERRORS]

    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.code)
def test_every_error_has_a_hint_and_a_section_with_its_status_and_phrase(kind: type[OverdoorError]) -> None:
    error = sample(kind)

    told = section(DOCS / "errors.md", kind.code)

    assert error.hint.strip()
    assert f"**{kind.http_status}**" in told
    assert f"`{getattr(kind, 'summary', 'input_urls is required')}`" in told


def test_the_errors_page_names_no_code_that_does_not_exist() -> None:
    documented = {heading for heading in headings(DOCS / "errors.md") if re.fullmatch(r"[a-z]+(_[a-z]+)+", heading)}

    assert documented == {kind.code for kind in ERRORS}


def test_the_codes_of_failed_tasks_are_exactly_those_of_the_source() -> None:
    documented = {cells[0].strip("`") for cells in rows(section(DOCS / "errors.md", "Codes of failed tasks"))[1:]}

    assert documented == fail_codes()


def test_every_setting_stands_in_its_table_with_variable_default_and_meaning() -> None:
    table = rows((DOCS / "settings.md").read_text(encoding="utf-8"))[1:]
    documented = {cells[0]: tuple(cells[2:]) for cells in table}

    expected = {
        f"`{setting.name}`": (
            f"`OVERDOOR_{setting.name.upper()}`" + (" (secret)" if setting.metadata["secret"] else ""),
            default_shown(setting.default) if setting.name != "data" else "the user's data folder for applications",
            setting.metadata["doc"],
        )
        for setting in fields(Settings)
    }

    assert documented == expected


def test_every_command_stands_in_its_table_and_no_other_does() -> None:
    table = rows((DOCS / "cli.md").read_text(encoding="utf-8"))
    typed = [" ".join(re.findall(r"^`([^`]+)`", cells[0])) for cells in table if cells[0].startswith("`overdoor ")]
    documented = {re.sub(r" [A-Z_]{2,}$", "", name) for name in typed} - {"overdoor --version"}

    assert documented == set(command_paths(typer.main.get_command(command), "overdoor"))


def test_every_command_that_a_hint_or_a_page_names_exists() -> None:
    known = set(command_paths(typer.main.get_command(command), "overdoor"))
    groups = {path.rpartition(" ")[0] for path in known}
    texts = [sample(kind).hint for kind in ERRORS] + [page.read_text(encoding="utf-8") for page in PAGES]
    named = {name for text in texts for name in re.findall(r"`(overdoor [a-z]+(?: [a-z]+(?:-[a-z]+)*)?)\b", text)}

    assert {name for name in named if name not in known | groups and name.rpartition(" ")[0] not in known} == set()


def test_every_magic_word_of_the_sandbox_is_in_the_quickstart() -> None:
    table = rows(section(DOCS / "quickstart.md", "Failing on purpose"))[1:]
    tokens = [cells[0].strip("`") for cells in table]

    unknown = [token for token in tokens if magic.parse(token)[1].unknown]
    named = {re.split(r"[:=]", token)[1] for token in tokens}

    assert unknown == []
    assert named >= {field.name for field in fields(magic.Magic) if field.type == "bool" or field.type is bool}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    broken: list[str] = []
    for target in links(page):
        if target.startswith(("http://", "https://")):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (fragment and fragment not in anchors(file)):
            broken.append(target)

    assert broken == []


def test_every_module_that_a_page_names_exists() -> None:
    named = {
        name for page in PAGES for name in re.findall(r"\b([a-z_]+/[a-z_/]+\.(?:py|toml))\b", page.read_text("utf-8"))
    }

    assert {name for name in named if not (SOURCE / name).exists() and not (ROOT / name).exists()} == set()


def test_every_page_that_the_code_names_exists() -> None:
    files = [*SOURCE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    named = {name for file in files for name in re.findall(r"\bdocs/[a-z0-9/-]+\.md\b", file.read_text("utf-8"))}

    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("block", blocks(DOCS / "contributing" / "add-a-model.md", "toml"), ids=str)
def test_every_catalogue_example_loads_and_can_be_quoted(block: Block, tmp_path: Path) -> None:
    """Promise: docs/contributing/add-a-model.md, the examples are an operator's file as they stand."""
    override = tmp_path / "models.toml"
    override.write_text(block.text, encoding="utf-8")

    catalog = Catalog.load(override)

    document = tomllib.loads(block.text)
    for name in [*(row["id"] for row in document.get("model", ())), *document.get("alias", ())]:
        accepted = build(catalog, model=name, params={"prompt": "a fox"})
        assert quote(accepted.model, accepted.request).maximum > 0


@pytest.mark.parametrize("block", all_blocks("python"), ids=str)
def test_every_python_block_compiles(block: Block) -> None:
    compile(block.text, str(block), "exec")


@pytest.mark.parametrize("block", all_blocks("json"), ids=str)
def test_every_json_block_parses(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("*.md")), ids=name_of)
def test_every_decision_fits_on_a_page_and_has_its_four_parts(page: Path) -> None:
    """Promise: a record has at most 40 lines."""
    lines = page.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 40
    assert headings(page)[1:] == ["Context", "Decision", "Consequences", "Measured"]
    assert headings(page)[0].startswith(page.name[:3])


def test_the_glossary_is_in_order() -> None:
    words = re.findall(r"^\*\*([^*]+)\*\*:", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert words == sorted(words)
