"""A node's disk on the machine's: one file that is only appended to.

Every write goes to the system at once, and `sync` waits until the device has it. A process that
is killed loses nothing that it wrote, since the system lives on: what only a power cut can lose,
synced or not, is for the simulator to lose.
"""

from __future__ import annotations

import asyncio
import os
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from practicum.labs.real_world.wire import pack, unpack
from practicum.simulation.disk import Disk, DiskError, insist_on_list
from practicum.simulation.message import own

_HEAD = struct.Struct("<II")
Told = Callable[[], None]


class FileDisk(Disk):
    """See `practicum.simulation.disk.Disk`. ``refused`` is called for each refusal that a fault
    of the plan made."""

    def __init__(self, path: Path, chance: random.Random, refused: Told) -> None:
        self._chance, self._refused = chance, refused
        self.errors = 0.0
        """The share of writes and syncs that are refused."""
        self._values: dict[str, Any] = {}
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._read_all()

    def _read_all(self) -> None:
        """Know what is there. A process that was killed in the middle of a write has left a
        beginning of it: it never was."""
        with os.fdopen(os.dup(self._file), "rb") as file:
            data = file.read()
        at = 0
        while at + _HEAD.size <= len(data):
            length, check = _HEAD.unpack_from(data, at)
            record = data[at + _HEAD.size : at + _HEAD.size + length]
            if len(record) < length or zlib.crc32(record) != check:
                break
            self._take(*unpack(record))
            at += _HEAD.size + length
        os.ftruncate(self._file, at)

    def _take(self, name: str, is_item: bool, value: Any) -> None:
        if is_item:
            value = [*(self._values.get(name) or ()), value]
        self._values[name] = value

    def read(self, name: str, default: Any = None) -> Any:
        """See `Disk.read`."""
        return own(self._values.get(name, default))

    def write(self, name: str, value: Any) -> None:
        """See `Disk.write`."""
        self._put(name, False, own(value))

    def append(self, name: str, item: Any) -> None:
        """See `Disk.append`."""
        insist_on_list(name, self._values.get(name))
        self._put(name, True, own(item))

    async def sync(self) -> None:
        """See `Disk.sync`."""
        self._perhaps_refuse("sync")
        try:
            await asyncio.get_running_loop().run_in_executor(None, os.fsync, self._file)
        except OSError as error:
            raise DiskError(error.errno, f"the disk refused the sync: {error.strerror}") from error

    def _put(self, name: str, is_item: bool, value: Any) -> None:
        self._perhaps_refuse("write")
        record = pack((name, is_item, value))
        try:
            os.write(self._file, _HEAD.pack(len(record), zlib.crc32(record)) + record)
        except OSError as error:
            raise DiskError(error.errno, f"the disk refused the write: {error.strerror}") from error
        self._take(name, is_item, value)

    def _perhaps_refuse(self, what: str) -> None:
        if self.errors and self._chance.random() < self.errors:
            self._refused()
            raise DiskError(5, f"the disk refused the {what}")
