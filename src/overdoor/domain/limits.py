"""How much one key may ask for: the published tiers as data, overrides of a key, and what a limit answers.

Requests are counted per key and endpoint in two moving windows, a second and a minute; unfinished tasks per key.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, cast

import msgspec

from overdoor.errors import InvalidOption, RateLimitExceeded

Endpoint = Literal["jobs.createTask", "jobs.recordInfo", "chat", "files.upload"]
ENDPOINTS: tuple[Endpoint, ...] = ("jobs.createTask", "jobs.recordInfo", "chat", "files.upload")

GIB = 1024**3
MOST_UPLOAD_BYTES = 1024 * 1024 * GIB  # of an override
MICROSECONDS = 1_000_000  # in a second
MOST_REQUESTS = 10_000_000  # of an override; every admitted request of the last minute is remembered
_WINDOWS_S = {"perSecond": 1, "perMinute": 60}  # by their published names
_NAMES = {window_s: name for name, window_s in _WINDOWS_S.items()}


@dataclass(frozen=True, slots=True)
class Bound:
    """At most `limit` requests in any `window_s` seconds."""

    limit: int
    window_s: int


Rate = tuple[Bound, ...]  # a request is admitted when every bound admits it


@dataclass(frozen=True, slots=True)
class Tier:
    """Limits of one key; an endpoint without a rate is free.

    active_tasks: how many of its tasks may be unfinished.
    upload_bytes: how much the account's unexpired uploads may hold for this key to add one.
    """

    name: str
    active_tasks: int
    rates: Mapping[Endpoint, Rate] = field(default_factory=dict[Endpoint, Rate])
    upload_bytes: int = 10 * GIB


def _tier(
    name: str, *, create: tuple[int, int], read: tuple[int, int], active_tasks: int, uploads: tuple[int, int]
) -> Tier:
    """uploads: requests in a minute, and gibibytes."""
    return Tier(
        name,
        active_tasks,
        {
            "jobs.createTask": (Bound(create[0], 1), Bound(create[1], 60)),
            "jobs.recordInfo": (Bound(read[0], 1), Bound(read[1], 60)),
            "chat": (Bound(100, 1),),
            "files.upload": (Bound(uploads[0], 60),),
        },
        uploads[1] * GIB,
    )


TIERS: Mapping[str, Tier] = {
    tier.name: tier
    for tier in (
        _tier("free", create=(1, 10), read=(2, 60), active_tasks=1, uploads=(10, 1)),
        _tier("basic", create=(5, 180), read=(20, 1_000), active_tasks=5, uploads=(30, 5)),
        _tier("standard", create=(10, 600), read=(50, 3_000), active_tasks=15, uploads=(60, 20)),
        _tier("pro", create=(20, 1_200), read=(100, 6_000), active_tasks=30, uploads=(120, 100)),
        _tier("ultra", create=(50, 3_000), read=(200, 12_000), active_tasks=80, uploads=(300, 500)),
        _tier("enterprise", create=(100, 6_000), read=(500, 30_000), active_tasks=300, uploads=(600, 2_000)),
    )
}


def with_overrides(tier: Tier, overrides: str | None) -> Tier:
    """The tier with a key's own limits in place of its rows; what the overrides do not name stays.

    Raises:
        InvalidOption: see `read_overrides`.
    """
    if overrides is None:
        return tier
    own = read_overrides(overrides)
    rates = dict(tier.rates)
    for endpoint, limits in own.windows.items():
        merged = {bound.window_s: bound.limit for bound in tier.rates.get(endpoint, ())} | dict(limits)
        rates[endpoint] = tuple(Bound(merged[window_s], window_s) for window_s in sorted(merged))
    return replace(
        tier,
        active_tasks=tier.active_tasks if own.active_tasks is None else own.active_tasks,
        upload_bytes=tier.upload_bytes if own.upload_bytes is None else own.upload_bytes,
        rates=rates,
    )


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a key's own limits name; None and what is missing stays the tier's. windows: limits by length in seconds."""

    active_tasks: int | None
    upload_bytes: int | None
    windows: Mapping[Endpoint, Mapping[int, int]]


