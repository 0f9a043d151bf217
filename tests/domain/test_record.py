"""What is told of a task. Promise: docs/jobs.md, "Callbacks"."""

import json

from overdoor.domain.record import LONGEST_CALLBACK_BYTES, encoded_callback

_RECORD: dict[str, object] = {"taskId": "task_1", "state": "success", "failMsg": None}


def test_a_callback_is_short_however_long_the_prompt_was() -> None:
    """Promise: docs/jobs.md#callbacks: at most 20 kB; the echo of the request is cut, not the results."""
    param = json.dumps({"model": "m", "input": {"prompt": "ф" * 32_000, "urls": ["u" * 4000] * 40}})

    body = encoded_callback({**_RECORD, "param": param, "resultUrls": ["https://x/1"]}, timestamp="t")

    assert len(body) <= LONGEST_CALLBACK_BYTES
    data = json.loads(body)["data"]
    assert data["resultUrls"] == ["https://x/1"]
    assert json.loads(data["param"])["input"]["prompt"].startswith("ффф")


def test_what_cannot_be_cut_short_is_left_out() -> None:
    """Promise: docs/jobs.md#callbacks."""
    param = json.dumps({"input": {f"{'n' * 3000}{number}": 1 for number in range(20)}})

    body = encoded_callback({**_RECORD, "param": param}, timestamp="t")

    assert len(body) <= LONGEST_CALLBACK_BYTES
    assert json.loads(body)["data"]["param"] is None
