"""Errors of chat models."""

from overdoor.errors.base import OverdoorError


class NoChatModel(OverdoorError):
    """No upstream serves this chat model for a key of this mode."""

    code, http_status, summary = "chat_model_unavailable", 404, "model is not supported"

    def __init__(self, *, model: str) -> None:
        super().__init__(
            f"No chat provider is configured that serves {model!r}.",
            hint="Use a test key (the sandbox answers for every model name), or configure a provider.",
        )


class ChatModelFailed(OverdoorError):
    """The chat model did not answer, or not to the end. In a stream this comes after what it said."""

    code, http_status, summary = "chat_model_failed", 502, "chat model failed"

    def __init__(self, *, provider: str) -> None:
        super().__init__(
            f"The chat model at {provider} failed before its answer was complete.",
            hint="Send the request again; with the same X-Request-Id, pictures that were made are found again.",
        )
