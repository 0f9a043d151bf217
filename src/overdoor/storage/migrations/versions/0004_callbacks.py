"""Callbacks that are signed, tried again, logged and sent once more on request.

Times are epoch milliseconds. task_id is NULL for a test event, which no task stands behind. A callback belongs to the
key of its task. `attempts` counts all of them, `tries` those since the schedule began (a replay begins it anew).
The table is made anew, because SQLite changes no constraint of a table that exists.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

_CHANGES = (
    "DROP INDEX callbacks_owed",
    """CREATE TABLE callbacks_anew (
        id TEXT PRIMARY KEY,
        task_id TEXT UNIQUE,
        account_id TEXT NOT NULL,
        key_id TEXT NOT NULL,
        mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
        url TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
        attempts BIGINT NOT NULL,
        tries BIGINT NOT NULL,
        claimed_until_ms BIGINT NOT NULL,
        next_at_ms BIGINT NOT NULL,
        last_status BIGINT,
        last_error TEXT,
        created_at_ms BIGINT NOT NULL,
        delivered_at_ms BIGINT
    )""",
    """INSERT INTO callbacks_anew SELECT c.id, c.task_id, c.account_id, t.key_id, t.mode, c.url, c.state, c.attempts,
        c.attempts, c.claimed_until_ms, 0, c.last_status, c.last_error, c.created_at_ms, c.delivered_at_ms
        FROM callbacks c JOIN tasks t ON t.id = c.task_id""",
    "DROP TABLE callbacks",
    "ALTER TABLE callbacks_anew RENAME TO callbacks",
    "CREATE INDEX callbacks_owed ON callbacks (created_at_ms) WHERE state = 'pending'",
    "CREATE INDEX callbacks_by_key ON callbacks (key_id, created_at_ms, id)",
    "CREATE INDEX callbacks_by_account ON callbacks (account_id, created_at_ms, id)",
    "CREATE INDEX callbacks_failed_by_key ON callbacks (key_id, created_at_ms, id) WHERE state = 'failed'",
    "CREATE INDEX callbacks_failed_by_account ON callbacks (account_id, created_at_ms, id) WHERE state = 'failed'",
    "CREATE INDEX callbacks_failed ON callbacks (created_at_ms, id) WHERE state = 'failed'",
    """CREATE TABLE callback_attempts (
        callback_id TEXT NOT NULL,
        number BIGINT NOT NULL,
        started_at_ms BIGINT NOT NULL,
        took_ms BIGINT NOT NULL,
        status BIGINT,
        error TEXT,
        PRIMARY KEY (callback_id, number)
    )""",
    # an endpoint: a key, and a URL without its query. A row: it answered 410, and nothing is sent to it
    """CREATE TABLE callback_endpoints_disabled (
        key_id TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        account_id TEXT NOT NULL,
        disabled_at_ms BIGINT NOT NULL,
        PRIMARY KEY (key_id, endpoint)
    )""",
    # no secret in it: secrets are derived from the server's, the account and the version. No row: version 1
    """CREATE TABLE callback_signing (
        account_id TEXT PRIMARY KEY,
        version BIGINT NOT NULL,
        previous_until_ms BIGINT NOT NULL,
        kie_headers SMALLINT NOT NULL
    )""",
)


def upgrade() -> None:
    for statement in _CHANGES:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup: owed callbacks are not thrown away")
