"""These tests repeat on PostgreSQL."""

from tests.support.databases import cluster, database_url

__all__ = ["cluster", "database_url"]
