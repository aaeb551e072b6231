"""Whether the sandbox can be had here, told before anybody needs it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from practicum.servers.sandbox.bubblewrap import PYTHON, UID, SandboxRefused
from practicum.servers.sandbox.limits import Limits
from practicum.servers.sandbox.running import Sandbox

_PROOF = """
import os, threading
thread = threading.Thread(target=lambda: None); thread.start(); thread.join()
child = os.fork()
if not child:
    os._exit(0)
os.waitpid(child, 0)
print(os.getuid(), sorted(os.listdir("/sys/class/net")) if os.path.exists("/sys") else "alone")
"""


class Probe(msgspec.Struct, frozen=True):
    """Whether there is a sandbox here; ``words`` say it, with what to do if there is none."""

    available: bool
    words: str


def probe(program: Path | None = None) -> Probe:
    """Run a small program in the sandbox. ``program`` is a bubblewrap other than the one found.

    Takes as long as a run, some 40 ms. Nothing relies on the answer: a run in a sandbox that
    cannot be had is refused by itself.
    """
    try:
        ran = Sandbox(Limits(processes=4), program=program).run([PYTHON, "-I", "-S", "-c", _PROOF])
    except SandboxRefused as error:
        return Probe(False, str(error))
    if ran.starved:
        return Probe(False, f"the sandbox could not be tried: {ran.sentence}")
    if ran.limit == "processes":
        return Probe(
            False,
            "other people's code cannot be run here: this kernel counts a user's processes over "
            "all sandboxes; use Linux 5.14 or later",
        )
    if not ran.good or ran.said.split() != [str(UID), "alone"]:
        return Probe(
            False, f"the sandbox does not run Python: {ran.sentence}: {ran.complained[-300:]}"
        )
    return Probe(True, "other people's code runs in a sandbox here")
