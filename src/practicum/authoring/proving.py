"""Prove a module: the linter finds no error in it, and all that it lets run runs as it must."""

from __future__ import annotations

from collections.abc import Callable

from practicum.authoring.executing import executed
from practicum.authoring.linting import ModuleReport
from practicum.authoring.tracker.records import hash_module
from practicum.authoring.written import load_written
from practicum.checking.verdict import Verdict
from practicum.labs import evidence
from practicum.labs.proof import ModuleProof, ModuleRun


def prove(
    report: ModuleReport,
    *,
    rules: str,
    made_at: str,
    on_run: Callable[[ModuleRun], None] = lambda _: None,
) -> ModuleProof:
    """Run what a module, or an exam paper, lets run; with what the linter said of it, a proof
    that is not signed yet. ``rules`` is the version of the rules that judged, ``on_run`` is told
    of each run."""
    before = hash_module(report.folder)
    written, _ = load_written(report.folder)
    runs = []
    for each in executed(written):
        on_run(each)
        runs.append(each)
    failed = [each for each in runs if not each.passed]
    problems = [str(each) for each in report.errors]
    problems += [f"{each.file}:{each.line}: {each.what}: {each.said}" for each in failed]
    verdict = Verdict.PASS
    if problems:
        unsure = not report.errors and all(each.unsure for each in failed)
        verdict = Verdict.UNKNOWN if unsure else Verdict.FAIL
    if hash_module(report.folder) != before:
        verdict, said = Verdict.UNKNOWN, "its files changed while it was proved: prove it again"
        problems.append(said)
    return ModuleProof(
        module=report.id,
        version=written.lesson.front.version if written.lesson else 0,
        module_sha256=before,
        made_at=made_at,
        verdict=verdict,
        errors=len(report.errors),
        advice=len(report.remarks) - len(report.errors),
        rules=rules,
        problems=tuple(problems),
        runs=tuple(runs),
        machine=evidence.machine(),
        versions=evidence.versions(),
    )
