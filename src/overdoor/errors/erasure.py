"""Errors of deleting on request, and of asking for what is gone."""

from collections.abc import Mapping
from datetime import datetime

from overdoor.errors.base import OverdoorError


class AssetGone(OverdoorError):
    """The link was good once: its time is over, or its file was deleted. Only who had the link is told so."""

    code, http_status, summary = "asset_gone", 410, "asset gone"


class LinkExpired(OverdoorError):
    """The link was good, and its own time is over; the file may be there. Only who had the link is told so."""

    code, http_status, summary = "link_expired", 410, "link expired"

    def __init__(self, *, ended_at: datetime) -> None:
        super().__init__(
            f"The link ended at {ended_at:%Y-%m-%d %H:%M} UTC.",
            hint="Query the task, or the upload (GET /api/v1/files/{id}), again: every answer carries a fresh link.",
        )
        self.ended_at = ended_at


class TaskNotEnded(OverdoorError):
    """Only what has ended can be deleted. Nothing was changed."""

    code, http_status, summary = "task_not_ended", 409, "task has not ended"

    def __init__(self, *, task_id: str) -> None:
        super().__init__(
            f"The task {task_id} has not ended.",
            hint="Wait for its end, or cancel it (POST /api/v1/jobs/cancel), then delete.",
        )
        self.task_id = task_id

    @property
    def details(self) -> Mapping[str, object]:
        return {"taskId": self.task_id}


class AssetInUse(OverdoorError):
    """A waiting task works on the file. Nothing was changed."""

    code, http_status, summary = "asset_in_use", 409, "asset is in use"

    def __init__(self, *, asset_id: str, task_id: str) -> None:
        super().__init__(
            f"The file {asset_id} is an input of {task_id}, which has not ended.",
            hint="Wait for its end, or cancel it (POST /api/v1/jobs/cancel), then delete.",
        )
        self.asset_id, self.task_id = asset_id, task_id

    @property
    def details(self) -> Mapping[str, object]:
        return {"assetId": self.asset_id, "taskId": self.task_id}
