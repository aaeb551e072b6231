"""A learner's copy of a lab: her files, what they came from, and how often she tried."""
