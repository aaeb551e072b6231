"""Exam papers that belong to no module: found, judged, proved, shown, and written from then on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from authoring.planted import EXAM, EXAMINATION, add, cut, edit
from authoring.test_rules import FIXTURE, OURS, TODAY, told
from practicum.authoring.linting import LintReport, lint
from practicum.authoring.loading import load_catalogue
from practicum.authoring.papers import PaperError, all_papers, find_paper
from practicum.authoring.preview.page import module_page
from practicum.authoring.preview.shown import Shown
from practicum.authoring.proving import prove
from practicum.authoring.tracker.markdown import as_markdown
from practicum.authoring.tracker.page import as_page
from practicum.authoring.tracker.records import read_records, write_module_proof
from practicum.authoring.tracker.status import read_tracker
from practicum.checking.verdict import Verdict
from practicum.cli.main import app
from practicum.curriculum.plain import catalogue_as_data
from practicum.curriculum.standing import can_be_done

PAPER = "exams/counter-keeper/exam.yaml"
MADE_AT = "2026-11-26T10:00:00.000Z"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what was found is kept between tests."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our courses without the texts of their modules, and without papers."""
    ignored = shutil.ignore_patterns("module.md", "questions.yaml", "cards.yaml", "exams")
    return Path(shutil.copytree(OURS, tmp_path_factory.mktemp("bare") / "ours", ignore=ignored))


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """A copy of the fixture's courses, to be spoilt."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "courses"))


def judge(bare: Path, courses: Path, home: Path, *places: str) -> LintReport:
    """What the linter says."""
    asked = places or (str(courses),)
    return lint(asked, folders=[bare, courses], today=TODAY, home=home, here=courses)


def test_a_paper_is_found_by_the_id_of_its_exam(courses: Path) -> None:
    """Wherever it lies, with the hash of its file."""
    for exam in ("counter-keeper", "exam:counter-keeper"):
        found = find_paper([courses], exam)
        assert found.paper.title == "Keeper of counters"
        assert found.file == courses / PAPER
        assert found.sha256 == hashlib.sha256((courses / PAPER).read_bytes()).hexdigest()
    assert find_paper([courses], "queue-keeper").file == courses / EXAM
    papers, findings = all_papers([courses])
    assert [each.paper.of for each in papers] == ["counter-keeper", "queue-keeper"]
    assert findings == []


def test_of_two_papers_the_first_folders_is_taken_and_the_other_told_of(
    bare: Path, courses: Path, home: Path
) -> None:
    """The linter names both."""
    second = courses / "queues/01-waiting/exam.yaml"
    second.write_text((courses / PAPER).read_text())
    assert find_paper([courses], "counter-keeper").file == courses / PAPER
    assert len(all_papers([courses])[0]) == 1
    said = told(judge(bare, courses, home))
    assert any(x.startswith("id-twice") and "exam counter-keeper stands in" in x for x in said)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (edit(PAPER, "pass_score: 75", "pass_score: many"), "exam.yaml:4: pass_score: "),
        (edit(PAPER, "of: counter-keeper", "of: queue-keeper"), "exam.yaml:1: of: it is of queue"),
        (edit(PAPER, "kind: short", "kind: shrt"), "kind: "),
        (add(PAPER, "  - broken: [\n"), "this is not YAML"),
    ],
)
def test_a_paper_that_cannot_be_used_is_told_by_file_line_and_field(
    courses: Path, spoil: object, said: str
) -> None:
    """All of it, and the other papers can be used."""
    assert callable(spoil)
    spoil(courses)
    with pytest.raises(PaperError) as error:
        find_paper([courses], "counter-keeper")
    assert said in str(error.value)
    assert str(courses / PAPER) in str(error.value)
    papers, findings = all_papers([courses])
    assert [each.paper.of for each in papers] == ["queue-keeper"]
    assert [each.file for each in findings] == [str(courses / PAPER)]


def test_an_exam_without_a_paper_is_told_where_to_write_it(courses: Path) -> None:
    """Or which one was meant."""
    with pytest.raises(PaperError, match=r"write exams/bread/exam\.yaml"):
        find_paper([courses], "bread")
    with pytest.raises(PaperError, match="did you mean queue-keeper"):
        find_paper([courses], "queue-keepers")


def test_a_paper_that_leads_out_of_its_folder_is_refused(courses: Path) -> None:
    """A symbolic link is told, and not read."""
    elsewhere = courses.parent / "paper.yaml"
    (courses / PAPER).rename(elsewhere)
    (courses / PAPER).symlink_to(elsewhere)
    with pytest.raises(PaperError, match="symbolic link"):
        find_paper([courses], "counter-keeper")


@pytest.mark.parametrize(
    "place", ["exam:counter-keeper", "counter-keeper", PAPER, PAPER.rpartition("/")[0], "exams"]
)
def test_a_paper_is_judged_by_id_file_or_folder(
    place: str, bare: Path, courses: Path, home: Path
) -> None:
    """It alone, and all that is wrong with it."""
    cut(PAPER, "reflection:", "\n")(courses)
    words = str(courses / place) if (courses / place).exists() else place
    report = judge(bare, courses, home, words)
    assert [(each.id, each.minutes) for each in report.modules] == [("exam:counter-keeper", 25)]
    (found,) = report.remarks
    assert (found.rule, found.file, found.line) == ("exam-reflection", PAPER, 1)


@pytest.mark.parametrize(
    ("rule", "spoil", "line"),
    [
        ("answer-key", edit(PAPER, "right: true, ", ""), "choices:"),
        ("code-compiles", edit(PAPER, "return len(queue)", "return len(queue"), "solution:"),
        ("duplicate-choices", edit(PAPER, "how long the other lines are", "what its last "
                                   "customer waits for"), "why: they tell"),
        ("exam-form", edit(PAPER, "pass_score: 75", "pass_score: 74"), "pass_score"),
        ("exam-forms", edit(PAPER, "form: system design", "form: theory"), "sections:"),
        ("exam-forms", cut(PAPER, "        form: troubleshooting\n        scenario: museum",
                           "\n"), "sections:"),
        ("link", edit(PAPER, "01-first-counter/module.md", "01-first-counter/none.md"), "none.md"),
        ("link", edit(PAPER, "../../counter/01-first-counter/module.md", "../../../x.md"), "x.md"),
        ("link", edit(PAPER, "first-counter/module.md", "first-counter/module.md#no"), "#no"),
        ("todo", edit(PAPER, "title: Behind the tills", "title: TODO"), "TODO"),
    ],
)  # fmt: skip
def test_the_rules_hold_for_a_paper_by_itself(
    rule: str, spoil: object, line: str, bare: Path, courses: Path, home: Path
) -> None:
    """Each finding stands in its line."""
    assert callable(spoil)
    spoil(courses)
    lines = (courses / PAPER).read_text().splitlines()
    found = [each for each in judge(bare, courses, home).remarks if each.rule == rule]
    (only,) = found
    assert only.file == PAPER
    assert line in lines[(only.line or 0) - 1]


def test_a_paper_says_what_another_one_says(bare: Path, courses: Path, home: Path) -> None:
    """Questions are compared with those of modules, too."""
    text = "What never happens with one line in front of three tills while people wait?"
    edit(
        PAPER,
        "The turnstile of a museum counts one visitor twice now and then. What does it lack?",
        text,
    )(courses)
    rules = {each.rule: each for each in judge(bare, courses, home).remarks}
    assert set(rules) == {"duplicate-question"}


def test_a_paper_is_of_an_exam_that_is_listed_and_lies_in_its_folder(
    bare: Path, courses: Path, home: Path
) -> None:
    """Otherwise nobody finds it."""
    (courses / "exams/counter-keeper").rename(courses / "exams/keeper")
    (found,) = judge(bare, courses, home).remarks
    assert (found.rule, found.field) == ("exam-form", "of")
    edit("exams/keeper/exam.yaml", "of: counter-keeper", "of: keeper")(courses)
    said = [str(each) for each in judge(bare, courses, home).remarks]
    assert ["exams.yaml has no keeper" in each for each in said] == [True]


def test_a_long_examination_may_stand_by_itself(bare: Path, courses: Path, home: Path) -> None:
    """It is held to the objectives of its module all the same."""
    folder = courses / "exams/waiting-long"
    folder.mkdir()
    (folder / "exam.yaml").write_text(EXAMINATION)
    assert told(judge(bare, courses, home)) == []
    edit("exams/waiting-long/exam.yaml", "[compute how long a line becomes]", "[]")(courses)
    (found,) = judge(bare, courses, home).remarks
    assert found.rule == "exam-objectives"


def test_an_exam_is_written_as_soon_as_it_has_a_paper(bare: Path, courses: Path) -> None:
    """And pending again without it."""
    catalogue = load_catalogue([bare, courses])
    written = {key: catalogue.state(key) for key, _ in catalogue.all_exams()}
    assert {key for key, state in written.items() if state == "written"} == {
        "exam:counter-keeper",
        "exam:queue-keeper",
    }
    assert catalogue.pending("exam:counter-keeper") == ""
    assert catalogue.pending("exam:waiting-long") == "they come with the module"
    assert can_be_done(catalogue, "exam:counter-keeper")
    data = {each["id"]: each for each in catalogue_as_data(catalogue)["exams"]}
    assert (data["counter-keeper"]["state"], data["counter-keeper"]["pending"]) == ("written", "")
    assert data["data-pipeline"]["state"] == "pending"
    (courses / PAPER).unlink()
    catalogue = load_catalogue([bare, courses])
    assert catalogue.state("exam:counter-keeper") == "pending"
    assert not can_be_done(catalogue, "exam:counter-keeper")


def test_a_written_exam_needs_no_reason_for_being_pending(
    bare: Path, courses: Path, home: Path
) -> None:
    """With what was remembered of the catalogue before the paper came."""
    ours = Path(shutil.copytree(bare, courses.parent / "ours"))
    for each in (ours, courses):
        cut("catalogue/exams.yaml", "pending: ", "\n")(each)
    kept = (courses / PAPER).read_text()
    (courses / PAPER).unlink()
    for paper in ("", kept, ""):
        if paper:
            (courses / PAPER).write_text(paper)
        else:
            (courses / PAPER).unlink(missing_ok=True)
        found = judge(ours, courses, home).remarks
        line = 1 + (courses / "catalogue/exams.yaml").read_text().splitlines().index(
            "  - id: counter-keeper"
        )
        pending = [each for each in found if each.file == "catalogue/exams.yaml"]
        assert (line in [each.line for each in pending]) == (not paper)
        assert {each.rule for each in found} == {"catalogue"}


def test_the_tracker_tells_how_far_each_exam_is(bare: Path, courses: Path, tmp_path: Path) -> None:
    """Pending, in work, and complete once it was proved on these very files."""
    here = tmp_path / "home"

    def rows() -> dict[str, str]:
        tracker = read_tracker(folders=[bare, courses], home=here, today=TODAY)
        assert "Keeper of counters" in as_markdown(tracker, courses)
        assert "Keeper of counters" in as_page(tracker, courses)
        return {each.id: each.status for each in tracker.exams}

    before = rows()
    assert before["exam:counter-keeper"] == "in work"
    assert before["exam:waiting-long"] == "pending"
    report = judge(bare, courses, here, "exam:counter-keeper")
    proof = prove(report.modules[0], rules=report.rules, made_at=MADE_AT)
    assert proof.verdict is Verdict.PASS
    assert [each.passed for each in proof.runs] == [True, True, True]
    write_module_proof(proof, here)
    assert rows()["exam:counter-keeper"] == "complete"
    assert len(read_records(here).of_module("exam:counter-keeper")) == 1
    tracker = read_tracker(folders=[bare, courses], home=here, today=TODAY)
    (row,) = (each for each in tracker.exams if each.id == "exam:counter-keeper")
    assert {each.item for each in row.exam_quality if each.met} >= {"guidance on time"}
    add(PAPER, "# changed\n")(courses)
    assert rows()["exam:counter-keeper"] == "in work"


def test_a_paper_that_cannot_be_read_is_in_work_and_meets_nothing(
    bare: Path, courses: Path, home: Path
) -> None:
    """No item of its checklist was judged."""
    edit(PAPER, "kind: short", "kind: shrt")(courses)
    tracker = read_tracker(folders=[bare, courses], home=home, today=TODAY)
    (row,) = (each for each in tracker.exams if each.id == "exam:counter-keeper")
    assert row.status == "in work"
    assert "error of the linter" in row.missing[0]
    assert row.exam_quality
    assert not any(each.met for each in row.exam_quality)


def test_a_wrong_attempt_that_passes_keeps_a_paper_from_being_proved(
    bare: Path, courses: Path, home: Path
) -> None:
    """Its code questions are run."""
    edit(PAPER, "return sum(queue) + 1", "return sum(queue)")(courses)
    report = judge(bare, courses, home, "exam:counter-keeper")
    proof = prove(report.modules[0], rules=report.rules, made_at=MADE_AT)
    assert proof.verdict is Verdict.FAIL
    assert "wrong attempt 1 passes the check" in proof.problems[0]


def test_a_paper_is_previewed_with_its_answers_and_findings(
    bare: Path, courses: Path, home: Path
) -> None:
    """Under the address of its file."""
    cut(PAPER, "reflection:", "\n")(courses)
    shown = Shown("exam:counter-keeper", [bare, courses])
    (title,) = shown.titles()
    assert title.name == "exams/counter-keeper"
    place = shown.place(title.address)
    assert place is not None
    page = module_page(shown, place, home, dt.date(2026, 11, 21))
    for words in ("Keeper of counters", "Behind the tills", "exam-reflection", "troubleshooting"):
        assert words in page


def test_the_commands_tell_of_papers(
    courses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`lint`, `verify` and `catalogue`, in words and in JSON."""
    monkeypatch.setenv("PRACTICUM_COURSES", str(courses))
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path / "home"))
    said = CliRunner().invoke(app, ["author", "lint", "exam:counter-keeper"])
    assert (said.exit_code, said.output) == (0, "1 exam paper judged: nothing to find\n")
    said = CliRunner().invoke(app, ["author", "verify", "exam:counter-keeper", "--json"])
    (proof,) = json.loads(said.output)["modules"]
    assert (proof["module"], proof["verdict"]) == ("exam:counter-keeper", "pass")
    assert Path(proof["evidence"]).is_file()
    said = CliRunner().invoke(app, ["catalogue"])
    (line,) = (line for line in said.output.splitlines() if "exam:counter-keeper" in line)
    assert "written" in line


def test_a_paper_survives_being_written_and_read() -> None:
    """With all its fields."""
    found = find_paper([FIXTURE], "counter-keeper").paper
    data = msgspec.json.encode(found)
    assert msgspec.json.decode(data, type=type(found)) == found
