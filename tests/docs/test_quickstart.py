"""The examples of the pages run as they stand, in order, against an installed server. Blocks marked `<!-- run -->`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.conftest import Server
from tests.docs.pages import ROOT, Block, blocks

pytestmark = pytest.mark.e2e

_LONGEST_S = 120.0  # for one page
_SHELL = ("bash", "-euo", "pipefail", "-c")


def script(marked: list[Block]) -> str:
    """One shell script of all marked blocks, so that what one block exports is there in the next."""
    return "\n".join(_step(block) for block in marked)


@pytest.mark.parametrize("name", ["README.md", "docs/quickstart.md", "docs/inputs-and-uploads.md"])
def test_the_examples_of_the_page_run(name: str, server: Server, tmp_path: Path) -> None:
    """Promise: style.md, "Docs run"."""
    marked = [block for block in blocks(ROOT / name) if block.runs]
    environment = {variable: value for variable, value in os.environ.items() if not variable.startswith("OVERDOOR_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "URL": server.url,
        "OVERDOOR_DATA": str(server.data),
    }

    ran = subprocess.run(
        [*_SHELL, script(marked)],
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
    )

    assert marked
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    assert '"isError":true' not in ran.stdout


def _step(block: Block) -> str:
    if block.language == "bash":
        return block.text
    return f"python - <<'PYTHON'\n{block.text}PYTHON"
