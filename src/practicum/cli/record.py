"""``practicum record``: what was recorded of learners, and how it is kept."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from practicum.archive.backup import back_up, restore, write_export
from practicum.archive.importing import import_lines
from practicum.archive.lines import export
from practicum.archive.opening import open_record
from practicum.archive.sql import SqlRecord
from practicum.archive.verifying import verify
from practicum.cli.screen import complain, out, print_json
from practicum.learner import xapi
from practicum.learner.events import AnyEvent, Unknown
from practicum.learner.record import Entry, RecordError
from practicum.servers.home import state_home
from practicum.study.desk import SCHOOL
from practicum.study.opening import FILE as PERSON_FILE
from practicum.study.opening import PERSON_VARIABLE, claim, forget_whose, whose

HOME_PAGE = "https://practicum.invalid"
BESIDE = (
    "archive-before-*.db",
    "archive-damaged-*.db",
    "credentials/",
    "current.json",
    "drafts/",
    "evidence/",
    "keys/",
    "workspaces/",
)
"""What else in a home may tell of a person."""

_WORDS_MAX = 100
_SMALL = 60

app = typer.Typer(help="Your record: what you did, kept for good.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Person = Annotated[str, typer.Option("--person", help="Whose, by id; yours, without it.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Even if there is a record; it is kept beside.")
]


def _record() -> SqlRecord:
    return open_record(state_home(os.environ), os.environ)


def _mine() -> str:
    return whose(state_home(os.environ), os.environ)[0]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@app.command()
def show(
    person: Person = "",
    kind: Annotated[
        str, typer.Option("--kind", help="Only events of this kind, or its beginning: lab.")
    ] = "",
    since: Annotated[
        dt.datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="From then on."),
    ] = None,
    people: Annotated[
        bool, typer.Option("--people", help="Who is in the record, instead.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what was recorded, day by day."""
    record = _record()
    if people:
        _show_people(record, json=json)
        return
    first = since.astimezone() if since else None
    entries = [
        entry
        for entry in record.read(person or _mine())
        if _kind(entry.event).startswith(kind) and (first is None or entry.at >= first)
    ]
    if json:
        print_json(entries)
        return
    for line in _history(entries):
        out.print(line)
    if not entries:
        out.print("nothing was recorded" + (" of that" if kind or since else ""), markup=False)


def _show_people(record: SqlRecord, *, json: bool) -> None:
    rows = [{"person": each, "entries": record.head(each).number} for each in record.people()]
    if json:
        print_json(rows)
        return
    mine = _mine()
    for row in rows:
        you = "  (you)" if row["person"] == mine else ""
        out.print(f"{row['person']}  {row['entries']} entries{you}", markup=False)
    if not rows:
        out.print("there is nobody in the record yet", markup=False)


def _kind(event: AnyEvent) -> str:
    return event.of if isinstance(event, Unknown) else str(event.__struct_config__.tag)


def _history(entries: list[Entry]) -> Iterator[Text]:
    day = ""
    for entry in entries:
        at = entry.at.astimezone()
        if day != (day := f"{at:%Y-%m-%d %A}"):
            yield Text(day, "bold")
        by = f"  (by {entry.by})" if entry.by not in (entry.person, "practicum") else ""
        yield Text.assemble(
            (f"  {at:%H:%M}  {entry.number:>5}  ", "dim"),
            (f"{_kind(entry.event):<22}", "cyan"),
            f"{_words(entry.event)}{by}",
        )


def _words(event: AnyEvent) -> str:
    """The fields that say something, in a line."""
    if isinstance(event, Unknown):
        return f"recorded by a newer practicum (version {event.version})"
    told = []
    for field in msgspec.structs.fields(event):
        value = getattr(event, field.name)
        if value not in ("", (), {}, None, field.default):
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            short = text if len(text) <= _SMALL else f"{text[:_SMALL]}…"
            told.append(f"{field.name}={short}")
    line = " ".join(" ".join(told).split())
    return line if len(line) <= _WORDS_MAX else f"{line[:_WORDS_MAX]}…"


@app.command(name="export")
def export_(
    file: Annotated[
        Path | None, typer.Argument(help="Where to; .gz is packed. Without it, to stdout.")
    ] = None,
    person: Annotated[str, typer.Option("--person", help="Only of her, by id.")] = "",
    mine: Annotated[bool, typer.Option("--mine", help="Only yours.")] = False,
) -> None:
    """Write the record as JSON lines: a header, an entry a line, and hashes at the end."""
    record, whom = _record(), _mine() if mine else person
    if file is None:
        _to_stdout(export(record, made_at=_now(), person=whom))
        return
    count = write_export(record, file, made_at=_now(), person=whom)
    out.print(f"{count} entries are in {file}", markup=False)


def _to_stdout(lines: Iterable[bytes]) -> None:
    try:
        sys.stdout.buffer.writelines(lines)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Who reads has seen enough; nothing is to be flushed when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="What `practicum record export` wrote.")],
    revive: Annotated[
        bool, typer.Option("--revive", help="Bring back people who were erased, too.")
    ] = False,
    mine: Annotated[
        bool, typer.Option("--mine", help="It is about you: this home, new as it is, is yours.")
    ] = False,
    json: Json = False,
) -> None:
    """Take in an export: checked first, all or nothing; what is recorded already stays."""
    record = _record()
    done = import_lines(record, file, revive=revive)
    mark = _settled(record, is_hers=mine, remedy=f"practicum record import {file} --mine")
    if json:
        print_json(done)
        return
    out.print(f"{done.added} entries are new, {done.known} were recorded already", markup=False)
    if done.erased:
        out.print(
            f"{done.erased} entries of people who were erased were left out: --revive brings "
            "them back",
            markup=False,
        )
    if mark:
        out.print(mark, markup=False)


