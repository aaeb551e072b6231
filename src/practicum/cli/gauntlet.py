"""``practicum gauntlet``: the four tiers of a module's questions."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import typer
from rich.rule import Rule
from rich.text import Text

from practicum.cli.asking import Left, ask, print_marked
from practicum.cli.catalogue import read_catalogue
from practicum.cli.exam_grade import levels_by
from practicum.cli.exam_result import run_code
from practicum.cli.exam_sit import read_answer
from practicum.cli.next import module_named
from practicum.cli.screen import out, print_json
from practicum.learner.exam.sheet import sheet
from practicum.learner.exam.variant import Item
from practicum.learner.memory.gauntlet import PASS_SHARE, Gauntlet
from practicum.study import gauntlets
from practicum.study.desk import Desk
from practicum.study.gauntlets import Answered, GauntletRefused
from practicum.study.marking import Given
from practicum.study.opening import open_desk

NAMES = ("quick recall", "understanding", "application", "complex design")
AnswerOption = Annotated[str | None, typer.Option("--answer", help="As the question expects it.")]
FileOption = Annotated[str, typer.Option("--file", help="Read the answer from a file instead.")]
LevelOption = Annotated[
    list[str] | None,
    typer.Option("--level", help="Of a design: CRITERION=LEVEL, for each criterion."),
]
PassedOption = Annotated[
    bool | None,
    typer.Option("--passed/--failed", help="Of code that this machine cannot run."),
]


def gauntlet(
    module: Annotated[str, typer.Argument(help="The module, or the end of its id.")],
    tier: Annotated[
        int | None, typer.Option("--tier", min=1, max=4, help="Else the first not passed.")
    ] = None,
    question: Annotated[
        str, typer.Option("--question", help="Answer this one, and ask nothing.")
    ] = "",
    answer: AnswerOption = None,
    file: FileOption = "",
    level: LevelOption = None,
    passed: PassedOption = None,
    seconds: Annotated[float, typer.Option(min=0, help="How long it took.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, and ask nothing.")] = False,
) -> None:
    """Run the gauntlet of a module: quick recall, understanding, application, complex design.

    A tier is passed with 70 % of its points, and then the next one opens. Every answer is saved
    at once: Ctrl-C loses nothing, and the same attempt goes on. What you answer wrongly comes
    back in `practicum review`.
    """
    desk = open_desk(os.environ)
    name = module_named(read_catalogue(), module)
    if question:
        given = given_by(answer, file, level, passed, seconds)
        _answer(desk, name, tier, question, given, json=json)
    elif json:
        asked = gauntlets.gauntlet(desk, name, tier)
        print_json({**_standing(asked.gauntlet), "questions": [sheet(x) for x in asked.items]})
    else:
        _run(desk, name, tier)


def given_by(
    answer: str | None,
    file: str,
    level: Sequence[str] | None,
    passed: bool | None,
    seconds: float,
) -> Given:
    """What the options of a command give as an answer."""
    if (answer is None) == (not file):
        raise typer.BadParameter("say either --answer or --file")
    return Given(
        said=read_answer(file) if file else answer,
        levels=levels_by(level) if level else None,
        passed=passed,
        seconds=seconds,
    )


def _answer(
    desk: Desk, module: str, tier: int | None, question: str, given: Given, *, json: bool
) -> None:
    asked = gauntlets.gauntlet(desk, module, tier)
    if asked.tier is None:
        raise GauntletRefused(f"every tier of {module} is passed: say with --tier which to repeat")
    told = gauntlets.answer(desk, module, asked.tier.tier, question, given, run_code(desk))
    if json:
        print_json({**msgspec.to_builtins(told), "tier": asked.tier.tier})
    else:
        print_marked(told.marked)
        _print_ended(told)


def _run(desk: Desk, module: str, tier: int | None) -> None:
    """Ask what is left of a tier, one question after another."""
    asked = gauntlets.gauntlet(desk, module, tier)
    _print_standing(asked.gauntlet)
    if asked.tier is None:
        out.print("every tier is passed: --tier repeats one, with other variants", markup=False)
        return
    number, attempt = asked.tier.tier, asked.tier.attempt
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        _ask_all(desk, module, number, list(asked.items))
    now = gauntlets.gauntlet(desk, module, number)
    assert now.tier is not None
    if now.tier.attempt == attempt:
        out.print(
            f"\n{len(now.tier.left)} left, every answer is saved: `practicum gauntlet {module}` "
            "goes on",
            markup=False,
        )
    else:
        _print_standing(now.gauntlet)


def _ask_all(desk: Desk, module: str, tier: int, items: list[Item]) -> None:
    """Until all are answered, here or in another terminal, or she stops."""
    run = run_code(desk)
    while items:
        item = items.pop(0)
        out.print(Rule(f"tier {tier}, {len(items) + 1} left", style="dim"))

        def take(given: Given, question: str = item.id) -> Answered:
            return gauntlets.answer(desk, module, tier, question, given, run)

        try:
            told = ask(desk, item, take, leave=":s puts it last, :q stops")
        except Left as left:
            if left.word == "q":
                return
            items.append(item)
        except GauntletRefused as error:
            out.print(str(error), markup=False)
        else:
            print_marked(told.marked)
            _print_ended(told)


def _print_ended(told: Answered) -> None:
    if told.ended is None:
        return
    share = told.ended.points / told.ended.of if told.ended.of else 0.0
    said = f"tier {told.ended.tier} ended: {told.ended.points:g} of {told.ended.of:g}, {share:.0%}"
    more = "passed" if told.passed else f"not passed: {PASS_SHARE:.0%} are needed; it begins anew"
    out.print(Text(f"{said}: {more}", "bold green" if told.passed else "bold red"))


def _print_standing(found: Gauntlet) -> None:
    out.print(f"{found.module}: mastery {found.mastery:.0%}", markup=False)
    for each in found.tiers:
        said = "open" if each.is_open else "closed"
        if each.passed:
            said = f"passed on {each.passed:%Y-%m-%d}"
        best = f", best {each.best:.0%}" if each.attempt > 1 else ""
        under_way = len(each.questions) - len(each.left)
        going = f", attempt {each.attempt}: {under_way} answered" if under_way else ""
        out.print(
            f"    {each.tier}  {NAMES[each.tier - 1]}, {len(each.questions)} questions: "
            f"{said}{best}{going}",
            markup=False,
        )


def _standing(found: Gauntlet) -> dict[str, Any]:
    return {
        "module": found.module,
        "mastery": found.mastery,
        "passed": found.is_passed,
        "next_tier": found.next_tier,
        "tiers": msgspec.to_builtins(found.tiers),
    }
