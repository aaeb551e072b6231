"""``practicum credential``: badges that a stranger can check."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.text import Text

from practicum.checking.verdict import Verdict
from practicum.cli.home import state_folder
from practicum.cli.recording import desk_with_labs
from practicum.cli.screen import complain, out, print_json
from practicum.labs.finding import CannotBeUsed
from practicum.labs.school_key import rotate, school_key
from practicum.learner.credential.picture import badge_page, badge_svg, baked_in
from practicum.learner.credential.verifying import Report
from practicum.learner.strict_json import read_object
from practicum.servers.home import telling
from practicum.study import badges
from practicum.study.desk import Desk
from practicum.study.opening import open_desk

BYTES_MAX = 5_000_000
OUTCOMES = {"holds": Verdict.PASS, "fails": Verdict.FAIL, "unknown": Verdict.UNKNOWN}
MARKS = {"holds": ("+", "green"), "fails": ("x", "red"), "unknown": ("?", "yellow")}

app = typer.Typer(no_args_is_help=True, help="Issue, show, verify and revoke badges.")
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command("issue")
def issue_(
    level: Annotated[int, typer.Argument(help="The level, 1 to 5.")],
    name: Annotated[str, typer.Option("--name", help="The name on the badge.")] = "",
    did: Annotated[
        str, typer.Option("--did", help="The recipient's own did:key, if a school issues.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Sign the badge of a level that you have reached, and write it beside a picture and a page.

    A home that is no school's signs with your own key, and the badge says so: self-asserted.
    """
    desk = desk_with_labs()
    issued = badges.issue(desk, level, name=name, did=did)
    files = _write(desk, issued, desk.home / badges.FOLDER)
    if json:
        print_json({**_plain(issued), "files": [str(each) for each in files]})
        return
    whose = "self-asserted, by your own key" if issued.self_asserted else f"by {issued.issuer}"
    out.print(f"level {level}: {badges.short_id(issued.credential)} ({whose})", markup=False)
    for path in files:
        out.print(f"  {path}", markup=False)


@app.command("list")
def list_(json: JsonOption = False) -> None:
    """List your badges."""
    found = badges.issued_to(open_desk(os.environ))
    if json:
        print_json([_plain(each) for each in found])
        return
    if not found:
        out.print("you have no badge yet: `practicum level` shows what each one asks for")
    for each in found:
        state = f"revoked: {each.revoked}" if each.revoked else "valid"
        kind = ", self-asserted" if each.self_asserted else ""
        name = badges.short_id(each.credential)
        out.print(f"{name}  level {each.level}  {each.at.date()}{kind}  {state}", markup=False)


@app.command("export")
def export(
    credential: Annotated[str, typer.Argument(help="A badge's id, or the beginning of it.")],
    folder: Annotated[Path, typer.Argument(help="Where to write its files.")] = Path(),
) -> None:
    """Write a badge's files again: the credential, the picture that holds it, and a page."""
    desk = open_desk(os.environ)
    for path in _write(desk, badges.find_issued(desk, credential), folder):
        out.print(str(path), markup=False)


@app.command("revoke")
def revoke_(
    credential: Annotated[str, typer.Argument(help="A badge's id, or the beginning of it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the record.")],
) -> None:
    """Let a badge count no more, and write the issuer's new status list."""
    desk = open_desk(os.environ)
    found = badges.revoke(desk, credential, reason)
    path = desk.home / badges.FOLDER / badges.status_file(found.issuer)
    out.print(f"{badges.short_id(found.credential)} is revoked: {found.revoked}", markup=False)
    out.print(f"give out the new status list: {path}", markup=False)


