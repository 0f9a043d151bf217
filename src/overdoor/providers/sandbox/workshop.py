"""What runs in worker processes: thin functions that load Pillow, numpy and PyAV there, never in the server."""

from overdoor.providers.sandbox.jobs import ImageJob, RenderedImage, RenderedVideo, VideoJob


def make_image(job: ImageJob) -> RenderedImage:
    """See `render.render_image`."""
    from overdoor.providers.sandbox.render import render_image  # noqa: PLC0415 - 300 ms that the server need not pay

    return render_image(job)


def make_video(job: VideoJob, output_path: str, progress_path: str | None) -> RenderedVideo:
    """See `video.render_video`."""
    from overdoor.providers.sandbox.video import render_video  # noqa: PLC0415

    return render_video(job, output_path=output_path, progress_path=progress_path)
