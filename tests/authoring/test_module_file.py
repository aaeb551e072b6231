"""module.md is read into a lesson; what is wrong with its structure is told by line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.authoring.markdown.anchors import anchors_of
from practicum.authoring.markdown.module_file import BYTES_MAX, parse_module, read_module
from practicum.curriculum.lesson import Lesson

MODULE = """\
---
id: quorums
title: Quorums
updated: 2026-11-21
spacing_days: [1, 3, 7]
sources:
  - id: acme-2019
    company: Acme
    claim: It lost a majority.
    url: https://example.org/acme
    opened: 2026-11-21
    passage: For nine minutes no side had a majority.
---
# Quorums

Two majorities overlap[^acme-2019]. That is [all](https://example.org/all) `there is`.

:::: protocol
Read, then run.
::::

::::: block id=overlap minutes=25 title="A majority that overlaps"
What the block is about.

:::: priming
Can two majorities of five decide differently?
::::

:::: visual-model
```mermaid title="Two majorities"
flowchart LR
  a --> b
```
::::

:::: active-practice
### By hand

Write it down.

```python file=quorum.py
print(3 + 3 > 5)
```

```output
True
```

::: lab count-votes
:::

1. A step

   ::: warning title="With care"
   It is *inside* of a list.
   :::

::: solution
Three and three are six.
:::
::::
:::::

:::: gauntlet minutes=20
Four tiers.
::::
"""


def parsed(text: str) -> Lesson:
    """The lesson of a text without faults."""
    lesson, findings = parse_module(text, "module.md")
    assert findings == []
    assert lesson is not None
    return lesson


def told(text: str) -> list[str]:
    """What is wrong with a text."""
    return [str(each) for each in parse_module(text, "module.md")[1]]


def line_of(text: str, found: str) -> int:
    """The first line, from 1, that holds something."""
    return next(n for n, line in enumerate(text.splitlines(), start=1) if found in line)


def test_a_module_is_taken_apart() -> None:
    """Into its front matter, blocks with their parts, and sections."""
    lesson = parsed(MODULE)
    assert lesson.front.updated == "2026-11-21"
    assert lesson.front.sources[0].company == "Acme"
    (block,) = lesson.blocks
    assert (block.id, block.minutes, block.title) == ("overlap", 25, "A majority that overlaps")
    assert [each.kind for each in block.parts] == ["priming", "visual-model", "active-practice"]
    assert [(each.kind, each.minutes) for each in lesson.sections] == [
        ("protocol", 0),
        ("gauntlet", 20),
    ]
    assert lesson.section("gauntlet") is lesson.sections[1]


def test_a_passage_tells_what_it_holds() -> None:
    """Its asides too; code is not counted as words."""
    practice = parsed(MODULE).blocks[0].parts[2]
    (listing,) = practice.listings
    assert (listing.file, listing.expected) == ("quorum.py", "True\n")
    assert listing.text == "print(3 + 3 > 5)\n"
    assert practice.labs == ("count-votes",)
    assert [each.text for each in practice.headings] == ["By hand"]
    said = "By hand Write it down A step It is inside of a list Three and three are six"
    assert practice.words == said.count(" ") + 1
    assert parsed(MODULE).blocks[0].parts[1].diagrams[0].title == "Two majorities"


def test_every_line_is_that_of_the_file() -> None:
    """A passage's is where its container opens; line k of its text is k lines below."""
    lesson, lines = parsed(MODULE), MODULE.splitlines()
    for passage in lesson.passages:
        for number, line in enumerate(passage.text.splitlines(), start=1):
            assert line in ("", lines[passage.line + number - 1])
    practice = lesson.blocks[0].parts[2]
    assert practice.line == line_of(MODULE, ":::: active")
    assert practice.listings[0].line == line_of(MODULE, "```python")
    assert practice.headings[0].line == line_of(MODULE, "### By hand")
    assert lesson.intro.links[0].line == line_of(MODULE, "[all]")
    assert lesson.blocks[0].parts[1].diagrams[0].line == line_of(MODULE, "```mermaid")


def test_each_line_of_the_body_belongs_to_one_passage() -> None:
    """None is lost, and none is told twice."""
    body = [line for line in MODULE.split("---\n", 2)[2].splitlines() if line]
    held = [line for p in parsed(MODULE).passages for line in p.text.splitlines() if line]
    outer = (":::::", "::::")
    assert sorted(held) == sorted(line for line in body if not line.startswith(outer))


def test_a_lesson_has_an_anchor_for_each_thing_a_link_can_name() -> None:
    """Blocks by their ids, sections by their kinds, headings by their words."""
    assert anchors_of(parsed(MODULE)) == ("overlap", "protocol", "gauntlet", "by-hand")
    twice = MODULE.replace("### By hand\n", "### By hand\n\n### Overlap\n\n### By hand\n")
    assert anchors_of(parsed(twice))[3:] == ("by-hand", "overlap-1", "by-hand-1")


def test_a_timed_part_is_a_block_of_its_own_kind() -> None:
    """As the service-mesh journey has them."""
    text = MODULE[: MODULE.index(":::: protocol")]
    text += ":::: part id=mastery-check minutes=20 title=Mastery\nSay it.\n::::\n"
    (part,) = parsed(text).timed
    assert (part.id, part.minutes, part.parts) == ("mastery-check", 20, ())
    assert part.intro.words == 2


# What is replaced in the module, by what; and each finding: what stands in its line, and how it
# begins.
FAULTS: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "a container that is not closed": (
        "Read, then run.\n::::\n",
        "Read, then run.\n",
        [(":::: protocol", "protocol is not closed before line 21")],
    ),
    "an inner one that is not closed": (
        "differently?\n::::\n",
        "differently?\n",
        [(":::: priming", "priming is not closed before line 28")],
    ),
    "an outer one with too few colons": (
        "::::: block",
        ":::: block",
        [
            (":::: block", "block is not closed before line 25"),
            (":::: priming", "priming stands outside of a block"),
            (":::: visual", "visual-model stands outside of a block"),
            (":::: active", "active-practice stands outside of a block"),
            (":::::", "this opens and closes no container"),
        ],
    ),
    "a line of colons too many": (
        "Four tiers.\n::::\n",
        "Four tiers.\n::::\n\n:::\n",
        [(":::", "this opens and closes no container")],
    ),
    "an unknown kind": (
        ":::: protocol",
        ":::: protocoll",
        [(":::: protocoll", "there is no container protocoll: did you mean protocol")],
    ),
    "an unknown attribute": (
        "minutes=20",
        "minuts=20",
        [("minuts", "gauntlet has no attribute minuts: did you mean minutes?")],
    ),
    "an attribute that is missing": (
        'id=overlap minutes=25 title="A majority that overlaps"',
        "minutes=25",
        [("::::: block", "block has no id"), ("::::: block", "block has no title")],
    ),
    "an attribute twice": (
        "minutes=20",
        "minutes=20 minutes=30",
        [(":::: gauntlet", "minutes stands twice")],
    ),
    "minutes that are none": (
        "minutes=25",
        "minutes=soon",
        [("::::: block", "minutes=soon is no number of minutes")],
    ),
    "quotes that are not closed": (
        'title="A majority that overlaps"',
        'title="A majority',
        [("::::: block", 'this cannot be read: title="A majority: write key=value')],
    ),
    "a part in a part": (
        "Can two majorities",
        "::: core-concept\nx\n:::\nCan two majorities",
        [("::: core-concept", "core-concept stands within priming: put it into a `block`")],
    ),
    "a section within a block": (
        ":::: priming",
        ":::: resources\nx\n::::\n\n:::: priming",
        [(":::: resources", "resources stands within block: close block before it")],
    ),
    "a section twice": (
        ":::: gauntlet",
        ":::: protocol\nAgain.\n::::\n\n:::: gauntlet",
        [(":::: protocol", "protocol stands in line 18, too")],
    ),
    "a part twice": (
        ":::: visual-model",
        ":::: priming\nAgain?\n::::\n\n:::: visual-model",
        [(":::: priming", "priming stands in line 25, too")],
    ),
    "a lab without a name": (
        "::: lab count-votes",
        "::: lab",
        [("::: lab", "it does not say which lab")],
    ),
    "a word that nobody reads": (
        "::: solution",
        "::: solution folded",
        [("::: solution", "nobody reads folded")],
    ),
    "an unknown timed part": (
        ":::: gauntlet",
        ":::: part id=mastery-chek minutes=5 title=x\nx\n::::\n\n:::: gauntlet",
        [(":::: part", "there is no timed part mastery-chek: did you mean mastery-check?")],
    ),
    "a fence that is not closed": (
        "Three and three",
        "```python\nThree and three",
        [("```python", "this fence is not closed")],
    ),
    "an unknown attribute of a fence": (
        "file=quorum.py",
        "fil=quorum.py",
        [("fil=", "a fence has no attribute fil here: did you mean file?")],
    ),
    "a file name that leads away": (
        "file=quorum.py",
        "file=../quorum.py",
        [("```python", "'../quorum.py' is no file name")],
    ),
    "an unknown check": (
        "file=quorum.py",
        "file=quorum.py check=complie",
        [("```python", "there is no check=complie: did you mean compile?")],
    ),
    "output without code": (
        "Four tiers.",
        "Four tiers.\n\n```output\n4\n```",
        [("```output", "this output follows no code")],
    ),
    "raw HTML": (
        "Four tiers.",
        "Four tiers,\n<script>x</script> H<sub>2</sub>O<br> <!-- why -->\n\n<div>\nx\n</div>",
        [
            ("<script>", "HTML is shown as it is written: <script>x</script> H2O"),
            ("<div>", "HTML is shown as it is written: <div> x </div>"),
        ],
    ),
    "a second title": (
        "### By hand",
        "# By hand",
        [("# By hand", "this is a second title")],
    ),
    "another title than in the front matter": (
        "# Quorums",
        "# Quora",
        [("# Quora", "the title is 'Quora' here and 'Quorums' in the front matter")],
    ),
    "no title": ("# Quorums\n", "", [("", "the title is missing: write `# Quorums` first")]),
    "no front matter": (
        "---\nid: quorums",
        "\nid: quorums",
        [("", "the front matter is missing")],
    ),
    "front matter that does not end": (
        "---\n# Quorums",
        "# Quorums",
        [("---", "the front matter does not end: end it with a line `---`")],
    ),
    "an unknown field of the front matter": (
        "spacing_days:",
        "spacing_dais:",
        [("spacing_dais", "spacing_dais: there is no such field: did you mean spacing_days?")],
    ),
    "a source without a passage": (
        "    passage: For nine minutes no side had a majority.\n",
        "",
        [("- id: acme-2019", "sources[0].passage: the field is missing")],
    ),
    "broken YAML in the front matter": (
        "spacing_days: [1, 3, 7]",
        "spacing_days: [1, 3, 7",
        [("sources:", "this is not YAML: expected ',' or ']', but got ':'")],
    ),
    "a date of another form": (
        "updated: 2026-11-21",
        "updated: 21.11.2026",
        [("updated", "updated: '21.11.2026' does not fit")],
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_is_wrong_is_told_by_its_line(what: str) -> None:
    """All of it, and nothing else."""
    old, new, wanted = FAULTS[what]
    assert MODULE.count(old) == 1
    text = MODULE.replace(old, new)
    findings = told(text)
    assert len(findings) == len(wanted), findings
    for finding, (line, start) in zip(findings, wanted, strict=True):
        where, _, said = finding.partition(": ")
        assert said.startswith(start), finding
        assert line in text.splitlines()[int(where.partition(":")[2]) - 1], finding


def test_code_that_shows_a_container_is_code() -> None:
    """So that authors can be taught the format in the format."""
    shown = "````markdown\n:::: block id=x\n```python\n::::\n````\n"
    lesson = parsed(MODULE.replace("Four tiers.\n", f"Four tiers.\n\n{shown}"))
    gauntlet = lesson.section("gauntlet")
    assert gauntlet is not None
    assert gauntlet.listings[0].text == ":::: block id=x\n```python\n::::\n"


def test_what_is_out_of_place_is_kept_where_it_stands() -> None:
    """One mistake is one finding, and no text is lost."""
    lesson, _ = parse_module(MODULE.replace(":::: priming", ":::: primming"), "module.md")
    assert lesson is not None
    assert "Can two majorities" in lesson.blocks[0].intro.text
    assert len(lesson.blocks[0].parts) == 2


@pytest.mark.parametrize(
    ("raw", "line", "said"),
    [
        (MODULE.encode("utf-16"), 1, "it is UTF-16, not UTF-8"),
        (MODULE.replace("Two maj", "Zürich maj").encode("latin-1"), 16, "byte 278 is not UTF-8"),
        (MODULE.replace("Two", "Two\0").encode(), 16, "a character that cannot be seen, U+0000"),
        (MODULE.replace("Two", "\u202eTwo").encode(), 16, "cannot be seen, U+202E"),
        (MODULE.replace("Two", "Two\u2028").encode(), 16, "cannot be seen, U+2028"),
        (b"x" * (BYTES_MAX + 1), None, "it is larger than 1 MB"),
    ],
)
def test_odd_files_are_told_by_line(
    tmp_path: Path, raw: bytes, line: int | None, said: str
) -> None:
    """Instead of being read wrongly."""
    path = tmp_path / "module.md"
    path.write_bytes(raw)
    lesson, (finding,) = read_module(path)
    assert lesson is None
    assert said in finding.message
    assert finding.line == line
    assert finding.file == str(path)


@pytest.mark.parametrize(
    "raw", [b"\xef\xbb\xbf" + MODULE.encode(), MODULE.replace("\n", "\r\n").encode()]
)
def test_a_byte_order_mark_and_other_line_ends_do_no_harm(tmp_path: Path, raw: bytes) -> None:
    """The lesson is the same, by every line."""
    path = tmp_path / "module.md"
    path.write_bytes(raw)
    assert read_module(path) == (parsed(MODULE), [])


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    """And nothing waits for a pipe."""

    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    for name, said in (
        ("none.md", "there is no such file"),
        (".", "it is no file"),
        ("pipe.md", "it is no file"),
        ("loop.md", "it cannot be read"),
    ):
        lesson, (finding,) = read_module(tmp_path / name)
        assert lesson is None
        assert said in finding.message


def test_a_hundred_megabytes_are_refused_unread(tmp_path: Path) -> None:
    """By their size alone."""
    path = tmp_path / "module.md"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    _, (finding,) = read_module(path)
    assert "larger than 1 MB" in finding.message


def test_a_link_that_leaves_the_course_is_refused(tmp_path: Path) -> None:
    """One within it is followed."""
    course = tmp_path / "course"
    course.mkdir()
    (tmp_path / "secret.md").write_text(MODULE)
    (course / "real.md").write_text(MODULE)
    (course / "away.md").symlink_to(tmp_path / "secret.md")
    (course / "near.md").symlink_to("real.md")
    lesson, (finding,) = read_module(course / "away.md", within=course)
    assert lesson is None
    assert "a symbolic link that leaves course" in finding.message
    assert read_module(course / "near.md", within=course)[0] == parsed(MODULE)


PIECES = [
    *MODULE.splitlines(keepends=True),
    ":::: ",
    ":::",
    "> ",
    "- ",
    "    ",
    "```",
    "[^x]",
    "|a|b|\n|-|-|\n",
    "\t",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_whatever_is_put_together_every_line_and_finding_has_its_place(pieces: list[str]) -> None:
    """No container takes a line that is not there, and none of the file's is invented."""
    text = MODULE[: MODULE.index("# Quorums")] + "".join(pieces)
    lesson, findings = parse_module(text, "module.md")
    lines = text.split("\n")
    assert all(1 <= (each.line or 0) <= len(lines) for each in findings)
    assert lesson is not None
    for passage in lesson.passages:
        for number, line in enumerate(passage.text.split("\n")[:-1], start=1):
            assert line in ("", lines[passage.line + number - 1])
