"""How long files are kept, by what they are. A file keeps the end that it was given when it was made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from overdoor.config import KeepFor, Settings

AssetRole = Literal["result", "poster", "preview", "upload", "input"]

NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # the end of what is kept for ever: every row has an end


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each kind of file is kept."""

    kept: Mapping[AssetRole, KeepFor]

    def until(self, role: AssetRole, made_at: datetime) -> datetime:
        """When a file of this kind, made at that moment, has had its time."""
        return end_of(self.kept[role], made_at)


def retention_of(settings: Settings) -> Retention:
    """What the operator has chosen."""
    return Retention(
        {
            "result": settings.keep_results_days,
            "poster": settings.keep_results_days,
            "preview": settings.keep_previews_days,
            "upload": settings.keep_uploads_days,
            "input": settings.keep_inputs_days,
        }
    )


def end_of(kept: KeepFor, made_at: datetime) -> datetime:
    """When what is kept so long has had its time."""
    return NEVER if kept.days is None else made_at + timedelta(days=kept.days)


def ends(expires_at: datetime) -> bool:
    """False for what is kept for ever."""
    return expires_at < NEVER