def read_overrides(text: str) -> Overrides:
    """The limits in `{"activeTasks": n, "uploadBytes": n, "endpoints": {…}}`.

    Raises:
        InvalidOption: it is not of the published shape.
    """
    try:
        fields = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise _wrong(f"is not a JSON object: {error}") from error
    _require_known(fields, ("activeTasks", "uploadBytes", "endpoints"), place="")
    active_tasks = upload_bytes = None
    if "activeTasks" in fields:
        active_tasks = _whole(fields["activeTasks"], place="activeTasks", least=0)
    if "uploadBytes" in fields:
        upload_bytes = _whole(fields["uploadBytes"], place="uploadBytes", least=0, most=MOST_UPLOAD_BYTES)
    windows: dict[Endpoint, dict[int, int]] = {}
    endpoints = _object(fields.get("endpoints", {}), place="endpoints")
    _require_known(endpoints, ENDPOINTS, place="endpoints")
    for endpoint in ENDPOINTS:
        row = _object(endpoints.get(endpoint, {}), place=endpoint)
        _require_known(row, tuple(_WINDOWS_S), place=endpoint)
        if row:
            windows[endpoint] = {
                _WINDOWS_S[name]: _whole(value, place=f"{endpoint}.{name}", least=1) for name, value in row.items()
            }
    return Overrides(active_tasks, upload_bytes, windows)


def to_json(tier: Tier) -> dict[str, object]:
    """The limits in the published shape, as an override would say them."""
    return {
        "tier": tier.name,
        "activeTasks": tier.active_tasks,
        "uploadBytes": tier.upload_bytes,
        "endpoints": {
            endpoint: {_NAMES[bound.window_s]: bound.limit for bound in rate} for endpoint, rate in tier.rates.items()
        },
    }


@dataclass(frozen=True, slots=True)
class Window:
    """One bound after a request was counted or refused.

    used: requests in the window; frees_in_us: microseconds until the window has a place more than now.
    """

    bound: Bound
    used: int
    frees_in_us: int

    @property
    def remaining(self) -> int:
        """How many more requests the window takes now."""
        return max(0, self.bound.limit - self.used)

    @property
    def frees_in_s(self) -> int:
        """Whole seconds after which there is surely a place more."""
        return max(1, math.ceil(self.frees_in_us / MICROSECONDS))


@dataclass(frozen=True, slots=True)
class Standing:
    """What the counters say of one request. A refused request was counted in no window."""

    is_admitted: bool
    windows: tuple[Window, ...]

    @property
    def tightest(self) -> Window:
        """The window that refuses for longest, or the one that will refuse first."""
        return min(self.windows, key=lambda window: (window.remaining, -window.frees_in_us))


def refusal(standing: Standing, tier: Tier) -> RateLimitExceeded:
    """The error of a request that was not admitted; after its `retry_after_s` every window has a place."""
    window = standing.tightest
    return RateLimitExceeded(
        retry_after_s=window.frees_in_s, limit=window.bound.limit, tier=tier.name, window_s=window.bound.window_s
    )


def headers(endpoint: Endpoint, rate: Rate, standing: Standing | None) -> dict[str, str]:
    """`RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10.

    `RateLimit` tells of the tightest window; it is missing where nobody counted (standing None).
    """
    told = {"RateLimit-Policy": _policy(endpoint, rate)}
    if standing is not None:
        window = standing.tightest
        name = _policy_name(endpoint, window.bound)
        told["RateLimit"] = f'"{name}";r={window.remaining};t={window.frees_in_s}'
    return told


@lru_cache(maxsize=256)
def _policy(endpoint: Endpoint, rate: Rate) -> str:
    return ", ".join(f'"{_policy_name(endpoint, bound)}";q={bound.limit};w={bound.window_s}' for bound in rate)


def _policy_name(endpoint: Endpoint, bound: Bound) -> str:
    return f"{endpoint}.{_NAMES[bound.window_s]}"


def _object(value: object, *, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong(f"has `{place}`, which is no object")
    return cast("dict[str, object]", value)


def _require_known(fields: Mapping[str, object], known: tuple[str, ...], *, place: str) -> None:
    for name in fields:
        if name not in known:
            where = f" in `{place}`" if place else ""
            raise _wrong(f"names {name[:40]!r}{where}; known are {', '.join(known)}")


def _whole(value: object, *, place: str, least: int, most: int = MOST_REQUESTS) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _wrong(f"has `{place}`, which is no whole number from {least} to {most:,}")
    return value


def _wrong(problem: str) -> InvalidOption:
    return InvalidOption(
        option="limits",
        problem=problem,
        hint='Give {"activeTasks": 20, "endpoints": {"jobs.createTask": {"perSecond": 5, "perMinute": 100}}}.',
    )
