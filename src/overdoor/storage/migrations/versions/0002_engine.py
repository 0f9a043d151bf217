"""What carries ids: our own queue rows on SQLite, Procrastinate's schema on PostgreSQL.

`procrastinate schema apply` fails when it runs twice, so its schema is a migration of ours and its minor version is
pinned; a newer minor version comes with a further migration.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_EMBEDDED = (
    """CREATE TABLE queue (
        id TEXT PRIMARY KEY,
        priority BIGINT NOT NULL,
        not_before_ms BIGINT NOT NULL,
        enqueued_at_ms BIGINT NOT NULL,
        woken BIGINT NOT NULL
    )""",
    "CREATE INDEX queue_woken ON queue (id) WHERE woken > 0",
)
_WAKES = """CREATE TABLE wakes (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id TEXT NOT NULL,
        at_ms BIGINT NOT NULL
    )"""


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in _EMBEDDED:
            op.execute(statement)
        return
    from procrastinate import __version__  # noqa: PLC0415 - only the PostgreSQL extra has it
    from procrastinate.schema import SchemaManager  # noqa: PLC0415

    if not __version__.startswith("3.10."):
        raise RuntimeError(f"this migration knows the schema of Procrastinate 3.10, not {__version__}")
    connection.execution_options(no_parameters=True).exec_driver_sql(SchemaManager.get_schema())
    op.execute(_WAKES)


def downgrade() -> None:
    raise NotImplementedError("restore a backup: this revision holds accepted work")
