"""The engines. Each module has ``perform(work, seed)`` and, but for simpy, ``see_sets(seed)``."""
