"""A disk that keeps what was synced, and may lose or tear what was not when the power goes."""

from __future__ import annotations

import random
from typing import Any

import msgspec

from practicum.simulation.message import own

_NOTHING: Any = []  # a list of its own: no value is it, and to append to it is to begin one


class DiskError(OSError):
    """The disk refused; what was asked for did not happen."""


class Flaws(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a disk: the share of writes and syncs that fail with an error, and the
    chance that each write since the last sync survives a power cut (1: all do)."""

    errors: float = 0.0
    keeps_unsynced: float = 0.5


class Platter:
    """What stays when a node dies."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._drawing: random.Random | None = None
        self.flaws = Flaws()
        self.errors = 0
        self.is_lying = False
        """Whether it only says that it syncs; ``lies`` counts what was not kept for that."""
        self.lies = 0
        self.synced: dict[str, Any] = {}
        self.pending: list[tuple[str, Any]] = []

    def _random(self) -> float:
        if self._drawing is None:
            self._drawing = random.Random(self._seed)
        return self._drawing.random()

    def power_cut(self) -> int:
        """Keep what was synced, and of the writes since then a beginning of each file's: disks
        reorder between files, and not within one. Returns how many writes were lost."""
        lost = 0
        torn: set[str] = set()
        for name, value in self.pending:
            if name in torn or self._random() >= self.flaws.keeps_unsynced:
                torn.add(name)
                lost += 1
            else:
                self._apply(name, value)
        self.pending = []
        return lost

    def sync(self) -> bool:
        """Let everything that was written stay; False if the disk only says so."""
        self._fail("sync")
        if self.is_lying and self.pending:
            self.lies += 1
            return False
        for name, value in self.pending:
            self._apply(name, value)
        self.pending = []
        return True

    def write(self, name: str, value: Any) -> None:
        """Write, and not yet for good."""
        self._fail("write")
        self.pending.append((name, value))

    def latest(self, name: str) -> Any:
        """What was written last, without a copy; of a list perhaps only that it is one."""
        for written, value in reversed(self.pending):
            if written == name:
                return [] if isinstance(value, _Appended) else value
        return self.synced.get(name)

    def _apply(self, name: str, value: Any) -> None:
        if isinstance(value, _Appended):
            self.synced[name] = [*(self.synced.get(name) or ()), value.item]
        else:
            self.synced[name] = value

    def _fail(self, what: str) -> None:
        if self.flaws.errors and self._random() < self.flaws.errors:
            self.errors += 1
            raise DiskError(5, f"the disk refused the {what}")


def insist_on_list(name: str, value: Any) -> None:
    """TypeError if something cannot be appended to."""
    if value is not None and not isinstance(value, list | tuple):
        raise TypeError(f"{name} is {value!r} and no list: write a list first, or use other names")


class _Appended(msgspec.Struct, frozen=True):
    item: Any


class Disk:
    """A node's disk: values by name, written at once and kept for good by ``await sync()``."""

    def __init__(self, platter: Platter, node: Any, sync_s: float) -> None:
        self._platter, self._node, self._sync_s = platter, node, sync_s

    def read(self, name: str, default: Any = None) -> Any:
        """What was written last, synced or not."""
        found = self._platter.synced.get(name, _NOTHING)
        for written, value in self._platter.pending:
            if written == name:
                added = isinstance(value, _Appended)
                found = [*(found or ()), value.item] if added else value
        return own(default if found is _NOTHING else found)

    def write(self, name: str, value: Any) -> None:
        """Write a value; a power cut before the next sync may lose it. DiskError."""
        if self._node.domain.alive:
            self._platter.write(name, own(value))
            self._node.around.tell(self._node.name, "wrote", f"{name} = {value!r}")

    def append(self, name: str, item: Any) -> None:
        """Write one more item to a list, or begin one; as `write`. TypeError for no list."""
        if self._node.domain.alive:
            insist_on_list(name, self._platter.latest(name))
            self._platter.write(name, _Appended(own(item)))
            self._node.around.tell(self._node.name, "wrote", f"{name} += {item!r}")

    async def sync(self) -> None:
        """Return when everything written so far is kept for good. DiskError."""
        await self._node.sleep(self._sync_s)
        if self._node.domain.alive:
            kept = self._platter.sync()
            self._node.around.tell(self._node.name, "synced", "" if kept else "so the disk says")
