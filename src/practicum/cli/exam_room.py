"""An exam in a terminal: one question after another, back and forth, every answer saved at once."""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Callable, Iterator
from types import FrameType

from rich.text import Text

from practicum.cli.editor import Editor, NoEditor
from practicum.cli.exam_list import clock
from practicum.cli.markdown import print_markdown
from practicum.cli.question_shown import print_sheet
from practicum.cli.screen import out
from practicum.curriculum.question import Code, Design
from practicum.labs.finding import CannotBeUsed
from practicum.learner.exam.refusal import (
    AlreadySubmitted,
    BadAnswer,
    StaleDraft,
    TimeIsOver,
)
from practicum.learner.exam.sheet import parts, said, sheet
from practicum.learner.exam.sitting import Draft, insist_open
from practicum.learner.exam.variant import Item
from practicum.learner.record import RecordError
from practicum.study.desk import Desk
from practicum.study.exams import sitting as study
from practicum.study.exams.sitting import Open, Saved

HELP = """\
  Enter, :n   the next question          :b   the one before
  :7          question 7                 :l   all questions, and what is saved
  :f          flag it, or take that back :c   withdraw the answer
  :e          write in your editor       :s   hand in
  :q          leave; the clock runs on   :?   this
Anything else is your answer, and is saved at once."""


_NO_NAME = re.compile("[^A-Za-z0-9-]")


class TimeUp(Exception):
    """The deadline came while the person was thinking."""


