"""Cases of companies, and where what they say of them can be read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

import msgspec

from practicum.authoring.rules.blocks import is_empty
from practicum.authoring.rules.prose import (
    Under,
    cited_in,
    same_words,
    under_headings,
    without_front_matter,
)
from practicum.authoring.rules.rule import Broken, Rule, declare, rule
from practicum.authoring.rules.sections import HEADING
from practicum.authoring.rules.subject import Subject
from practicum.authoring.shelves import MODULE_FILE
from practicum.labs.finding import Finding, did_you_mean

OPENED_DAYS_MAX = 730
_BY = re.compile(r"[:,–—]|\s-\s")


class Dated(msgspec.Struct, frozen=True, kw_only=True):
    """Something that grows old: a source that somebody opened, or a module that was gone
    through. ``keeps_days`` is how long that holds."""

    what: str
    day: str
    line: int
    field: str
    keeps_days: int


@rule(
    "cases",
    why="Three companies that met the same problem show what belongs to it and what to them.",
    remedy="write `### COMPANY: what happened` for each of three companies, with its source",
)
def cases(subject: Subject) -> Iterator[Finding]:
    """There are cases of as many companies as standards.yaml says, each with a source in the
    front matter."""
    least = subject.around.standards.module.case_studies.companies_min
    companies = {same_words(each.company) for each in subject.text.front.sources}
    if len(companies) < least:
        said = f"companies with a source: {len(companies)}, {least} are the least"
        yield subject.front(("sources",), said)
    passage = subject.section("cases")
    if passage is None or is_empty(passage):
        line = passage.line if passage is not None else 1
        yield subject.at(line, "there are no cases", "add a container `:::: cases`")
        return
    found = list(under_headings(passage, HEADING))
    told = {same_words(_company(each)) for each in found}
    if len(told) < least:
        said = f"companies with a case: {len(told)}, {least} are the least"
        yield subject.at(passage.line, said)


@rule(
    "case-source",
    why="A story without its source may be a legend; engineers act on it all the same.",
    remedy="cite it as [^id], and add the source: url, the day you opened it, the passage",
)
def case_source(subject: Subject) -> Iterator[Finding]:
    """Each case cites a source, and one of its company."""
    passage = subject.section("cases")
    if passage is None:
        return
    by_id = {each.id: each for each in subject.text.front.sources}
    for each in under_headings(passage, HEADING):
        cited = [by_id[name] for _, name in cited_in(each.text) if name in by_id]
        company = same_words(_company(each))
        if not cited:
            yield subject.at(each.line, f"the case {each.title!r} cites no source")
        elif company not in {same_words(source.company) for source in cited}:
            said = f"the case {each.title!r} cites only sources of other companies"
            yield subject.at(each.line, said)


def _company(case: Under) -> str:
    return _BY.split(case.title, maxsplit=1)[0].strip()


@rule(
    "citation",
    why="A citation that leads nowhere is worse than none: it looks like proof.",
    remedy="add the source to the front matter, or cite another",
)
def citation(subject: Subject) -> Iterator[Finding]:
    """What the text cites is in the front matter's sources."""
    known = [each.id for each in subject.text.front.sources]
    for line, name in cited_in(without_front_matter(subject.texts[MODULE_FILE])):
        if name not in known:
            yield subject.at(line, f"there is no source {name}", did_you_mean(name, known))


@rule(
    "source-cited",
    why="A source that nothing cites proves nothing, and is opened again every year for nothing.",
    remedy="cite it as [^id] where the text says it, or take it out",
)
def source_cited(subject: Subject) -> Iterator[Finding]:
    """Each source of the front matter is cited, and has an id of its own."""
    cited = {name for _, name in cited_in(without_front_matter(subject.texts[MODULE_FILE]))}
    seen: set[str] = set()
    for index, each in enumerate(subject.text.front.sources):
        path = ("sources", index, "id")
        if each.id in seen:
            said = f"the source {each.id} stands twice"
            yield subject.front(path, said, "give each its own id")
        elif each.id not in cited:
            yield subject.front(path, f"nothing cites the source {each.id}")
        seen.add(each.id)


AGE = declare(
    Rule(
        id="source-age",
        demands="Each source was opened on a day that has been, and not longer ago than two years.",
        why="Pages move and companies change; who cites a page must have seen it.",
        remedy="open it again, see that the passage still stands there, and write today's date",
    )
)
FRESH = declare(
    Rule(
        id="updated",
        demands="Somebody went through the module on the day `updated`, and `review_months` have "
        "not passed since.",
        why="What is true of software today is not in two years.",
        remedy="go through all of it, mend what has changed, and write today's date",
        severity="advice",
    )
)


def dated(subject: Subject) -> Iterator[Dated]:
    """What of a module grows old."""
    front = subject.text.front
    yield Dated(
        what="the module",
        day=front.updated,
        line=subject.line_of(MODULE_FILE, ("updated",)),
        field="updated",
        keeps_days=round(front.review_months * 30.44),
    )
    for index, each in enumerate(front.sources):
        yield Dated(
            what=f"the source {each.id}",
            day=each.opened,
            line=subject.line_of(MODULE_FILE, ("sources", index, "opened")),
            field=f"sources[{index}].opened",
            keeps_days=OPENED_DAYS_MAX,
        )


def too_old(things: Iterable[Dated], today: dt.date) -> Iterator[Broken]:
    """What has grown old by today, what is of a day to come, and what is of no day."""
    for each in things:
        rule = FRESH if each.field == "updated" else AGE
        if said := _said(each, today):
            finding = Finding(
                file=MODULE_FILE, line=each.line, field=each.field, message=said, remedy=""
            )
            yield from rule.found([finding])


def _said(thing: Dated, today: dt.date) -> str:
    try:
        day = dt.date.fromisoformat(thing.day)
    except ValueError:
        return f"{thing.day} is no day"
    if day > today:
        return f"{thing.what} is of {day}, which is still to come"
    if (today - day).days > thing.keeps_days:
        return f"{thing.what} is of {day}: {(today - day).days} days ago"
    return ""
