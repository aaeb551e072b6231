"""The range of a lab: up, with the right files loaded, and a shelf that nobody bought from."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from practicum.labs.check import memory
from practicum.labs.check.imports import services_of
from practicum.labs.lab import RangeSpec
from practicum.servers.client import RangeClient
from practicum.servers.control import RangeStatus
from practicum.servers.home import RangeError, RangeFolder
from practicum.servers.ranges import Options, start_range, stop_range, wipe_range
from practicum.service.events import canonical_json
from practicum.service.manifest import Manifest, ServiceConfig
from practicum.shop.manifest import MANIFEST

RESTART_TIMEOUT_S = 25.0
WELL_TIMEOUT_S = 15.0
POLL_S = 0.1
TRACES_PER_S = 1000.0
"""A lab wants to see every order's trace, and sends few orders."""
SHELVES_NEEDED = 2
"""By one check: for the learner's files, and perhaps for the lab's solution."""
Replaces = Mapping[str, Path]
"""Files by the module that each stands for."""


class NotReady(Exception):
    """Services did not get ready with the files that they were given.

    ``last_words`` are the last lines of each one's log, by its name.
    """

    def __init__(self, reason: str, last_words: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(reason)
        self.last_words = last_words


def lab_manifest(spec: RangeSpec) -> Manifest:
    """The shop as a lab wants it, with every trace kept. RangeError for an unknown service."""
    known = [service.name for service in MANIFEST.services]
    for name in spec.settings:
        if name not in known:
            raise RangeError(f"range.settings: there is no service {name} ({', '.join(known)})")
    services = tuple(
        msgspec.structs.replace(
            service, settings={**service.settings, **spec.settings.get(service.name, {})}
        )
        for service in MANIFEST.services
    )
    assert MANIFEST.telemetry is not None
    telemetry = msgspec.structs.replace(
        MANIFEST.telemetry, keep_share=1.0, head_per_s=TRACES_PER_S, keep_per_s=TRACES_PER_S
    )
    return msgspec.structs.replace(MANIFEST, services=services, telemetry=telemetry)


class LabRange:
    """A lab's range, while one check has it for itself (see `memory.alone`)."""

    def __init__(self, home: Path, name: str, manifest: Manifest) -> None:
        self._home, self._name, self._manifest = home, name, manifest
        self.folder = RangeFolder(home, name).path
        self.client: RangeClient
        self._digest = hashlib.sha256(canonical_json(manifest)).hexdigest()

    async def up(self, on_stage: Callable[[str], None]) -> None:
        """Have it up: started, if it is down; made anew, if its shelves are used up or the lab
        wants another one."""
        known = memory.recall(self.folder)
        if known.manifest not in ("", self._digest):
            on_stage("the lab wants its range otherwise than it is: it is started anew")
            await stop_range(self._home, self._name)
        if known.shelves_used + SHELVES_NEEDED > memory.SHELVES:
            on_stage(f"all {memory.SHELVES} shelves of the shop are bought from: it is made anew")
            await wipe_range(self._home, self._name)
        await self._start(on_stage)

    async def _start(self, on_stage: Callable[[str], None]) -> None:
        if not RangeFolder(self._home, self._name).is_owned:
            on_stage("the range goes up")
        options = Options(detach=True)
        self.client, mine = await start_range(self._home, self._name, self._manifest, options)
        known = memory.recall(self.folder)
        if mine:
            known.supervisor, known.loaded = 0, {}
        known.manifest = self._digest
        memory.remember(self.folder, known)

    def take_shelf(self) -> range:
        """A shelf of this run's own. It is noted as used before anybody buys from it."""
        known = memory.recall(self.folder)
        if known.shelves_used >= memory.SHELVES:
            raise RangeError("every shelf of the range is used up: check again, it is made anew")
        shelf = memory.shelf_of(known.shelves_used)
        known.shelves_used += 1
        memory.remember(self.folder, known)
        return shelf

    async def load(self, files: Replaces) -> tuple[str, ...]:
        """Have the files run in place of their modules; returns the services that were started
        for it. Raises `NotReady` when one does not get ready."""
        status = await self._settled_status(set(_wanted(files)))
        wanted: dict[str, dict[str, str]] = {
            service.name: {} for service in MANIFEST.services
        } | _wanted(files)
        known = memory.recall(self.folder)
        sure = known.supervisor == status.pid
        stale = []
        for service, replaces in wanted.items():
            well = all(m.state == "ready" for m in status.members if m.service == service)
            same = self._running(service) == replaces
            trusted = known.loaded.get(service) == replaces if sure else not replaces
            if not (well and same and trusted):
                stale.append(service)
        if stale:
            known.supervisor = status.pid
            if not sure:
                known.loaded = {name: {} for name in wanted}
            for service in stale:
                known.loaded.pop(service, None)
            memory.remember(self.folder, known)
            await self._restart({service: wanted[service] for service in stale})
            known.loaded |= {service: wanted[service] for service in stale}
            memory.remember(self.folder, known)
        return tuple(stale)

    def _running(self, service: str) -> dict[str, str]:
        """What the service's process was last started with."""
        path = self.folder / "config" / f"{service}.json"
        try:
            return msgspec.json.decode(path.read_bytes(), type=ServiceConfig).replaces
        except (OSError, msgspec.DecodeError):
            return {"?": "?"}

    async def _restart(self, wanted: Mapping[str, dict[str, str]]) -> None:
        results = await asyncio.gather(
            *(
                self.client.restart(service, replaces=replaces, timeout_s=RESTART_TIMEOUT_S)
                for service, replaces in wanted.items()
            ),
            return_exceptions=True,
        )
        failed = {
            service: result
            for service, result in zip(wanted, results, strict=True)
            if isinstance(result, BaseException)
        }
        for error in failed.values():
            if not isinstance(error, RangeError):
                raise error
        if failed:
            reason = "\n".join(str(error) for error in failed.values())
            logs = {service: await self.client.logs(service, 40) for service in failed}
            raise NotReady(reason, logs)

    async def _settled_status(self, replaced: set[str]) -> RangeStatus:
        """The range once all but those to be replaced are ready; what a run before left behind
        may be starting again. RangeError when it stays unwell."""
        deadline = asyncio.get_running_loop().time() + WELL_TIMEOUT_S
        while True:
            status = await self.client.status()
            unwell = [
                member
                for member in status.members
                if member.state not in ("ready", "external") and member.service not in replaced
            ]
            if not unwell or all(self._can_be_restarted(m.service, m.state) for m in unwell):
                return status
            if asyncio.get_running_loop().time() > deadline:
                first = unwell[0]
                raise RangeError(
                    f"{first.name} is {first.state} ({first.detail or 'no reason is known'}): see "
                    f"`practicum range logs {first.name} --name {self._name}`, or stop the range "
                    "and check again"
                )
            await asyncio.sleep(POLL_S)

    def _can_be_restarted(self, service: str, state: str) -> bool:
        """A service with somebody's files that will not get well by itself."""
        return state in ("crash loop", "over limit", "failed", "unhealthy", "paused") and any(
            spec.name == service for spec in MANIFEST.services
        )

    def note_proof(self, key: str, at_s: float) -> None:
        """The lab's own solution has passed."""
        known = memory.recall(self.folder)
        known.proofs[key] = at_s
        memory.remember(self.folder, known)

    def proved_at(self, key: str) -> float | None:
        """When it last did, in Unix seconds."""
        return memory.recall(self.folder).proofs.get(key)


def _wanted(files: Replaces) -> dict[str, dict[str, str]]:
    """By service, the paths that are to stand in for modules."""
    wanted: dict[str, dict[str, str]] = {}
    for module, path in sorted(files.items()):
        for service in services_of(module):
            wanted.setdefault(service, {})[module] = str(path)
    return wanted
