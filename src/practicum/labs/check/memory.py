"""What a lab's range remembers between two checks: its shelves, its files, what was proved.

It lies in the range's own folder, so that it goes when the range is wiped. Every step is noted
before it is taken, so that a check that is killed leaves nothing that the next one trusts.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from practicum.servers.home import RangeError, telling, write_atomically
from practicum.shop.manifest import PRODUCTS

FILE = "lab.json"
SHELF_SIZE = 50
"""Of the shop's products; each shelf has one that is scarce."""
SHELVES = PRODUCTS // SHELF_SIZE


class Memory(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``loaded`` is what each service was last started with, by module, and ``supervisor``
    under whom; empty when that is not known for sure. ``proofs`` tell by plan when the lab's
    own solution passed it, in Unix seconds. ``manifest`` is the hash of what the range was
    started with."""

    manifest: str = ""
    shelves_used: int = 0
    supervisor: int = 0
    loaded: dict[str, dict[str, str]] = {}
    proofs: dict[str, float] = {}


def recall(range_folder: Path) -> Memory:
    """What is remembered; nothing if it cannot be read."""
    try:
        return msgspec.json.decode((range_folder / FILE).read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return Memory()


def remember(range_folder: Path, memory: Memory) -> None:
    """Whole or not at all."""
    with telling(range_folder):
        write_atomically(range_folder / FILE, msgspec.json.encode(memory))


def shelf_of(number: int) -> range:
    """The products of a shelf, by number."""
    return range(number * SHELF_SIZE + 1, (number + 1) * SHELF_SIZE + 1)


@contextlib.contextmanager
def alone(home: Path, range_name: str) -> Iterator[None]:
    """Be the only check of a range, also while that is wiped and made anew."""
    folder = home / "ranges"
    mode = 0o711 if os.geteuid() == 0 else 0o700
    with telling(folder):
        home.parent.mkdir(parents=True, exist_ok=True)
        for each in (home, folder):
            each.mkdir(mode=mode, exist_ok=True)
        path = folder / f".{range_name}.check"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RangeError(
                f"another check is using range {range_name}: wait for its verdict, or stop it"
            ) from None
        yield
    finally:
        os.close(descriptor)
