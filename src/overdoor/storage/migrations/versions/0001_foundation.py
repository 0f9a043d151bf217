"""Accounts, keys, tasks, ledger, idempotency, callbacks, assets, usage.

Times are epoch milliseconds, money integer micro-dollars, JSON text. One text serves both databases. The rows that are
written with every task (tasks, assets, ledger) have no foreign keys: on PostgreSQL each would lock the account's row.
"""

from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    """CREATE TABLE accounts (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        is_owner SMALLINT NOT NULL,
        tier TEXT NOT NULL,
        live_kind TEXT NOT NULL CHECK (live_kind IN ('prepaid', 'metered')),
        live_daily_budget BIGINT,
        created_at_ms BIGINT NOT NULL
    )""",
    "CREATE UNIQUE INDEX accounts_one_owner ON accounts (is_owner) WHERE is_owner = 1",
    """CREATE TABLE api_keys (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        name TEXT NOT NULL,
        mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
        secret_hash TEXT NOT NULL UNIQUE,
        masked TEXT NOT NULL,
        scopes TEXT NOT NULL,
        active_tasks_limit BIGINT,
        created_at_ms BIGINT NOT NULL,
        last_used_at_ms BIGINT,
        disabled_at_ms BIGINT
    )""",
    """CREATE TABLE balances (
        account_id TEXT NOT NULL REFERENCES accounts (id),
        mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
        available BIGINT NOT NULL,
        held BIGINT NOT NULL CHECK (held >= 0),
        metered SMALLINT NOT NULL,
        PRIMARY KEY (account_id, mode),
        CHECK (available >= 0 OR metered = 1)
    )""",
    """CREATE TABLE ledger_entries (
        reference TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('grant', 'hold', 'settle', 'release', 'adjust', 'refund')),
        book TEXT NOT NULL CHECK (book IN ('available', 'held', 'grants', 'revenue', 'expired', 'provider_cost')),
        account_id TEXT NOT NULL,
        mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
        amount BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        PRIMARY KEY (reference, kind, book)
    )""",
    "CREATE UNIQUE INDEX ledger_a_hold_resolves_once ON ledger_entries (reference)"
    " WHERE book = 'held' AND kind IN ('settle', 'release')",
    "CREATE INDEX ledger_by_account ON ledger_entries (account_id, mode, created_at_ms)",
    """CREATE TABLE usage_days (
        account_id TEXT NOT NULL,
        mode TEXT NOT NULL,
        day TEXT NOT NULL,
        key_id TEXT NOT NULL,
        tasks BIGINT NOT NULL,
        spent BIGINT NOT NULL,
        PRIMARY KEY (account_id, mode, day, key_id)
    )""",
    """CREATE TABLE tasks (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        key_id TEXT NOT NULL,
        mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
        door TEXT NOT NULL,
        provider TEXT NOT NULL,
        request TEXT NOT NULL,
        param TEXT NOT NULL,
        warnings TEXT NOT NULL,
        price BIGINT NOT NULL CHECK (price >= 0),
        charged BIGINT CHECK (charged >= 0 AND charged <= price),
        state TEXT NOT NULL CHECK (state IN ('waiting', 'success', 'fail')),
        phase TEXT NOT NULL,
        progress DOUBLE PRECISION,
        attempt BIGINT NOT NULL,
        submits BIGINT NOT NULL,
        lease_owner TEXT,
        lease_until_ms BIGINT NOT NULL,
        ticket TEXT,
        callback_url TEXT,
        fail_code TEXT,
        fail_message TEXT,
        created_at_ms BIGINT NOT NULL,
        started_at_ms BIGINT,
        finished_at_ms BIGINT
    )""",
    "CREATE INDEX tasks_active_by_key ON tasks (key_id, state) WHERE state = 'waiting'",
    "CREATE INDEX tasks_active_by_account ON tasks (account_id, state) WHERE state = 'waiting'",
    "CREATE INDEX tasks_by_account ON tasks (account_id, mode, created_at_ms)",
    """CREATE TABLE assets (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        key_id TEXT NOT NULL,
        mode TEXT NOT NULL,
        task_id TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('result', 'poster')),
        position BIGINT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('image', 'video', 'audio')),
        mime TEXT NOT NULL,
        width_px BIGINT NOT NULL,
        height_px BIGINT NOT NULL,
        duration_s DOUBLE PRECISION,
        size_bytes BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        expires_at_ms BIGINT NOT NULL,
        lost_at_ms BIGINT,
        UNIQUE (task_id, role, position)
    )""",
    """CREATE TABLE idempotency (
        key_id TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        header TEXT NOT NULL,
        value TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        task_id TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        PRIMARY KEY (key_id, endpoint, header, value)
    )""",
    """CREATE TABLE callbacks (
        id TEXT PRIMARY KEY,
        task_id TEXT NOT NULL UNIQUE REFERENCES tasks (id),
        account_id TEXT NOT NULL,
        url TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
        attempts BIGINT NOT NULL,
        claimed_until_ms BIGINT NOT NULL,
        last_status BIGINT,
        last_error TEXT,
        created_at_ms BIGINT NOT NULL,
        delivered_at_ms BIGINT
    )""",
    """CREATE TABLE revisions (
        name TEXT PRIMARY KEY,
        number BIGINT NOT NULL
    )""",
    "INSERT INTO revisions (name, number) VALUES ('accounts', 0)",
)


_ROOM = (  # updates that change no index stay on their page
    "ALTER TABLE balances SET (fillfactor = 10)",
    "ALTER TABLE usage_days SET (fillfactor = 10)",
    "ALTER TABLE tasks SET (fillfactor = 60)",
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
    if op.get_bind().dialect.name == "postgresql":
        for statement in _ROOM:
            op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup: the first revision has nothing before it")
