"""Is the process alive and ready. Promise: docs/operating.md."""

import asyncio

import pytest

from tests.api.conftest import Client


async def test_a_server_that_runs_no_tasks_is_not_ready(client: Client) -> None:
    """A load balancer must not send work to a process that only takes it."""
    before = await client.send("GET", "/readyz")
    head = await client.send("HEAD", "/healthz")

    [engine] = [task for task in asyncio.all_tasks() if task.get_name() == "engine"]
    engine.cancel()
    await asyncio.gather(engine, return_exceptions=True)
    after = await client.send("GET", "/readyz")

    assert (before.status, head.status, after.status) == (200, 200, 503)


@pytest.mark.parametrize("host", ["x:8 0", 'x:8"', "x:80.", "x:99999", "x:80/a"])
@pytest.mark.parametrize("path", ["/healthz", "/api/v1/jobs", "/nothing"])
async def test_a_host_header_that_names_no_host_is_the_clients_mistake(client: Client, host: str, path: str) -> None:
    """Not a bug of ours, so no 500: 400, in JSON that needs no dialect."""
    answer = await client.send("GET", path, headers={"Host": host})

    assert (answer.status, answer.body["error"]["code"]) == (400, 400)
    assert answer.headers["X-Request-Id"].startswith("req_")
