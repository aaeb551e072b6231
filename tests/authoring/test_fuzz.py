"""Whatever bytes a file holds, reading it ends in a value or in findings, and soon."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from practicum.authoring.markdown.module_file import parse_document, parse_module
from practicum.authoring.written import (
    CARDS_FILE,
    EXAM_FILE,
    MODULE_FILE,
    QUESTIONS_FILE,
    load_written,
)
from practicum.curriculum.question import Questions
from practicum.labs.text_file import text_of
from practicum.labs.yaml_file import (
    DEPTH_MAX,
    LOADER,
    PlainLoader,
    YamlFile,
    convert,
    parse_yaml,
)

needs_libyaml = pytest.mark.skipif(LOADER is PlainLoader, reason="PyYAML has no libyaml")

YAML_PIECES = [
    "a: ", "b:\n", "- ", "  ", "\n", "[", "]", "{", "}", ", ", ": ", "? ", "'", '"', "|\n", ">-\n",
    "# c\n", "&x ", "*x", "!!str ", "!!set ", "<<: ", "---\n", "...\n", "%YAML 1.1\n", "2026-11-21",
    "1_000", "0x1f", "1e3", "yes", "~", "null", ".inf", "1:30", "é", "\t", "=", "@", "`",
]  # fmt: skip
documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.dates().map(str)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12),
    lambda x: (
        st.lists(x, max_size=4)
        | st.dictionaries(st.text("abcdé-: #'\"[", min_size=1, max_size=5), x, max_size=4)
    ),
    max_leaves=20,
)


def shown(file: YamlFile | None) -> Any:
    """What was read, and where; two not-a-numbers are the same here."""
    if file is None:
        return None
    return repr(file.document), file._lines


@needs_libyaml
@settings(max_examples=300, deadline=None)
@given(documents, st.booleans(), st.sampled_from([20, 80, 1000]))
def test_libyaml_reads_what_python_reads(document: object, flow: bool, width: int) -> None:
    """The same values, in the same lines."""
    text = yaml.safe_dump(document, default_flow_style=flow, width=width, allow_unicode=True)
    fast, told = parse_yaml(text, "x", LOADER)
    plain, told_plainly = parse_yaml(text, "x", PlainLoader)
    assert shown(fast) == shown(plain)
    assert told == told_plainly


@needs_libyaml
@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(YAML_PIECES) | st.text(max_size=4), max_size=25).map("".join))
@example("a: 1\n---\nb: 2\n")
@example("a: [1, 2\nb: 3\n")
@example("a: &x 1\nb: *x\n")
@example("a: 1\na: 2\n")
@example("? [a, b]\n: 1\n")
def test_what_one_of_both_refuses_is_told_in_the_same_words(text: str) -> None:
    """However broken: the words are those of the reader in Python, and where both read it, it
    is the same."""
    fast, told = parse_yaml(text, "x", LOADER)
    plain, told_plainly = parse_yaml(text, "x", PlainLoader)
    assert told == told_plainly or fast is not None
    if fast is not None and plain is not None:
        assert shown(fast) == shown(plain)


def test_a_date_stays_the_text_that_was_written() -> None:
    """So that a field which wants a text gets one."""
    file, _ = parse_yaml("day: 2026-11-21\nat: 2026-11-21T10:00:00Z\n", "x")
    assert file is not None
    assert file.document == {"day": "2026-11-21", "at": "2026-11-21T10:00:00Z"}


@pytest.mark.parametrize(
    "text",
    ["[" * 300_000, "{" * 300_000, "- " * 300_000, "? " * 300_000, "a:\n" + "[{" * 100_000,
     "\x85".join(["- " * 50_000] * 3), "[" * 2_000 + "]" * 2_000],
    ids=lambda text: f"{text[:4]!r} {len(text)}",
)  # fmt: skip
@pytest.mark.parametrize("loader", [LOADER, PlainLoader])
def test_what_is_nested_too_deeply_is_told_and_ends_nothing(text: str, loader: Any) -> None:
    """libyaml alone would end the process."""
    file, (finding,) = parse_yaml(text, "x", loader)
    assert file is None
    assert "nested" in finding.message or "could not find" in finding.message
    assert finding.line is not None


def test_as_deep_as_may_be_is_read() -> None:
    """A level more is not."""
    assert parse_yaml("[" * DEPTH_MAX + "]" * DEPTH_MAX, "x")[1] == []
    assert parse_yaml("[" * (DEPTH_MAX + 2) + "]" * (DEPTH_MAX + 2), "x")[0] is None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
@example(b"---\n\n---\n")
@example(b"---\n---")
@example(b"\xef\xbb\xbf---\nid: x\n---\n# x")
def test_no_bytes_upset_the_reader_of_a_module(raw: bytes) -> None:
    """They are a text or not; a text is a document, and each finding has its line."""
    text, findings = text_of(raw, "module.md")
    if text is None:
        assert all(each.line for each in findings)
        return
    document = parse_document(text, "module.md")
    lines = text.count("\n") + 1
    assert all(1 <= (each.line or 1) <= lines for each in document.findings)


FILES = st.sampled_from([MODULE_FILE, QUESTIONS_FILE, CARDS_FILE, EXAM_FILE])
CONTENTS = st.binary(max_size=60) | documents.map(lambda x: yaml.safe_dump(x).encode())


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(FILES, CONTENTS))
def test_no_folder_upsets_the_reader(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    """What can be read is; of the rest it is told why not."""
    folder = tmp_path_factory.mktemp("course") / "01-module"
    folder.mkdir()
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    written, findings = load_written(folder)
    read = {QUESTIONS_FILE: written.questions, CARDS_FILE: written.cards, EXAM_FILE: written.exam}
    for name, value in read.items():
        told = [each for each in findings if each.file == str(folder / name)]
        assert (value is None) == bool(told) or (name == EXAM_FILE and name not in files)
    assert written.id.startswith(f"{folder.parent.name}/")


@settings(max_examples=200, deadline=None)
@given(documents)
def test_no_document_upsets_the_reader_of_questions(document: object) -> None:
    """It is told what does not fit, each by its line."""
    file, _ = parse_yaml(yaml.safe_dump({"questions": [document]}), "q")
    assert file is not None
    found, findings = convert(file, Questions)
    assert found is None
    assert all(each.line for each in findings)


@pytest.mark.parametrize(
    "unit",
    ["[", "[a](", "![", "<", "`", "*a ", "**a*", "_a", "> ", "- ", "1. ", ":::: x\n", "::: note\n",
     "::::\n", "```\n", "|", "|a|\n|-|\n", "[^a", "&", "\\", "    a\n", "<!--", "<a ", "[a]: ",
     '::: note title="', "# a\n", "a\n\n", "~~~x\n", "- a\n  - b\n", "> - ", "\t"],
)  # fmt: skip
def test_a_text_of_one_thing_is_read_in_time(unit: str) -> None:
    """Four times as much takes about four times as long, and not sixteen times."""
    took_s = []
    for size in (5_000, 20_000):
        text = unit * math.ceil(size / len(unit))
        began = time.process_time()
        parse_module(text, "module.md")
        took_s.append(time.process_time() - began)
    assert took_s[1] < 0.5 or took_s[1] / took_s[0] < 9


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """By the files that it should hold."""
    written, findings = load_written(tmp_path / "course" / "01-none")
    assert written.lesson is None
    assert [Path(each.file).name for each in findings] == [MODULE_FILE, QUESTIONS_FILE, CARDS_FILE]
