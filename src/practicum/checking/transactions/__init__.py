"""Transactions over lists: which isolation level they kept, and the anomaly that broke it."""
