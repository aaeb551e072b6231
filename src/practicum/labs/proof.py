"""What proving a lab or a module came to: every run that was made, and what speaks against it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from practicum.checking.verdict import Verdict
from practicum.labs.lab import Lab
from practicum.labs.workspace.state import hash_files
from practicum.servers.home import telling

SCHEMA = 1
KIND = "lab-proof"
MODULE_KIND = "module-proof"
WORD_KIND = "mentors-word"
Part = Literal["start", "solution", "wrong"]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one of the lab's own folders. ``failed`` are the tests that failed, ``said``
    is what the declared check (or the first that failed) saw. ``problem`` says why the run
    speaks against the lab; with ``unsure`` it was the machine's fault, and proves nothing."""

    part: Part
    name: str
    calm: bool
    verdict: Verdict
    failed: tuple[str, ...]
    said: str
    seconds: dict[str, float]
    problem: str = ""
    unsure: bool = False

    @property
    def title(self) -> str:
        """How the run is named when it is told."""
        return f"{self.name}, no faults" if self.calm else self.name


class LabProof(msgspec.Struct, frozen=True, kw_only=True):
    """A lab is proved (``pass``) when every run came out as it must. ``flake_rate`` is the share
    of the solution's runs that did not pass, ``check_s`` the median time of a check."""

    lab: str
    version: int
    lab_sha256: str
    made_at: str
    verdict: Verdict
    problems: tuple[str, ...]
    trials: tuple[Trial, ...]
    passes: int
    times: int
    flake_rate: float
    check_s: float
    machine: dict[str, Any]
    versions: dict[str, str]
    kind: str = KIND
    schema: int = SCHEMA
    issuer: str = ""
    sha256: str = ""
    signature: str = ""


class ModuleRun(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of a module that was run: a listing or a code question, by its name and place.
    ``said`` is what it came to, empty if it ran as it must; with ``unsure`` the machine is to
    blame, and it proves nothing."""

    what: str
    file: str
    line: int
    passed: bool
    said: str = ""
    seconds: float = 0.0
    unsure: bool = False


class ModuleProof(msgspec.Struct, frozen=True, kw_only=True):
    """A module is proved (``pass``) when the linter found no error in it and all that it lets
    run ran as it must. ``module_sha256`` is over its files but those of its labs, which have
    proofs of their own (`LabProof`); ``rules`` is the version of the rules that judged."""

    module: str
    version: int
    module_sha256: str
    made_at: str
    verdict: Verdict
    errors: int
    advice: int
    rules: str
    problems: tuple[str, ...]
    runs: tuple[ModuleRun, ...]
    machine: dict[str, Any]
    versions: dict[str, str]
    kind: str = MODULE_KIND
    schema: int = SCHEMA
    issuer: str = ""
    sha256: str = ""
    signature: str = ""


class MentorsWord(msgspec.Struct, frozen=True, kw_only=True):
    """What a named mentor confirms of a person, signed with the mentor's own key. ``what`` is a
    requirement of a level or a metric of a course, ``of`` which one where several are asked for;
    ``note`` says what the mentor saw."""

    id: str
    person: str
    what: str
    of: str
    mentor: str
    note: str
    made_at: str
    withdrawn: bool = False
    kind: str = WORD_KIND
    schema: int = SCHEMA
    issuer: str = ""
    sha256: str = ""
    signature: str = ""


def hash_lab(lab: Lab) -> str:
    """One hash over all files of the lab's folder: what was proved."""
    with telling(lab.folder):
        paths = [path for path in lab.folder.rglob("*") if path.is_file()]
        files = {
            path.relative_to(lab.folder).as_posix(): path.read_bytes()
            for path in paths
            if "__pycache__" not in path.parts
        }
    return hash_files(files)
