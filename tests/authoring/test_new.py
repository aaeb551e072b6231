"""What is begun can be read at once, and the linter says what is still to be written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml

from practicum.authoring import scaffolding
from practicum.authoring.linting import LintReport, lint
from practicum.labs.finding import LabError

OURS = Path(__file__).parents[2] / "courses"
TODAY = dt.date(2026, 11, 21)
CHARGING = "practicum.shop.payment.charging"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of courses with one course that was just begun."""
    scaffolding.new_course("brakes", tmp_path / "mine", "Brakes: an example")
    return tmp_path / "mine"


def judged(mine: Path, what: str = "brakes") -> LintReport:
    """What the linter says of it."""
    return lint([what], folders=[OURS, mine], today=TODAY, here=mine)


def everything(mine: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {str(path): path.read_bytes() for path in mine.rglob("*") if path.is_file()}


def test_a_new_course_says_what_it_lacks(mine: Path) -> None:
    """And nothing else is wrong with it."""
    (found,) = judged(mine).remarks
    assert (found.rule, found.file, found.line) == ("todo", "brakes/course.yaml", 2)


def test_a_course_that_is_there_already_is_not_begun_again_elsewhere(mine: Path) -> None:
    """Two courses with one name could neither be used."""
    with pytest.raises(LabError, match="there is a course pillars in"):
        scaffolding.new_course("pillars", mine, folders=[OURS, mine])
    assert not (mine / "pillars").exists()


@pytest.mark.parametrize("kind", scaffolding.KINDS)
def test_a_new_question_is_one_of_the_gauntlet(mine: Path, kind: str) -> None:
    """Of whatever kind: without a tier nobody would ever be asked it."""
    scaffolding.new_module("brakes/throttle", [OURS, mine], TODAY)
    path = scaffolding.new_question("brakes/throttle/why", [OURS, mine], kind)
    assert yaml.safe_load(path.read_text())["questions"][-1]["tier"] == 2


def test_a_new_module_can_be_read_and_says_what_it_lacks(mine: Path) -> None:
    """With a lab, an exam and questions of every kind."""
    folders = [OURS, mine]
    scaffolding.new_module("brakes/throttle", folders, TODAY)
    scaffolding.new_lab("brakes/throttle/one-key", folders, CHARGING)
    scaffolding.new_exam("brakes/throttle", folders, "", TODAY)
    for kind in scaffolding.KINDS:
        scaffolding.new_question(f"brakes/throttle/a-{kind}", folders, kind)
    report = judged(mine)
    rules = {each.rule for each in report.remarks}
    assert {"todo", "cases", "objective-tested"} <= rules
    assert not rules & {"form", "catalogue", "diagram", "block-parts", "timed-parts"}
    same = [each.message for each in report.remarks if each.rule == "lab"]
    assert same == ["it is the solution"] * 3
    told = [each for each in report.remarks if each.rule == "todo"]
    files = {each.file.rpartition("/")[2] for each in told}
    assert files == {
        "course.yaml", "module.md", "questions.yaml", "cards.yaml", "exam.yaml",
        "lab.yaml", "lab.md", "checks.py",
    }  # fmt: skip
    assert not list(mine.rglob(".*"))


def test_a_module_of_timed_parts_is_begun_with_them(mine: Path) -> None:
    """As its course.yaml lists them."""
    course = yaml.safe_load((OURS / "service-mesh/course.yaml").read_text())
    text = yaml.safe_dump(
        {"title": "Lines", "objective": "Wait.", "parts": course["parts"]}, sort_keys=False
    )
    (mine / "brakes/course.yaml").write_text(text)
    scaffolding.new_module("brakes/throttle", [OURS, mine], TODAY)
    asked = scaffolding.new_question("brakes/throttle/why", [OURS, mine], "choice")
    assert "tier" not in yaml.safe_load(asked.read_text())["questions"][-1]
    rules = {each.rule for each in judged(mine).remarks}
    assert "todo" in rules
    assert not rules & {"form", "catalogue", "timed-parts", "module-minutes"}


def test_the_paper_of_an_exam_may_be_begun_without_a_module(mine: Path) -> None:
    """In the catalogue's form; one that it does not list, or that is there, is refused."""
    made = scaffolding.new_paper("exam:economic-reality", mine, [OURS, mine], TODAY)
    assert made == mine / "exams/economic-reality/exam.yaml"
    report = judged(mine, "exam:economic-reality")
    assert [each.id for each in report.modules] == ["exam:economic-reality"]
    rules = {each.rule for each in report.remarks}
    assert "todo" in rules
    assert not rules & {"form", "exam-form", "exam-code", "exam-design", "exam-rubric"}
    before = everything(mine)
    with pytest.raises(LabError, match="nothing is overwritten"):
        scaffolding.new_paper("economic-reality", mine, [OURS, mine], TODAY)
    with pytest.raises(LabError, match="did you mean economic-reality"):
        scaffolding.new_paper("exam:economic-realty", mine, [OURS, mine], TODAY)
    assert everything(mine) == before


def test_a_long_examination_is_begun_in_its_form(mine: Path) -> None:
    """With its questions by name, their minutes, and the criteria of its rubric."""
    catalogue = mine / "catalogue/exams.yaml"
    text = yaml.safe_load((OURS / "catalogue/exams.yaml").read_text())
    long = {**text["examinations"][0], "id": "throttle-180", "of": "brakes/throttle"}
    long.pop("origin")
    catalogue.parent.mkdir()
    kept = {"pending": "later", "exams": [], "examinations": [long]}
    catalogue.write_text(yaml.safe_dump(kept, sort_keys=False))
    scaffolding.new_module("brakes/throttle", [OURS, mine], TODAY)
    scaffolding.new_exam("brakes/throttle", [OURS, mine], "", TODAY)
    paper = yaml.safe_load((mine / "brakes/01-throttle/exam.yaml").read_text())
    assert paper["of"] == "throttle-180"
    assert [len(each["questions"]) for each in paper["sections"]] == [6, 4]
    rules = {each.rule for each in judged(mine).remarks}
    assert not rules & {"form", "examination-form", "exam-form", "exam-minutes", "exam-rubric"}


def test_nothing_is_overwritten(mine: Path) -> None:
    """Not a course, a module, a lab, an exam or a question; what is there stays as it is."""
    folders = [OURS, mine]
    scaffolding.new_module("brakes/throttle", folders, TODAY)
    scaffolding.new_lab("brakes/throttle/one-key", folders, CHARGING)
    scaffolding.new_exam("brakes/throttle", folders, "", TODAY)
    scaffolding.new_question("brakes/throttle/why", folders, "choice")
    before = everything(mine)
    for again in (
        lambda: scaffolding.new_course("brakes", mine),
        lambda: scaffolding.new_module("brakes/throttle", folders, TODAY),
        lambda: scaffolding.new_lab("brakes/throttle/one-key", folders, CHARGING),
        lambda: scaffolding.new_exam("brakes/throttle", folders, "", TODAY),
        lambda: scaffolding.new_question("brakes/throttle/why", folders, "short"),
    ):
        with pytest.raises(LabError):
            again()
    assert everything(mine) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("title: T\nobjective: O\n", 1),
        ("title: T\nobjective: O\nmodules: []\n", 1),
        ("title: T\nobjective: O\nmodules:\n  - {id: a, title: A}\nreview: monthly\n", 2),
        ("title: T\nmodules:\n  # first\n  - id: a\n    title: A\n\nobjective: O\n", 2),
        ("title: T\nobjective: O\npending: later\nmodules:\n  - id: a\n    title: A", 2),
    ],
)
def test_a_module_finds_its_place_in_course_yaml(mine: Path, before: str, after: int) -> None:
    """Wherever the list stands; what was there stays."""
    path = mine / "brakes/course.yaml"
    path.write_text(before)
    path.chmod(0o640)
    scaffolding.new_module("brakes/throttle", [OURS, mine], TODAY)
    modules = yaml.safe_load(path.read_text())["modules"]
    assert [each["id"] for each in modules][-1] == "throttle"
    assert len(modules) == after
    assert all(line in path.read_text() for line in before.splitlines() if "[]" not in line)
    assert path.stat().st_mode & 0o777 == 0o640
    number = f"{after:02}"
    assert (mine / f"brakes/{number}-throttle/module.md").exists()


