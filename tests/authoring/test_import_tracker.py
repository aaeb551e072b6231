"""Somebody's hand-kept tracker: what it claims and what is not so."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.authoring.tracker.importing.files import Place, doubts_about_files
from practicum.authoring.tracker.importing.judging import ImportReport, judge_tracker
from practicum.authoring.tracker.importing.names import doubts_about_words
from practicum.authoring.tracker.importing.numbers import doubts_about_numbers
from practicum.authoring.tracker.importing.reading import anchors_of, read_document, status_of
from practicum.authoring.tracker.importing.tracked import dates_in, read_tracked
from practicum.labs.finding import CannotBeUsed

COURSES = Path(__file__).parents[2] / "courses"
TODAY = dt.date(2026, 11, 21)
PROSE = "A sentence that says something of some length about the matter at hand. " * 12

CLEAN = """\
# Course

| No | Topic | File | Status | Completed |
|----|-------|------|--------|-----------|
| 1 | Queues | [q.md](q.md) | ✅ Complete | 2026-10-01 |
| 2 | Caches | [c.md](c.md) | ⏳ Pending | - |

- **Completed**: 1/2 (50%)
- **Pending**: 1/2 (50%)

## Topic 1: Queues

**Completed**: October 1, 2026

1. Arrival (20 min)
2. Service (25 min)
3. Waiting (25 min)

- 70 minutes of content in 3 focus blocks

See [the overview](#course).
"""


def judged(folder: Path, text: str, **files: str) -> ImportReport:
    """What is said of a tracker that lies beside those files."""
    for name, held in files.items():
        (folder / f"{name}.md").write_text(held)
    path = folder / "tracker.md"
    path.write_text(text)
    return judge_tracker(path, TODAY, [COURSES])


def kinds(report: ImportReport) -> list[tuple[str, int | None]]:
    """Each doubt's kind and line."""
    return [(each.kind, each.line) for each in report.doubts]


def test_a_tracker_that_is_true_raises_no_doubt(tmp_path: Path) -> None:
    """Its one tick stands."""
    report = judged(tmp_path, CLEAN, q=PROSE)
    assert kinds(report) == []
    assert (report.claimed, report.standing, report.percents) == (1, 1, (50, 50))


@pytest.mark.parametrize(
    ("old", "new", "kind", "line"),
    [
        ("[q.md](q.md)", "`gone.md`", "no-file", 5),
        ("1/2 (50%)\n- **P", "1/2 (60%)\n- **P", "percent", 8),
        ("**Completed**: 1/2 (50%)", "**Completed**: 2/2 (100%)", "count", 8),
        ("**Pending**: 1/2 (50%)", "**Pending**: 2/2", "count", 9),
        ("1/2 (50%)\n- **P", "1 of 3 topics\n- **P", "count", 8),
        ("70 minutes", "90 minutes", "minutes", 19),
        ("70 minutes", "71+ minutes", "minutes", 19),
        ("3 focus blocks", "4 focus blocks", "blocks", 19),
        ("| 2026-10-01", "| 2027-10-01", "future-date", 5),
        ("October 1, 2026", "October 2, 2026", "date-differs", 13),
        ("| 2026-10-01", "| long ago", "no-date", 5),
        ("⏳ Pending | -", "⏳ Pending | 2026-10-01", "date-of-open", 6),
        ("Topic 1: Queues", "Topic 1: Stacks", "name-differs", 11),
        ("Topic 1: Queues", "Topic 7: Queues", "unknown-number", 11),
        ("(#course)", "(#curse)", "dead-anchor", 21),
        ("(#course)", "(other/file.md)", "dead-link", 21),
        ("See [", "Last updated: 2024-01-01. See [", "stale", 21),
        ("[q.md](q.md)", "", "names-no-file", 5),
        ("See [", "- [ ] priming\n- [ ] pitfalls\n\nSee [", "demands-unticked", 21),
        ("See [", "70 minutes (2 hours). See [", "hours", 21),
        ("See [", "About 4,000 words. See [", "words", 21),
        (
            "See [",
            "**Total**: 100 min\n\n- 2 Hard (9 min each) + 1 Long (20-25 min)\n\nSee [",
            "minutes",
            23,
        ),
    ],
)
def test_what_is_not_so_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, kind: str, line: int
) -> None:
    """And with what to do."""
    assert old in CLEAN
    report = judged(tmp_path, CLEAN.replace(old, new, 1), q=PROSE)
    assert (kind, line) in kinds(report)
    assert all(each.remedy and each.message for each in report.doubts)


