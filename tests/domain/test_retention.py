"""How long files are kept. Promise: docs/links-and-retention.md, "Retention"."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.settings import hermetic_settings

from overdoor.config import ConfigError
from overdoor.domain.retention import NEVER, ends, retention_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_each_kind_of_file_has_its_own_time(tmp_path: Path) -> None:
    """Promise: issue 4, "retention settings per kind"."""
    retention = retention_of(
        hermetic_settings(
            tmp_path, keep_results_days="2", keep_previews_days="3", keep_uploads_days="4", keep_inputs_days="forever"
        )
    )

    ends_at = {role: retention.until(role, NOON) for role in retention.kept}

    assert ends_at == {
        "result": datetime(2026, 11, 22, 12, tzinfo=UTC),
        "poster": datetime(2026, 11, 22, 12, tzinfo=UTC),
        "preview": datetime(2026, 11, 23, 12, tzinfo=UTC),
        "upload": datetime(2026, 11, 24, 12, tzinfo=UTC),
        "input": NEVER,
    }
    assert not ends(NEVER)
    assert ends(NOON)


@pytest.mark.parametrize("days", ["0", "-1", "36501", "1.5", "never", ""])
def test_a_time_that_is_no_number_of_days_is_refused(tmp_path: Path, days: str) -> None:
    """Promise: 0 could mean "not at all" or "for ever", so it means neither."""
    with pytest.raises(ConfigError, match="number of days between 1 and 36,500, or `forever`"):
        hermetic_settings(tmp_path, keep_results_days=days)
