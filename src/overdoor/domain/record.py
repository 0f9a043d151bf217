"""The public record of a task, in the words of the jobs contract: recordInfo, MCP, callbacks and `--json` agree.

Published contract: states `waiting|success|fail`, times in epoch milliseconds, `resultJson` a JSON string inside JSON,
`costTime` and `completeTime` null until success.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from overdoor.domain.retention import ends
from overdoor.domain.task import Asset, Task, TaskView
from overdoor.units import in_credits, to_epoch_ms

LONGEST_CALLBACK_BYTES = 20_000  # what receivers and their proxies take without being asked
_SHOWN_CHARACTERS = 200  # of each text of the request, where the whole would be too long
_SHOWN_VALUES = 20


@dataclass(frozen=True, slots=True)
class ResultLinks:
    """A stored result with fresh links to it and to its small pictures, where it has any."""

    asset: Asset
    url: str
    preview_url: str | None = None
    poster_url: str | None = None


def public_record(view: TaskView, results: Sequence[ResultLinks]) -> dict[str, object]:
    """Everything that the owner of a task may know of it.

    results: in order; empty until success.
    """
    task = view.task
    result_urls = [result.url for result in results]
    poster_urls = [result.poster_url for result in results if result.poster_url is not None]
    succeeded = task.state == "success"
    created_ms = to_epoch_ms(task.created_at)
    finished_ms = None if task.finished_at is None or not succeeded else to_epoch_ms(task.finished_at)
    record: dict[str, object] = {
        "taskId": task.id,
        "model": task.request.asked_model,
        "state": task.state,
        "param": task.param,
        "resultJson": json.dumps({"resultUrls": result_urls}, separators=(",", ":")) if succeeded else None,
        "failCode": task.fail_code,
        "failMsg": task.fail_message,
        "costTime": None if finished_ms is None else finished_ms - created_ms,
        "completeTime": finished_ms,
        "createTime": created_ms,
        "phase": task.phase,
        "progress": task.progress,
        "queuePosition": view.queue_position,
        "mode": task.mode,
        "creditsReserved": in_credits(task.price),
        "creditsCharged": None if task.charged is None else in_credits(task.charged),
        "cancel": cancel_word(task),
        "warnings": [*task.warnings, *_gone(task, is_there=bool(result_urls))],
    }
    if succeeded:
        record["resultUrls"] = result_urls
        record["results"] = [_facts(result) for result in results]
        record["expiresAt"] = min(
            (
                to_epoch_ms(asset.expires_at)
                for asset in view.assets
                if asset.role != "preview" and ends(asset.expires_at)
            ),
            default=None,
        )
        record["media"] = _media_word(task, is_there=bool(result_urls))
        if poster_urls:
            record["posterUrls"] = poster_urls
    return record


def _media_word(task: Task, *, is_there: bool) -> str:
    if is_there:
        return "available"
    return "expired" if task.media_deleted_at is None else "deleted"


def _gone(task: Task, *, is_there: bool) -> list[str]:
    """What to tell whoever looks for results that a success once had."""
    if task.state != "success":
        return []
    if task.media_deleted_at is not None:
        which = "Some of the results were" if is_there else "The results were"
        return [f"{which} deleted on request at {task.media_deleted_at:%Y-%m-%d %H:%M} UTC."]
    return [] if is_there else ["The results have had their time and are no longer kept."]


def _facts(result: ResultLinks) -> dict[str, object]:
    asset = result.asset
    return {
        "url": result.url,
        "mime": asset.mime,
        "width": asset.width_px,
        "height": asset.height_px,
        "durationSeconds": asset.duration_s,
        "sizeBytes": asset.size_bytes,
        "hasAlpha": asset.has_alpha,
        "blurhash": asset.blurhash,
        "previewUrl": result.preview_url,
        "posterUrl": result.poster_url,
    }


def cancel_word(task: Task) -> str | None:
    """What became of a cancel: canceled, refused (it goes on), asked (not answered yet), or None where none was asked.

    A task that ended otherwise keeps `refused` or `asked`: the wish came too late.
    """
    return "canceled" if task.fail_code == "canceled" else task.cancel


def cancel_message(task: Task) -> str:
    """What a cancel came to, as a sentence with the rule of the charge."""
    match cancel_word(task):
        case "canceled":
            return "The task is canceled; the whole price was given back."
        case _ if task.state != "waiting":
            return "The task had ended before; nothing was changed."
        case "refused":
            return "The provider cannot stop this work unbilled: the task goes on and is charged when it succeeds."
        case _:
            return "The provider is being asked to stop; the task is canceled and costs nothing if it does so unbilled."


def encoded_callback(record: dict[str, object], *, timestamp: str) -> bytes:
    """What is posted to the caller's address when a task has ended, at most `LONGEST_CALLBACK_BYTES` long.

    Where the echo of the request makes it longer, its texts are cut short, or else left out; recordInfo has all of it.
    timestamp: ISO 8601, UTC, of the task's end.
    """
    body = _encoded(record, timestamp)
    if len(body) <= LONGEST_CALLBACK_BYTES:
        return body
    body = _encoded({**record, "param": _shortened_param(str(record["param"]))}, timestamp)
    if len(body) <= LONGEST_CALLBACK_BYTES:
        return body
    body = _encoded({**record, "param": None}, timestamp)
    if len(body) <= LONGEST_CALLBACK_BYTES:
        return body
    return _encoded({name: value for name, value in record.items() if name != "results"} | {"param": None}, timestamp)


def encoded_test_event(callback_id: str, *, timestamp: str) -> bytes:
    """What is posted where somebody wants to see whether callbacks arrive. Its `taskId` is the callback's own id."""
    body = {
        "type": "callback.test",
        "timestamp": timestamp,
        "code": 200,
        "msg": "success",
        "data": {"taskId": callback_id, "state": "test"},
    }
    return json.dumps(body, separators=(",", ":")).encode()


def _encoded(record: dict[str, object], timestamp: str) -> bytes:
    succeeded = record["state"] == "success"
    body = {
        "type": "task.success" if succeeded else "task.fail",
        "timestamp": timestamp,
        "code": 200 if succeeded else 501,
        "msg": "success" if succeeded else record["failMsg"],
        "data": record,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _shortened_param(param: str) -> str:
    return json.dumps(_shortened(json.loads(param)), ensure_ascii=False, separators=(",", ":"))


def _shortened(value: object) -> object:
    if isinstance(value, str):
        return value if len(value) <= _SHOWN_CHARACTERS else value[:_SHOWN_CHARACTERS] + "…"
    if isinstance(value, list):
        return [_shortened(item) for item in cast("list[object]", value)[:_SHOWN_VALUES]]
    if isinstance(value, dict):
        fields = list(cast("dict[str, object]", value).items())[:_SHOWN_VALUES]
        return {name: _shortened(item) for name, item in fields}
    return value
