"""The public record of a task, in the words of the jobs contract: recordInfo, MCP, callbacks and `--json` agree.

Published contract: states `waiting|success|fail`, times in epoch milliseconds, `resultJson` a JSON string inside JSON,
`costTime` and `completeTime` null until success.
"""

import json
from collections.abc import Sequence

from overdoor.domain.task import Task
from overdoor.units import in_credits, to_epoch_ms


def public_record(task: Task, *, result_urls: Sequence[str], poster_urls: Sequence[str] = ()) -> dict[str, object]:
    """Everything that the owner of a task may know of it.

    result_urls: fresh links to the results in order; empty until success.
    """
    succeeded = task.state == "success"
    created_ms = to_epoch_ms(task.created_at)
    finished_ms = None if task.finished_at is None or not succeeded else to_epoch_ms(task.finished_at)
    record: dict[str, object] = {
        "taskId": task.id,
        "model": task.request.asked_model,
        "state": task.state,
        "param": task.param,
        "resultJson": json.dumps({"resultUrls": list(result_urls)}, separators=(",", ":")) if succeeded else None,
        "failCode": task.fail_code,
        "failMsg": task.fail_message,
        "costTime": None if finished_ms is None else finished_ms - created_ms,
        "completeTime": finished_ms,
        "createTime": created_ms,
        "phase": task.phase,
        "progress": task.progress,
        "mode": task.mode,
        "creditsReserved": in_credits(task.price),
        "creditsCharged": None if task.charged is None else in_credits(task.charged),
        "warnings": list(task.warnings),
    }
    if succeeded:
        record["resultUrls"] = list(result_urls)
        if poster_urls:
            record["posterUrls"] = list(poster_urls)
    return record


def callback_body(record: dict[str, object], *, timestamp: str) -> dict[str, object]:
    """What is posted to the caller's address when a task has ended.

    timestamp: ISO 8601, UTC, of the task's end.
    """
    if record["state"] == "success":
        return {"type": "task.success", "timestamp": timestamp, "code": 200, "msg": "success", "data": record}
    return {"type": "task.fail", "timestamp": timestamp, "code": 501, "msg": record["failMsg"], "data": record}
