"""Fuzz whatever reads files that people write: no bytes may end in anything but findings.

By hand, with atheris installed (it is no dependency; it has wheels for some interpreters only):

    python tests/fuzz/reading.py -max_total_time=300

It looks for an exception, a page with an element that is not ours, or an input that takes
longer than ten seconds.
"""

from __future__ import annotations

import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports():
    from practicum.authoring.markdown.module_file import parse_document
    from practicum.authoring.markdown.rendering import render_lesson
    from practicum.checking.history.building import HistoryError
    from practicum.checking.history.reading import read_jepsen, read_json_lines
    from practicum.curriculum.course import Course
    from practicum.curriculum.lesson import Front, Lesson
    from practicum.curriculum.question import Cards, ExamPaper, Questions
    from practicum.labs.text_file import text_of
    from practicum.labs.yaml_file import convert, parse_yaml

STRUCTS = (Questions, Cards, ExamPaper, Course)


def read(raw: bytes) -> None:
    """Read bytes as each kind of file; the first of them chooses the kind."""
    text, findings = text_of(raw[1:], "fuzzed")
    if text is None:
        assert findings
        return
    if raw[0] % 3 == 0:
        read_yaml(text, raw[0])
    elif raw[0] % 3 == 1:
        read_module(text)
    else:
        read_history(text)


def read_module(text: str) -> None:
    """As ``module.md``, and show it."""
    document = parse_document(text, "module.md")
    lines = text.count("\n") + 1
    assert all(0 < (each.line or 1) <= lines for each in document.findings)
    body = document.body
    lesson = document.lesson or Lesson(
        front=Front(id="x", title="x", updated=""),
        intro=body.intro,
        blocks=body.blocks,
        timed=body.timed,
        sections=body.sections,
    )
    page = render_lesson(lesson).article
    assert "<script" not in page


def read_yaml(text: str, kind: int) -> None:
    """As one of the YAML files."""
    file, findings = parse_yaml(text, "fuzzed.yaml")
    if file is None:
        assert findings
        return
    found, findings = convert(file, STRUCTS[kind // 3 % len(STRUCTS)])
    assert (found is None) == bool(findings)


def read_history(text: str) -> None:
    """As a history, in both notations."""
    for read in (read_json_lines, read_jepsen):
        with suppress(HistoryError):
            read(text)


def main() -> None:
    """Fuzz until told otherwise."""
    atheris.Setup([*sys.argv, "-timeout=10", "-rss_limit_mb=1024"], lambda raw: read(raw or b"\0"))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
