"""The two commands: what they write, what they name, and what they refuse."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.terminal import practicum
from practicum.authoring.exchange.gift.reading import import_gift
from practicum.authoring.exchange.importing import bring
from practicum.authoring.exchange.yaml_text import questions_text
from practicum.authoring.rules.wording import left_to_write
from practicum.curriculum.question import Questions
from practicum.labs.finding import CannotBeUsed
from practicum.labs.yaml_file import convert, parse_yaml, read_yaml

GIFT = """\
$CATEGORY: retries

::How often:: How often is a request sent?{
=At least once#An answer may be lost.
~Once
~%50%Twice
~Never
}

A text without a question.
"""


def test_a_module_goes_out_and_comes_back(tmp_path: Path) -> None:
    """As GIFT, into a file that the linter can read."""
    file, into = tmp_path / "m.gift", tmp_path / "questions.yaml"
    done = practicum(
        tmp_path,
        "author",
        "export-questions",
        "truth-distribution",
        "--format",
        "gift",
        "-o",
        str(file),
    )
    assert done.returncode == 0
    assert "28 of 33 questions" in done.stdout
    assert "lines 281, 368, 461, 622: GIFT has no question that runs code" in done.stderr
    done = practicum(tmp_path, "author", "import-questions", str(file), "--into", str(into))
    assert done.returncode == 0, done.stderr
    yaml, _ = read_yaml(into)
    assert yaml is not None
    found, findings = convert(yaml, Questions)
    assert findings == []
    assert found is not None
    assert len(found.questions) == 28


def test_an_exam_goes_out_as_a_package(tmp_path: Path) -> None:
    """A zip that can be opened, with what is not in it told on stderr."""
    file = tmp_path / "e.zip"
    words = (
        "author",
        "export-questions",
        "exam:flow-control-180",
        "--format",
        "qti",
        "-o",
        str(file),
    )
    done = practicum(tmp_path, *words)
    assert done.returncode == 0
    with zipfile.ZipFile(file) as package:
        assert len(package.namelist()) == 12
    assert "a person grades it" in done.stderr
    refused = practicum(tmp_path, *words[:-1], str(tmp_path / "none" / "e.zip"))
    assert refused.returncode == 1
    assert "none" in refused.stderr


def test_what_is_not_taken_over_is_told_and_gaps_are_found(tmp_path: Path) -> None:
    """On stderr by line; the linter's rule finds each gap."""
    file = tmp_path / "f.gift"
    file.write_text(GIFT)
    done = practicum(tmp_path, "author", "import-questions", str(file))
    assert done.returncode == 0
    assert f"{file}, line 10: this asks nothing" in done.stderr
    assert "line 4: 'At least once' is worth 100 % there, and 50 % here" in done.stderr
    assert "the title 'How often' is not kept" in done.stderr
    assert "the category 'retries' is not kept" in done.stderr
    gaps = [each.message for each in left_to_write("q.yaml", done.stdout)]
    assert any("what one believes who takes it" in each for each in gaps)
    assert any("say why the answer is right" in each for each in gaps)


def test_questions_are_added_behind_those_that_are_there(tmp_path: Path) -> None:
    """Nothing that stands there is changed, and an id that is taken is given up."""
    file, into = tmp_path / "f.gift", tmp_path / "questions.yaml"
    file.write_text("// [id:mine]\nIs it?{T#no#yes####so}\n")
    before = (
        "questions:\n  # A comment that stays.\n"
        "  - {id: mine, kind: short, text: T?, explain: E., accept: [x]}\n"
    )
    into.write_text(before)
    brought = bring(file, into)
    after = into.read_text()
    assert after.startswith(before)
    assert [each["id"] for each in brought.imported.questions] == ["mine-2"]
    assert "the id 'mine' became mine-2" in brought.imported.lost[0].message
    bring(file, into)
    yaml, _ = parse_yaml(into.read_text(), "q.yaml")
    assert yaml is not None
    assert [each["id"] for each in yaml.document["questions"]] == ["mine", "mine-2", "mine-3"]


@pytest.mark.parametrize(
    "there", ["questions: []\n", "title: x\nsections:\n  - {title: y}\n", "- a\n", "a: [\n"]
)
def test_a_file_that_cannot_be_added_to_stays_as_it_is(tmp_path: Path, there: str) -> None:
    """The message says why, or what to add by hand."""
    file, into = tmp_path / "f.gift", tmp_path / "questions.yaml"
    file.write_text("Is it?{T}\n")
    into.write_text(there)
    with pytest.raises(CannotBeUsed, match="added"):
        bring(file, into)
    assert into.read_text() == there


def zipped(count: int) -> bytes:
    """A zip of so many zeros."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("bomb", b"\0" * count)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (zipped(30_000_000), "is an archive"),
        (b"\x1f\x8b\x08" + bytes(20), "is an archive"),
        (b"a{T}\n\n" * 400_000, "larger than 1 MB"),
        (b"\xff\xfea\0", "UTF-16"),
        (b"caf\xe9{T}", "not UTF-8"),
        (b"a\0b{T}", "cannot be seen"),
        (b"", "no question"),
        (b"only words\n", "no question"),
    ],
)
def test_files_that_are_no_gift_are_refused(tmp_path: Path, raw: bytes, words: str) -> None:
    """Bombs, archives, huge files and other encodings: named, and nothing is written."""
    file, into = tmp_path / "f.gift", tmp_path / "q.yaml"
    file.write_bytes(raw)
    with pytest.raises(CannotBeUsed, match=words):
        bring(file, into)
    assert not into.exists()


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path: Path) -> None:
    """And a pipe is not waited for."""
    with pytest.raises(CannotBeUsed, match="no such file"):
        bring(tmp_path / "none.gift")
    with pytest.raises(CannotBeUsed, match="no file"):
        bring(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CannotBeUsed, match="no file"):
        bring(tmp_path / "pipe")


@settings(max_examples=200)
@given(
    st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\n"),
            min_size=1,
            max_size=40,
        ).filter(str.strip),
        min_size=1,
        max_size=4,
    )
)
def test_any_text_is_the_same_in_yaml(texts: list[str]) -> None:
    """Whatever it begins or ends with."""
    data = [
        {"id": f"q-{n}", "text": text, "given": {"x": [1, 2.5]}} for n, text in enumerate(texts)
    ]
    yaml, findings = parse_yaml(f"questions:\n{questions_text(data)}", "q.yaml")
    assert findings == []
    assert yaml is not None
    assert yaml.document["questions"] == data


@pytest.mark.parametrize(
    "piece",
    [
        "{",
        "}",
        "#",
        "~",
        "=",
        "::",
        "####",
        "->",
        "[html]<b>",
        "\\",
        "%50%",
        "<a",
        "&#",
        "<!--",
        "<ul>",
    ],
)
def test_a_long_line_of_marks_is_read_in_time(piece: str) -> None:
    """What opens things again and again ends in findings or questions, and not in an hour."""
    text = piece * (60_000 // len(piece))
    for each in (f"Q{{{text}}}", f"Q{{=a{text} ~b}}", f"[html]x{text}{{=a ~b}}", text):
        found = import_gift(each, "f")
        assert found.questions or found.left_out
