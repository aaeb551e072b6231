"""The EventLog on NATS JetStream."""
