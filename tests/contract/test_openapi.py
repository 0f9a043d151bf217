"""Generated requests against the OpenAPI document: what it says is true, and what it forbids is refused."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.conftest import serving

pytestmark = pytest.mark.contract

_HERE = Path(__file__).parent
_SCHEMATHESIS = str(Path(sys.executable).parent / "schemathesis")
_IS_FULL = os.environ.get("FULL") == "1"
_EXAMPLES = 320 if _IS_FULL else 20  # of each operation in each phase
_LEAST_CASES = 5000 if _IS_FULL else 500


def test_every_check_of_schemathesis_passes_in_all_phases(tmp_path: Path) -> None:
    """Promise: issue 3: schemathesis over the document, all checks, stateful; `FULL=1` makes 5,000 cases and more."""
    settings = {"OVERDOOR_DEFAULT_TIER": "enterprise", "OVERDOOR_TEST_GRANT": "100000000"}
    with serving(tmp_path, **settings) as server:
        ran = subprocess.run(
            [
                _SCHEMATHESIS, "--config-file", str(_HERE / "schemathesis.toml"), "run", f"{server.url}/openapi.json",
                "--header", f"Authorization: Bearer {server.key}", "--checks", "all", "--continue-on-failure",
                "--max-examples", str(_EXAMPLES), "--seed", "1", "--suppress-health-check", "all",
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(_HERE)},
        )  # fmt: skip

    cases = re.search(r"(\d+) generated", ran.stdout)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert cases is not None
    assert int(cases[1]) >= _LEAST_CASES, ran.stdout
