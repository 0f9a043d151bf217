"""Callbacks that are signed, tried again, logged and sent once more on request.

Times are epoch milliseconds.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

_CHANGES: tuple[str, ...] = ()


def upgrade() -> None:
    for statement in _CHANGES:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup: owed callbacks are not thrown away")
