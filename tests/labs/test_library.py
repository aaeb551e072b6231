"""Labs load from folders; what is wrong is told by file, line and field, all of it at once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.labs.finding import LabError
from practicum.labs.lab import LabSpec, load_lab
from practicum.labs.library import choose, choose_one, course_folders, find_labs
from practicum.labs.story import sections
from practicum.labs.yaml_file import convert, parse_yaml

COURSES = Path(__file__).parent / "courses"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A copy of a lab, to be spoilt."""
    shutil.copytree(COURSES, tmp_path / "courses")
    return tmp_path / "courses" / "practice" / "01-basics" / "labs" / "count-once"


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that is there exactly once."""
    text = path.read_text()
    assert text.count(old) == 1, text
    path.write_text(text.replace(old, new))


def told(folder: Path) -> list[str]:
    """What loading a lab complains about, file names relative to the lab."""
    with pytest.raises(LabError) as caught:
        load_lab(folder)
    assert str(folder.name) in str(caught.value)
    return [str(each).replace(f"{folder}/", "") for each in caught.value.findings]


def test_a_lab_is_what_its_folder_says() -> None:
    """The id without the module's number, the files, the plan."""
    labs, errors = find_labs([COURSES])
    assert errors == []
    assert [lab.id for lab in labs] == ["practice/basics/count-once", "practice/hunting/find-it"]
    repair, hunt = labs
    assert repair.name == "count-once"
    assert repair.files == ("rules.py",)
    assert [fault.kind for fault in repair.spec.experiment.faults] == ["hesitate", "crash"]
    assert hunt.files == ("answer.yaml",)


