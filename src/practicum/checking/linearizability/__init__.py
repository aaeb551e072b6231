"""Linearizability: every operation seems to happen at one moment between its ends."""
