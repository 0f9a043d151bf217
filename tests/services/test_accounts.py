"""Keys: who is let in, and how soon a revoked one is not."""

import asyncio

import pytest

from overdoor.config import Settings
from overdoor.errors import AuthenticationFailed, InvalidOption, PermissionDenied
from overdoor.services.accounts import LimitChange
from overdoor.units import from_credits
from overdoor.wiring import Gateway, open_gateway

_WITHIN_S = 1.0


async def test_a_key_that_another_process_revokes_stops_within_a_second(gateway: Gateway, settings: Settings) -> None:
    """Promise: foundation issue: a key revoked on the command line stops within a second."""
    made = await gateway.accounts.create_key("to be revoked", mode="test")
    await gateway.accounts.authenticate(made.secret)  # now it is cached here
    async with open_gateway(settings) as elsewhere:
        await elsewhere.accounts.revoke_key("to be revoked")

    async def refused() -> None:
        while True:
            try:
                await gateway.accounts.authenticate(made.secret)
            except AuthenticationFailed:
                return
            await asyncio.sleep(0.01)

    await asyncio.wait_for(refused(), _WITHIN_S)


async def test_a_key_that_is_revoked_here_stops_at_once(gateway: Gateway) -> None:
    """Promise: accounts: the cache is emptied with the write."""
    made = await gateway.accounts.create_key("to be revoked", mode="test")
    await gateway.accounts.authenticate(made.secret)

    assert await gateway.accounts.revoke_key(made.key.id) == 1

    with pytest.raises(AuthenticationFailed):
        await gateway.accounts.authenticate(made.secret)
    with pytest.raises(InvalidOption):
        await gateway.accounts.revoke_key(made.key.id)


async def test_all_bad_keys_get_one_answer(gateway: Gateway) -> None:
    """Promise: errors: one answer for missing, malformed, unknown and disabled."""
    assert gateway.first_key is not None
    good = gateway.first_key.secret
    elsewhere = good[:8] + good[8:].swapcase()

    for bad in (None, "", "sk_test_", good[:-1], good + "0", elsewhere, good.replace("test", "live")):
        with pytest.raises(AuthenticationFailed):
            await gateway.accounts.authenticate(bad)


async def test_a_key_opens_only_what_its_scopes_name(gateway: Gateway) -> None:
    """Promise: a key without `manage` makes no keys."""
    made = await gateway.accounts.create_key("reader", mode="test", scopes=("read",))

    assert (await gateway.accounts.authenticate(made.secret, scope="read")).scopes == {"read"}
    with pytest.raises(PermissionDenied):
        await gateway.accounts.authenticate(made.secret, scope="generate")


async def test_two_first_starts_at_once_make_one_owner_with_one_key(settings: Settings) -> None:
    """Promise: foundation issue: two starts at once leave one good schema, one owner, one first key."""
    async with open_gateway(settings) as one, open_gateway(settings) as other:
        keys = await one.accounts.keys()

        assert [gateway.first_key is not None for gateway in (one, other)].count(True) == 1
        assert [key.name for key in keys] == ["first key"]


async def test_keys_of_one_name_each_keep_what_a_change_of_limits_does_not_name(gateway: Gateway) -> None:
    """Promise: docs/cli.md, keys limits."""
    await gateway.accounts.create_key("twin", mode="test", tier="free")
    await gateway.accounts.create_key("twin", mode="test", tier="enterprise")

    await gateway.accounts.set_limits("twin", LimitChange(limits='{"activeTasks": 7}'))

    twins = [key for key in await gateway.accounts.keys() if key.name == "twin"]
    assert sorted((key.tier or "", key.limits is not None) for key in twins) == [("enterprise", True), ("free", True)]


@pytest.mark.parametrize(("reason", "reference"), [(" ", None), ("a gift", "task_abc"), ("a gift", " ")])
async def test_an_adjustment_has_a_reason_and_never_the_name_of_a_task(
    gateway: Gateway, reason: str, reference: str | None
) -> None:
    """Promise: docs/money.md: the audit takes an entry under a task's id for one of the task."""
    with pytest.raises(InvalidOption):
        await gateway.accounts.adjust("test", from_credits(1), reason=reason, reference=reference)
