"""Magic tokens in a prompt make the sandbox fail, wait or expire on purpose, as media.md section 7 lists them."""

import re
from dataclasses import dataclass, replace
from typing import Literal

MAX_DELAY_S = 120.0

_TOKEN = re.compile(r"(?<![\w/])sandbox:([a-z0-9_]+)(?:([:=])([a-z0-9_.]+%?))?(?![a-z0-9_])", re.IGNORECASE)
_DELAY = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ms|s)?", re.IGNORECASE)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")


@dataclass(frozen=True, slots=True)
class Magic:
    """What the tokens ask for.

    delay_s: Extra waiting, 0 to MAX_DELAY_S.
    fail_at: Progress at which the task fails, 0 to 1, or None.
    unknown: Tokens that begin with "sandbox:" and mean nothing here, as they were written.
    """

    moderation: Literal["input", "output"] | None = None
    rate_limit: bool = False
    upstream_500: bool = False
    timeout: bool = False
    delay_s: float = 0.0
    fail_at: float | None = None
    expired: bool = False
    insufficient_credits: bool = False
    bad_image: bool = False
    slow_webhook: bool = False
    instant: bool = False
    unknown: tuple[str, ...] = ()


def parse(prompt: str) -> tuple[str, Magic]:
    """Return the prompt without its magic tokens, and what they ask for.

    A misspelt token is taken out of the prompt too and listed in `Magic.unknown`.
    """
    magic = Magic()
    tokens = list(_TOKEN.finditer(prompt))
    if not tokens:
        return prompt, magic
    for token in tokens:
        name, sign, argument = token[1].lower(), token[2] or "", (token[3] or "").lower()
        read = _read(magic, name=name, argument=f"{sign}{argument}")
        magic = read or replace(magic, unknown=(*magic.unknown, token[0]))
    return " ".join(_TOKEN.sub(" ", prompt).split()), magic


def _read(magic: Magic, *, name: str, argument: str) -> Magic | None:
    if name in _FLAGS:
        return replace(magic, **{name: True}) if not argument else None
    match name, argument:
        case "chat_fails" | "chat_breaks_off", "":
            return magic  # said to the sandbox chat model, which hands the user's words on
        case "moderation_blocked", "" | ":input":
            return replace(magic, moderation="input")
        case "moderation_blocked", ":output":
            return replace(magic, moderation="output")
        case "delay", _ if found := _DELAY.fullmatch(argument.removeprefix("=")):
            seconds = float(found[1]) / (1000.0 if found[2] == "ms" else 1.0)
            return replace(magic, delay_s=min(seconds, MAX_DELAY_S))
        case "fail_at", _ if found := _PERCENT.fullmatch(argument.removeprefix("=")):
            return replace(magic, fail_at=min(float(found[1]), 100.0) / 100.0)
        case _:
            return None


_FLAGS = frozenset(
    {
        "rate_limit",
        "upstream_500",
        "timeout",
        "expired",
        "insufficient_credits",
        "bad_image",
        "slow_webhook",
        "instant",
    }
)
