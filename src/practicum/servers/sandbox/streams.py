"""What goes into a process and comes out of it, with a limit on what is kept."""

from __future__ import annotations

import os
import selectors
from collections.abc import Mapping
from typing import IO

_AT_ONCE_BYTES = 1 << 16


class Streams:
    """Pipes of a process (without buffers), none of which can hold up another. Use as a context:
    they are closed with it, as each is when its other end has been."""

    def __init__(
        self, stdin: IO[bytes], text: bytes, outputs: Mapping[str, IO[bytes]], *, most_bytes: int
    ) -> None:
        self._selector = selectors.DefaultSelector()
        self._text = memoryview(text)
        self._most_bytes = most_bytes
        self._wakes: int | None = None
        self.kept: dict[str, bytearray] = {name: bytearray() for name in outputs}
        self.full = False
        """Whether more came than may be kept."""
        self._selector.register(stdin, selectors.EVENT_WRITE, "")
        for name, pipe in outputs.items():
            self._selector.register(pipe, selectors.EVENT_READ, name)
        for pipe in (stdin, *outputs.values()):
            os.set_blocking(pipe.fileno(), False)

    def __enter__(self) -> Streams:
        return self

    def __exit__(self, *_: object) -> None:
        self._no_longer_wake()
        for key in list(self._selector.get_map().values()):
            self._close(key)
        self._selector.close()

    def wake_at(self, descriptor: int) -> None:
        """End a wait when the descriptor becomes readable; it is closed then."""
        self._wakes = descriptor
        self._selector.register(descriptor, selectors.EVENT_READ)

    def step(self, timeout_s: float) -> bool:
        """Move what can be moved within a while; whether anything was."""
        moved = False
        for key, _ in self._selector.select(timeout_s):
            if key.fileobj == self._wakes:
                self._no_longer_wake()
            elif key.data:
                self._read(key)
            else:
                self._write(key)
            moved = True
        return moved

    def _write(self, key: selectors.SelectorKey) -> None:
        try:
            sent = os.write(key.fd, self._text[:_AT_ONCE_BYTES]) if self._text else 0
        except BrokenPipeError:
            sent = len(self._text)
        self._text = self._text[sent:]
        if not self._text:
            self._close(key)

    def _read(self, key: selectors.SelectorKey) -> None:
        data = os.read(key.fd, _AT_ONCE_BYTES)
        if not data:
            self._close(key)
            return
        kept = self.kept[key.data]
        room = self._most_bytes - len(kept)
        kept += data[:room]
        self.full |= len(data) > room

    def _close(self, key: selectors.SelectorKey) -> None:
        self._selector.unregister(key.fileobj)
        assert not isinstance(key.fileobj, int)
        key.fileobj.close()  # type: ignore[attr-defined]

    def _no_longer_wake(self) -> None:
        if self._wakes is not None:
            self._selector.unregister(self._wakes)
            os.close(self._wakes)
            self._wakes = None
