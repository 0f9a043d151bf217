"""The settings, and the only reader of the environment.

Order: flag > `OVERDOOR_*` environment > `./overdoor.toml` > the user's config file > default. A secret may also come
from a file named by `OVERDOOR_<NAME>_FILE`. No configuration at all is a valid configuration.
"""

import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import platformdirs

from overdoor.errors import StartRefused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

TIERS = ("free", "basic", "standard", "pro", "ultra", "enterprise")
LOG_FORMATS = ("auto", "json", "text")
LOG_LEVELS = ("debug", "info", "warning", "error")
FOREVER = "forever"
_PREFIX = "OVERDOOR_"
_MOST_DAYS = 36_500
_STANDARD_RETRIES_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)  # 75.6 hours together
_MOST_RETRIES = 50
_SECRET_CHARACTERS = 32  # the least of a `secret_key`


class ConfigError(StartRefused):
    """A setting is unknown or has a value that cannot be used; the message names it and where it came from."""


def _setting(default: object, parse: Callable[[str], object], doc: str, *, secret: bool = False) -> Any:
    return field(default=cast("Any", default), metadata={"parse": parse, "doc": doc, "secret": secret})


def _text(raw: str) -> str:
    return raw


def _path(raw: str) -> Path:
    if not raw:
        raise ValueError("must name a file or folder")
    return Path(raw).expanduser().absolute()


