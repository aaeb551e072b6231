"""The bank: outside the shop, with a ledger of its own, moods of its own, and idempotency keys."""
