"""See the failure of a capsule again, in a fresh process, or in the sandbox if it is not ours."""

from __future__ import annotations

from pathlib import Path

import msgspec

import practicum
from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.simulate.capsule import Capsule, is_own, read
from practicum.labs.simulate.fleet import MODULE, SimulationFailed, expect, fresh
from practicum.servers.sandbox.bubblewrap import PYTHON, Bind
from practicum.servers.sandbox.limits import Limits
from practicum.servers.sandbox.running import Sandbox
from practicum.simulation.running.requests import Load, Loaded, Ran, Run
from practicum.simulation.running.trace import TraceEvent

_ROOMS = ("simulation", "faults", "checking")
_INSIDE = "/opt/practicum"
LIMITS = Limits(
    cpu_s=120.0,
    wall_s=300.0,
    memory_bytes=1 << 30,
    processes=8,
    output_bytes=256 << 20,
)


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay showed. ``same``: the trace is the one of the capsule, event for event.
    ``changed``: the capsule is not as it was signed."""

    file: str
    same: bool
    sandboxed: bool
    changed: bool
    verdict: Verdict
    judgements: tuple[Judgement, ...]
    faults: tuple[str, ...]
    trace_sha256: str
    events: tuple[TraceEvent, ...]


def replay(path: Path, home: Path, *, trust: bool = False) -> tuple[Capsule, Ran, bool]:
    """Run a capsule; says whether that was in the sandbox. `BadCapsule`, `SimulationFailed`,
    SandboxRefused."""
    capsule = read(path)
    if trust or is_own(capsule, home):
        with fresh(capsule.sources) as worker:
            return capsule, worker.ask(Run(capsule.setting, "events"), Ran), False
    return capsule, _in_sandbox(capsule), True


def _in_sandbox(capsule: Capsule) -> Ran:
    """One worker in the sandbox, shown our rooms that it needs and msgspec, and nothing else."""
    house = Path(practicum.__file__).parent
    binds = [Bind(house / room, f"{_INSIDE}/practicum/{room}") for room in _ROOMS]
    binds.append(Bind(Path(msgspec.__file__).parent, f"{_INSIDE}/msgspec"))
    requests = (Load(capsule.sources), Run(capsule.setting, "events"))
    said = b"".join(msgspec.json.encode(each) + b"\n" for each in requests)
    ran = Sandbox(LIMITS, binds=binds).run(
        [PYTHON, "-s", "-P", "-m", MODULE], stdin=said, environment={"PYTHONPATH": _INSIDE}
    )
    lines = ran.stdout.splitlines()
    if lines:
        expect(lines[0], Loaded)
    if len(lines) < len(requests):
        words = ran.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise SimulationFailed(f"in the sandbox {ran.sentence} {words}".rstrip())
    return expect(lines[1], Ran)
