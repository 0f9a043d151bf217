"""The worked example of docs/contributing/add-a-provider.md carries a task: the page's own code and its own row."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from overdoor.net.client import UpstreamClient
from overdoor.services.generate import Submission
from overdoor.wiring import Surroundings, open_gateway
from tests.docs.pages import ROOT, blocks
from tests.support.pictures import png
from tests.support.settings import hermetic_settings

PAGE = ROOT / "docs" / "contributing" / "add-a-provider.md"


@asynccontextmanager
async def lumen_server(asked: list[dict[str, Any]]) -> AsyncGenerator[str]:
    """The address of an upstream as the page describes it; it notes what it was asked, and by which name."""

    async def submit(request: web.Request) -> web.Response:
        asked.append({**await request.json(), "key": request.headers["Idempotency-Key"]})
        return web.json_response({"job": "7"})

    async def check(request: web.Request) -> web.Response:
        file = {"url": str(request.url.with_path("/fox.png")), "mime": "image/png"}
        return web.json_response({"state": "ready", "files": [file]})

    async def read(_: web.Request) -> web.Response:
        return web.Response(body=png(), content_type="image/png")

    app = web.Application()
    app.add_routes([web.post("/jobs", submit), web.get("/jobs/7", check), web.get("/fox.png", read)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_example_makes_a_picture_for_a_live_key(tmp_path: Path) -> None:
    """Promise: docs/contributing/add-a-provider.md, "A worked example"."""
    [code] = blocks(PAGE, "python")
    [row] = blocks(PAGE, "toml")
    (tmp_path / "models.toml").write_text(row.text, encoding="utf-8")
    settings = hermetic_settings(
        tmp_path / "data", catalog=tmp_path / "models.toml", allowed_private_networks="127.0.0.0/8"
    )
    example: dict[str, Any] = {}
    exec(code.text, example)
    asked: list[dict[str, Any]] = []

    async with lumen_server(asked) as url:
        lumen = example["Lumen"](UpstreamClient(), url=url, key="k")
        async with open_gateway(settings, Surroundings(providers={"lumen": lumen})) as gateway:
            key = await gateway.accounts.create_key("live", mode="live")
            caller = await gateway.accounts.authenticate(key.secret)
            submitted = await gateway.generate.submit(
                Submission("lumen/one", {"prompt": "a fox"}, "jobs"), caller=caller
            )
            view = await gateway.generate.wait(submitted.task.id, caller=caller, timeout_s=30)

    wanted = {"model": "lumen-1", "prompt": "a fox", "width": 1024, "height": 1024, "key": submitted.task.id}
    assert asked == [wanted]
    assert (view.task.state, view.task.fail_message) == ("success", None)
    assert [(asset.mime, asset.width_px) for asset in view.assets] == [("image/png", 1024)]
