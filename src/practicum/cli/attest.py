"""``practicum attest``: what no machine can see, confirmed by a named mentor and signed."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from practicum.cli.catalogue import read_catalogue
from practicum.cli.home import state_folder
from practicum.cli.screen import out, print_json
from practicum.labs.proof import MentorsWord
from practicum.learner.credential.proved import ProvedView
from practicum.learner.events import AttestationWithdrawn
from practicum.servers.home import telling
from practicum.study.mentoring import (
    give_word,
    read_word,
    take_back,
    take_word,
    what_can_be_attested,
)
from practicum.study.opening import open_desk

app = typer.Typer(
    no_args_is_help=True, help="What only people can confirm: give your word, take a mentor's."
)
Output = Annotated[Path, typer.Option("--output", "-o", help="Where to write it.")]


@app.command("list")
def list_(json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False) -> None:
    """Show your id, what was attested of you, and what can be."""
    desk = open_desk(os.environ, for_good=True)
    proved = desk.record.folded(ProvedView(), desk.person).state
    there = tuple(proved.attested.values())
    can = what_can_be_attested(read_catalogue())
    if json:
        print_json({"person": desk.person, "attested": there, "can_be_attested": can})
        return
    out.print(f"you are {desk.person}: give a mentor this id", markup=False)
    for each in there:
        of = f" ({each.of})" if each.of else ""
        out.print(f"  {each.what}{of}: {each.mentor}, {each.on}: {each.note}", markup=False)
    out.print("mentors can attest:")
    for name in can:
        out.print(f"  {name}", markup=False)


@app.command("give")
def give(
    person: Annotated[str, typer.Argument(help="Whose it is: the id that `attest list` tells.")],
    what: Annotated[str, typer.Argument(help="The requirement or metric.")],
    mentor: Annotated[str, typer.Option("--mentor", help="Your name.")],
    note: Annotated[str, typer.Option("--note", help="What you saw, where and when.")],
    of: Annotated[
        str, typer.Option("--of", help="Which one, where several are asked for: its title.")
    ] = "",
    output: Output = Path("word.json"),
) -> None:
    """Sign, with the key of this home, that you saw somebody do something."""
    word = give_word(
        state_folder(),
        dt.datetime.now(dt.UTC),
        read_catalogue(),
        person=person,
        what=what,
        of=of,
        mentor=mentor,
        note=note,
    )
    _write(word, output)


@app.command("withdraw")
def withdraw(
    file: Annotated[Path, typer.Argument(help="The word that you gave.")],
    note: Annotated[str, typer.Option("--note", help="Why it counts no more.")],
    output: Output = Path("withdrawn.json"),
) -> None:
    """Sign that a word of yours counts no more; give the file to whom it is about."""
    _write(take_back(state_folder(), dt.datetime.now(dt.UTC), read_word(file), note), output)


@app.command("take")
def take(
    files: Annotated[list[Path], typer.Argument(help="What mentors gave you.")],
) -> None:
    """Take mentors' words into your record; each counts once."""
    desk = open_desk(os.environ)
    for path in files:
        word = read_word(path)
        event = take_word(desk, word)
        done = "is withdrawn" if isinstance(event, AttestationWithdrawn) else "is in your record"
        out.print(f"{word.what}, by {word.mentor} ({word.issuer}): {done}", markup=False)


def _write(word: MentorsWord, path: Path) -> None:
    with telling(path):
        path.write_bytes(msgspec.json.format(msgspec.json.encode(word), indent=2) + b"\n")
    state = "withdrawn" if word.withdrawn else "attested"
    out.print(f"{word.what} of {word.person} is {state}: {path}", markup=False)
