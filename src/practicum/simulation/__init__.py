"""The orrery: a world with one clock and one seed, in which code runs again as it ran before."""
