"""Run somebody's code once, within limits and with nothing around it."""