@app.command("verify")
def verify_(
    files: Annotated[list[Path], typer.Argument(help="Badges: credentials or pictures.")],
    issuer: Annotated[
        str, typer.Option("--issuer", help="The did:key that must have signed.")
    ] = "",
    status: Annotated[
        list[Path] | None, typer.Option("--status-list", help="The issuer's status list.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check badges without asking anybody: form, signature, issuer, dates, revocation.

    Exit code 0 if everything holds, 1 if something fails, 3 if something cannot be known
    (mostly a status list that is not at hand).
    """
    home = state_folder()
    lists = [_read(path) for path in status or ()]
    now = dt.datetime.now(dt.UTC)
    reports = [
        badges.verify(_read(path), home=home, now=now, issuer=issuer, status_lists=lists)
        for path in files
    ]
    if json:
        print_json([{**msgspec.to_builtins(each), "outcome": each.outcome} for each in reports])
    else:
        for path, report in zip(files, reports, strict=True):
            _print_report(path, report, home)
    outcomes = {each.outcome for each in reports}
    worst = next(each for each in ("fails", "unknown", "holds") if each in outcomes)
    raise typer.Exit(OUTCOMES[worst].exit_code)


@app.command("status-list")
def status_list_(
    issuer: Annotated[str, typer.Option("--issuer", help="One of this home's keys.")] = "",
) -> None:
    """Write the signed list of revoked badges, for those who check them."""
    desk = open_desk(os.environ)
    out.print(
        str(badges.write_status_list(desk, issuer or school_key(desk.home).issuer)), markup=False
    )


@app.command("school")
def school(
    name: Annotated[str, typer.Argument(help="The school's name; without one: show it.")] = "",
    url: Annotated[
        str, typer.Option("--url", help="Where its status lists can be had on the web.")
    ] = "",
) -> None:
    """Let this home issue badges as a school, and no longer as a learner for herself."""
    home = state_folder()
    if name:
        badges.write_school(home, badges.School(name=name, url=url))
    found = badges.read_school(home)
    if found is None:
        out.print("this home is a learner's own: what it issues is self-asserted")
        return
    own = school_key(home).issuer
    out.print(f"{found.name} issues here as {own} {found.url}".rstrip(), markup=False)
    address = badges.status_address(open_desk(os.environ), own)
    if address and not address.startswith(found.url or "urn:"):
        out.print(
            f"badges that this key gave name its status list {address}, and so will further ones: "
            "`practicum credential rotate` begins with a new key and the new address",
            markup=False,
        )


@app.command("rotate")
def rotate_() -> None:
    """Let a new key follow the present one; both sign that it does.

    Badges that the old key signed stay valid, and its status list goes on.
    """
    step = rotate(state_folder(), dt.datetime.now(dt.UTC))
    out.print(f"{step.new} follows {step.old}", markup=False)


def _plain(issued: badges.Issued) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(issued)
    return found


def _write(desk: Desk, issued: badges.Issued, folder: Path) -> list[Path]:
    stem = f"level-{issued.level}-{badges.short_id(issued.credential)[:8]}"
    texts = {
        f"{stem}.json": badges.as_text(issued.document),
        f"{stem}.svg": badge_svg(issued.document, issued.level).encode(),
        f"{stem}.html": badge_page(issued.document, issued.level).encode(),
    }
    with telling(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_bytes(text)
    return [folder / name for name in texts]


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > BYTES_MAX:
            raise ValueError(f"it is larger than {BYTES_MAX // 1_000_000} MB")
        text = path.read_bytes()
        if text.lstrip()[:1] == b"<":
            return baked_in(text.decode("utf-8"))
        return read_object(text)
    except OSError as error:
        raise CannotBeUsed(f"{path} cannot be read: {error.strerror}: look at the path") from error
    except ValueError as error:
        remedy = "give the credential's JSON, or the SVG that holds it"
        raise CannotBeUsed(f"{path} holds no credential: {error}: {remedy}") from error


def _print_report(path: Path, report: Report, home: Path) -> None:
    said = {"holds": "holds", "fails": "does NOT hold", "unknown": "cannot be decided"}
    whose = f"{report.name}, {report.recipient}" if report.name else "a badge"
    out.print(Text.assemble((f"{path}: {said[report.outcome]}", "bold"), f"  {whose}"))
    for check in report.checks:
        mark, style = MARKS[check.outcome]
        out.print(Text.assemble("  ", (mark, style), f" {check.what}: {check.said}"))
    if report.self_asserted:
        out.print("  ! self-asserted: who signed it is who it is about", markup=False)
    if badges.is_ours(home, report.issuer):
        out.print("  ! the issuer is this home's own key", markup=False)
    if report.outcome == "unknown":
        complain(f"{path}: ask the issuer for the status list, and give it with --status-list")