SPOILT: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "an unknown field": (
        lambda lab: edit(lab / "lab.yaml", "minutes: 20", "minutes: 20\nskils: [x]"),
        ["lab.yaml:5: skils: there is no such field: there are version, answer"],
    ),
    "a misspelt field": (
        lambda lab: edit(lab / "lab.yaml", "skills:", "skils:"),
        [
            "lab.yaml:5: skils: there is no such field: did you mean skills?",
            "lab.yaml:1: skills: the field is missing: add `skills:`",
        ],
    ),
    "values that do not fit": (
        lambda lab: (
            edit(lab / "lab.yaml", "rate: 20", "rate: 4000"),
            edit(lab / "lab.yaml", "kind: repair", "kind: repairs"),
            edit(lab / "lab.yaml", "delay_ms: 50", "delay_ms: soon"),
            edit(lab / "lab.yaml", "start_s: 1,", "starts: 1,"),
        ),
        [
            "lab.yaml:2: kind: 'repairs' does not fit: invalid enum value 'repairs'",
            "lab.yaml:12: experiment.rate: 4000 does not fit: expected `float` <= 500.0",
            "lab.yaml:16: experiment.faults[0].delay_ms: 'soon' does not fit: expected `float`, "
            "got `str`",
            "lab.yaml:17: experiment.faults[1].starts: there is no such field: did you mean "
            "start_s?",
        ],
    ),
    "a fault that is none": (
        lambda lab: edit(lab / "lab.yaml", "kind: crash", "kind: crush"),
        ["lab.yaml:17: experiment.faults[1].kind: there is no 'crush': did you mean crash?"],
    ),
    "faults that cannot be": (
        lambda lab: (
            edit(lab / "lab.yaml", "target: bank", "target: order"),
            edit(lab / "lab.yaml", "consumer.committed", "consumer.comitted"),
        ),
        [
            "lab.yaml:16: experiment.faults[0]: hesitate of order at 0 s: order cannot suffer "
            "that (bank can)",
            "lab.yaml:17: experiment.faults[1]: crash of shipping at 1 s: it has no point "
            "consumer.comitted",
        ],
    ),
    "a module that is not there": (
        lambda lab: edit(lab / "lab.yaml", "shipping.rules", "shiping.rules"),
        ["lab.yaml:7: replaces.rules.py: there is no module practicum.shop.shiping.rules"],
    ),
    "a service that is not there": (
        lambda lab: edit(lab / "lab.yaml", "order: {step", "orders: {step"),
        ["lab.yaml:10: range.settings.orders: the shop has no service orders: did you mean order?"],
    ),
    "another module than the folder's": (
        lambda lab: edit(lab / "lab.yaml", "module: basics", "module: basic"),
        ["lab.yaml:3: module: the lab lies in the folder of module basics"],
    ),
    "a check that is not there": (
        lambda lab: edit(lab / "lab.yaml", "test_most_are_confirmed", "test_most_are_confirme"),
        [
            "lab.yaml:23: wrong.too-late.caught_by: checks.py has no test test_most_are_confirme: "
            "did you mean test_most_are_confirmed"
        ],
    ),
    "a kind's field in the other kind": (
        lambda lab: edit(lab / "lab.yaml", "kind: repair", "kind: repair\nanswer: answer.yaml"),
        ["lab.yaml:3: answer: this is not for kind repair"],
    ),
    "broken YAML": (
        lambda lab: edit(lab / "lab.yaml", "skills: [idem", "skills: [[idem"),
        ["lab.yaml:6: this is not YAML: expected ',' or ']', but got '<scalar>'"],
    ),
    "a field that is told twice": (
        lambda lab: edit(lab / "lab.yaml", "minutes: 20", "minutes: 20\nkind: investigate"),
        ["lab.yaml:5: kind: it stands here and in line 2: keep one of the two"],
    ),
    "an alias": (
        lambda lab: edit(lab / "lab.yaml", "minutes: 20", "minutes: &a 20\nversion: *a"),
        ["lab.yaml:4: version: aliases are not read here: write the value out"],
    ),
    "files that are missing": (
        lambda lab: (
            (lab / "lab.md").unlink(),
            (lab / "checks.py").unlink(),
            shutil.rmtree(lab / "start"),
            (lab / "solution" / "rules.py").rename(lab / "solution" / "rulez.py"),
        ),
        [
            "start: the folder is missing",
            "solution: rules.py is not in solution/: add it",
            "solution/rulez.py: no such file is edited in this lab",
            "lab.md: the file is missing: write the story",
            "checks.py: the file is missing: write the checks",
        ],
    ),
    "a wrong solution that is not declared, and the reverse": (
        lambda lab: (lab / "wrong" / "too-late").rename(lab / "wrong" / "too-lat"),
        [
            "wrong/too-lat: lab.yaml does not say which check must catch it",
            "lab.yaml:22: wrong.too-late: there is no folder wrong/too-late: did you mean too-lat?",
        ],
    ),
    "a story without its end": (
        lambda lab: (
            edit(lab / "lab.md", "## Hint 2", "### Hint 2"),
            edit(lab / "lab.md", "# Count each parcel once", "Count each parcel once"),
            edit(lab / "lab.md", "`practicum lab check count-once --seed 7`", ""),
        ),
        [
            "lab.md:1: the title is missing",
            "lab.md: ## Hint 2 is missing",
            "lab.md: ## Vary is empty",
        ],
    ),
    "a story in disorder": (
        lambda lab: edit(lab / "lab.md", "## Hint 2", "## Predict\n\nx\n\n## Hint 2"),
        ["lab.md: the last headings stand as Hint 1, Predict, Hint 2, Hint 3, Vary"],
    ),
    "checks that are not Python": (
        lambda lab: (lab / "checks.py").write_text("def test(:\n"),
        ["checks.py:1: this is not Python: invalid syntax"],
    ),
    "a file that is not text": (
        lambda lab: ((lab / "lab.md").write_bytes(b"# a\xff"), (lab / "lab.yaml").unlink()),
        ["lab.yaml: there is no such file: write it", "lab.md: byte 3 is not UTF-8"],
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_wrong_is_told_by_file_line_and_field(what: str, lab: Path) -> None:
    """All of it, and nothing else."""
    spoil, wanted = SPOILT[what]
    spoil(lab)
    findings = told(lab)
    assert len(findings) == len(wanted), findings
    for finding, start in zip(findings, wanted, strict=True):
        assert finding.startswith(start), finding


def test_one_wrong_solution_is_too_few(lab: Path) -> None:
    """A single mistake proves little about the checks."""
    text = (lab / "lab.yaml").read_text()
    (lab / "lab.yaml").write_text(text[: text.index("  too-late:")])
    shutil.rmtree(lab / "wrong" / "too-late")
    (finding,) = told(lab)
    assert finding.startswith("lab.yaml:18: wrong: there are 1 wrong solutions, 2 are the least")


def test_a_lab_that_cannot_be_used_does_not_hide_the_others(lab: Path) -> None:
    """It is told, and the rest is there; so is a folder that is missing."""
    (lab / "checks.py").unlink()
    labs, errors = find_labs([lab.parents[3], lab / "nowhere"])
    assert [lab.name for lab in labs] == ["find-it"]
    assert "count-once cannot be used" in str(errors[0])
    assert "nowhere: there is no such folder" in str(errors[1])


def test_the_same_lab_in_two_places_is_told(lab: Path) -> None:
    """The first found stays."""
    labs, errors = find_labs([COURSES, lab.parents[3]])
    assert len(labs) == 2
    assert all(str(COURSES) in str(error) for error in errors)
    assert len(errors) == 2


def test_courses_come_from_the_package_and_from_folders_that_are_named(tmp_path: Path) -> None:
    """Ours first."""
    told = os.pathsep.join([str(tmp_path), "", str(tmp_path / "b")])
    folders = course_folders({"PRACTICUM_COURSES": told})
    assert folders == [ROOT / "courses", tmp_path, tmp_path / "b"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("count-once", ["count-once"]),
        ("basics/count-once", ["count-once"]),
        ("practice/basics/count-once", ["count-once"]),
        ("practice", ["count-once", "find-it"]),
        ("practice/", ["count-once", "find-it"]),
        ("practice/hunting", ["find-it"]),
        ("hunting", ["find-it"]),
    ],
)
def test_a_lab_is_named_by_its_end_or_all_by_their_beginning(words: str, names: list[str]) -> None:
    """Whatever says enough."""
    labs, _ = find_labs([COURSES])
    assert [lab.name for lab in choose(labs, words)] == names


