"""The words of a module: terms as the field writes them, and nothing left to be written."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator, Sequence

from practicum.authoring.rules.prose import (
    empty_headings,
    without_code,
    without_front_matter,
)
from practicum.authoring.rules.rule import rule
from practicum.authoring.rules.subject import Spelling, Subject
from practicum.authoring.shelves import MODULE_FILE
from practicum.labs.finding import Finding

_TO_DO = re.compile(r"\b(TODO|FIXME|XXX|TBD)\b")
_OTHERS_WORDS = re.compile(r"\[[^\]\n]*\](?=\()|\"[^\"\n]*\"|“[^”\n]*”|^\s*>.*$", re.MULTILINE)


@rule(
    "todo",
    why="A reader meets the author's note instead of the lesson.",
    remedy="write what it asks for, and take the note out",
    needs=(),
)
def todo(subject: Subject) -> Iterator[Finding]:
    """Nothing is left to be written: no TODO, FIXME, XXX or TBD in any file of the module."""
    for file, text in subject.texts.items():
        yield from left_to_write(file, text)


def left_to_write(file: str, text: str) -> Iterator[Finding]:
    """Each note of something that is still to be written."""
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _TO_DO.search(line):
            rest = line[found.end() :].lstrip(" :-").partition('"')[0].strip() or line.strip()
            yield Finding(file=file, line=number, message=f"{found[0]}: {rest[:160]}", remedy="")


@rule(
    "empty-heading",
    why="A heading promises what follows; who looks there in the contents finds nothing.",
    remedy="write what belongs there, or take the heading out",
    needs=(),
    since=dt.date(2026, 11, 26),
    error_from=dt.date(2027, 3, 1),
)
def empty_heading(subject: Subject) -> Iterator[Finding]:
    """Something stands under each heading."""
    text = without_front_matter(subject.texts.get(MODULE_FILE, ""))
    for line, title in empty_headings(text):
        said = f"nothing stands under {title!r}"
        yield Finding(file=MODULE_FILE, line=line, message=said, remedy="")


@rule(
    "terms",
    why="Two spellings look like two things, and neither is found by searching for the other.",
    remedy="write it as courses/catalogue/terms.yaml does",
    needs=(),
)
def terms(subject: Subject) -> Iterator[Finding]:
    """Terms are spelt as `catalogue/terms.yaml` says; code and the words of others are left
    alone."""
    for file, text in subject.texts.items():
        lowered = text.casefold()
        # Most spellings stand nowhere, and to look for a word is faster than for a pattern.
        possible = tuple(
            each
            for each in subject.around.spellings
            if any(wrong.split()[0].casefold() in lowered for wrong in each.wrong if wrong.strip())
        )
        pattern, right = _compiled(possible)
        if pattern is None:
            continue
        said = _own_words(file, text)
        for found in pattern.finditer(said):
            spelling = right[found.lastgroup or ""]
            number = said.count("\n", 0, found.start()) + 1
            why = f" ({spelling.why})" if spelling.why else ""
            yield Finding(
                file=file,
                line=number,
                message=f"{' '.join(found[0].split())!r} is spelt {spelling.right}{why}",
                remedy="",
            )


def _own_words(file: str, text: str) -> str:
    if file == MODULE_FILE:
        text = without_code(without_front_matter(text))
    return _OTHERS_WORDS.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


@functools.lru_cache(maxsize=64)
def _compiled(
    spellings: Sequence[Spelling],
) -> tuple[re.Pattern[str] | None, dict[str, Spelling]]:
    """One pattern for all wrong spellings; a group's name leads to the right one. Where right
    and wrong differ in case only, case counts."""
    parts, right = [], {}
    for number, each in enumerate(spellings):
        forms = []
        for wrong in each.wrong:
            words = r"\s+".join(map(re.escape, wrong.split()))
            by_case = wrong.casefold() == each.right.casefold()
            forms.append(words if by_case else f"(?i:{words})")
        parts.append(f"(?P<t{number}>{'|'.join(forms)})")
        right[f"t{number}"] = each
    if not parts:
        return None, right
    return re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w-])"), right
