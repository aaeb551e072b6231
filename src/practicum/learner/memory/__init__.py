"""What a learner still knows, and what to ask her today: folded from her record.

Read `names` (what a card is), `recall` (one card and FSRS), `memory` (the fold), `queue` (a
day), then the rest.
"""
