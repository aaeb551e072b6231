"""STABLE: start, watch and stop real processes. A range is NATS, PostgreSQL and services."""
