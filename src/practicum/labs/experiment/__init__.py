"""The experiment: a crowd that orders, a storm of faults, and what was noted of both."""
