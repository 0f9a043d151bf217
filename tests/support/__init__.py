"""What tests share: a movable clock, a throw-away PostgreSQL, tiny files, ready-made tasks."""
