"""What is looked at once and kept: transparency and a blurred likeness of each picture."""

from alembic import op

revision = "0006"
down_revision = "0005"

_CHANGES = (
    "ALTER TABLE assets ADD COLUMN has_alpha BIGINT",
    "ALTER TABLE assets ADD COLUMN blurhash TEXT",
)


def upgrade() -> None:
    for statement in _CHANGES:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup: facts cannot be told from columns that are gone")
