"""``practicum author verify``: lint, then run listings, code questions and labs."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from practicum.authoring.linting import LintReport, ModuleReport
from practicum.authoring.proving import prove
from practicum.authoring.shelves import labs_of
from practicum.authoring.tracker.records import write_module_proof
from practicum.checking.verdict import Verdict, overall
from practicum.cli.author_lint import Places, judge_places, show
from practicum.cli.lab_check import EXIT_INTERRUPTED
from practicum.cli.lab_verify import prove_labs, show_proofs
from practicum.cli.pulse import MARKS
from practicum.cli.screen import complain, out, print_json
from practicum.labs.finding import LabError
from practicum.labs.lab import Lab, load_lab
from practicum.labs.proof import LabProof, ModuleProof, ModuleRun
from practicum.servers.home import RangeError, state_home
from practicum.service.live.clock import LiveWorld
from practicum.service.world import rfc3339


def verify(
    paths: Places = None,
    labs: Annotated[bool, typer.Option(help="Prove the labs, too; each takes minutes.")] = True,
    times: Annotated[
        int, typer.Option("--times", min=1, max=1000, help="How often a lab's solution must pass.")
    ] = 3,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Prove modules: lint, then run listings, code questions and labs.

    A proof is signed and kept with the evidence; it holds for the very files that it was made
    of. Exit code 0 proved, 1 not, 3 unknown (the machine was not well).
    """
    report = judge_places(paths or [])
    if not json:
        show(report)
    modules = [each for each in report.modules if each.is_written]
    proofs = [_prove(each, report, quiet=json) for each in modules]
    lab_proofs = _prove_labs(report, times, quiet=json) if labs else []
    if json:
        print_json(_as_data(report, proofs, lab_proofs))
    elif lab_proofs:
        show_proofs(lab_proofs)
    verdicts = [proof.verdict for proof, _ in proofs]
    verdicts += [proof.verdict for proof, _ in lab_proofs]
    if report.errors:
        verdicts.append(Verdict.FAIL)
    if not verdicts:
        complain("there is nothing to prove: no module is written, and there are no labs")
    raise typer.Exit(overall(verdicts).exit_code if verdicts else 1)


def _prove(module: ModuleReport, report: LintReport, *, quiet: bool) -> tuple[ModuleProof, str]:
    if not quiet:
        out.print(Text(module.id, style="bold"))
    on_run = _silent if quiet else _print_run
    made_at = rfc3339(LiveWorld().now())
    proof = prove(module, rules=report.rules, made_at=made_at, on_run=on_run)
    path = os.fspath(write_module_proof(proof, state_home(os.environ)))
    if not quiet:
        ran = sum(each.passed for each in proof.runs)
        errors = f"{proof.errors} error{'' if proof.errors == 1 else 's'} of the linter"
        told = f"{ran} of {len(proof.runs)} runs as they must be, {errors}"
        out.print(Text.assemble(Text.from_markup(MARKS[proof.verdict]), f" {told}"))
        out.print(f"proof: {path}", markup=False)
    return proof, path


def _silent(_: ModuleRun) -> None:
    pass


def _print_run(run: ModuleRun) -> None:
    mark = ("✔", "green") if run.passed else ("?", "yellow") if run.unsure else ("✘", "red")
    said = f": {run.said}" if run.said else ""
    where = f"{run.file}:{run.line}"
    out.print(Text.assemble("  ", mark, f" {where} {run.what}{said} ({run.seconds:.2f} s)"))


def _prove_labs(report: LintReport, times: int, *, quiet: bool) -> list[tuple[LabProof, str]]:
    """The proofs of all labs that can be used; the linter has told of the others."""
    labs: list[Lab] = []
    for module in report.modules:
        for folder in labs_of(module.folder):
            try:
                labs.append(load_lab(folder))
            except LabError:
                continue
    if not labs:
        return []
    try:
        return asyncio.run(prove_labs(labs, times, quiet=quiet))
    except (KeyboardInterrupt, asyncio.CancelledError):
        complain("interrupted: the labs of which no proof was written are not proved")
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except RangeError as error:
        complain(str(error))
        raise typer.Exit(Verdict.UNKNOWN.exit_code) from None


def _as_data(
    report: LintReport,
    proofs: list[tuple[ModuleProof, str]],
    lab_proofs: list[tuple[LabProof, str]],
) -> dict[str, object]:
    def listed(each: list[tuple[ModuleProof, str]] | list[tuple[LabProof, str]]) -> list[object]:
        return [{**msgspec.to_builtins(proof), "evidence": path} for proof, path in each]

    return {
        "errors": report.errors,
        "advice": report.advice,
        "findings": msgspec.to_builtins(report.remarks),
        "modules": listed(proofs),
        "labs": listed(lab_proofs),
    }
