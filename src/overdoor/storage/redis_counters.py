"""Counters in Valkey or Redis, shared by every process that serves. Needs the extra `redis`."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from overdoor.domain.limits import MICROSECONDS, Bound, Rate, Standing, Window
from overdoor.storage.counters import CountersDown

_ANSWERS_WITHIN_S = 1.0  # a busy machine answers late; a second is the most that a limit may make anybody wait
_MOST_CONNECTIONS = 32

# One list of times for each window, all looked at and all written in one step, by the store's own clock, which is kept
# from going back. Answers with: admitted, now, and for each window how many it holds and the time that leaves next.
# Numbers are written with %.0f because Lua's own way loses the microseconds.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
for _, key in ipairs(KEYS) do
  local last = redis.call('LINDEX', key, -1)
  if last and tonumber(last) > now then now = tonumber(last) end
end
local admitted = 1
for i, key in ipairs(KEYS) do
  local over = now - ARGV[2 * i] * 1000000
  local first = redis.call('LINDEX', key, 0)
  while first and tonumber(first) <= over do
    redis.call('LPOP', key)
    first = redis.call('LINDEX', key, 0)
  end
  if redis.call('LLEN', key) >= tonumber(ARGV[2 * i - 1]) then admitted = 0 end
end
local told = {admitted, string.format('%.0f', now)}
for i, key in ipairs(KEYS) do
  if admitted == 1 then
    redis.call('RPUSH', key, string.format('%.0f', now))
    redis.call('EXPIRE', key, ARGV[2 * i] + 1)
  end
  local used = redis.call('LLEN', key)
  told[#told + 1] = used
  told[#told + 1] = redis.call('LINDEX', key, math.max(0, used - ARGV[2 * i - 1])) or ''
end
return told
"""


class RedisCounters:
    """See `Counters`. A store that does not answer within a second counts as down."""

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_MOST_CONNECTIONS,
            timeout=_ANSWERS_WITHIN_S,
            socket_timeout=_ANSWERS_WITHIN_S,
            socket_connect_timeout=_ANSWERS_WITHIN_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis.from_pool(pool)
        self._script = self._redis.register_script(_TAKE)

    async def take(self, name: str, rate: Rate) -> Standing:
        """See `Counters`.

        Raises:
            CountersDown
        """
        keys = [f"{{overdoor:{name}}}:{bound.window_s}" for bound in rate]  # braces: one slot of a cluster
        arguments = [number for bound in rate for number in (bound.limit, bound.window_s)]
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN_S):
                told = cast("Sequence[Any]", await self._script(keys=keys, args=arguments))
        except TimeoutError as error:
            raise CountersDown(f"no answer within {_ANSWERS_WITHIN_S} s") from error
        except (RedisError, OSError) as error:
            raise CountersDown(f"{type(error).__name__}: {error}") from error
        return _standing(rate, told)

    async def close(self) -> None:
        """See `Counters`."""
        await self._redis.aclose()


def _standing(rate: Rate, told: Sequence[Any]) -> Standing:
    now_us = int(told[1])
    pairs = zip(rate, told[2::2], told[3::2], strict=True)
    return Standing(bool(told[0]), tuple(_window(bound, int(used), leaves, now_us) for bound, used, leaves in pairs))


def _window(bound: Bound, used: int, leaves: bytes, now_us: int) -> Window:
    frees_in_us = int(leaves) + bound.window_s * MICROSECONDS - now_us if leaves else 0
    return Window(bound, used, frees_in_us)
