"""An exam as a whole, and each of its questions, over the sittings that there are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from practicum.learner.analysis.flags import Flag, flags_of
from practicum.learner.analysis.items import ItemFigures, item_figures
from practicum.learner.analysis.sat import Analysed, Sat, scored
from practicum.learner.analysis.statistic import alpha, mean, variance

RELIABILITY_MIN = 20
"""Of fewer sittings a reliability says nothing."""

GOOD_ENOUGH = 0.7
"""A reliability below this is too low to decide on anybody (Nunnally, "Psychometric theory",
1978)."""


class TestFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A test, or a section of one. ``mean`` and ``spread`` (standard deviation) are of results
    in percent, over ``sittings``. ``reliability`` is named by ``measure``: "KR-20" where each
    question is right or wrong, else "Cronbach's alpha"; it and ``sem``, the standard error of
    measurement in percent, stand on the ``common`` questions that everybody was asked, and on
    the ``complete`` sittings in which all of these are graded. ``too_few`` says why a figure is
    None."""

    name: str
    questions: int
    sittings: int
    mean: float | None
    spread: float | None
    common: int
    complete: int
    measure: str
    reliability: float | None
    sem: float | None
    too_few: str


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A question's figures, and what stands out."""

    figures: ItemFigures
    flags: tuple[Flag, ...]


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. ``percents`` are the results in ascending order: nobody is named."""

    sittings: int
    test: TestFigures
    sections: tuple[TestFigures, ...]
    items: tuple[Item, ...]
    flags: tuple[Flag, ...]
    percents: tuple[float, ...]


def analyse(
    questions: Sequence[Analysed], sittings: Sequence[Sat], pass_score: float | None = None
) -> Analysis:
    """The analysis of sittings of the same exam, each by another person. ``pass_score`` in
    percent lets it say how far the verdict can be trusted. KeyError for a sitting that was asked
    what is none of the questions."""
    points = scored(questions, sittings)
    figures = [item_figures(each, points) for each in questions]
    test = test_figures("", questions, sittings)
    titles = dict.fromkeys(each.section for each in questions)
    sections = []
    for title in titles:
        within = [each for each in questions if each.section == title]
        ids = {each.id for each in within}
        theirs = [_only(each, ids) for each in sittings]
        sections.append(test_figures(title, within, [each for each in theirs if each.shares]))
    return Analysis(
        sittings=len(sittings),
        test=test,
        sections=tuple(sections) if len(sections) > 1 else (),
        items=tuple(Item(figures=each, flags=flags_of(each)) for each in figures),
        flags=tuple(_of_test(test, pass_score)),
        percents=tuple(sorted(x for each in points if (x := each.percent()) is not None)),
    )


def _only(sat: Sat, ids: set[str]) -> Sat:
    shares = {name: share for name, share in sat.shares.items() if name in ids}
    return msgspec.structs.replace(sat, shares=shares)


def test_figures(name: str, questions: Sequence[Analysed], sittings: Sequence[Sat]) -> TestFigures:
    """The figures of a test, or of the section of that name."""
    percents = [x for each in scored(questions, sittings) if (x := each.percent()) is not None]
    common = [each for each in questions if all(each.id in sat.shares for sat in sittings)]
    common = common if sittings else []
    rows = [row for sat in sittings if (row := _row(common, sat)) is not None]
    of = sum(each.worth for each in common)
    reliability = alpha(rows) if len(rows) >= RELIABILITY_MIN else None
    sem = None
    if reliability is not None:
        spread = math.sqrt(variance([math.fsum(row) for row in rows]))
        sem = 100 * spread / of * math.sqrt(1 - reliability)
    dichotomous = all(
        point in (0, each.worth) for row in rows for each, point in zip(common, row, strict=True)
    )
    return TestFigures(
        name=name,
        questions=len(questions),
        sittings=len(percents),
        mean=mean(percents) if percents else None,
        spread=math.sqrt(variance(percents)) if len(percents) > 1 else None,
        common=len(common),
        complete=len(rows),
        measure="KR-20" if dichotomous and rows else "Cronbach's alpha",
        reliability=reliability,
        sem=sem,
        too_few=_why_not(len(common), len(rows), reliability),
    )


def _row(questions: Sequence[Analysed], sat: Sat) -> list[float] | None:
    """The points of each question; None if one is not graded yet."""
    row = []
    for each in questions:
        share = sat.shares[each.id]
        if share is None:
            return None
        row.append(share * each.worth)
    return row


def _why_not(common: int, complete: int, reliability: float | None) -> str:
    if reliability is not None:
        return ""
    if complete < RELIABILITY_MIN:
        told = "sitting is" if complete == 1 else "sittings are"
        return f"{complete} graded {told} too few for a reliability ({RELIABILITY_MIN})"
    if common < 2:
        return f"{common} of its questions were asked of everybody: two are the least"
    return "everybody got the same: nothing can be told apart"


def _of_test(test: TestFigures, pass_score: float | None) -> list[Flag]:
    found = []
    if test.reliability is not None and test.reliability < GOOD_ENOUGH:
        found.append(
            Flag(
                kind="unreliable",
                says=f"{test.measure} is {test.reliability:.2f}: another paper on the same matter "
                "could order the same people otherwise",
                remedy="mend the questions that are flagged, or ask more of the kind that are not",
            )
        )
    if test.sem is not None and pass_score is not None:
        low, high = max(0.0, pass_score - test.sem), min(100.0, pass_score + test.sem)
        found.append(
            Flag(
                kind="border",
                says=f"a result from {low:.0f} to {high:.0f} % cannot be told from the pass score",
                remedy="look at such papers yourself before somebody is refused",
            )
        )
    return found
