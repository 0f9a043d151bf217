"""A web node without tasks beside a worker. Promise: docs/operating.md, "Several processes"."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

OVERDOOR = str(Path(sys.executable).parent / "overdoor")


def start(tmp_path: Path, *arguments: str) -> "subprocess.Popen[str]":
    """One command on the test's data folder."""
    return subprocess.Popen(
        [OVERDOOR, *arguments, "--data", str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )


def said(process: "subprocess.Popen[str]", words: str) -> str:
    """The first line with these words."""
    assert process.stdout is not None
    return next(line for line in process.stdout if words in line)


def call(url: str, key: str, body: object = None) -> dict[str, str]:
    """The data of a jobs answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as response:
        return json.load(response)["data"]


def test_a_worker_carries_what_a_web_node_accepts_and_both_stop_in_order(tmp_path: Path) -> None:
    """Promise: one readiness line each; exit code 0 after SIGTERM."""
    web = start(tmp_path, "serve", "--no-tasks", "--port", "0")
    url = said(web, "ready at").rsplit(" ", 1)[1].strip()
    key = said(web, "test key").rsplit(" ", 1)[1].strip()
    worker = start(tmp_path, "worker")
    greeting = said(worker, "is ready")

    wish = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "a fox sandbox:delay=1s"}}
    task_id = call(f"{url}/api/v1/jobs/createTask", key, wish)["taskId"]
    state = "waiting"
    while state == "waiting":
        state = call(f"{url}/api/v1/jobs/recordInfo?taskId={task_id}&wait=20", key)["state"]
    for process in (worker, web):
        process.send_signal(signal.SIGTERM)
    codes = [process.wait(20) for process in (worker, web)]

    assert state == "success"
    assert codes == [0, 0]
    assert str(tmp_path / "data") in greeting
    for process in (worker, web):
        process.communicate()
