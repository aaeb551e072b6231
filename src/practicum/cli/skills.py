"""``practicum skills``, ``experiment``, ``journal`` and ``checkpoint``: what you can do by
evidence, and what you write down of your practice."""

from __future__ import annotations

import sys
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from practicum.cli.recording import desk_with_labs
from practicum.cli.screen import out, print_json
from practicum.learner.events import ChallengeNoted, ExperimentRecorded
from practicum.study.practice import PARTS, Practice

JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
About = Annotated[str, typer.Option("--about", help="The metric it is about (course/name).")]

experiment = typer.Typer(no_args_is_help=True, help="Decisions put to the test.")
journal = typer.Typer(no_args_is_help=True, help="What was hard, and how you met it.")


def _practice() -> Practice:
    return Practice(desk_with_labs())


def skills(
    course: Annotated[str, typer.Argument(help="A course; without one: all that have any.")] = "",
    json: JsonOption = False,
) -> None:
    """Show what you can do, from evidence only: metrics that are shown, and skills made of them.

    Nobody rates herself here: labs, modules, exams, experiments and what mentors attest count.
    """
    practice = _practice()
    courses = (course,) if course else practice.with_skills()
    if json:
        print_json({each: _as_data(practice, each) for each in courses})
        return
    for each in courses:
        _print_course(practice, each)


def _as_data(practice: Practice, course: str) -> dict[str, object]:
    shown = practice.metrics(course)
    return {
        "skills": msgspec.to_builtins(practice.skills(course)),
        "metrics": [{**msgspec.to_builtins(x), "is_shown": x.is_shown} for x in shown],
    }


def _print_course(practice: Practice, course: str) -> None:
    shown = practice.metrics(course)
    count = sum(each.is_shown for each in shown)
    out.print(Text.assemble((course, "bold"), f"  {count} of {len(shown)} metrics are shown"))
    for skill in practice.skills(course):
        name = skill.id.partition("/")[2]
        out.print(f"  {name}: {skill.stands}  (from {skill.current}, to {skill.target})")
        if skill.gap:
            out.print(f"      gap: {'; '.join(skill.gap)}", markup=False)
    group = ""
    for each in shown:
        if each.group != group:
            group = each.group
            out.print(f"  {group}", markup=False)
        mark, style = ("+", "green") if each.is_shown else ("-", "")
        told = f"by {', '.join(each.by)}" if each.is_shown else "; ".join(each.missing)
        out.print(Text.assemble("    ", (f"{mark} {each.name}", style), f": {told}"))


@experiment.command("record")
def record(
    name: Annotated[str, typer.Argument(help="A name, like-this-2; the same one changes it.")],
    hypothesis: Annotated[str, typer.Option("--hypothesis", help="What you expect.")] = "",
    method: Annotated[str, typer.Option("--method", help="How you find out.")] = "",
    measurement: Annotated[str, typer.Option("--measurement", help="What you saw.")] = "",
    conclusion: Annotated[str, typer.Option("--conclusion", help="What follows.")] = "",
    about: About = "",
    evidence: Annotated[
        list[str] | None, typer.Option("--evidence", help="A bundle's SHA-256, or an address.")
    ] = None,
) -> None:
    """Record an experiment: hypothesis and method first, measurement and conclusion when they
    are there."""
    said = (hypothesis, method, measurement, conclusion)
    parts = dict(zip(PARTS, said, strict=True))
    event = _practice().note_experiment(name, parts, about=about, evidence=tuple(evidence or ()))
    left = [part for part in PARTS if not getattr(event, part)]
    out.print(f"{name} is recorded" + (f"; still open: {', '.join(left)}" if left else ""))


@experiment.command("list")
def list_experiments(json: JsonOption = False) -> None:
    """Show your experiments."""
    found = _practice().experiments()
    if json:
        print_json(found)
        return
    if not found:
        out.print("no experiment yet: `practicum experiment record NAME --hypothesis ...`")
    for kept in found:
        event = kept.event
        assert isinstance(event, ExperimentRecorded)
        about = f"  about {event.about}" if event.about else ""
        out.print(Text.assemble((event.experiment, "bold"), f"  {kept.at.date()}{about}"))
        for part in PARTS:
            out.print(f"    {part}: {getattr(event, part) or '(open)'}", markup=False)


@journal.command("add")
def add(
    challenge: Annotated[str, typer.Argument(help="What was hard, or went wrong.")],
    solution: Annotated[str, typer.Argument(help="How you met it.")],
    learnt: Annotated[str, typer.Option("--learnt", help="What you take from it.")] = "",
    about: Annotated[str, typer.Option("--about", help="A lab, a module, a metric.")] = "",
) -> None:
    """Note a challenge and how you met it."""
    _practice().note_challenge(challenge, solution, about=about, learnt=learnt)
    out.print("noted")


@journal.command("list")
def list_journal(json: JsonOption = False) -> None:
    """Show the journal, the oldest first."""
    found = _practice().challenges()
    if json:
        print_json(found)
        return
    if not found:
        out.print('the journal is empty: `practicum journal add "what was hard" "how I met it"`')
    for kept in found:
        event = kept.event
        assert isinstance(event, ChallengeNoted)
        out.print(Text.assemble((str(kept.at.date()), "bold"), f"  {event.challenge}"))
        out.print(f"    {event.solution}", markup=False)
        if event.learnt:
            out.print(f"    learnt: {event.learnt}", markup=False)


def checkpoint(
    course: Annotated[str, typer.Argument(help="A course.")],
    name: Annotated[str, typer.Argument(help="The checkpoint; without one: list them.")] = "",
    answers: Annotated[
        list[str] | None,
        typer.Option("--answer", help="QUESTION=ANSWER; without any you are asked."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Answer the questions of a checkpoint, or show how far you are."""
    practice = _practice()
    if not name:
        _list_checkpoints(practice, course, json)
        return
    for each in answers or ():
        if "=" not in each:
            raise typer.BadParameter(f"{each!r} answers no question: say QUESTION=ANSWER")
    said = dict(each.partition("=")[::2] for each in answers or ())
    if not said and not json and sys.stdin.isatty():
        ask_all(practice, course, name)
    said = {question: answer for question, answer in said.items() if answer.strip()}
    if said:
        practice.answer(course, name, said)
    questions = practice.questions(course, name)
    if json:
        print_json(questions)
        return
    for question, answer in questions.items():
        out.print(Text.assemble((question, "bold"), f"\n    {answer or '(open)'}"))


def ask_all(practice: Practice, course: str, name: str) -> None:
    """Ask each question; an answer is kept at once, so that Ctrl-C takes none back."""
    for question, was in practice.questions(course, name).items():
        said = typer.prompt(question, default=was, show_default=bool(was))
        if said.strip() and said != was:
            practice.answer(course, name, {question: said})


def _list_checkpoints(practice: Practice, course: str, json: bool) -> None:
    practice.metrics(course)  # names the course if there is none
    found = {
        each.name: practice.questions(course, each.name)
        for each in practice.courses[course].checkpoints
    }
    if json:
        print_json(found)
        return
    for name, questions in found.items():
        done = sum(bool(answer) for answer in questions.values())
        out.print(f"{name}: {done} of {len(questions)} questions are answered", markup=False)
    if not found:
        out.print(f"{course} has no checkpoints")
