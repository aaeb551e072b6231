"""The EventStore on PostgreSQL."""
