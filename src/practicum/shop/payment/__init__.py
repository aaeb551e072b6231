"""Charges and refunds orders, by asking the bank until it answers."""
