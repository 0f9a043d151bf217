"""What every measurement shares: a line of the report, and how often to measure."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROUNDS = 5 if os.environ.get("FULL") == "1" else 3
SECONDS = 6.0 if os.environ.get("FULL") == "1" else 3.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report."""

    what: str
    goal: str
    seen: str
