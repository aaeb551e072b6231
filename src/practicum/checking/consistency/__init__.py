"""Weaker than linearizability: what clients may rely on when time does not order their work."""
