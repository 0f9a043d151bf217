"""The sandbox as a provider: the real lifecycle around the renderer, and the failures that magic prompts ask for.

Pictures are answered at once, as OpenAI does it; clips, delays and failures halfway go through a ticket, as Seedance
does. Its work lives in this process only: after a crash the ticket is lost, and submitting again is `safe`.
The same renderer without the label serves the honest local operations (`local`: upscale, remove-background).
"""

import asyncio
import hashlib
import json
import shutil
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import cast

from anyio import to_thread

from overdoor.domain.request import GenerationRequest, to_json
from overdoor.errors import InsufficientCredits
from overdoor.media.processes import MediaProcesses
from overdoor.providers.contract import (
    FileAsset,
    Finished,
    InlineAsset,
    InputMedia,
    Job,
    Outcome,
    Preflight,
    ProviderFailure,
    Rejected,
    Running,
    Traits,
)
from overdoor.providers.sandbox.jobs import Background, ImageJob, ImageTask, OutputFormat, RenderedImage, VideoJob
from overdoor.providers.sandbox.magic import Magic, parse
from overdoor.providers.sandbox.workshop import make_image, make_video
from overdoor.units import MicroDollars, Ticket, from_credits, new_id

_POLL_AFTER_S = 0.25
_SLOW_CALLBACK_S = 10.0
_RATE_LIMIT_RETRY_S = 1.0
_FAILING_RUN_S = 1.0  # how long `fail_at` works before it fails
_FORGOTTEN_AFTER_S = 600.0  # an ended run that nobody asks for
_INSTANT_KEPT = 32  # results of `sandbox:instant`, by what was asked
_FPS = 24


@dataclass(slots=True)
class _Run:
    """Work behind a ticket."""

    task: asyncio.Task[Finished | Rejected]
    started_at: float  # monotonic
    expected_s: float  # of the part whose progress is only time
    ends_at: float  # progress at which it stops short: 1.0, or where `fail_at` says
    progress_path: Path | None = None
    ended_at: float | None = None


