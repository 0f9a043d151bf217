"""Every error that a caller can see: a code, a status, what happened, and what to do next.

`summary` is the short phrase that the MCP contract publishes (`insufficient credits`); `message` adds the numbers.
A door renders these in its own dialect; nothing else in the product is shown to a caller.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from overdoor.errors.base import OverdoorError as OverdoorError
from overdoor.errors.base import StartRefused as StartRefused
from overdoor.errors.callbacks import CallbackNotFound as CallbackNotFound
from overdoor.errors.callbacks import CallbackUrlDeleted as CallbackUrlDeleted
from overdoor.errors.callbacks import EndpointDisabled as EndpointDisabled
from overdoor.errors.chat import ChatModelFailed as ChatModelFailed
from overdoor.errors.chat import NoChatModel as NoChatModel
from overdoor.errors.erasure import AssetGone as AssetGone
from overdoor.errors.erasure import AssetInUse as AssetInUse
from overdoor.errors.erasure import LinkExpired as LinkExpired
from overdoor.errors.erasure import TaskNotEnded as TaskNotEnded
from overdoor.errors.images import PictureFailed as PictureFailed
from overdoor.errors.images import PictureRefused as PictureRefused
from overdoor.errors.images import PictureUnfinished as PictureUnfinished
from overdoor.errors.uploads import TooManyUploads as TooManyUploads
from overdoor.errors.uploads import UploadQuotaExceeded as UploadQuotaExceeded
from overdoor.errors.uploads import UploadTooSlow as UploadTooSlow
from overdoor.units import MicroDollars, in_credits


class AuthenticationFailed(OverdoorError):
    """No key, a malformed key, an unknown key or a disabled key: one answer for all four."""

    code, http_status, summary = "authentication_failed", 401, "authentication failed"

    def __init__(self, message: str = "The API key is missing, malformed, unknown or disabled.") -> None:
        super().__init__(
            message, hint="Send `Authorization: Bearer sk_…`; make a key with `overdoor keys create NAME`."
        )


class PermissionDenied(OverdoorError):
    """The key is good but lacks a scope."""

    code, http_status, summary = "permission_denied", 403, "permission denied"

    def __init__(self, *, scope: str) -> None:
        super().__init__(
            f"This key lacks the scope `{scope}`.", hint=f"Make one with `overdoor keys create NAME --scope {scope}`."
        )


class InvalidRequest(OverdoorError):
    """The body cannot be read as what the endpoint expects."""

    code, http_status, summary = "invalid_request", 400, "invalid request"

    def __init__(self, message: str, *, hint: str = "Compare the body with the examples in the docs.") -> None:
        super().__init__(message, hint=hint)


class InvalidOption(OverdoorError):
    """One option has a value that the model does not offer."""

    code, http_status, summary = "invalid_option", 422, "invalid parameters"

    def __init__(self, *, option: str, problem: str, allowed: Sequence[object] = (), hint: str | None = None) -> None:
        choices = ", ".join(str(value) for value in allowed)
        super().__init__(
            f"`{option}` {problem}.",
            hint=hint or (f"Use one of: {choices}." if choices else "Correct it, then send it again."),
        )
        self.option, self.allowed = option, tuple(allowed)

    @property
    def details(self) -> Mapping[str, object]:
        return {"param": self.option} | ({"allowed": list(self.allowed)} if self.allowed else {})


class ModelNotSupported(OverdoorError):
    """The model id is not in the catalogue (or not open to this key's mode)."""

    code, http_status, summary = "model_not_supported", 422, "model is not supported"

    def __init__(self, *, model: str, closest: Sequence[str] = (), hint: str | None = None) -> None:
        named = ", ".join(closest)
        super().__init__(
            _unsupported(model, is_known=hint is not None),
            hint=hint or (f"Did you mean: {named}?" if named else "Call `list_models` or `overdoor models`."),
        )
        self.model, self.closest = model, tuple(closest)

    @property
    def details(self) -> Mapping[str, object]:
        return {"param": "model"} | ({"closest": list(self.closest)} if self.closest else {})


class PromptRequired(OverdoorError):
    """The model needs words."""

    code, http_status, summary = "prompt_required", 422, "prompt is required"

    def __init__(self) -> None:
        super().__init__("The prompt is missing or empty.", hint="Say in `prompt` what the picture should show.")

    @property
    def details(self) -> Mapping[str, object]:
        return {"param": "prompt"}


class InputsRequired(OverdoorError):
    """The model works on a given picture and got none."""

    code, http_status = "inputs_required", 422

    def __init__(self, *, option: str) -> None:
        self.summary = f"{option} is required"
        super().__init__(
            f"`{option}` is missing or empty.", hint="Give at least one https URL, data URL, asset or task id."
        )
        self.option = option

    @property
    def details(self) -> Mapping[str, object]:
        return {"param": self.option}


class ForbiddenAddress(OverdoorError):
    """A foreign URL names an address that must never be fetched."""

    code, http_status, summary = "forbidden_address", 422, "invalid parameters"

    def __init__(self, *, option: str, problem: str) -> None:
        super().__init__(
            f"`{option}` {problem}.",
            hint="Use a public https URL; an operator may open networks with OVERDOOR_ALLOWED_PRIVATE_NETWORKS.",
        )
        self.option = option

    @property
    def details(self) -> Mapping[str, object]:
        return {"param": self.option}


class InsufficientCredits(OverdoorError):
    """The balance cannot cover the quote. Nothing was charged; nothing went upstream."""

    code, http_status, summary = "insufficient_credits", 402, "insufficient credits"

    def __init__(self, *, price: MicroDollars, available: MicroDollars, message: str | None = None) -> None:
        super().__init__(
            message or f"This task costs {in_credits(price)} credits; {in_credits(available)} are available.",
            hint="Add credits, or ask for a lower `resolution` or `duration`.",
        )
        self.price, self.available = price, available

    @property
    def details(self) -> Mapping[str, object]:
        return {"price": in_credits(self.price), "available": in_credits(self.available)}


class BudgetExceeded(OverdoorError):
    """A spending cap would be passed. Nothing was charged; nothing went upstream.

    owner: whose budget it is, `key` or `account`. frees_at: when the period ends; None when waiting does not help.
    """

    code, http_status, summary = "budget_exceeded", 402, "insufficient credits"

    def __init__(
        self,
        *,
        price: MicroDollars,
        budget: MicroDollars,
        spent: MicroDollars,
        period: str,
        owner: str,
        frees_at: datetime | None = None,
    ) -> None:
        begins = "" if frees_at is None else f" The budget begins anew at {_to_the_minute(frees_at)}."
        super().__init__(
            f"This task costs {in_credits(price)} credits, and {in_credits(spent)} of the {period} budget of "
            f"{in_credits(budget)} credits of this {owner} are already spent or held.{begins}",
            hint=f"Ask for less, or let the operator raise the {owner}'s {period} budget."
            if frees_at is None
            else f"Wait until {_to_the_minute(frees_at)}, or ask for less.",
        )
        self.price, self.budget, self.spent = price, budget, spent
        self.period, self.owner, self.frees_at = period, owner, frees_at

    @property
    def details(self) -> Mapping[str, object]:
        return {
            "price": in_credits(self.price),
            "budget": in_credits(self.budget),
            "spent": in_credits(self.spent),
            "period": self.period,
            "budgetOf": self.owner,
            "freesAt": None if self.frees_at is None else self.frees_at.isoformat(),
        }


class TooManyActiveTasks(OverdoorError):
    """The key already has as many unfinished tasks as its tier allows."""

    code, http_status, summary = "too_many_active_tasks", 429, "too many active tasks"

    def __init__(self, *, active: int, limit: int, tier: str) -> None:
        super().__init__(
            f"This key has {active} unfinished tasks; its tier {tier!r} allows {limit}.",
            hint="Wait for one to finish, then send the request again.",
        )
        self.active, self.limit, self.tier = active, limit, tier

    @property
    def details(self) -> Mapping[str, object]:
        return {
            "retryAfter": self.retry_after_s,
            "limit": self.limit,
            "tier": self.tier,
            "windowSeconds": 0,  # published as a number; unfinished tasks are counted now, not over a time
            "limitType": "activeTasks",
        }

    @property
    def retry_after_s(self) -> int:
        return 5  # an estimate: there is no window to wait for


class RateLimitExceeded(OverdoorError):
    """Too many requests in a window."""

    code, http_status, summary = "rate_limit_exceeded", 429, "rate limit exceeded"

    def __init__(self, *, retry_after_s: int, limit: int, tier: str, window_s: int) -> None:
        super().__init__(
            f"More than {limit} requests in {window_s} s; the tier is {tier!r}.",
            hint=f"Wait {retry_after_s} s, then send the request again.",
        )
        self._retry_after_s, self.limit, self.tier, self.window_s = retry_after_s, limit, tier, window_s

    @property
    def details(self) -> Mapping[str, object]:
        return {
            "retryAfter": self._retry_after_s,
            "limit": self.limit,
            "tier": self.tier,
            "windowSeconds": self.window_s,
            "limitType": "perSecond" if self.window_s == 1 else "perMinute",
        }

    @property
    def retry_after_s(self) -> int:
        return self._retry_after_s


class IdempotencyMismatch(OverdoorError):
    """An `Idempotency-Key` came again with another request."""

    code, http_status, summary = "idempotency_key_reused", 422, "idempotency key reused"

    def __init__(self, *, task_id: str | None = None) -> None:
        owner = "another request" if task_id is None else f"{task_id}, which was another request"
        super().__init__(
            f"This Idempotency-Key already belongs to {owner}.",
            hint="Use a new key for a new request, or repeat the first request unchanged.",
        )
        self.task_id = task_id

    @property
    def details(self) -> Mapping[str, object]:
        return {} if self.task_id is None else {"taskId": self.task_id}


class TaskNotFound(OverdoorError):
    """No such task, or not this key's: the same words for both."""

    code, http_status, summary = "task_not_found", 404, "task not found"

    def __init__(self, *, task_id: str) -> None:
        super().__init__(
            f"No task {task_id!r} belongs to this API key.", hint="Use the taskId that the same key was given."
        )


class AssetNotFound(OverdoorError):
    """No such asset, not the caller's, deleted, or the link is expired or altered."""

    code, http_status, summary = "asset_not_found", 404, "asset not found"

    def __init__(
        self,
        message: str = "There is no file behind this link.",
        *,
        hint: str = "Query the task or the upload again: every answer carries a fresh link.",
    ) -> None:
        super().__init__(message, hint=hint)


class RouteNotFound(OverdoorError):
    """The path belongs to no endpoint."""

    code, http_status, summary = "not_found", 404, "not found"

    def __init__(self, *, path: str) -> None:
        super().__init__(f"There is nothing at {path}.", hint="GET / lists the endpoints.")


class MethodNotAllowed(OverdoorError):
    """The path exists, but not with this method."""

    code, http_status, summary = "method_not_allowed", 405, "method not allowed"

    def __init__(self, *, method: str, path: str) -> None:
        super().__init__(f"{path} does not take {method}.", hint="GET / lists the endpoints.")


class PayloadTooLarge(OverdoorError):
    """The body is larger than the route takes."""

    code, http_status, summary = "payload_too_large", 413, "payload too large"

    def __init__(
        self, *, limit_bytes: int | None = None, hint: str = "Send inputs as URLs instead of data URLs."
    ) -> None:
        most = f" The limit here is {limit_bytes:,} bytes." if limit_bytes is not None else ""
        super().__init__(f"The request body is too large.{most}", hint=hint)


class DatabaseAway(OverdoorError):
    """The database is restarting, locked for long, or full. Whether a write was kept is not known."""

    code, http_status, summary = "database_away", 503, "database is away"

    def __init__(self) -> None:
        super().__init__(
            "The database cannot be reached at the moment; it is not known whether the request was kept.",
            hint="Send it again with the same `X-Request-Id` or `Idempotency-Key`: it is carried out once.",
        )

    @property
    def retry_after_s(self) -> int:
        return 1


class InternalError(OverdoorError):
    """A bug of ours, told without its insides; the log has the rest under the request id."""

    code, http_status, summary = "internal_error", 500, "internal error"

    def __init__(self, *, request_id: str) -> None:
        super().__init__(
            "An error of the server stopped this request.",
            hint=f"Tell the operator the request id {request_id}; the log has the cause.",
        )


def _unsupported(model: str, *, is_known: bool) -> str:
    if not model:
        return "No model is named."
    return f"The model {model!r} cannot be used here." if is_known else f"No model is called {model!r}."


def _to_the_minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