def test_a_course_yaml_that_cannot_be_added_to_stays_and_is_told(mine: Path) -> None:
    """With what to add by hand."""
    path = mine / "brakes/course.yaml"
    text = "title: T\nobjective: O\nmodules: [{id: a, title: A}]\n"
    path.write_text(text)
    with pytest.raises(LabError, match=r"add under `modules:` yourself:\n  - id: throttle"):
        scaffolding.new_module("brakes/throttle", [OURS, mine], TODAY)
    assert path.read_text() == text


def test_a_pending_module_is_begun_where_it_is_declared(mine: Path) -> None:
    """With its title, and the number of its place; course.yaml is left alone."""
    path = mine / "brakes/course.yaml"
    path.write_text(
        "title: T\nobjective: O\npending: later\nmodules:\n"
        "  - {id: a, title: A}\n  - {id: throttle, title: The throttle}\n"
    )
    before = path.read_text()
    scaffolding.new_module("brakes/throttle", [OURS, mine], TODAY)
    assert path.read_text() == before
    assert "title: The throttle" in (mine / "brakes/02-throttle/module.md").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("throttle", "does not say in which course"),
        ("brake/throttle", "did you mean brakes?"),
        ("nowhere/throttle", "author new course nowhere"),
        ("brakes/The Throttle", "lower-case"),
        ("brakes/../x", "there is no course"),
    ],
)
def test_a_module_that_cannot_be_is_refused(mine: Path, words: str, said: str) -> None:
    """With what to write instead."""
    with pytest.raises(LabError) as caught:
        scaffolding.new_module(words, [OURS, mine], TODAY)
    assert said in str(caught.value)


@pytest.mark.parametrize("module", ["os", "practicum.nothing", "practicum.shop", "practicum.", ""])
def test_a_lab_repairs_a_module_of_practicum(mine: Path, module: str) -> None:
    """Another one is refused, and named ones are suggested."""
    scaffolding.new_module("brakes/throttle", [OURS, mine], TODAY)
    with pytest.raises(LabError, match="name one of Practicum's"):
        scaffolding.new_lab("brakes/throttle/one-key", [OURS, mine], module)


def test_a_title_may_hold_what_yaml_reads_otherwise(tmp_path: Path) -> None:
    """It is quoted where it must be."""
    title = "Brakes: when to use them, and #why"
    path = scaffolding.new_course("brakes", tmp_path, title)
    assert yaml.safe_load(path.read_text())["title"] == title
