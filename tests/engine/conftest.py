"""These tests repeat on PostgreSQL."""

from tests.support.databases import cluster, database, database_url

__all__ = ["cluster", "database", "database_url"]
