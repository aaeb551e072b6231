"""ALMANAC: what can go wrong, as data: faults, plans, and how plans are drawn and shrunk."""
