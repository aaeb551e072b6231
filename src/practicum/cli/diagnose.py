"""``practicum diagnose``: a few questions that tell where to begin."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markdown import Markdown
from rich.text import Text

from practicum.cli.catalogue import read_catalogue
from practicum.cli.path import role_named
from practicum.cli.screen import complain, out, print_json
from practicum.curriculum.catalogue import Catalogue
from practicum.labs.finding import CannotBeUsed
from practicum.labs.text_file import read_text, text_of
from practicum.labs.yaml_file import BYTES_MAX, parse_yaml
from practicum.learner.diagnostic.choosing import QUESTIONS_MAX, QUESTIONS_MIN, Stopped
from practicum.learner.diagnostic.fitting import TooFew
from practicum.learner.diagnostic.state import Diagnostic
from practicum.learner.exam.refusal import BadAnswer
from practicum.learner.exam.sheet import sheet
from practicum.study import diagnosing as study
from practicum.study.desk import Desk
from practicum.study.diagnosing import Asking, Bank, Outcome
from practicum.study.opening import open_desk

UNKNOWN = ("", "?", "-")
"""What is said for "I do not know"."""


def diagnose(
    role: Annotated[
        str, typer.Option("--role", help="On whose path to begin; without it, where you are.")
    ] = "",
    answers: Annotated[
        str,
        typer.Option(
            "--answers", help="A file with answers by question, YAML or JSON; - is stdin."
        ),
    ] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Begin a new one, though you are placed.")
    ] = False,
    most: Annotated[
        int, typer.Option("--most", min=QUESTIONS_MIN, max=100, help="Questions at the most.")
    ] = QUESTIONS_MAX,
    end: Annotated[
        bool, typer.Option("--end", help="Be placed by the answers that there are.")
    ] = False,
    fit: Annotated[
        bool, typer.Option("--fit", help="For hosts: fit the questions to everybody's answers.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, and ask nothing.")] = False,
) -> None:
    """Find out where to begin: 8 to 24 questions, each chosen by your answers so far.

    Say that you do not know (Enter) instead of guessing. Ctrl-C leaves, and the next
    `practicum diagnose` goes on. It grants no level and passes no module. With `--json` it
    prints the next question, or the place; `--answers` answers what it has answers to.
    """
    desk = open_desk(os.environ)
    if fit:
        _fit(desk, json=json)
        return
    catalogue = read_catalogue()
    chosen = role_named(catalogue, role).role if role else ""
    bank = study.bank_of(desk)
    if bank.left_out:
        told = ["left out, because it cannot be used:", *(f"  {each}" for each in bank.left_out)]
        complain("\n".join(told))
    if not bank.candidates:
        raise CannotBeUsed("no module has a question yet that could be asked here")
    found = study.begin(desk, again=again, most=most)
    if answers:
        found = _answer_from(desk, found, bank, _read(answers))
    elif not json and not end:
        found = _ask(desk, found, bank)
    _tell(desk, found, bank, catalogue, chosen, end=end, json=json)


def _fit(desk: Desk, *, json: bool) -> None:
    try:
        kept = study.refit(desk)
    except TooFew as error:
        raise CannotBeUsed(
            f"{error}; until then each question is as its difficulty and tier say"
        ) from error
    if json:
        print_json(kept)
        return
    out.print(f"{len(kept.questions)} questions fitted to the answers of {kept.people} people")


# ── Asking


def _ask(desk: Desk, found: Diagnostic, bank: Bank) -> Diagnostic:
    """Ask at the terminal until it is enough, or she leaves."""
    if found.placed is None:
        out.print("Enter says that you do not know; Ctrl-C leaves, and nothing is lost.")
    while isinstance(asked := study.asking(found, bank), Asking):
        _print_question(asked)
        while True:
            try:
                said = input("> ").strip()
            except EOFError:
                out.print("\n`practicum diagnose` goes on, `practicum diagnose --end` ends it")
                raise typer.Exit(0) from None
            try:
                found = study.answer(desk, found, asked, None if said in UNKNOWN else said)
                break
            except BadAnswer as error:
                out.print(Text(str(error), "red"))
    return found


def _print_question(asked: Asking) -> None:
    shown = sheet(asked.item)
    head = f"{asked.number} of {asked.most} at the most  "
    out.print(Text.assemble("\n", (head, "dim"), (asked.candidate.module, "bold")))
    out.print(Markdown(shown.text))
    for each in (*shown.lefts, *shown.offered):
        out.print(f"  {each.label}  {each.text}", markup=False)
    out.print(Text(shown.expected, "dim"))


# ── Answers from a file


def _read(file: str) -> dict[str, Any]:
    """Answers by question: by its id, or with its module's before it."""
    if file == "-":
        text, findings = text_of(sys.stdin.buffer.read(BYTES_MAX + 1), "standard input")
    else:
        text, findings = read_text(Path(file), bytes_max=BYTES_MAX)
    document: Any = None
    if text is not None:
        yaml, findings = parse_yaml(text, file)
        document = yaml.document if yaml is not None else None
    if findings:
        raise CannotBeUsed("the answers cannot be read:", findings=findings)
    if not isinstance(document, dict):
        raise CannotBeUsed(f"{file} holds no answers: write `QUESTION: ANSWER`, line by line")
    return {str(name): said for name, said in document.items()}


def _answer_from(desk: Desk, found: Diagnostic, bank: Bank, answers: dict[str, Any]) -> Diagnostic:
    """Answer what is asked while there is an answer to it; null says that she does not know."""
    while isinstance(asked := study.asking(found, bank), Asking):
        names = [each for each in (asked.candidate.key, asked.item.id) if each in answers]
        if not names:
            break
        said = answers[names[0]]
        unknown = said is None or (isinstance(said, str) and said.strip() in UNKNOWN)
        found = study.answer(desk, found, asked, None if unknown else said)
    return found


# ── Telling


def _tell(
    desk: Desk,
    found: Diagnostic,
    bank: Bank,
    catalogue: Catalogue,
    role: str,
    *,
    end: bool,
    json: bool,
) -> None:
    asked = study.asking(found, bank)
    if isinstance(asked, Asking) and not (end and found.given):
        if json:
            print_json(_as_data(found, asked))
        else:
            _print_question(asked)
            out.print(f"`practicum diagnose` goes on; {len(found.given)} are answered")
        return
    outcome = study.conclude(desk, found, catalogue, role)
    if json:
        print_json({"diagnostic": found.id, "answered": len(found.given), "outcome": outcome})
        return
    if isinstance(asked, Stopped) and found.placed is None:
        out.print(f"enough: {asked.why}", markup=False)
    _print_outcome(outcome)


def _as_data(found: Diagnostic, asked: Asking) -> dict[str, Any]:
    return {
        "diagnostic": found.id,
        "answered": len(found.given),
        "most": found.most,
        "module": asked.candidate.module,
        "next": sheet(asked.item),
    }


def _print_outcome(outcome: Outcome) -> None:
    out.print(Text("\nWhere you begin", "bold"))
    start = outcome.start
    if start.id:
        out.print(Text.assemble("    ", (start.id, "bold"), f"  {start.title}"))
        for why in start.why:
            out.print(f"        because {why}", markup=False)
    else:
        out.print("    nothing of this way that you do not know can be done today")
    for line in outcome.words:
        out.print(f"    {line}", markup=False)
    if outcome.skipped:
        out.print(f"    left out at first: {', '.join(outcome.skipped)}", markup=False)
    out.print("It grants no level: exams and labs do. `practicum path ROLE` lays out the way.")