def test_a_name_that_fits_nothing_is_told_with_what_is_near(lab: Path) -> None:
    """And one that fits two."""
    labs, _ = find_labs([COURSES])
    with pytest.raises(LabError, match="did you mean count-once"):
        choose(labs, "count-onec")
    with pytest.raises(LabError, match="there is no lab 'asics/count-once'"):
        choose(labs, "asics/count-once")
    with pytest.raises(LabError, match="stands for practice/basics/count-once, practice/hunting"):
        choose_one(labs, "practice")
    (lab.parents[3] / "practice").rename(lab.parents[3] / "other")
    more, _ = find_labs([COURSES, lab.parents[3]])
    with pytest.raises(LabError, match="practice/basics/count-once, other/basics/count-once"):
        choose(more, "count-once")


def test_a_heading_in_a_code_block_is_no_heading() -> None:
    """Python's comments look like headings."""
    text = "## A\n```\n## B\n~~~\n## C\n```\n## D\n~~~~\n```\n## E\n~~~~\n"
    assert list(sections(text)) == ["A", "D"]


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
NAMES = st.sampled_from([field.name for field in msgspec.structs.fields(LabSpec)])
DOCUMENTS = st.recursive(
    LEAF,
    lambda x: (
        st.lists(x, max_size=3)
        | st.dictionaries(st.text(max_size=5) | NAMES | st.just("kind"), x, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, DOCUMENTS) | DOCUMENTS)
def test_whatever_stands_there_is_judged_as_msgspec_judges_it(document: object) -> None:
    """Findings exactly if it does not fit; each with a line."""
    text = msgspec.yaml.encode(document).decode()
    file, findings = parse_yaml(text, "lab.yaml")
    if file is None:
        assert findings
        return
    spec, findings = convert(file, LabSpec)
    try:
        msgspec.convert(file.document, LabSpec)
    except msgspec.ValidationError:
        assert spec is None
        assert findings
        assert all(finding.line and finding.message and finding.remedy for finding in findings)
    else:
        assert spec is not None
        assert findings == []


@given(st.text())
def test_no_text_upsets_the_reader(text: str) -> None:
    """It is a document, or it is told why not."""
    file, findings = parse_yaml(text, "lab.yaml")
    assert (file is None) == bool(findings)