class Sandbox:
    """See `overdoor.providers.contract.Provider`. label: draw the small SANDBOX mark."""

    traits = Traits(resubmit="safe", poll_after_s=_POLL_AFTER_S, cancels=True, process_local=True)

    def __init__(self, *, name: str, processes: MediaProcesses, scratch: Path, label: bool) -> None:
        self.name = name
        self._processes = processes
        self._scratch = scratch
        self._label = label
        self._runs: dict[Ticket, _Run] = {}
        self._instant: OrderedDict[str, asyncio.Task[Finished]] = OrderedDict()

    def preflight(self, request: GenerationRequest) -> Preflight:
        magic = self._magic(request)
        if magic.insufficient_credits:
            wished = "The prompt asked the sandbox for this refusal; nothing is wrong with the balance."
            raise InsufficientCredits(price=from_credits(1), available=MicroDollars(0), message=wished)
        return Preflight(callback_delay_s=_SLOW_CALLBACK_S if magic.slow_webhook else 0.0)

    async def submit(self, job: Job) -> Ticket | Finished | Rejected:
        magic = self._magic(job.request)
        _fail_as_asked(magic)
        if magic.moderation == "input":
            return Rejected("content_policy", "The prompt was blocked by content moderation (asked for in the prompt).")
        if magic.expired:
            return Rejected("expired", "The task expired at the provider (asked for in the prompt).")
        if magic.instant:
            await asyncio.sleep(magic.delay_s)
            return await self._instantly(job)
        if job.request.kind == "image" and magic.delay_s == 0 and magic.fail_at is None:
            return await self._image(job, magic)
        return self._begin(job, magic)

    async def check(self, ticket: Ticket, job: Job) -> Outcome:
        run = self._runs.get(ticket)
        if run is None:
            raise ProviderFailure("ticket_lost", "The sandbox was restarted and has forgotten this task.")
        if not run.task.done():
            return Running(progress=round(await _progress(run), 2))
        del self._runs[ticket]
        return await run.task

    async def lookup(self, job: Job) -> Ticket | None:
        ticket = _ticket_of(job)
        return ticket if ticket in self._runs else None

    async def cancel(self, ticket: Ticket) -> bool:
        run = self._runs.pop(ticket, None)
        if run is not None:
            run.task.cancel()
            await asyncio.gather(run.task, return_exceptions=True)
        return True

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> tuple[Ticket, Outcome]:
        raise ProviderFailure("unexpected_reply", "The sandbox sends no callbacks.")

    async def close(self) -> None:
        for ticket in list(self._runs):
            await self.cancel(ticket)
        for making in self._instant.values():
            making.cancel()
        await asyncio.gather(*self._instant.values(), return_exceptions=True)

    def _begin(self, job: Job, magic: Magic) -> Ticket:
        self._forget_old()
        ticket = _ticket_of(job)
        if ticket not in self._runs:
            job, held = self._holding(job)
            progress_path = self._scratch / new_id("progress") if job.request.kind == "video" else None
            run_s = magic.delay_s or (_FAILING_RUN_S if magic.fail_at is not None else 0.0)
            task = asyncio.create_task(self._run(job, magic, run_s, progress_path), name=f"sandbox {job.task_id}")
            if held is not None:
                task.add_done_callback(lambda _: shutil.rmtree(held, ignore_errors=True))
            self._runs[ticket] = _Run(task, time.monotonic(), run_s, magic.fail_at or 1.0, progress_path)
        return ticket

    def _holding(self, job: Job) -> tuple[Job, Path | None]:
        """The job over links of its inputs, which outlive `submit`, and the folder that holds them."""
        if not job.inputs:
            return job, None
        folder = self._scratch / new_id("held")
        folder.mkdir()
        held: list[InputMedia] = []
        for number, media in enumerate(job.inputs):
            path = folder / str(number)
            try:
                path.hardlink_to(media.path)
            except OSError:  # on another disk
                shutil.copyfile(media.path, path)
            held.append(replace(media, path=path))
        return replace(job, inputs=tuple(held)), folder

    async def _run(self, job: Job, magic: Magic, wait_s: float, progress_path: Path | None) -> Finished | Rejected:
        try:
            await asyncio.sleep(wait_s)
            if magic.fail_at is not None:
                return Rejected(
                    "generation_failed", f"The work failed at {magic.fail_at:.0%} (asked for in the prompt)."
                )
            if job.request.kind == "image":
                return await self._image(job, magic)
            return await self._video(job, magic, progress_path)
        finally:
            if progress_path is not None:
                progress_path.unlink(missing_ok=True)  # noqa: ASYNC240 - one unlink on a local disk

    async def _image(self, job: Job, magic: Magic) -> Finished | Rejected:
        rendered = await self._processes.image(make_image, self._image_job(job))
        return _judged(_delivered(rendered), magic)

    async def _video(self, job: Job, magic: Magic, progress_path: Path | None) -> Finished | Rejected:
        path = self._scratch / f"{new_id('clip')}.mp4"
        told = None if progress_path is None else str(progress_path)
        try:
            rendered = await self._processes.video(make_video, self._video_job(job), str(path), told)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        made = FileAsset(path, "video/mp4")
        return _judged(Finished((made,), duration_s=rendered.duration_s, warnings=rendered.warnings), magic)

    async def _instantly(self, job: Job) -> Finished:
        """The first picture of its kind, again and again: for measuring everything but the renderer."""
        wanted = to_json(replace(job.request, prompt="", asked_model="", inputs=()))
        shape = json.dumps(wanted, sort_keys=True)
        making = self._instant.get(shape)
        if making is None or (making.done() and (making.cancelled() or making.exception() is not None)):
            job, held = self._holding(job)
            making = self._instant[shape] = asyncio.create_task(self._instant_sample(job))
            if held is not None:
                making.add_done_callback(lambda _: shutil.rmtree(held, ignore_errors=True))
            if len(self._instant) > _INSTANT_KEPT:
                self._instant.popitem(last=False)
        return await asyncio.shield(making)

    async def _instant_sample(self, job: Job) -> Finished:
        if job.request.kind == "image":
            return _delivered(await self._processes.image(make_image, self._image_job(job)))
        clip = await self._video(job, Magic(), None)
        assert isinstance(clip, Finished)  # no magic, no refusal
        made = clip.assets[0]
        assert isinstance(made, FileAsset)
        path = made.path
        data = await to_thread.run_sync(path.read_bytes)
        path.unlink()
        return replace(clip, assets=(InlineAsset(data, "video/mp4"),))

    def _magic(self, request: GenerationRequest) -> Magic:
        """Wishes of a test; the local operations have none."""
        return _magic_in(request.prompt) if self._label else Magic()

    def _image_job(self, job: Job) -> ImageJob:
        request = job.request
        return ImageJob(
            prompt=parse(request.prompt)[0],
            task=cast("ImageTask", request.operation),
            width_px=request.render_width_px or request.width_px,
            height_px=request.render_height_px or request.height_px,
            seed=_seed_of(request),
            background=cast("Background", request.background or "auto"),
            output_format=cast("OutputFormat", request.output_format or "png"),
            output_compression=100 if request.output_compression is None else request.output_compression,
            quality=request.quality or "auto",
            scale=request.scale or 2,
            inputs=tuple(media.path for media in job.inputs if media.role != "mask"),
            mask=next((media.path for media in job.inputs if media.role == "mask"), None),
            label=self._label,
        )

    def _video_job(self, job: Job) -> VideoJob:
        request = job.request
        frames = {media.role: media.path for media in reversed(job.inputs) if media.mime.startswith("image/")}
        duration_s = request.duration_s or 5
        return VideoJob(
            prompt=parse(request.prompt)[0],
            width_px=request.render_width_px or request.width_px,
            height_px=request.render_height_px or request.height_px,
            duration_s=5 if duration_s < 0 else duration_s,
            fps=_FPS,
            audio=bool(request.generate_audio),
            seed=_seed_of(request),
            first_frame=frames.get("first_frame") or frames.get("image") or frames.get("reference_image"),
            last_frame=frames.get("last_frame"),
            label=self._label,
        )

    def _forget_old(self) -> None:
        """Drop ended runs whose task was given up elsewhere, so that memory and disk do not grow."""
        now = time.monotonic()
        for ticket, run in list(self._runs.items()):
            if run.task.done() and run.ended_at is None:
                run.ended_at = now
            if run.ended_at is not None and now - run.ended_at > _FORGOTTEN_AFTER_S:
                del self._runs[ticket]
                _drop_files(run)