class Room:
    """One person before her questions. ``ask`` shows a prompt and returns a line."""

    def __init__(self, desk: Desk, opened: Open, ask: Callable[[str], str] = input) -> None:
        self._desk = desk
        self._opened = opened
        self._alarm = Alarm()
        self._line = ask
        self._place = self._first_open()
        self._seen: dict[str, int] = {}
        self._shown = ""
        self._section = -1

    def _ask(self, prompt: str) -> str:
        with self._alarm.heard():
            return self._line(prompt).strip()

    @property
    def _item(self) -> Item:
        return self._opened.items[self._place]

    @property
    def _name(self) -> str:
        return self._opened.sitting.id

    def _first_open(self) -> int:
        saved = self._opened.sitting.drafted()
        open_ones = (at for at, each in enumerate(self._opened.items) if each.id not in saved)
        return next(open_ones, 0)

    def sit(self) -> bool:
        """Ask until it is handed in (True) or left (False)."""
        self._welcome()
        left_s = self._opened.sitting.left(self._desk.now()).total_seconds()
        try:
            with self._alarm.set(left_s):
                return self._sit()
        except (TimeUp, TimeIsOver) as error:
            told = str(error) or "the time is over: what was saved is handed in"
            out.print(Text(f"\n{told}", "bold"))
            return True
        except AlreadySubmitted as error:
            out.print(f"\n{error}", markup=False)
            return True
        except EOFError:
            self._bye()
            return False
        except KeyboardInterrupt:
            self._bye()
            raise SystemExit(130) from None

    def _sit(self) -> bool:
        while True:
            self._show()
            line = self._ask("> ")
            if not line or line == ":n":
                self._go(self._place + 1)
            elif not line.startswith(":"):
                self._answer(line)
            elif line == ":q":
                self._bye()
                return False
            elif line == ":s":
                if self._hand_in():
                    return True
            else:
                self._command(line[1:].strip())

    def _command(self, word: str) -> None:
        if word == "b":
            self._go(self._place - 1)
        elif word.isdecimal():
            self._go(int(word) - 1)
        elif word == "l":
            self._overview()
        elif word == "f":
            there = self._there()
            self._save(there.answer, flagged=not there.flagged)
        elif word == "c":
            self._save(None)
        elif word == "e":
            self._edit()
        else:
            out.print(HELP, markup=False)

    # ── Moving and showing

    def _welcome(self) -> None:
        paper = self._opened.paper
        out.print(Text.assemble((paper.title, "bold"), f"  {self._name}"))
        if paper.time_guide:
            print_markdown(paper.time_guide)
        out.print(HELP, markup=False)

    def _bye(self) -> None:
        out.print(
            f"\nnothing is lost, and the clock runs on: `practicum exam resume {self._name}`",
            markup=False,
        )

    def _go(self, place: int) -> None:
        last = len(self._opened.items) - 1
        if not 0 <= place <= last:
            out.print(
                f"there are questions 1 to {last + 1}: `:l` lists them, `:s` hands in", markup=False
            )
            return
        self._place = place

    def _there(self) -> Draft:
        """What is saved for the question at hand, whoever saved it."""
        self._opened = study.opened_again(self._desk, self._opened)
        return self._opened.sitting.draft(self._item.id)

    def _show(self) -> None:
        draft, item = self._there(), self._item
        insist_open(self._opened.sitting, self._desk.now())
        if self._shown != item.id:
            self._print_question(item)
            self._shown = item.id
            self._seen[item.id] = draft.revision
        left = clock(self._opened.sitting.left(self._desk.now()))
        told = f"{self._place + 1} of {len(self._opened.items)}, {left} left; {_state(item, draft)}"
        out.print(Text(told, "dim"))

    def _print_question(self, item: Item) -> None:
        shown = sheet(item)
        if item.section != self._section:
            self._section = item.section
            section = parts(self._opened.paper)[item.section]
            out.rule(section.title)
            if section.means:
                print_markdown(section.means)
        print_sheet(shown)
        by = "`:e` opens your editor" if shown.kind in ("code", "design") else "answer with"
        out.print(Text(f"{by}: {shown.expected}", "dim"))

    def _overview(self) -> None:
        sitting = self._opened.sitting
        for place, item in enumerate(self._opened.items):
            here = ">" if place == self._place else " "
            told = _state(item, sitting.draft(item.id))
            out.print(f"{here}{place + 1:>3}  {item.id}: {told}", markup=False)

    # ── Answers

    def _answer(self, line: str) -> None:
        if isinstance(self._item.question, Code | Design):
            out.print("`:e` opens your editor for this one", markup=False)
            return
        self._save_with(
            lambda seen: study.say(self._desk, self._opened, self._item.id, line, seen=seen), line
        )

    def _save(self, answer: object, flagged: bool | None = None) -> bool:
        return self._save_with(
            lambda seen: study.save(
                self._desk, self._opened, self._item.id, answer, seen=seen, flagged=flagged
            ),
            said(self._item, answer) or "nothing",
        )

    def _save_with(self, save: Callable[[int], Saved], mine: str) -> bool:
        """Save, and say so; whether what is typed is in the record."""
        question = self._item.id
        try:
            saved = save(self._seen[question])
        except StaleDraft as error:
            saved_anyway = self._settle(error, save, mine)
            if saved_anyway is None:
                return False
            saved = saved_anyway
        except (BadAnswer, RecordError) as error:
            out.print(Text(f"not saved. {error}", "red"))
            return False
        self._seen[question] = saved.draft.revision
        flag = ", flagged" if saved.draft.flagged else ""
        out.print(Text(f"saved, revision {saved.draft.revision}{flag}", "green"))
        return True

    def _settle(self, error: StaleDraft, save: Callable[[int], Saved], mine: str) -> Saved | None:
        """Two windows: let the person choose."""
        there = self._there()
        out.print(Text(str(error), "red"))
        out.print(f"there: {said(self._item, there.answer) or 'nothing'}", markup=False)
        out.print(f"yours: {mine}", markup=False)
        self._seen[self._item.id] = there.revision
        if self._ask("save yours instead? yes or no > ").lower() not in ("y", "yes"):
            out.print("what is there stays", markup=False)
            return None
        return save(there.revision)

    def _edit(self) -> None:
        item, there = self._item, self._there()
        if not isinstance(item.question, Code | Design):
            out.print("this one is answered in a line", markup=False)
            return
        ending = ".py" if isinstance(item.question, Code) else ".md"
        begin = item.question.start if isinstance(item.question, Code) else ""
        folder = self._desk.home / "drafts" / _NO_NAME.sub("_", self._name)
        path = folder / f"{item.id}{ending}"
        editor = Editor(path, self._desk.environ)
        try:
            editor.lay_out(there.answer if isinstance(there.answer, str) else begin, there.at)
            with self._alarm.heard():
                text = editor.edit(self._autosave)
        except (NoEditor, CannotBeUsed) as error:
            out.print(Text(str(error), "red"))
            return
        if text.strip() and text != begin and not self._save(text):
            out.print(f"what you wrote stays in {path}", markup=False)

    def _autosave(self, text: str) -> None:
        """What the editor has written to its file; what cannot be saved now is told at its end."""
        with self._alarm.heard(False), contextlib.suppress(BadAnswer, StaleDraft, RecordError):
            saved = study.save(
                self._desk, self._opened, self._item.id, text, seen=self._seen[self._item.id]
            )
            self._seen[self._item.id] = saved.draft.revision

    def _hand_in(self) -> bool:
        self._there()
        self._overview()
        if self._ask("hand in? There is no way back: yes or no > ").lower() != "yes":
            return False
        study.submit(self._desk, self._name)
        return True


def _state(item: Item, draft: Draft) -> str:
    flag = ", flagged" if draft.flagged else ""
    if draft.answer is None:
        return f"not answered{flag}"
    if isinstance(item.question, Code | Design):
        lines = len(str(draft.answer).splitlines())
        return f"saved: {lines} line{'s' if lines > 1 else ''}{flag}"
    return f"saved: {said(item, draft.answer)}{flag}"


class Alarm:
    """Rings once, after so many seconds; whoever waits then hears TimeUp, and whoever works
    then hears it when she begins to wait: what is being recorded is not disturbed."""

    def __init__(self) -> None:
        self._rang = self._waiting = False

    @contextlib.contextmanager
    def set(self, after_s: float) -> Iterator[None]:
        """Ring after that time, unless what is done within ends before."""
        before = signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, max(after_s, 0.001))
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    @contextlib.contextmanager
    def heard(self, waiting: bool = True) -> Iterator[None]:
        """Whether it is heard within."""
        before, self._waiting = self._waiting, waiting
        try:
            if waiting and self._rang:
                raise TimeUp
            yield
        finally:
            self._waiting = before

    def _ring(self, number: int, frame: FrameType | None) -> None:
        self._rang = True
        if self._waiting:
            raise TimeUp
