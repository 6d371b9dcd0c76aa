"""Search over messages, notes and people, the same on SQLite and on PostgreSQL."""
