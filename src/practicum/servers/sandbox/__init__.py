"""CELL: run somebody's code once, within bounds and with nothing around it."""
