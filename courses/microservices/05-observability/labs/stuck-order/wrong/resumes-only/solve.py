"""Finds the cause, and asks once more for every step, also where a parked message is in the way."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

SOLUTION = Path(__file__).resolve().parents[2] / "solution" / "solve.py"
right = SimpleNamespace(**runpy.run_path(str(SOLUTION)))


def main() -> None:
    """The right answer; what is parked stays parked."""
    finding = right.find_out()
    right.write(finding)
    waiting = [order["order_id"] for order in right.not_moving() if order["step"]]
    if waiting:
        right.run_plain("shop", "resume", *waiting)


main()
