"""The live adapters of the ports: PostgreSQL, NATS JetStream, HTTP, the real clock."""