def _whole(minimum: int, maximum: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        try:
            value = int(raw)
        except ValueError:
            raise ValueError("must be a whole number") from None
        if not minimum <= value <= maximum:
            raise ValueError(f"must lie between {minimum} and {maximum}")
        return value

    return parse


def _secret_key(raw: str) -> str:
    if len(raw) < _SECRET_CHARACTERS:
        raise ValueError(
            f"must have {_SECRET_CHARACTERS} characters or more, such as `openssl rand -hex 32` prints; unset, "
            "`secret.key` in the data folder counts"
        )
    return raw


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return raw

    return parse


def _retries(raw: str) -> tuple[float, ...]:
    waits = [part.strip() for part in raw.split(",") if part.strip()]
    if not all(re.fullmatch(r"\d{1,7}(\.\d{1,3})?", wait) for wait in waits) or len(waits) > _MOST_RETRIES:
        raise ValueError(f"must be seconds with commas between them, {_MOST_RETRIES} numbers at most, such as 5,300")
    return tuple(float(wait) if "." in wait else int(wait) for wait in waits)


def _networks(raw: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in raw.split(",") if part.strip())


def _http_url(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http or https address such as https://pictures.example.org")
    return raw.rstrip("/")


def _origin(raw: str) -> str:
    if urlsplit(url := _http_url(raw)).path or urlsplit(url).query:
        raise ValueError("must be a scheme and a host such as https://pictures.example.org, without a path")
    return url


def _database_url(raw: str) -> str:
    if not raw.startswith(("postgresql://", "postgres://")):
        raise ValueError("must start with postgresql:// (SQLite in the data folder needs no setting)")
    try:
        _ = urlsplit(raw).port
    except ValueError as error:
        raise ValueError("has a port that is no number") from error
    return raw


def _counters_url(raw: str) -> str:
    if not raw.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must start with redis://, rediss:// or unix:// (memory needs no setting)")
    return raw


@dataclass(frozen=True, slots=True)
class KeepFor:
    """How long something is kept. days: None means for ever."""

    days: int | None

    def __str__(self) -> str:
        return FOREVER if self.days is None else str(self.days)


def _keep_for(raw: str) -> KeepFor:
    if raw == FOREVER:
        return KeepFor(None)
    try:
        return KeepFor(_whole(1, _MOST_DAYS)(raw))
    except ValueError:
        raise ValueError(f"must be a number of days between 1 and {_MOST_DAYS:,}, or `{FOREVER}`") from None


@dataclass(frozen=True, slots=True)
class ProviderCap:
    """At most this many tasks at a provider at once, over all processes."""

    provider: str
    most: int

    def __str__(self) -> str:
        return f"{self.provider}={self.most}"


def _caps(raw: str) -> tuple[ProviderCap, ...]:
    caps: dict[str, ProviderCap] = {}
    for part in filter(None, (part.strip() for part in raw.split(","))):
        name, _, most = (piece.strip() for piece in part.partition("="))
        if not name or not most.isdecimal() or int(most) < 1 or name in caps:
            raise ValueError("must be such as openai=8,ark=20: each provider once, each number 1 or more")
        caps[name] = ProviderCap(name, int(most))
    return tuple(caps.values())


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the product. `docs/settings.md` holds the same list; a test keeps them together."""

    data: Path = _setting(None, _path, "Folder of the database, the assets and the secret key.")
    host: str = _setting("127.0.0.1", _text, "Address that `serve` listens on.")
    port: int = _setting(3000, _whole(0, 65535), "Port that `serve` listens on; 0 picks a free one.")
    workers: int = _setting(1, _whole(1, 256), "Processes of `serve` that share the port.")
    public_url: str | None = _setting(
        None, _http_url, "Address under which others reach this server; used in every link that is made."
    )
    database_url: str | None = _setting(
        None, _database_url, "PostgreSQL database; without it, SQLite in the data folder.", secret=True
    )
    counters_url: str | None = _setting(
        None, _counters_url, "Valkey or Redis that counts requests; without it, the memory of the process.", secret=True
    )
    secret_key: str | None = _setting(
        None,
        _secret_key,
        "Signs links and hashes keys; without it, `secret.key` in the data folder. The same on every node.",
        secret=True,
    )
    allowed_private_networks: tuple[Network, ...] = _setting(
        (), _networks, "Private networks whose hosts may be inputs and callbacks, by plain http and any port."
    )
    default_tier: str = _setting("standard", _one_of(*TIERS), "Limits of new accounts.")
    test_grant: int = _setting(100_000, _whole(0, 1_000_000_000), "Credits that a new account gets in test mode.")
    live_daily_budget: int = _setting(
        1_000, _whole(0, 1_000_000_000), "Credits that the owner account may spend in live mode in a day (UTC)."
    )
    catalog: Path | None = _setting(
        None, _path, "Model rows of the operator, added to the packaged ones or replacing them."
    )
    provider_caps: tuple[ProviderCap, ...] = _setting(
        (), _caps, "Tasks at a provider at once, over all processes, such as `openai=8,ark=20`; others stay queued."
    )
    reconcile_s: int = _setting(
        900, _whole(1, 86_400), "Seconds that a task may stay in phase `unknown` before it fails with its money back."
    )
    sweep_every_s: int = _setting(
        60, _whole(1, 86_400), "Seconds between two looks for tasks, callbacks and holds that nobody carries any more."
    )
    asset_origin: str | None = _setting(
        None, _origin, "Address that links to files name, a host of its own; without it, they name the server's."
    )
    link_hours: int = _setting(24, _whole(1, 8784), "Hours that links of jobs, MCP and callbacks live.")
    chat_link_days: KeepFor = _setting(
        KeepFor(None), _keep_for, "Days that links in chat live; `forever` means as long as the file."
    )
    keep_results_days: KeepFor = _setting(
        KeepFor(30), _keep_for, "Days that results and posters are kept, or `forever`."
    )
    keep_previews_days: KeepFor = _setting(KeepFor(30), _keep_for, "Days that previews are kept, or `forever`.")
    keep_uploads_days: KeepFor = _setting(KeepFor(30), _keep_for, "Days that uploaded files are kept, or `forever`.")
    keep_inputs_days: KeepFor = _setting(
        KeepFor(7), _keep_for, "Days that inputs which came inside a request are kept, or `forever`."
    )
    keep_prompts_days: KeepFor = _setting(
        KeepFor(None), _keep_for, "Days that prompts and parameters of ended tasks are kept, or `forever`."
    )
    upload_timeout_s: int = _setting(1_800, _whole(1, 86_400), "Seconds that the bytes of one upload may take to come.")
    callback_retries_s: tuple[float, ...] = _setting(
        _STANDARD_RETRIES_S, _retries, "Seconds between the attempts of a callback; after the last it is given up."
    )
    callback_timeout_s: int = _setting(15, _whole(1, 60), "Seconds that the receiver of a callback has to answer.")
    image_workers: int = _setting(2, _whole(1, 256), "Processes that render and decode pictures.")
    video_workers: int = _setting(1, _whole(1, 256), "Processes that render clips.")
    log_format: str = _setting("auto", _one_of(*LOG_FORMATS), "Log lines: json, text, or text on a terminal (auto).")
    log_level: str = _setting("info", _one_of(*LOG_LEVELS), "The least important line that is logged.")
    server_url: str | None = _setting(
        None, _http_url, "Server that command-line generation uses; without it, the command line works by itself."
    )
    api_key: str | None = _setting(None, _text, "Key that the command line sends to `server_url`.", secret=True)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a setting's value came from, for `overdoor config show`."""

    name: str
    shown: str  # the value as text, secrets masked
    source: str  # such as "flag --port", "environment OVERDOOR_PORT", "overdoor.toml", "default"
    doc: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings with their origins, in the order of the fields."""

    settings: Settings
    origins: tuple[Origin, ...]
    warnings: tuple[str, ...]


def load(
    *,
    flags: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user_file: Path | None = None,
) -> Loaded:
    """Read the settings from all sources; later arguments exist so that tests can be hermetic.

    Args:
        flags: values given on the command line by field name; None means not given.
        environ: the environment; the process's own by default.
        folder: where `overdoor.toml` is looked for; the working directory by default.
        user_file: the user's config file; the platform's place by default.

    Raises:
        ConfigError: a name is unknown, or a value cannot be used.
    """
    environ = os.environ if environ is None else environ
    folder = Path.cwd() if folder is None else folder
    user_file = platformdirs.user_config_path("overdoor") / "config.toml" if user_file is None else user_file
    layers = [
        _flag_layer(flags or {}),
        *_environment_layers(environ),
        _file_layer(folder / "overdoor.toml", "overdoor.toml"),
        _file_layer(user_file, "user config file"),
    ]

    values: dict[str, Any] = {}
    origins: list[Origin] = []
    for setting in fields(Settings):
        value, source = _first(setting, layers)
        if setting.name == "data" and value is None:
            value = platformdirs.user_data_path("overdoor")
        values[setting.name] = value
        origins.append(
            Origin(setting.name, _shown(value, secret=setting.metadata["secret"]), source, setting.metadata["doc"])
        )
    return Loaded(Settings(**values), tuple(origins), _unknown_variables(environ))


def bind_url(settings: Settings) -> str:
    """The address of the server on this machine, for messages and for the command line."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared, not bound
    return settings.public_url or f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


_Layer = tuple[Mapping[str, object], Callable[[str], str]]


def _flag_layer(flags: Mapping[str, object]) -> _Layer:
    given = {name: value for name, value in flags.items() if value is not None}
    return given, lambda name: f"flag --{name.replace('_', '-')}"


def _environment_layers(environ: Mapping[str, str]) -> list[_Layer]:
    plain: dict[str, object] = {}
    from_files: dict[str, object] = {}
    for setting in fields(Settings):
        variable = _PREFIX + setting.name.upper()
        if variable in environ:
            plain[setting.name] = environ[variable]
        if setting.metadata["secret"] and (place := environ.get(variable + "_FILE")):
            try:
                from_files[setting.name] = Path(place).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigError(f"{variable}_FILE: {place} cannot be read ({error.strerror}).") from error
    return [
        (plain, lambda name: f"environment {_PREFIX}{name.upper()}"),
        (from_files, lambda name: f"environment {_PREFIX}{name.upper()}_FILE"),
    ]


def _file_layer(path: Path, label: str) -> _Layer:
    if not path.is_file():
        return {}, lambda _: label
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    known = [setting.name for setting in fields(Settings)]
    for name in table:
        if name not in known:
            closest = get_close_matches(name, known, n=1)
            raise ConfigError(
                f"{path}: no setting is called `{name}`." + (f" Did you mean `{closest[0]}`?" if closest else "")
            )
    return table, lambda _: str(path)


def _first(setting: "Field[Any]", layers: list[_Layer]) -> tuple[object, str]:
    name = setting.name
    for values, source in layers:
        if name not in values:
            continue
        raw = values[name]
        text = ",".join(map(str, cast("list[object]", raw))) if isinstance(raw, list) else str(raw)
        try:
            return setting.metadata["parse"](text), source(name)
        except ValueError as error:
            shown = "" if setting.metadata["secret"] else f" = {text!r}"
            raise ConfigError(f"{source(name)}: `{name}`{shown}: {error}.") from error
    return setting.default, "default"


def _shown(value: object, *, secret: bool) -> str:
    if value is None:
        return ""
    if secret:
        return "********"
    if isinstance(value, tuple):
        return ",".join(map(str, cast("tuple[object, ...]", value)))
    return str(value)


def _unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    known = {_PREFIX + setting.name.upper() for setting in fields(Settings)}
    known |= {variable + "_FILE" for variable in known}
    return tuple(
        f"{variable} is set, but no setting has that name."
        for variable in sorted(environ)
        if variable.startswith(_PREFIX) and variable not in known
    )