def test_a_tick_falls_with_its_file(tmp_path: Path) -> None:
    """The share that stands is told beside the one that is claimed."""
    report = judged(tmp_path, CLEAN)
    assert report.percents == (50, 0)
    assert [each.stands for each in report.modules] == [False, False]


def test_an_empty_or_unfinished_file_is_no_module(tmp_path: Path) -> None:
    """By its words, and by what it says itself."""
    assert ("empty", 5) in kinds(judged(tmp_path, CLEAN, q="# Queues\n\nSoon.\n"))
    report = judged(tmp_path, CLEAN, q=f"{PROSE}\n\nTODO: the rest\n")
    (doubt,) = report.doubts
    assert doubt.kind == "unfinished"
    assert "q.md:3" in doubt.message


def test_parts_that_the_tracker_demands_must_be_in_the_file(tmp_path: Path) -> None:
    """By its own list of standards; what is there is not missed."""
    demands = "\n## Standards\n\n- [ ] Pitfalls\n- [ ] Mermaid diagrams\n- [ ] A blueprint\n"
    whole = f"{PROSE}\n\n## Blueprint\n\n```mermaid\ngraph LR\n```\n"
    report = judged(tmp_path, CLEAN + demands, q=whole)
    (doubt,) = (each for each in report.doubts if each.kind == "lacks-parts")
    assert doubt.message.endswith("lacks pitfalls")


def test_a_module_in_our_own_form_is_judged_by_the_linter(tmp_path: Path) -> None:
    """What it finds is counted, the first told."""
    ours = "---\nid: q\ntitle: Queues\nupdated: 2026-11-20\n---\n# Queues\n\n::: nonsense\n:::\n"
    report = judged(tmp_path, CLEAN, q=ours)
    (doubt,) = report.errors
    assert doubt.kind == "lint"
    assert "practicum author lint" in doubt.remedy


def test_ticks_of_quality_need_the_module(tmp_path: Path) -> None:
    """Four ticks for a file that is not there are one doubt."""
    ticks = "\n## Quality of Topic 1: Queues\n\n- ✅ one\n- ✅ two\n- ✅ three\n- ✅ four\n"
    report = judged(tmp_path, CLEAN + ticks)
    (doubt,) = (each for each in report.doubts if each.kind == "ticks-of-nothing")
    assert doubt.message.startswith("4 ticks from here on")
    assert "ticks-of-nothing" not in dict(kinds(judged(tmp_path, CLEAN + ticks, q=PROSE)))


def test_words_are_counted_in_the_file(tmp_path: Path) -> None:
    """Within 15 percent; code does not count."""
    said = CLEAN.replace("See [", "~160 words. See [", 1)
    held = f"{PROSE}\n```python\n{'x ' * 500}\n```\n"
    assert "words" not in dict(kinds(judged(tmp_path, said, q=held)))
    assert "words" in dict(kinds(judged(tmp_path, said.replace("160", "260"), q=held)))


def test_a_list_with_links_is_a_tracker_too(tmp_path: Path) -> None:
    """Boxes that lead to files; one that is open may lead to what is still to be written."""
    report = judged(
        tmp_path, "- [x] [Queues](q.md)\n- [x] [Gone](g.md)\n- [ ] [Later](l.md)\n", q=PROSE
    )
    assert kinds(report) == [("no-file", 2)]
    assert report.claimed == 2


def test_a_count_of_what_a_column_holds_is_added_up(tmp_path: Path) -> None:
    """0 of 9 topics, where the column of topics has 4 and 5; and 0 of 10."""
    table = "| Module | Topics | Status |\n|---|---|---|\n| A | 4 | Open |\n| B | 5 | Open |\n"
    assert kinds(judged(tmp_path, f"{table}\nProgress: 0 / 9 topics completed\n")) == []
    said = judged(tmp_path, f"{table}\nProgress: 0 / 10 topics completed\n")
    assert kinds(said) == [("count", 6)]
    assert "sums up to 9" in said.doubts[0].message


