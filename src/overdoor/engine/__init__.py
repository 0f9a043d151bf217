"""Carries ids to handlers: embedded on SQLite, Procrastinate on PostgreSQL."""
