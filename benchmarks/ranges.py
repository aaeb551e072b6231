"""A range of a benchmark's own, in a folder of its own; nothing of it is left afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from practicum.servers.client import RangeClient
from practicum.servers.ranges import Options, start_range, stop_range
from practicum.service.manifest import Manifest


@contextmanager
def new_home() -> Iterator[Path]:
    """A home for ranges that PostgreSQL, which drops its privileges, can reach."""
    with tempfile.TemporaryDirectory(prefix="practicum-bench-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        yield home


@asynccontextmanager
async def range_in(home: Path, manifest: Manifest) -> AsyncIterator[RangeClient]:
    """The manifest's range, up; it goes down at the end, whatever happens."""
    client, _ = await start_range(home, manifest.name, manifest, Options(detach=False))
    try:
        yield client
    finally:
        await stop_range(home, manifest.name)
        client.release()


@asynccontextmanager
async def new_range(manifest: Manifest) -> AsyncIterator[RangeClient]:
    """A range in a new home."""
    with new_home() as home:
        async with range_in(home, manifest) as client:
            yield client
