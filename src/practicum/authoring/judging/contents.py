"""What files hold, as parts of a key; and whether anybody has touched them, which is known
without reading them.

A file is as it was while its inode, its size, and the times of its last writing and of its last
change are. No program sets the time of change; but it ticks coarsely, and what was changed a
moment ago can be changed once more within one tick. So only a file that has been left alone for
a while counts as untouched (git's index has the same care for what it calls racy files).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator

from practicum.authoring.judging.remembering import digest

SETTLES_NS = 3_000_000_000
"""Longer than a tick of any file system's clock."""


def touch(paths: Iterable[str], now_ns: int) -> bytes | None:
    """What becomes another whenever one of the files is touched, comes or goes. None where that
    cannot be told: of links, of what is no file, and of what has not settled by ``now_ns``."""
    parts = []
    for path in paths:
        parts.append(path)
        try:
            found = os.lstat(path)
        except OSError as error:
            parts.append(f"missing {error.errno}")
            continue
        wrote, changed = found.st_mtime_ns, found.st_ctime_ns
        if not stat.S_ISREG(found.st_mode) or max(wrote, changed) > now_ns - SETTLES_NS:
            return None
        inode = f"{found.st_dev} {found.st_ino} {found.st_mode}"
        parts.append(f"{inode} {found.st_size} {wrote} {changed}")
    return digest("\0".join(parts))


def contents(
    folder: str, names: Iterable[str], read: Callable[[str], bytes]
) -> Iterator[bytes | str]:
    """What the files of a folder are: their names and bytes, whether they are missing, or links
    and where to. ``read`` gives the bytes of a file, nothing for one that is refused."""
    for name in names:
        yield name
        path = f"{folder}/{name}"
        try:
            found = os.lstat(path)
        except OSError as error:
            yield f"missing {error.errno}"
            continue
        if stat.S_ISLNK(found.st_mode):
            yield f"link {os.path.relpath(os.path.realpath(path), os.path.realpath(folder))}"
        # What is refused unread is known again by its kind and size.
        yield f"{found.st_mode} {found.st_size}"
        yield read(path)