def test_checklists_of_the_same_kind_are_the_same(tmp_path: Path) -> None:
    """What one lacks is told; what is only worded otherwise is not."""
    lists = "\n## Quality of Topic 1\n\n- ✅ Pitfalls\n- ✅ Cases (A, B)\n- ✅ Exercises by hand\n"
    lists += "- ✅ Diagrams\n- ✅ Proofs\n\n## Exam of Topic 1\n\n- ✅ Pitfall\n- ✅ Cases (C)\n"
    lists += "- ✅ Exercises by hands\n- ✅ Diagrams\n- ✅ A quiz\n"
    report = judged(tmp_path, CLEAN + lists, q=PROSE)
    (doubt,) = report.doubts
    assert doubt.kind == "checklists-differ"
    assert "it has 'A quiz', and lacks 'Proofs'" in doubt.message


def test_what_tracks_nothing_is_refused(tmp_path: Path) -> None:
    """With what it would need; so is a file that cannot be read."""
    with pytest.raises(CannotBeUsed, match="tracks nothing"):
        judged(tmp_path, "# Nothing\n\nNo table.\n")
    with pytest.raises(CannotBeUsed, match="no such file"):
        judge_tracker(tmp_path / "none.md", TODAY, [COURSES])
    (tmp_path / "odd.md").write_bytes(b"\xff\xfeA\x00")
    with pytest.raises(CannotBeUsed, match="UTF-16"):
        judge_tracker(tmp_path / "odd.md", TODAY, [COURSES])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("✅ Complete", "done"),
        ("[x] done", "done"),
        ("[ ] Complete the exercise", "open"),
        ("Completed", "done"),
        ("Not completed", "open"),
        ("incomplete", "open"),
        ("🚧 In progress", "open"),
        ("✅ / ❌", ""),
        ("", ""),
        ("42", ""),
    ],
)
def test_a_status_is_read_from_marks_before_words(text: str, told: str) -> None:
    """Marks that contradict each other say nothing."""
    assert status_of(text) == told


def test_dates_are_read_as_people_write_them() -> None:
    """What is none is left out."""
    said = "2025-08-07, August 8, 2025, 9 Sept 2025, 2025-13-01, February 30, 2025, May 2025"
    assert [str(each) for each in dates_in(said)] == ["2025-08-07", "2025-08-08", "2025-09-09"]


def test_anchors_are_those_that_people_link() -> None:
    """As GitHub makes them."""
    told = list(anchors_of(["A & B", "What's new?", "A & B"]))
    assert told == ["a--b", "whats-new", "a--b-1"]


CELL = st.text(alphabet="|✅⏳❌[]x ()0123456789/%-:`*#.abcdefModule\n", max_size=14)
PIECE = st.one_of(
    st.text(max_size=40),
    st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=5).map(
        lambda rows: "\n".join(
            ["| Status | File | Date | Module |", "|---|---|---|---|"]
            + ["| " + " | ".join(x.replace("\n", " ") for x in row) + " |" for row in rows]
        )
    ),
    CELL.map(lambda x: f"- [x] {x} (30 min)"),
    CELL.map(lambda x: f"## Module 3: {x}"),
    CELL.map(lambda x: f"Completed 3/{x} ({x}%), {x} words, [l]({x})"),
)


@given(st.lists(PIECE, max_size=8))
def test_any_markdown_is_read_without_an_exception(pieces: list[str]) -> None:
    """Tables of any shape, ticks and numbers anywhere; every doubt has a line of the text."""
    text = "\n\n".join(pieces)
    document = read_document(text)
    tracked = read_tracked(document)
    place = Place(Path("/nowhere/tracker.md"), [COURSES])
    doubts = [
        *doubts_about_files(document, tracked, place, TODAY),
        *doubts_about_numbers(document, tracked, place),
        *doubts_about_words(document, tracked, place, TODAY),
    ]
    lines = text.count("\n") + 1
    assert all(each.line is not None and 1 <= each.line <= lines for each in doubts)


@given(st.integers(0, 30), st.integers(0, 30))
def test_statistics_are_doubted_exactly_if_they_are_wrong(done: int, pending: int) -> None:
    """For any table."""
    if not done + pending:
        return
    rows = [f"| t{n} | {'✅' if n < done else '⏳'} |" for n in range(done + pending)]
    head = "| Topic | Status |\n|---|---|\n"
    for told in {done, pending, 0}:
        text = head + "\n".join(rows) + f"\n\nCompleted: {told}/{done + pending}\n"
        document = read_document(text)
        place = Place(Path("/nowhere/tracker.md"), [COURSES])
        found = list(doubts_about_numbers(document, read_tracked(document), place))
        assert bool(found) == (told != done)
