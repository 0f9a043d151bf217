"""A provider over HTTP that must never be asked twice: a server on this machine with a journal, and its adapter.

The server's contract, as a real one would publish it: `POST /jobs {"id", "prompt"}` answers 202 `{"job": …}`;
`GET /jobs/<job>` answers `{"state": "queued"|"done"|"refused", …}`, or 404 for a job that it does not know;
`POST /jobs/<job>/cancel` stops it. It posts `{"job": …, "state": …}` to a `callback` that came with the job. It has no
idempotency and no look-up.
"""

import asyncio
import base64
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any, Literal, Self

import msgspec
from aiohttp import web

from overdoor.domain.request import GenerationRequest
from overdoor.net.client import DeliveredUnknown, NotDelivered, UpstreamClient
from overdoor.providers.contract import (
    FailureKind,
    Finished,
    InlineAsset,
    Job,
    Outcome,
    Preflight,
    ProviderFailure,
    Rejected,
    Running,
    Traits,
)
from overdoor.units import Ticket
from tests.support.pictures import png

Behaviour = Literal[
    "accept", "reject", "busy", "broken", "unauthorized", "garbage", "slow", "drop before", "drop after"
]

Moment = Literal["asked to submit", "accepted", "asked to check", "about to deliver"]

_TIMEOUT_S = 0.5
_STATUS_KINDS: Mapping[int, FailureKind] = {
    400: "invalid_request",
    401: "auth",
    402: "quota",
    403: "auth",
    404: "ticket_lost",
    429: "rate_limit",
}


class FakeUpstream:
    """The server.

    script: what it does with the next submits; it accepts when the script is over.
    journal: how often it accepted each id. callbacks: where it may tell of each. running: jobs that are not done yet.
    at: called at each `Moment`, so that a test can make something happen right then.
    """

    def __init__(self) -> None:
        self.script: deque[Behaviour] = deque()
        self.journal: Counter[str] = Counter()
        self.running: set[str] = set()
        self.callbacks: dict[str, str] = {}
        self.at: Callable[[Moment], None] = lambda _: None
        self._refused: set[str] = set()
        self._known: set[str] = set()
        self._leaving = asyncio.Event()
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/jobs", self._submit)
        app.router.add_get("/jobs/{job}", self._check)
        app.router.add_post("/jobs/{job}/cancel", self._cancel)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leaving.set()
        await self._runner.cleanup()

    def behave(self) -> Behaviour:
        """What it does with the submit that has just come."""
        return self.script.popleft() if self.script else "accept"

    def forget(self) -> None:
        """It knows no job any more."""
        self._known.clear()

    async def _submit(self, request: web.Request) -> web.Response:
        asked: dict[str, Any] = await request.json()
        if asked.get("callback"):
            self.callbacks[asked["id"]] = asked["callback"]
        self.at("asked to submit")
        behaviour = self.behave()
        match behaviour:
            case "busy":
                return web.json_response({}, status=429, headers={"Retry-After": "7"})
            case "broken":
                return web.Response(status=500, text="<html>oops</html>", content_type="text/html")
            case "unauthorized":
                return web.json_response({}, status=401)
            case "drop before":
                self.drop(request)
            case "slow":
                self.accept(asked["id"])
                await self._leaving.wait()
            case "drop after":
                self.accept(asked["id"])
                self.drop(request)
            case "garbage":
                self.accept(asked["id"])
                return web.json_response({"status": "fine, thanks"})
            case "reject" | "accept":
                job = self.accept(asked["id"])
                if behaviour == "reject" or "refused" in asked["prompt"]:
                    self._refused.add(job)
        return web.json_response({"job": f"job-{asked['id']}"}, status=202)

    async def _check(self, request: web.Request) -> web.Response:
        job = request.match_info["job"]
        self.at("asked to check")
        if job not in self._known:
            return web.json_response({}, status=404)
        return web.json_response(self._state(job))

    async def _cancel(self, request: web.Request) -> web.Response:
        self.running.discard(request.match_info["job"])
        return web.json_response({})

    def accept(self, asked_id: str) -> str:
        """Take the work, note it in the journal, and name it."""
        self.journal[asked_id] += 1
        self.at("accepted")
        job = f"job-{asked_id}"
        self._known.add(job)
        return job

    def _state(self, job: str) -> dict[str, object]:
        if job in self.running:
            return {"state": "queued", "percent": 40}
        if job in self._refused:
            return {"state": "refused", "reason": "The prompt is not allowed."}
        self.at("about to deliver")
        return {"state": "done", "picture": base64.b64encode(png()).decode()}

    def drop(self, request: web.Request) -> None:
        """Hang up without an answer."""
        assert request.transport is not None
        request.transport.close()