def _settled(record: SqlRecord, *, is_hers: bool, remedy: str) -> str:
    """Make a home that is nobody's yet hers whom the record is about, if it ``is_hers`` and of
    one person; what is to be told of it, empty where the home is somebody's."""
    home = state_home(os.environ)
    people = [each for each in record.people() if each != SCHOOL]
    if whose(home, os.environ)[1] or not people:
        return ""
    if len(people) > 1:
        return (
            f"whose home this is, is not told: write her id into {home / PERSON_FILE}, or set "
            f"{PERSON_VARIABLE}; `practicum record show --people` lists them"
        )
    if is_hers:
        claim(home, people[0])
        return f"this home is that of {people[0]} from now on"
    return f"this home is nobody's yet: if you are {people[0]}, `{remedy}` makes it yours"


def _of(entries: int, people: int) -> str:
    return f"{entries} entries of {people} {'person' if people == 1 else 'people'}"


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; it must not be there yet.")],
    json: Json = False,
) -> None:
    """Copy the record while it is used, and check the copy."""
    made = back_up(_record(), file, now=_now())
    if json:
        print_json({"file": os.fspath(file), "people": made.people, "entries": made.entries})
    else:
        out.print(f"{_of(made.entries, made.people)} are in {file}, and whole", markup=False)


@app.command(name="restore")
def restore_(
    file: Annotated[Path, typer.Argument(help="A backup, or an export of everything.")],
    replace: Replace = False,
    json: Json = False,
) -> None:
    """Put a backup in the record's place. It is checked first; what was there stays beside it."""
    record = _record()
    done = restore(record, file, now=_now(), replace=replace)
    mark = _settled(record, is_hers=True, remedy="")
    if json:
        print_json({**msgspec.structs.asdict(done), "beside": done.beside and str(done.beside)})
        return
    out.print(f"the record holds {_of(done.entries, done.people)}", markup=False)
    if done.beside:
        out.print(f"what was there is in {done.beside}", markup=False)
    if done.still_erased:
        out.print(f"people who were erased, and stay so: {done.still_erased}", markup=False)
    if mark:
        out.print(mark, markup=False)


@app.command()
def erase(
    person: Person = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Erase a person from the record for good. Nothing brings her back but an old export that
    is told to; chains of others stay whole."""
    home, record = state_home(os.environ), _record()
    mine, is_known = whose(home, os.environ)
    if not person and not is_known:
        out.print("nothing was recorded of you", markup=False)
        return
    whom = person or mine
    count = record.head(whom).number
    if not count and whom != mine and not yes:
        raise RecordError(
            f"nothing is recorded of {whom}: `practicum record show --people` lists who there is; "
            "--yes keeps out what an import would bring of her"
        )
    if not yes:
        export_first = f"practicum record export FILE --person {whom}"
        typer.confirm(
            f"Erase all {count} entries of {whom} for good? (`{export_first}` keeps them)",
            abort=True,
        )
    count = record.erase(whom)
    if whom == mine:
        forget_whose(home)
    if json:
        print_json({"person": whom, "entries": count})
        return
    out.print(f"{count} entries of {whom} are erased", markup=False)
    stays = [name for name in BESIDE if any(home.glob(name.rstrip("/")))]
    there = f", and in {home} {', '.join(stays)}" if stays else ""
    out.print(
        f"what is not the record stays: backups and exports{there}: remove those yourself",
        markup=False,
    )


@app.command(name="verify")
def verify_(json: Json = False) -> None:
    """Check that every entry is as it was written, in its place, and none is missing.

    Exit code 1 if anything is wrong.
    """
    home, found = state_home(os.environ), verify(_record())
    if json:
        print_json(found)
    else:
        out.print(f"{_of(found.entries, found.people)} were looked at", markup=False)
        for damage in found.damages:
            complain(str(damage))
        if found.damages:
            complain("`practicum record restore FILE --replace` puts a backup in its place")
        else:
            out.print("all are as they were recorded", markup=False)
    if found.entries == 0 and (home / PERSON_FILE).exists():
        complain(
            f"this home is somebody's, by {home / PERSON_FILE}, and nothing is recorded: if there "
            "was something, `practicum record restore FILE` puts a backup in its place"
        )
    raise typer.Exit(1 if found.damages else 0)


@app.command(name="xapi")
def xapi_(
    person: Person = "",
    everybody: Annotated[bool, typer.Option("--everybody", help="Of all people.")] = False,
    home_page: Annotated[
        str, typer.Option("--home-page", help="The IRI of where your accounts are kept.")
    ] = HOME_PAGE,
    email: Annotated[
        bool, typer.Option("--email", help="Name people by their e-mail addresses, if known.")
    ] = False,
) -> None:
    """Write xAPI 1.0.3 statements to stdout, one a line; the same ids every time."""
    if ":" not in home_page:
        raise typer.BadParameter(f"{home_page!r} is no IRI: begin with https://")
    record = _record()
    entries = record.read_all() if everybody else record.read(person or _mine())
    told = xapi.statements(entries, home_page=home_page, with_email=email)
    _to_stdout(msgspec.json.encode(each) + b"\n" for each in told)


@app.command()
def rebuild(json: Json = False) -> None:
    """Throw away what was folded from the record; it is made anew when it is next read."""
    count = _record().drop_views()
    if json:
        print_json({"views": count})
    else:
        out.print(f"{count} views will be made anew when they are read", markup=False)
