"""Names the service that the orders wait for, and asks no further."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

SOLUTION = Path(__file__).resolve().parents[2] / "solution" / "solve.py"
right = SimpleNamespace(**runpy.run_path(str(SOLUTION)))

WAITS_FOR = {
    "reserve": "inventory",
    "charge": "payment",
    "ship": "shipping",
    "notify": "notification",
}


def main() -> None:
    """Everything as it should be, but for who is named."""
    stuck = right.not_moving()
    finding = right.find_out()
    if stuck:
        step = stuck[0]["step"].removeprefix("undo ")
        finding.service = WAITS_FOR.get(step, "order")
    right.write(finding)
    right.free(finding.orders)


main()
