"""A service that does nothing: a range with it is a PostgreSQL for somebody else."""

from __future__ import annotations

from practicum.service.events import Vocabulary
from practicum.service.manifest import Manifest, ServiceSpec
from practicum.service.service import Ports, Service

MANIFEST = Manifest(
    name="idle", edge="idle", services=(ServiceSpec(name="idle", module="benchmarks.sagas.idle"),)
)


def build(ports: Ports) -> Service:
    """Nothing to handle and nothing to answer."""
    return Service(ports, Vocabulary("idle"))
