"""A home that is thrown away, and ranges in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from practicum.servers.client import RangeClient
from practicum.servers.home import list_ranges
from practicum.servers.ranges import start_range, stop_range
from practicum.service.manifest import Manifest
from servers.stub_range import OPTIONS, STUBS, Up


@pytest.fixture(autouse=True)
def _stub_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A state home; whatever runs in it is stopped afterwards."""
    place = tmp_path / "home"
    yield place
    for folder in list_ranges(place):
        if folder.is_owned:
            asyncio.run(stop_range(place, folder.name))


@pytest.fixture
def up(home: Path) -> Up:
    """Bring a range of stubs up."""

    async def start(name: str = "default", manifest: Manifest = STUBS) -> RangeClient:
        client, _ = await start_range(home, name, manifest, OPTIONS)
        return client

    return start
