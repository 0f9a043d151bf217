"""Errors of callbacks."""

from overdoor.errors.base import OverdoorError


class CallbackNotFound(OverdoorError):
    """No such callback, or not this key's: the same words for both."""

    code, http_status, summary = "callback_not_found", 404, "callback not found"

    def __init__(self, *, callback_id: str) -> None:
        super().__init__(
            f"No callback {callback_id!r} belongs to this API key.",
            hint="`GET /api/v1/callbacks` lists those of this key.",
        )


class EndpointDisabled(OverdoorError):
    """The receiver answered 410 before; nothing is sent to it until somebody enables it again."""

    code, http_status, summary = "callback_endpoint_disabled", 409, "endpoint is disabled"

    def __init__(self, *, endpoint: str) -> None:
        super().__init__(
            f"The endpoint {endpoint} answered 410, so nothing is sent to it.",
            hint="Enable it with `POST /api/v1/callbacks/endpoints/enable`, then send again.",
        )


class CallbackUrlDeleted(OverdoorError):
    """The address went with the words of its task, on request or when their time was over."""

    code, http_status, summary = "callback_url_deleted", 409, "address of the callback was deleted"

    def __init__(self, *, callback_id: str) -> None:
        super().__init__(
            f"The address of {callback_id} was deleted together with the prompt of its task.",
            hint="Read the task's record instead (GET /api/v1/jobs/recordInfo).",
        )
