"""Ready-made rows for tests that look at a store or a service without a door."""

from datetime import UTC, datetime

from overdoor.domain.budgets import Budgets
from overdoor.domain.request import GenerationRequest
from overdoor.domain.task import Task
from overdoor.storage import accounts, budgets, ledger
from overdoor.storage.accounts import Account, Key
from overdoor.storage.db import Tx
from overdoor.units import AccountId, KeyId, MicroDollars, Mode, TaskId, new_id

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def open_account(
    tx: Tx,
    *,
    available: int,
    mode: Mode = "test",
    daily_budget: int | None = None,
    metered: bool = False,
) -> AccountId:
    """An account with one key, `key_<account>`, and that much money in `mode`."""
    account_id = AccountId(new_id("acct"))
    kind = "metered" if metered else "prepaid"
    accounts.add_account(tx, Account(account_id, "tests", False, "pro", kind, NOON))
    key = Key(KeyId(f"key_{account_id}"), account_id, "tests", mode, "sk_…", ("generate", "read"), NOON)
    accounts.add_key(tx, key, secret_hash=new_id("hash"))
    ledger.open_balance(tx, account_id, mode, metered=metered)
    if daily_budget is not None:
        budgets.set_of_account(tx, account_id, mode, Budgets(daily=MicroDollars(daily_budget)))
    if available:
        ledger.grant(tx, account_id, mode, MicroDollars(available), reference=new_id("grant"))
    return account_id


def waiting_task(account_id: AccountId, *, price: int, mode: Mode = "test", created_at: datetime = NOON) -> Task:
    """A task of that account which has just been accepted."""
    model = "gpt-image-2-text-to-image"
    request = GenerationRequest(model, model, "image", "text-to-image", "a fox")
    return Task(
        id=TaskId(new_id("task")),
        account_id=account_id,
        key_id=KeyId(f"key_{account_id}"),
        mode=mode,
        door="jobs",
        provider="sandbox",
        request=request,
        param="{}",
        warnings=(),
        price=MicroDollars(price),
        callback_url=None,
        created_at=created_at,
    )
