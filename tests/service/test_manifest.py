"""The manifest as data, and the shop's own: everything that it names is there."""

from __future__ import annotations

import importlib

import msgspec
import pytest

from practicum.service.manifest import Manifest, ServiceConfig, ServiceSpec
from practicum.shop.manifest import MANIFEST
from worlds import tally
from worlds.memory_log import MemoryEventLog
from worlds.memory_store import MemoryEventStore
from worlds.virtual_time import VirtualWorld, in_virtual_time


def test_a_manifest_comes_back_from_json() -> None:
    """With every setting; what is left out has its default."""
    assert msgspec.json.decode(msgspec.json.encode(MANIFEST), type=Manifest) == MANIFEST
    spec = msgspec.json.decode(b'{"name":"a","module":"m"}', type=ServiceSpec)
    assert (spec.members, spec.calls, spec.settings) == (1, (), {})


@pytest.mark.parametrize("kind", [Manifest, ServiceSpec, ServiceConfig])
def test_an_unknown_field_is_refused_by_name(kind: type[msgspec.Struct]) -> None:
    """It is nearly always a slip of the pen."""
    with pytest.raises(msgspec.ValidationError, match="settigns"):
        msgspec.json.decode(b'{"settigns":{}}', type=kind)


def test_two_specs_do_not_share_their_settings() -> None:
    """A default that is changed for one must not change for all."""
    one, other = (ServiceSpec(name=name, module="m") for name in "ab")
    one.settings["x"] = 1
    assert other.settings == {}


@in_virtual_time
async def test_the_shop_has_all_that_its_manifest_names() -> None:
    """Modules that build, under their names; peers, edge and topics that exist and are read."""
    names = [spec.name for spec in MANIFEST.services]
    assert len(set(names)) == len(names)
    assert MANIFEST.edge in names
    read: set[str] = set()
    world = VirtualWorld()
    for spec in MANIFEST.services:
        ports = msgspec.structs.replace(
            tally.ports(world, MemoryEventStore(world), MemoryEventLog(world)),
            service=spec.name,
            settings=spec.settings,
        )
        service = importlib.import_module(spec.module).build(ports)
        assert service.name == spec.name
        assert {bound.operation.service for bound in service.operations} == {spec.name}
        assert set(spec.calls) | set(spec.after) <= set(names)
        assert service.topics <= set(MANIFEST.topics)
        read |= service.topics
    assert read == set(MANIFEST.topics)
