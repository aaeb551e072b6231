"""Check files of the small lab in a process of its own, that somebody may kill."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from practicum.labs.check.checking import check
from worlds.small_lab import Notes, make_lab


def main() -> None:
    """``LAB FILES HOME``."""
    lab, files, home = map(Path, sys.argv[1:])
    report = check(make_lab(lab), files, home=home, range_name="lab-charge-once", narrator=Notes())
    print(asyncio.run(report).verdict)


if __name__ == "__main__":
    main()
