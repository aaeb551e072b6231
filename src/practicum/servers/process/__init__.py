"""One process at a time: how it is spawned, kept running, measured and logged."""
