"""What the record needs of a database: connections, and the tables by version."""
