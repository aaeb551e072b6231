"""The library: what is taught, in which order, and what it takes to hold a level. Quiet."""
