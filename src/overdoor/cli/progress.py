"""How a wait looks: a bar on a terminal, one line for each phase elsewhere. Always on stderr."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from overdoor.cli.output import tell

Show = Callable[[str, float | None], None]  # phase; progress from 0 to 1, None while it is not known


@contextmanager
def progress() -> Generator[Show]:
    """Something that shows the newest phase until the block ends."""
    if sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield _lines()


@contextmanager
def _bar() -> Generator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        row = bars.add_task("starting", total=None)

        def show(phase: str, fraction: float | None) -> None:
            bars.update(row, description=phase, total=None if fraction is None else 1.0, completed=fraction or 0.0)

        yield show


def _lines() -> Show:
    told = ""

    def show(phase: str, _fraction: float | None) -> None:
        nonlocal told
        if phase != told:
            told = phase
            tell(f"{phase} …")

    return show
