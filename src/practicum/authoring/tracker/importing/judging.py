"""A tracker that somebody keeps by hand, judged: its false ticks, and what it cannot show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec

from practicum.authoring.tracker.importing.doubt import Doubt
from practicum.authoring.tracker.importing.files import BYTES_MAX, Place, doubts_about_files
from practicum.authoring.tracker.importing.names import doubts_about_words
from practicum.authoring.tracker.importing.numbers import doubts_about_numbers
from practicum.authoring.tracker.importing.reading import Document, Tick, read_document
from practicum.authoring.tracker.importing.tracked import Tracked, is_local, read_tracked
from practicum.labs.finding import CannotBeUsed
from practicum.labs.text_file import read_text


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A module of somebody's tracker: what she claims, and whether her tick ``stands``: it does
    not as soon as an error is about its line."""

    line: int
    number: str
    name: str
    files: tuple[str, ...]
    claimed: Tick
    dated: str
    stands: bool


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a tracker. ``remote_links`` were not opened."""

    file: str
    modules: tuple[Imported, ...]
    doubts: tuple[Doubt, ...]
    remote_links: int

    @property
    def errors(self) -> tuple[Doubt, ...]:
        """What is not so."""
        return tuple(each for each in self.doubts if each.severity == "error")

    @property
    def percents(self) -> tuple[int, int]:
        """The share that is ticked, and the share whose ticks stand."""
        whole = max(1, len(self.modules))
        return round(100 * self.claimed / whole), round(100 * self.standing / whole)

    @property
    def claimed(self) -> int:
        """How many modules are ticked."""
        return sum(each.claimed == "done" for each in self.modules)

    @property
    def standing(self) -> int:
        """How many of those ticks stand."""
        return sum(each.claimed == "done" and each.stands for each in self.modules)


def judge_tracker(path: Path, today: dt.date, folders: Sequence[Path]) -> ImportReport:
    """Read the tracker and hold it against itself and the files around it; modules in our own
    form are judged by the linter, with the courses in ``folders``, ours first. Raises
    CannotBeUsed when it cannot be read, or tracks nothing."""
    text, findings = read_text(path, bytes_max=BYTES_MAX)
    if text is None:
        raise CannotBeUsed("the tracker cannot be used:", findings=findings)
    document = read_document(text)
    tracked = read_tracked(document)
    if not tracked:
        raise CannotBeUsed(
            f"{path} tracks nothing that can be recognised: it needs a table with a column of "
            "statuses (ticks, or words such as complete and pending), or ticked list items that "
            "link files"
        )
    place = Place(path, folders)
    doubts = [
        *doubts_about_files(document, tracked, place, today),
        *doubts_about_numbers(document, tracked, place),
        *doubts_about_words(document, tracked, place, today),
    ]
    doubts = sorted(dict.fromkeys(doubts), key=lambda x: (x.line or 0, x.severity != "error"))
    wrong = {each.line for each in doubts if each.severity == "error"}
    return ImportReport(
        file=str(path),
        modules=tuple(_imported(each, wrong) for each in tracked),
        doubts=tuple(doubts),
        remote_links=_remote(document),
    )


def _imported(module: Tracked, wrong: set[int | None]) -> Imported:
    return Imported(
        line=module.line,
        number=module.number,
        name=module.name,
        files=module.files,
        claimed=module.tick,
        dated=module.dated or "",
        stands=module.tick == "done" and module.line not in wrong,
    )


def _remote(document: Document) -> int:
    return sum(
        not link.is_code and not is_local(link) for text in document.texts() for link in text.links
    )
