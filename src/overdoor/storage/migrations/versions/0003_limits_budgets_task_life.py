"""Budgets and limits of keys and accounts, the life of a task, requests that clients retry.

Times are epoch milliseconds, money integer micro-dollars, JSON text. NULL means "no bound of its own" everywhere.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

_CHANGES = (
    # what a key or an account may spend: for ever, and per UTC day, week (from Monday) and month
    # (an account's budgets are those of one mode's money, so they stand beside its balance, where a hold locks it)
    "ALTER TABLE balances ADD COLUMN budget_total BIGINT",
    "ALTER TABLE balances ADD COLUMN budget_daily BIGINT",
    "ALTER TABLE balances ADD COLUMN budget_weekly BIGINT",
    "ALTER TABLE balances ADD COLUMN budget_monthly BIGINT",
    "UPDATE balances SET budget_daily = (SELECT live_daily_budget FROM accounts WHERE id = account_id)"
    " WHERE mode = 'live'",
    "ALTER TABLE accounts DROP COLUMN live_daily_budget",
    "ALTER TABLE api_keys ADD COLUMN budget_total BIGINT",
    "ALTER TABLE api_keys ADD COLUMN budget_daily BIGINT",
    "ALTER TABLE api_keys ADD COLUMN budget_weekly BIGINT",
    "ALTER TABLE api_keys ADD COLUMN budget_monthly BIGINT",
    "CREATE INDEX usage_days_by_key ON usage_days (key_id, mode, day)",
    "CREATE TABLE ledger_reasons (reference TEXT PRIMARY KEY, reason TEXT NOT NULL)",  # of adjustments, once each
    # a tier of its own, and JSON {"activeTasks": n, "endpoints": {"jobs.createTask": {"perSecond": n, "perMinute": n}}}
    "ALTER TABLE api_keys ADD COLUMN tier TEXT",
    "ALTER TABLE api_keys ADD COLUMN limits TEXT",
    """UPDATE api_keys SET limits = '{"activeTasks":' || active_tasks_limit || '}'
        WHERE active_tasks_limit IS NOT NULL""",
    "ALTER TABLE api_keys DROP COLUMN active_tasks_limit",
    "ALTER TABLE tasks ADD COLUMN priority BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE tasks ADD COLUMN deadline_at_ms BIGINT",
    "ALTER TABLE tasks ADD COLUMN cancel_asked_at_ms BIGINT",
    "ALTER TABLE tasks ADD COLUMN cancel_refused_at_ms BIGINT",  # the work cannot be stopped unbilled, and goes on
    "ALTER TABLE tasks ADD COLUMN unknown_since_ms BIGINT",  # since when nobody knows whether the provider has it
    "ALTER TABLE tasks ADD COLUMN failures BIGINT NOT NULL DEFAULT 0",  # take-ups that ended badly, in a row
    "CREATE INDEX tasks_by_key ON tasks (key_id, mode, created_at_ms, id)",
    "DROP INDEX tasks_by_account",
    "CREATE INDEX tasks_by_account ON tasks (account_id, mode, created_at_ms, id)",
    # no lease in it: an index on what each step changes would cost every step a new entry in all indexes
    "CREATE INDEX tasks_unfinished ON tasks (created_at_ms) WHERE state = 'waiting'",
    "CREATE INDEX callbacks_owed ON callbacks (created_at_ms) WHERE state = 'pending'",
    """CREATE TABLE recent_requests (
        key_id TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        body_sha256 TEXT NOT NULL,
        request_name TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        PRIMARY KEY (key_id, endpoint, body_sha256)
    )""",
    "CREATE INDEX recent_requests_by_age ON recent_requests (created_at_ms)",
    "CREATE INDEX idempotency_by_age ON idempotency (created_at_ms)",
)


def upgrade() -> None:
    for statement in _CHANGES:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup: columns that hold money bounds are not thrown away")
