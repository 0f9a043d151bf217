"""Is the process alive and ready. Promise: docs/operating.md."""

import asyncio

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
