"""``practicum evidence``: is a bundle what was signed, and by whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from practicum.checking.verdict import Verdict
from practicum.cli.home import state_folder
from practicum.cli.screen import out, print_json
from practicum.labs.school_key import issuer_of, school_key
from practicum.labs.signing import Verification, verify


def evidence(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Bundles; none tells who signs here.")
    ] = None,
    issuer: Annotated[
        str, typer.Option("--issuer", help="The did:key that must have signed.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Verify bundles of evidence: the hash, the signature, and who signed.

    Exit code 0 if all are what was signed, 1 if one is not. Without a file: tell the did:key
    that this home signs with.
    """
    if not files:
        own = school_key(state_folder()).issuer
        if json:
            print_json({"issuer": own})
        else:
            out.print(f"evidence is signed here as {own}", markup=False)
        return
    found = [verify(path, issuer=issuer) for path in files]
    if json:
        print_json([{**msgspec.to_builtins(each), "genuine": each.is_genuine} for each in found])
    else:
        own = issuer_of(state_folder())
        for each in found:
            _print(each, own)
    raise typer.Exit(0 if all(each.is_genuine for each in found) else Verdict.FAIL.exit_code)


def _print(found: Verification, own: str) -> None:
    out.print(f"{found.path}: {'genuine' if found.is_genuine else 'NOT genuine'}", markup=False)
    if found.is_genuine:
        whose = "this home's key" if found.issuer == own else "not this home's key: whose is it?"
        out.print(f"  {found.kind} of {found.made_at}, verdict {found.told}", markup=False)
        out.print(f"  signed by {found.issuer} ({whose})", markup=False)
    for problem in found.problems:
        out.print(f"  {problem}", markup=False)
