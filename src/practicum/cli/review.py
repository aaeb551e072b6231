"""``practicum review``: what to recall today, in the terminal or from a script."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from practicum.cli.asking import print_marked
from practicum.cli.catalogue import read_catalogue
from practicum.cli.exam_result import run_code
from practicum.cli.gauntlet import AnswerOption, FileOption, LevelOption, PassedOption, given_by
from practicum.cli.next import module_named
from practicum.cli.review_session import Session
from practicum.cli.review_shown import print_change, print_load, print_queue, when
from practicum.cli.screen import complain, out, print_json
from practicum.labs.library import course_folders
from practicum.learner.exam.sheet import sheet
from practicum.study.anki import package, write_package
from practicum.study.decks import deck_of_modules
from practicum.study.opening import open_desk
from practicum.study.refit import fit
from practicum.study.reviews import Graded, Reviewed, ReviewRefused, Reviews, Tuned
from practicum.study.zone import local_zone

DAYS = 14
DaysOption = Annotated[int, typer.Option("--days", min=1, max=366, help="How many days.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
CardArgument = Annotated[str, typer.Argument(help="Its id, as `practicum review queue` tells.")]

app = typer.Typer(invoke_without_command=True)


@app.callback()
def review(context: typer.Context) -> None:
    """Recall what is due today: cards of the modules that you started, questions that you
    answered wrongly, checks of labs that failed, hints that you needed.

    Each answer is saved at once: Ctrl-C loses nothing. A day lasts from 04:00 to 04:00 of the
    time zone that TZ names, or of this machine.
    """
    if context.invoked_subcommand is None:
        Session(opened()).run()


def opened() -> Reviews:
    """The reviews of whoever sits here; files that cannot be used are told on stderr."""
    reviews = Reviews(open_desk(os.environ), local_zone(os.environ))
    if reviews.findings:
        told = [f"  {each}" for each in reviews.findings]
        complain("\n".join(["left out, because it cannot be used:", *told]))
    return reviews


@app.command()
def queue(json: JsonOption = False) -> None:
    """List what is to be asked today, in order, and what the cap puts off."""
    reviews = opened()
    found = reviews.queue()
    if json:
        print_json({**msgspec.to_builtins(found), "items": [_item(reviews, n) for n in found.now]})
    else:
        print_queue(reviews, found)


def _item(reviews: Reviews, name: str) -> dict[str, Any]:
    prompt, recall = reviews.prompt(name), reviews.memory.recalls.get(name)
    item = reviews.item(name)
    return {
        "card": name,
        "module": prompt.module,
        "block": prompt.block,
        "front": reviews.front(name),
        "question": sheet(item) if item else None,
        "asked": reviews.times(name),
        "due": recall.due if recall else None,
        "lapses": recall.lapses if recall else 0,
    }


@app.command()
def show(card: CardArgument, json: JsonOption = False) -> None:
    """Show a card, both sides, and how often it was reviewed."""
    reviews = opened()
    prompt, recall = reviews.prompt(card), reviews.memory.recalls.get(card)
    if json:
        print_json({**_item(reviews, card), "back": prompt.back})
        return
    for line in (reviews.front(card), "", prompt.back, ""):
        out.print(line, markup=False)
    if recall is None or recall.is_new:
        out.print("never reviewed", markup=False)
    else:
        said = f"reviewed {len(recall.reviews)} times, forgotten {recall.lapses} times, due "
        out.print(said + when(recall.due, reviews), markup=False)


@app.command()
def answer(
    card: CardArgument,
    rating: Annotated[
        int | None,
        typer.Option("--rating", min=1, max=4, help="1 again, 2 hard, 3 good, 4 easy."),
    ] = None,
    answer: AnswerOption = None,
    file: FileOption = "",
    level: LevelOption = None,
    passed: PassedOption = None,
    asked: Annotated[
        int | None,
        typer.Option(min=0, help="How often it had been asked when it was shown."),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="How long it took.")] = 0,
    early: Annotated[bool, typer.Option("--early", help="Although it is not due today.")] = False,
    json: JsonOption = False,
) -> None:
    """Record how well you remembered a card, or answer a question.

    A question is marked, and rated by its points and the time. With `--asked` what another
    terminal answered in the meantime is not counted twice.
    """
    reviews = opened()
    if rating is not None:
        if reviews.item(card) is not None:
            raise ReviewRefused(f"{card} is marked: give --answer or --file, and no --rating")
        told = reviews.answer(card, rating, asked=asked, seconds=seconds, early=early)
        answered: Reviewed | Graded = told
    else:
        if reviews.item(card) is None and answer is None and not file:
            raise typer.BadParameter(f"{card} is rated by yourself: --rating, from 1 to 4")
        given = given_by(answer, file, level, passed, seconds)
        run = run_code(reviews.desk)
        marked = reviews.answer_question(card, given, run, asked=asked, early=early)
        answered, told = marked, marked.reviewed
        if not json:
            print_marked(marked.marked)
    if json:
        print_json(msgspec.to_builtins(answered))
    else:
        out.print(f"saved: due again {when(told.due, reviews)}", markup=False)


@app.command()
def forecast(days: DaysOption = DAYS, json: JsonOption = False) -> None:
    """Show how much comes due in the next days, by what is known today."""
    loads = opened().forecast(days)
    if json:
        print_json(msgspec.to_builtins(loads))
    else:
        print_load(loads)


@app.command()
def cap(
    per_day: Annotated[int | None, typer.Argument(min=1, max=9999, help="Cards a day.")] = None,
    new: Annotated[
        int | None, typer.Option("--new", min=0, max=9999, help="Of them new ones.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the load.")] = False,
    json: JsonOption = False,
) -> None:
    """Tell or set how many cards you are asked a day; with the load before and after.

    What the cap puts off stays due; nothing gets another date.
    """
    reviews = opened()
    memory = reviews.memory
    before = (memory.per_day, memory.new_per_day)
    limit = per_day or memory.per_day
    if new is not None and new > limit:
        raise typer.BadParameter(f"of {limit} cards a day not {new} can be new: say a larger cap")
    after = (limit, min(limit, memory.new_per_day) if new is None else new)
    told = reviews.cap(*after, days=DAYS, save=not dry_run)
    if json:
        caps = {"before": before, "after": after, "saved": not dry_run and before != after}
        print_json({"cap": caps, "load": msgspec.to_builtins(told)})
        return
    out.print(f"at most {after[0]} cards a day, {after[1]} of them new", markup=False)
    if before != after:
        out.print(f"before: at most {before[0]}, {before[1]} of them new", markup=False)
        print_change(told)


@app.command()
def suspend(
    card: CardArgument,
    off: Annotated[bool, typer.Option("--off", help="Ask it again.")] = False,
) -> None:
    """Be asked a card no more, or again."""
    changed = opened().suspend(card, suspended=not off)
    state = "is asked again" if off else "is suspended"
    out.print(f"{card} {state}{'' if changed else ' already'}", markup=False)


@app.command()
def tune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is used.")] = False,
    json: JsonOption = False,
) -> None:
    """Fit the model of memory to your own reviews.

    It takes 2,000 reviews, and parameters that predict the latest ones, which they were not
    fitted to, better than those you have. Then due dates change; how many, and what the load
    is before and after, is told before it is used.
    """
    reviews = opened()
    told = reviews.tune(fit, days=DAYS)
    if not json:
        _print_tuning(told)
    better = told.tuning.parameters is not None
    used = better and not dry_run and (yes or (not json and typer.confirm("use them?")))
    if used:
        reviews.use(told.tuning)
    if json:
        print_json({**msgspec.to_builtins(told), "used": used})
    elif better:
        out.print("they hold from now on" if used else "nothing was changed", markup=False)
    raise typer.Exit(0 if better else 1)


def _print_tuning(told: Tuned) -> None:
    tuning = told.tuning
    if tuning.refused:
        out.print(f"not fitted: {tuning.refused}", markup=False)
        return
    out.print(
        f"fitted to {tuning.reviews:,} reviews; the loss on the {tuning.held_out:,} held out falls "
        f"from {tuning.loss_before:.4f} to {tuning.loss_after:.4f}",
        markup=False,
    )
    if told.change is not None:
        out.print(f"{told.change.moved:,} cards get another day", markup=False)
        print_change(told.change)


@app.command()
def export(
    anki: Annotated[Path, typer.Option("--anki", help="The file to write, .apkg.")],
    module: Annotated[
        list[str] | None,
        typer.Option("--module", help="All cards of this module instead; may be repeated."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write your cards as a deck for Anki; importing it again brings it up to date.

    Questions that are graded stay here, and so does what is known of your memory.
    """
    if anki.suffix != ".apkg":
        raise typer.BadParameter("the file's name must end in .apkg, or Anki does not open it")
    if module:
        catalogue = read_catalogue()
        chosen = [module_named(catalogue, each) for each in module]
        deck = deck_of_modules(course_folders(os.environ), chosen).deck
    else:
        deck = opened().deck
    cards = [each for each in deck.values() if each.question is None]
    if not cards:
        raise ReviewRefused(
            "there are no cards to write: `practicum read MODULE` begins a module, or name one "
            "with --module"
        )
    write_package(anki, package(cards, dt.datetime.now(dt.UTC)))
    if json:
        print_json({"file": str(anki.absolute()), "cards": len(cards)})
    else:
        out.print(f"{len(cards)} cards in {anki}: import the file in Anki", markup=False)
