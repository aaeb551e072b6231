"""A round of reviews in the terminal: one card after another, each answer saved at once."""

from __future__ import annotations

from collections import Counter

from rich.rule import Rule
from rich.text import Text

from practicum.cli.asking import Left, ask, print_marked
from practicum.cli.exam_result import run_code
from practicum.cli.keys import read_key
from practicum.cli.markdown import print_markdown
from practicum.cli.review_shown import NOTHING_YET, print_beside, print_load, summary, when
from practicum.cli.screen import out
from practicum.learner.exam.variant import Item
from practicum.learner.memory.deck import Prompt
from practicum.study.marking import Given
from practicum.study.reviews import AnsweredElsewhere, Graded, Reviewed, Reviews

FORECAST_DAYS = 7
RATINGS = {"1": "again", "2": "hard", "3": "good", "4": "easy"}
SKIP, SUSPEND, STOP = "s", "x", "q"


class Stopped(Exception):
    """She wants to stop here."""


class Session:
    """One round. What was skipped comes last, and nothing is recorded of it."""

    def __init__(self, reviews: Reviews) -> None:
        self.reviews = reviews
        self.skipped: list[str] = []
        self.ratings: Counter[int] = Counter()

    def run(self) -> None:
        """Ask until nothing is left, or she stops."""
        if not self.reviews.has_begun:
            out.print(NOTHING_YET, markup=False)
            return
        out.print(summary(self.reviews.queue()), markup=False)
        try:
            while (name := self.reviews.next(self.skipped)) is not None:
                self.ask(name)
        except (Stopped, EOFError, KeyboardInterrupt):
            out.print("\nstopped; every answer is saved", markup=False)
        self.close()

    def ask(self, name: str) -> None:
        """Ask one card, and record what comes of it."""
        prompt, times = self.reviews.prompt(name), self.reviews.times(name)
        self._head(prompt)
        item = self.reviews.item(name)
        try:
            reviewed = self._question(prompt, item, times) if item else self._card(prompt, times)
        except AnsweredElsewhere as error:
            out.print(str(error), markup=False)
            return
        if reviewed is not None:
            self._tell(reviewed)

    def _head(self, prompt: Prompt) -> None:
        queue = self.reviews.queue()
        left = len(queue.now) + len(queue.later)
        place = f"{prompt.module} · {prompt.block}" if prompt.block else prompt.module
        out.print(Rule(f"{sum(self.ratings.values())} done, {left} left · {place}", style="dim"))

    def _question(self, prompt: Prompt, item: Item, times: int) -> Reviewed | None:
        run = run_code(self.reviews.desk)

        def take(given: Given) -> Graded:
            return self.reviews.answer_question(prompt.name, given, run, asked=times)

        try:
            graded = ask(self.reviews.desk, item, take, leave=":s skips, :x suspends, :q stops")
        except Left as left:
            self._may_go_on(prompt, left.word)
            return None
        print_marked(graded.marked)
        return graded.reviewed

    def _card(self, prompt: Prompt, times: int) -> Reviewed | None:
        print_markdown(prompt.front)
        began = self.reviews.desk.now()
        if not self._may_go_on(
            prompt, key("any key shows the answer · s skip · x suspend · q stop")
        ):
            return None
        print_markdown(prompt.back)
        while True:
            said = key("1 again · 2 hard · 3 good · 4 easy")
            if said in RATINGS:
                break
            if not self._may_go_on(prompt, said):
                return None
        seconds = (self.reviews.desk.now() - began).total_seconds()
        return self.reviews.answer(prompt.name, int(said), asked=times, seconds=max(0.0, seconds))

    def _may_go_on(self, prompt: Prompt, said: str) -> bool:
        """Whether the key was none of those that leave a card."""
        if said == STOP:
            raise Stopped
        if said == SKIP:
            if prompt.name in self.skipped:
                self.skipped.remove(prompt.name)
            self.skipped.append(prompt.name)
        elif said == SUSPEND:
            self.reviews.suspend(prompt.name)
            out.print(
                f"suspended; `practicum review suspend {prompt.name} --off` brings it back",
                markup=False,
            )
        return said not in (SKIP, SUSPEND)

    def _tell(self, reviewed: Reviewed) -> None:
        self.ratings[reviewed.rating] += 1
        said = f"{RATINGS[str(reviewed.rating)]}; due again {when(reviewed.due, self.reviews)}"
        out.print(Text(said, style="dim"))

    def close(self) -> None:
        """What was done, what is left, and what comes."""
        done = sum(self.ratings.values())
        told = ", ".join(f"{self.ratings[int(k)]} {v}" for k, v in RATINGS.items())
        out.print(Rule(style="dim"))
        out.print(f"{done} reviewed: {told}" if done else "nothing reviewed", markup=False)
        queue = self.reviews.queue()
        out.print(summary(queue), markup=False)
        print_beside(queue)
        print_load(self.reviews.forecast(FORECAST_DAYS))


def key(prompt: str) -> str:
    """Ask for a key. Raises EOFError when nobody is there any more."""
    out.print(Text(prompt, style="dim"))
    return read_key()