class FakeProvider:
    """The adapter. See `overdoor.providers.contract.Provider`."""

    def __init__(
        self, url: str, *, name: str = "openai", timeout_s: float = _TIMEOUT_S, poll_after_s: float = 0.01
    ) -> None:
        self.name = name
        self.traits = Traits(resubmit="never", poll_after_s=poll_after_s, cancels=True)
        self._timeout_s = timeout_s
        self._url = url
        self._client = UpstreamClient()

    def preflight(self, request: GenerationRequest) -> Preflight:
        return Preflight()

    async def submit(self, job: Job) -> Ticket | Finished | Rejected:
        wire = {"id": job.task_id, "prompt": job.request.prompt, "callback": job.callback_url}
        try:
            status, headers, body = await self._client.post_json(
                f"{self._url}/jobs", headers={}, json=wire, timeout_s=self._timeout_s
            )
        except NotDelivered as error:
            raise ProviderFailure("not_delivered", str(error)) from error
        except DeliveredUnknown as error:
            raise ProviderFailure("delivered_unknown", str(error)) from error
        match status, body:
            case 202, {"job": str(ticket)}:
                return Ticket(ticket)
            case _:
                raise _failure(status, headers)

    async def check(self, ticket: Ticket, job: Job) -> Outcome:
        try:
            status, headers, body = await self._client.get_json(
                f"{self._url}/jobs/{ticket}", headers={}, timeout_s=self._timeout_s
            )
        except (NotDelivered, DeliveredUnknown) as error:
            raise ProviderFailure("upstream_error", str(error)) from error
        if status != 200:
            raise _failure(status, headers)
        return from_wire(body)

    async def lookup(self, job: Job) -> Ticket | None:
        return None

    async def cancel(self, ticket: Ticket) -> bool:
        try:
            status, _, _ = await self._client.post_json(
                f"{self._url}/jobs/{ticket}/cancel", headers={}, json={}, timeout_s=self._timeout_s
            )
        except (NotDelivered, DeliveredUnknown) as error:
            raise ProviderFailure("upstream_error", str(error)) from error
        return status == 200

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> tuple[Ticket, Outcome]:
        try:
            match msgspec.json.decode(body):
                case {"job": str(ticket), **state}:
                    return Ticket(ticket), from_wire(state)
                case _:
                    raise ProviderFailure("unexpected_reply", "The callback names no job.")
        except msgspec.DecodeError as error:
            raise ProviderFailure("unexpected_reply", "The callback is not JSON.") from error

    async def close(self) -> None:
        await self._client.close()


def from_wire(body: Any) -> Outcome:
    """The server's words to ours; an unknown state is an error."""
    match body:
        case {"state": "queued", "percent": int(percent)}:
            return Running(percent / 100)
        case {"state": "refused", "reason": str(reason)}:
            return Rejected("content_policy", reason)
        case {"state": "done", "picture": str(picture)}:
            return Finished((InlineAsset(base64.b64decode(picture), "image/png"),))
        case _:
            raise ProviderFailure("unexpected_reply", "The provider answered in words that are not in its contract.")


def _failure(status: int, headers: Mapping[str, str]) -> ProviderFailure:
    if 200 <= status < 300:
        return ProviderFailure("unexpected_reply", "The provider answered in words that are not in its contract.")
    retry_after = headers.get("Retry-After")
    return ProviderFailure(
        _STATUS_KINDS.get(status, "upstream_error"),
        f"The provider answered with status {status}.",
        retry_after_s=None if retry_after is None else float(retry_after),
    )
