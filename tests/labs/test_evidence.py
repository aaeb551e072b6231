"""Evidence: whatever is changed in a bundle shows."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.evidence import Evidence, LabRun, digest, machine, seal, versions, write
from practicum.labs.experiment.observations import FaultSeen, Observations

BUNDLE = Evidence(
    kind="tour",
    made_at="2026-11-21T04:20:45.123456Z",
    verdict=Verdict.PASS,
    judgements=(
        Judgement(
            check="money conserved",
            verdict=Verdict.PASS,
            expected="charged = kept",
            seen="1 = 1",
            examples=("none",),
        ),
    ),
    observations=Observations(
        range="tour",
        peers={"order": "http://127.0.0.1:1"},
        accepted=("o-1", "o-2"),
        planned=("payment.charged",),
        faults=(
            FaultSeen(
                what="payment dies",
                kind="crash",
                target="payment",
                began_s=7.25,
                ended_s=7.25,
                struck=True,
                outcome="fired",
                recovery_s=1.5,
            ),
        ),
    ),
    plan={"rate": 50.0, "service": "payment"},
    figures={"orders": 2.0, "p99_s": 0.25},
    machine={"cores": 2, "load_average": [0.5, 0.25, 0.125]},
    versions={"practicum": "0.1.0"},
    checks_sha256="0" * 64,
    lab=LabRun(
        id="course/module/lab",
        version=2,
        title="A lab",
        files={"payment.py": "1" * 64},
        calm=False,
        blame="learner",
        reason="the solution passed",
        seconds={"total": 9.5},
        watched={"steal": 0.25},
        troubles=("the disk was slow",),
        reference=Verdict.PASS,
        reference_watched={"steal": 0.5},
    ),
)


def leaves(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to all values that are neither objects nor lists."""
    if isinstance(document, dict):
        return [p for name, x in document.items() for p in leaves(x, (*path, name))]
    if isinstance(document, list | tuple):
        return [p for n, x in enumerate(document) for p in leaves(x, (*path, n))]
    return [path]


DOCUMENT: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(seal(BUNDLE)))
LEAVES = [path for path in leaves(DOCUMENT) if path not in (("sha256",), ("signature",))]


def is_intact(document: dict[str, Any]) -> bool:
    """Whether a bundle still is what was sealed."""
    evidence = msgspec.convert(document, Evidence)
    return evidence.sha256 == digest(evidence)


@given(st.sampled_from(LEAVES), st.integers(1, 9))
def test_a_changed_value_shows(path: tuple[Any, ...], change: int) -> None:
    """Every single one, by however little."""
    document = copy.deepcopy(DOCUMENT)
    place = document
    for step in path[:-1]:
        place = place[step]
    old = place[path[-1]]
    if path[-1] in ("verdict", "reference"):
        place[path[-1]] = ("fail", "unknown")[change % 2]
    elif isinstance(old, bool):
        place[path[-1]] = not old
    else:
        place[path[-1]] = f"{old}{change}" if isinstance(old, str) else old + change / 8
        if isinstance(old, int):
            place[path[-1]] = old + change
    assert is_intact(DOCUMENT)
    assert not is_intact(document)


@given(st.sampled_from([path for path in leaves(DOCUMENT) if isinstance(path[-1], int)]))
def test_a_removed_entry_shows(path: tuple[Any, ...]) -> None:
    """An order less, an example less."""
    document = copy.deepcopy(DOCUMENT)
    place = document
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    assert not is_intact(document)


def test_sealing_twice_changes_nothing() -> None:
    """The hash does not depend on the hash."""
    assert seal(seal(BUNDLE)) == seal(BUNDLE)
    assert digest(BUNDLE) == seal(BUNDLE).sha256


def test_a_written_bundle_reads_back_intact(tmp_path: Path) -> None:
    """Also with what this machine and its packages say; the folder is made when needed."""
    evidence = seal(msgspec.structs.replace(BUNDLE, machine=machine(), versions=versions()))
    path = write(evidence, tmp_path / "new" / "evidence")
    assert path.name == f"tour-20261121T042045-{evidence.sha256[:8]}.json"
    assert is_intact(msgspec.json.decode(path.read_bytes()))
    assert list(path.parent.iterdir()) == [path]
    assert path.read_bytes().count(b"\n") > 20  # for people to read
