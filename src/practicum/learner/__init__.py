"""The registry: what a learner did, and what follows from it (quiet)."""
