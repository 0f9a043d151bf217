"""What every error that a caller can see has in common."""

from collections.abc import Mapping
from typing import ClassVar


class OverdoorError(Exception):
    """Something the caller can act on. A bug is never an OverdoorError."""

    code: ClassVar[str]  # stable and documented in docs/errors.md; never reused
    http_status: ClassVar[int]
    summary: str

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(f"{message} {hint}")
        self.message, self.hint = message, hint

    @property
    def details(self) -> Mapping[str, object]:
        """Facts for programs, by their wire names; empty where the sentence says it all."""
        return {}

    @property
    def retry_after_s(self) -> int | None:
        """Seconds after which the same request can succeed; None when waiting does not help."""
        return None


class StartRefused(Exception):
    """The product cannot start as it is set up. For operators: the message says what is wrong, and where."""
