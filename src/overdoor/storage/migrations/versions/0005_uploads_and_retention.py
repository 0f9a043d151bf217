"""Assets that no task made: uploads, inputs that came inside a request, previews; and what their end needs.

An asset belongs to an account and a mode. task_id is NULL where nothing but its owner stands behind it. The table is
made anew, because SQLite changes no constraint of a table that exists.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

_COLUMNS = (
    "id, account_id, key_id, mode, task_id, role, position, kind, mime, width_px, height_px, duration_s, size_bytes,"
    " sha256, created_at_ms, expires_at_ms, lost_at_ms"
)
_CHANGES = (
    """CREATE TABLE assets_anew (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        key_id TEXT NOT NULL,
        mode TEXT NOT NULL,
        task_id TEXT,
        role TEXT NOT NULL CHECK (role IN ('result', 'poster', 'preview', 'upload', 'input')),
        position BIGINT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('image', 'video', 'audio')),
        mime TEXT NOT NULL,
        width_px BIGINT NOT NULL,
        height_px BIGINT NOT NULL,
        duration_s DOUBLE PRECISION,
        size_bytes BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        name TEXT,
        created_at_ms BIGINT NOT NULL,
        expires_at_ms BIGINT NOT NULL,
        lost_at_ms BIGINT,
        UNIQUE (task_id, role, position)
    )""",
    f"INSERT INTO assets_anew ({_COLUMNS}) SELECT {_COLUMNS} FROM assets",
    "DROP TABLE assets",
    "ALTER TABLE assets_anew RENAME TO assets",
    "CREATE INDEX assets_by_end ON assets (expires_at_ms, id)",
    "CREATE INDEX assets_by_content ON assets (sha256)",  # is a file still named by anybody?
    "CREATE INDEX assets_by_account ON assets (account_id, mode, id)",
    # files of removed rows: looked at until it is clear that another row names them, or they are deleted
    "CREATE TABLE unclaimed_files (sha256 TEXT PRIMARY KEY, due_at_ms BIGINT NOT NULL)",
    "CREATE INDEX unclaimed_files_due ON unclaimed_files (due_at_ms)",
    "ALTER TABLE tasks ADD COLUMN media_deleted_at_ms BIGINT",
    "ALTER TABLE tasks ADD COLUMN prompt_deleted_at_ms BIGINT",
    "CREATE INDEX uploads_by_key ON assets (key_id, mode, created_at_ms, id) WHERE role = 'upload'",
    "CREATE INDEX uploads_by_account ON assets (account_id, created_at_ms, id) WHERE role = 'upload'",
)


def upgrade() -> None:
    for statement in _CHANGES:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup: uploads are not thrown away")
