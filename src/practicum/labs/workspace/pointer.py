"""What a learner is at: the module she points at, and the labs that she has passed."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from practicum.labs.workspace.state import HIDDEN, Memory
from practicum.servers.home import RangeError, telling, write_atomically

SCHEMA = 1
FILE = "current.json"


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """The module, course/id, and since when (a day)."""

    module: str
    since: dt.date
    schema: int = SCHEMA


def read_pointer(home: Path) -> Pointer | None:
    """The pointer of a home; None while there is none. RangeError if it cannot be read."""
    path = home / FILE
    remedy = "`practicum current MODULE` sets it anew, `practicum current --clear` removes it"
    try:
        pointer = msgspec.json.decode(path.read_bytes(), type=Pointer)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RangeError(f"{path} cannot be read ({error}): {remedy}") from error
    if pointer.schema > SCHEMA:
        raise RangeError(
            f"{path} is of version {pointer.schema}, this practicum knows {SCHEMA}: use the "
            f"practicum that wrote it; or {remedy}"
        )
    return pointer


def write_pointer(home: Path, pointer: Pointer) -> None:
    """Point; whoever reads, or a power cut, finds the old or the new one, whole."""
    with telling(home):
        # Root lets others pass through, as where ranges are made: PostgreSQL's user has to.
        home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        write_atomically(home / FILE, msgspec.json.encode(pointer))


def clear_pointer(home: Path) -> None:
    """Point at nothing."""
    with telling(home):
        (home / FILE).unlink(missing_ok=True)


def passed_labs(home: Path, labs: Iterable[str]) -> dict[str, str]:
    """When each lab was passed last, of those whose workspace says so; by their ids. A
    workspace that cannot be read has passed nothing: its own commands tell what is wrong."""
    found = {}
    for lab in labs:
        place = home / "workspaces" / lab
        if not (place / HIDDEN).is_dir():
            continue
        try:
            state = Memory(place).load()
        except RangeError:
            continue
        if state.passed_at:
            found[lab] = state.passed_at
    return found
