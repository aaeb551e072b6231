"""What a user to whom privileges are dropped may see, and where a private view can be shown to
him of what he may not (the launcher's ``hide`` and ``bind``)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

_HIDING_PLACES = ("/mnt", "/media", "/srv", "/opt", "/home")
_CAP_SYS_ADMIN = 21


def can_enter(folder: Path, uid: int, gid: int) -> bool:
    """Whether a user may pass through a folder."""
    found = folder.stat()
    shift = 6 if found.st_uid == uid else 3 if found.st_gid == gid else 0
    return bool(found.st_mode >> shift & 1)


def can_reach(folder: Path, uid: int, gid: int) -> bool:
    """Whether a user may pass through every folder down to this one, and into it."""
    return all(can_enter(each, uid, gid) for each in (folder, *folder.parents))


def may_mount() -> bool:
    """Whether we have the right to make a private view."""
    if sys.platform != "linux":
        return False
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> _CAP_SYS_ADMIN & 1)
    return False


def hiding_place(sources: Sequence[Path]) -> Path:
    """A folder that a private view can cover, with none of the sources in it."""
    return next(
        Path(place)
        for place in _HIDING_PLACES
        if Path(place).is_dir() and not any(path.is_relative_to(place) for path in sources)
    )
