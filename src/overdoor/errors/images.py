"""Errors of doors that wait for a picture and answer with it."""

from overdoor.errors.base import OverdoorError


class PictureRefused(OverdoorError):
    """The provider made no picture of these words: they, or the result, are against its rules. Nothing is charged."""

    code, http_status, summary = "picture_refused", 400, "content policy"

    def __init__(self, *, why: str) -> None:
        super().__init__(why, hint="Change the prompt or the pictures; nothing was charged.")


class PictureFailed(OverdoorError):
    """The picture could not be made. Nothing is charged."""

    code, http_status, summary = "picture_failed", 502, "generation failed"

    def __init__(self, *, task_id: str, why: str) -> None:
        hint = f"Nothing was charged; the task is {task_id}. Send it as a new request: a repeated name finds this end."
        super().__init__(why, hint=hint)


class PictureUnfinished(OverdoorError):
    """The server stops while the picture is being made; the task goes on without this request."""

    code, http_status, summary = "picture_unfinished", 503, "server is stopping"

    def __init__(self, *, task_id: str) -> None:
        super().__init__(
            f"The server is being stopped; the picture is still being made as {task_id}.",
            hint="Send the request again with the same X-Request-Id: it finds that picture.",
        )

    @property
    def retry_after_s(self) -> int | None:
        return 5