@lru_cache(maxsize=64)
def _magic_in(prompt: str) -> Magic:
    return parse(prompt)[1]


def _fail_as_asked(magic: Magic) -> None:
    if magic.rate_limit:
        raise ProviderFailure(
            "rate_limit", "The provider is busy (asked for in the prompt).", retry_after_s=_RATE_LIMIT_RETRY_S
        )
    if magic.upstream_500:
        raise ProviderFailure("upstream_error", "The provider answered with status 500 (asked for in the prompt).")
    if magic.timeout:
        raise ProviderFailure("timeout", "The provider did not answer in time (asked for in the prompt).")


def _judged(finished: Finished, magic: Magic) -> Finished | Rejected:
    warnings = tuple(f"{token!r} is no wish that the sandbox knows." for token in magic.unknown)
    if magic.moderation == "output":
        _drop(finished)
        return Rejected("content_policy", "The result was blocked by content moderation (asked for in the prompt).")
    if magic.bad_image:
        _drop(finished)
        return replace(finished, assets=(InlineAsset(b"\x89PNG\r\n\x1a\n but not a picture", "image/png"),))
    return replace(finished, warnings=(*finished.warnings, *warnings))


def _delivered(rendered: RenderedImage) -> Finished:
    return Finished((InlineAsset(rendered.data, rendered.mime),), warnings=rendered.warnings)


def _drop(finished: Finished) -> None:
    for asset in finished.assets:
        if isinstance(asset, FileAsset):
            asset.path.unlink(missing_ok=True)


def _drop_files(run: _Run) -> None:
    if not run.task.cancelled() and run.task.exception() is None and isinstance(ended := run.task.result(), Finished):
        _drop(ended)


async def _progress(run: _Run) -> float:
    """0 to 1: frames done where a clip is being rendered, else the share of the wait."""
    if run.progress_path is not None:
        try:
            return min(float(await to_thread.run_sync(run.progress_path.read_text)), 0.99)
        except (FileNotFoundError, ValueError):
            pass
    if run.expected_s <= 0:
        return 0.0
    return min((time.monotonic() - run.started_at) / run.expected_s, 0.99) * run.ends_at


def _ticket_of(job: Job) -> Ticket:
    return Ticket(f"sandbox-{job.task_id}")


def _seed_of(request: GenerationRequest) -> int:
    """The caller's seed, or one that depends on everything that was asked."""
    if request.seed is not None and request.seed >= 0:
        return request.seed
    wanted = to_json(replace(request, asked_model=""))
    return int.from_bytes(hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).digest()[:6], "big")
