"""Errors of uploads."""

from collections.abc import Mapping

from overdoor.errors.base import OverdoorError


class UploadQuotaExceeded(OverdoorError):
    """The account keeps as many bytes of uploads as the tier of the key allows. Nothing was stored."""

    code, http_status, summary = "upload_quota_exceeded", 413, "too many bytes of uploads"

    def __init__(self, *, kept_bytes: int, size_bytes: int, limit_bytes: int, tier: str) -> None:
        super().__init__(
            f"This file has {size_bytes:,} bytes, and the account keeps {kept_bytes:,} of {limit_bytes:,} bytes of "
            f"uploads; the tier is {tier!r}.",
            hint="Delete uploads (`DELETE /api/v1/files/{id}`), wait until some expire, or ask the operator for room.",
        )
        self.kept_bytes, self.size_bytes, self.limit_bytes, self.tier = kept_bytes, size_bytes, limit_bytes, tier

    @property
    def details(self) -> Mapping[str, object]:
        return {"keptBytes": self.kept_bytes, "limitBytes": self.limit_bytes, "tier": self.tier}


class TooManyUploads(OverdoorError):
    """As many uploads arrive at this moment as are taken at once."""

    code, http_status, summary = "too_many_uploads", 429, "too many uploads at once"

    def __init__(self, *, limit: int, owner: str) -> None:
        super().__init__(
            f"{limit} uploads of this {owner} are arriving already.", hint="Wait for one to end, then send it again."
        )
        self.limit = limit

    @property
    def details(self) -> Mapping[str, object]:
        return {"retryAfter": self.retry_after_s, "limit": self.limit, "limitType": "uploadsAtOnce"}

    @property
    def retry_after_s(self) -> int:
        return 5  # an estimate: nobody knows how fast the others send


class UploadTooSlow(OverdoorError):
    """The bytes of an upload did not come in time. Nothing was stored."""

    code, http_status, summary = "upload_too_slow", 408, "upload too slow"

    def __init__(self, *, limit_s: int, what: str) -> None:
        super().__init__(
            f"{what} took longer than {limit_s} s.", hint="Send it again over a faster connection, or a smaller file."
        )
