"""The catalogue loads from files; what is wrong is told by file, line and field, all at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from practicum.authoring.loading import (
    CATALOGUE_FILES,
    CatalogueError,
    Usable,
    load_catalogue,
    load_usable,
)
from practicum.labs.yaml_file import convert, parse_yaml, read_yaml

ROOT = Path(__file__).parents[2]
PILLARS, PATTERNS, MESH = (
    f"{each}/course.yaml" for each in ("pillars", "patterns", "service-mesh")
)
LIBRARY, EXAMS, PATHS, LEVELS, SKILLS = (
    f"catalogue/{each}.yaml" for each in ("library", "exams", "paths", "levels", "skills")
)
MASTERY = [module.id for module in load_catalogue([ROOT / "courses"]).courses["patterns"].modules]


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """A copy of our courses without their labs, to be spoilt; no metric is shown by a lab."""
    ignored = shutil.ignore_patterns("[0-9][0-9]-*")
    folder = Path(shutil.copytree(ROOT / "courses", tmp_path / "courses", ignore=ignored))
    skills = yaml.safe_load((folder / SKILLS).read_text())
    for metric in skills["metrics"]:
        metric["shown_by"] = [{"attested": True}]
    (folder / SKILLS).write_text(yaml.safe_dump(skills, sort_keys=False))
    return folder


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that is there exactly once."""
    text = path.read_text()
    assert text.count(old) == 1, text.count(old)
    path.write_text(text.replace(old, new))


def told(*folders: Path) -> list[str]:
    """What loading complains about, file names relative to the first folder."""
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(folders)
    return [str(each).replace(f"{folders[0]}/", "") for each in caught.value.findings]


def write(path: Path, text: str) -> None:
    """A file in a folder that need not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


# What is done to a copy of the courses; then of each finding: the file, what stands in the line
# that is named ("" for none), and how the rest begins.
Told = tuple[str, str, str]
SPOILT: dict[str, tuple[Callable[[Path], object], list[Told]]] = {
    "an unknown field": (
        lambda c: edit(c / PILLARS, "    pillar: 1", "    piller: 1"),
        [(PILLARS, "piller: 1", "modules[1].piller: there is no such field: did you mean pillar")],
    ),
    "a value that does not fit": (
        lambda c: edit(c / LEVELS, "- n: 2\n", "- n: two\n"),
        [(LEVELS, "n: two", "levels[1].n: 'two' does not fit: expected `int`, got `str`")],
    ),
    "a prerequisite that is not there": (
        lambda c: edit(c / PATTERNS, "[api-design]", "[api-desing]"),
        [
            (
                PATTERNS,
                "[api-desing]",
                "modules[1].requires[0]: there is no patterns/api-desing: did you mean "
                "patterns/api-design",
            )
        ],
    ),
    "a metric that is shown by something that is not there": (
        lambda c: edit(c / SKILLS, "metric: platform/GitOps\n", "metric: platform/Gitops\n"),
        [
            (SKILLS, "platform/Gitops", "metrics[8].metric: there is no platform/Gitops"),
            (SKILLS, "metrics:", "metrics: nothing says what shows 'platform/GitOps'"),
        ],
    ),
    "a cycle": (
        lambda c: (
            edit(c / PATTERNS, "requires: [timeouts]", "requires: [saga-pattern]"),
            edit(c / PATTERNS, "[microservices-decomposition]", "[chaos-engineering]"),
        ),
        [(PATTERNS, "requires: [", "modules[")],
    ),
    "a step that is not there": (
        lambda c: edit(c / PATHS, "api-design, purpose: patterns", "api-desing, purpose: patterns"),
        [
            (
                PATHS,
                "api-desing",
                "paths[4].tracks[0].steps[1].id: there is no patterns/api-desing: did you mean "
                "patterns/api-design",
            )
        ],
    ),
    "a step that stands twice": (
        lambda c: edit(c / PATHS, "api-design, purpose: patterns", "chaos-engineering, purpose: p"),
        [
            (
                PATHS,
                "chaos-engineering, purpose: security",
                "paths[4].tracks[1].steps[1].id: patterns/chaos-engineering is a step already",
            )
        ],
    ),
    "a level that is not there": (
        lambda c: edit(c / PATHS, "level: 3", "level: 6"),
        [(PATHS, "level: 6", "paths[1].level: there is no level 6: there are 1, 2, 3, 4, 5")],
    ),
    "a rule about nothing": (
        lambda c: edit(c / LEVELS, "area: deployment", "area: deploiment"),
        [(LEVELS, "deploiment", "levels[1].must[2].area: there is no deploiment: did you mean")],
    ),
    "a group that nobody declared": (
        lambda c: edit(c / LIBRARY, 'after: "group:advanced', 'after: "group:advance'),
        [(LIBRARY, "group:advance-", "dependencies[2].after: there is no group:advance-assess")],
    ),
    "a group to which nothing belongs": (
        lambda c: edit(c / LIBRARY, "modules_of: [resilience]", "modules_of: [resiliense]"),
        [(LIBRARY, "resiliense", "groups.resilience-modules: nothing belongs to it")],
    ),
    "a persona, and a module of a phase, that are not there": (
        lambda c: (
            edit(c / MESH, "personas: [lisa]", "personas: [liza]"),
            edit(c / MESH, "modules: [multi-cluster, ", "modules: [multi-clusters, "),
        ),
        [
            (MESH, "multi-clusters", "phases[3].modules[0]: there is no multi-clusters: did you"),
            (MESH, "[liza]", "modules[5].personas[0]: there is no liza: did you mean lisa?"),
        ],
    ),
    "pending without a reason": (
        lambda c: edit(c / PATTERNS, "pending: its focus", "# its focus"),
        [
            (PATTERNS, "id: ", f"modules[{index}]: {name} is not written, and nothing says why")
            for index, name in enumerate(MASTERY)
        ],
    ),
    "written and pending": (
        lambda c: (
            edit(c / PILLARS, "    pillar: 0", "    pillar: 0\n    pending: later"),
            write(c / "pillars/00-how-to-learn/module.md", "# How to learn"),
        ),
        [(PILLARS, "pending: later", "modules[0].pending: it is written: remove `pending:`")],
    ),
    "a folder of no module": (
        lambda c: write(c / "pillars/00-how-to-lern/module.md", "# How to learn"),
        [(PILLARS, "modules:", "modules: the folder 00-how-to-lern is of no module: did you mean")],
    ),
    "a module twice": (
        lambda c: edit(c / PILLARS, "- id: work-distribution", "- id: how-to-learn"),
        [(PILLARS, "- id: how-to-learn", "modules[1]: pillars/how-to-learn is declared in ")],
    ),
    "a file that is missing": (
        lambda c: (c / EXAMS).unlink(),
        [(EXAMS, "", "there is no such file: write it")],
    ),
    "broken YAML, and bytes that are not text": (
        lambda c: (
            (c / EXAMS).write_text("exams: [[\n"),
            (c / PATTERNS).write_bytes(b"title: \xff"),
        ),
        [
            (PATTERNS, "", "byte 7 is not UTF-8"),
            (EXAMS, "", "this is not YAML"),
        ],
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_wrong_is_told_by_file_line_and_field(what: str, courses: Path) -> None:
    """All of it, and nothing else."""
    spoil, wanted = SPOILT[what]
    spoil(courses)
    findings = told(courses)
    assert len(findings) == len(wanted), findings
    for finding, (file, line, start) in zip(findings, wanted, strict=True):
        where, _, said = finding.partition(": ")
        name, _, number = where.partition(":")
        assert (name, said[: len(start)]) == (file, start)
        if line:
            assert line in (courses / file).read_text().splitlines()[int(number) - 1], finding


def test_a_cycle_is_told_with_all_its_steps(courses: Path) -> None:
    """Once, and not for each step of it."""
    SPOILT["a cycle"][0](courses)
    (finding,) = told(courses)
    assert "this closes a cycle: " in finding
    way = finding.partition("cycle: ")[2].partition(": ")[0].split(" -> ")
    assert set(way) == {"patterns/saga-pattern", "patterns/chaos-engineering"}
    assert way[0] == way[-1]


def test_a_folder_that_is_missing_is_told(courses: Path) -> None:
    """With the variable that may name it."""
    (finding,) = told(courses, courses / "nowhere")
    assert finding == (
        "nowhere: there is no such folder: look at PRACTICUM_COURSES, or install practicum again"
    )


OTHER = """
title: Queues
objective: Learn to wait.
pending: later
modules:
  - {id: waiting, title: Waiting, requires: [pillars/how-to-learn]}
"""
PATHS_OF_OTHERS = """
paths:
  - role: queue keeper
    hours: [1, 2]
    level: 1
    prerequisites: [patience]
    tracks: [{id: all, title: All, steps: [{id: queues/waiting, purpose: to wait}]}]
"""


def test_other_folders_add_courses_and_paths(courses: Path, tmp_path: Path) -> None:
    """After ours; a path of theirs finds ours, too."""
    other = tmp_path / "other"
    write(other / "queues/course.yaml", OTHER)
    write(other / PATHS, PATHS_OF_OTHERS)
    catalogue = load_catalogue([courses, other])
    assert list(catalogue.courses)[-1] == "queues"
    assert catalogue.paths.paths[-1].role == "queue keeper"
    assert catalogue.pending("queues/waiting") == "later"
    write(other / "patterns/course.yaml", OTHER)
    (finding,) = told(courses, other)
    assert "patterns is declared in" in finding


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A folder of somebody else, with a course and a path that can be used."""
    write(tmp_path / "other/queues/course.yaml", OTHER)
    write(tmp_path / "other" / PATHS, PATHS_OF_OTHERS)
    return tmp_path / "other"


def left_out(usable: Usable, folder: Path) -> list[str]:
    """What is told of others' files, named below their folder."""
    return [str(each).replace(f"{folder}/", "") for each in usable.left_out]


# What is done to somebody else's folder; the files that are left out, and what is said first.
FOREIGN: dict[str, tuple[Callable[[Path], object], list[str], str]] = {
    "broken YAML": (
        lambda o: (o / "queues/course.yaml").write_text("title: [["),
        ["queues/course.yaml", PATHS],
        "queues/course.yaml:1: this is not YAML",
    ),
    "an unknown field": (
        lambda o: edit(o / "queues/course.yaml", "objective:", "objectiv:"),
        ["queues/course.yaml", "queues/course.yaml", PATHS],
        "queues/course.yaml:3: objectiv: there is no such field: did you mean objective?",
    ),
    "a prerequisite that is not there": (
        lambda o: edit(o / "queues/course.yaml", "pillars/how-to-learn", "pillars/how-to-lern"),
        ["queues/course.yaml", PATHS],
        "queues/course.yaml:6: modules[0].requires[0]: there is no pillars/how-to-lern",
    ),
    "a course that is ours": (
        lambda o: (o / "queues").rename(o / "pillars"),
        ["pillars/course.yaml", PATHS],
        "pillars/course.yaml:2: pillars is declared in ",
    ),
    "a path alone": (
        lambda o: edit(o / PATHS, "level: 1", "level: 9"),
        [PATHS],
        f"{PATHS}:5: paths[0].level: there is no level 9",
    ),
    "a link to another place": (
        lambda o: (
            (o / "queues/course.yaml").rename(o.parent / "elsewhere.yaml"),
            (o / "queues/course.yaml").symlink_to(o.parent / "elsewhere.yaml"),
        ),
        ["queues/course.yaml", PATHS],
        "queues/course.yaml: it is, or lies behind, a symbolic link that leaves other",
    ),
    "two modules that require each other": (
        lambda o: edit(
            o / "queues/course.yaml",
            "pillars/how-to-learn]}",
            "late]}\n  - {id: late, title: Late, requires: [waiting]}",
        ),
        ["queues/course.yaml", PATHS],
        "queues/course.yaml:",
    ),
    "the folder itself": (
        lambda o: shutil.rmtree(o),
        [""],
        "there is no such folder",
    ),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_others_broke_is_left_out_and_named(what: str, courses: Path, other: Path) -> None:
    """With what depends on it; ours is all there. Who wants everything is refused."""
    spoil, files, first = FOREIGN[what]
    spoil(other)
    usable = load_usable([courses, other])
    told = left_out(usable, other)
    assert told[0].removeprefix(f"{other}: ").startswith(first), told
    assert [each.partition(":")[0] for each in told] == [file or str(other) for file in files]
    alone = load_catalogue([courses])
    gone = {"queues/course.yaml", "pillars/course.yaml", ""} & set(files)
    assert set(usable.catalogue.courses) - set(alone.courses) == (set() if gone else {"queues"})
    assert len(usable.catalogue.paths.paths) == len(alone.paths.paths)
    with pytest.raises(CatalogueError):
        load_catalogue([courses, other])


def test_what_is_wrong_with_ours_is_an_error_whatever_others_hold(
    courses: Path, other: Path
) -> None:
    """Both are told."""
    (other / "queues/course.yaml").write_text("title: [[")
    edit(courses / LEVELS, "- n: 2\n", "- n: two\n")
    with pytest.raises(CatalogueError) as caught:
        load_usable([courses, other])
    assert {Path(each.file).name for each in caught.value.findings} == {
        "levels.yaml",
        "course.yaml",
    }


FRONT = "---\nid: {}\ntitle: T\nupdated: 2026-11-21\n---\n# T\n"


def test_a_module_keeps_its_id_when_its_folder_is_renamed(courses: Path) -> None:
    """The front matter says which module it is; so do its labs."""
    write(courses / "pillars/07-brakes/module.md", FRONT.format("flow-control"))
    write(courses / "pillars/07-brakes/labs/brake/lab.yaml", "")
    catalogue = load_catalogue([courses_without_reason(courses, "flow-control")])
    assert catalogue.state("pillars/flow-control") == "written"
    assert catalogue.labs["pillars/flow-control"] == ("pillars/flow-control/brake",)


def courses_without_reason(courses: Path, module: str) -> Path:
    """The same courses, in which a module's entry is not pending any more."""
    path = courses / "pillars/course.yaml"
    before, found, after = path.read_text().partition(f"- id: {module}\n")
    entry, dash, rest = after.partition("\n  - id: ")
    kept = "\n".join(line for line in entry.split("\n") if not line.startswith("    pending:"))
    path.write_text(before + found + kept + dash + rest)
    return courses


def test_a_module_in_two_folders_is_told(courses: Path) -> None:
    """By both names."""
    write(courses / "pillars/03-flow-control/labs/a/lab.yaml", "")
    write(courses / "pillars/07-brakes/module.md", FRONT.format("flow-control"))
    courses_without_reason(courses, "flow-control")
    (finding,) = told(courses)
    assert "flow-control lies in two folders, 03-flow-control and 07-brakes" in finding


def test_a_module_is_written_when_its_text_is_there(courses: Path) -> None:
    """And its labs are counted while it is not."""
    write(courses / "pillars/00-how-to-learn/module.md", "# How to learn")
    write(courses / "pillars/03-flow-control/labs/brake/lab.yaml", "")
    catalogue = load_catalogue([courses])
    assert catalogue.state("pillars/how-to-learn") == "written"
    assert catalogue.pending("pillars/how-to-learn") == ""
    assert catalogue.state("pillars/flow-control") == "pending"
    assert catalogue.labs["pillars/flow-control"] == ("pillars/flow-control/brake",)


@pytest.mark.parametrize("name", CATALOGUE_FILES)
@settings(max_examples=40)
@given(st.data())
def test_no_document_upsets_the_reader(name: str, data: st.DataObject) -> None:
    """It is a struct, or it is told why not, by line; never a traceback."""
    fields = [field.name for field in msgspec.structs.fields(CATALOGUE_FILES[name])]
    leaf = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
    document = data.draw(
        st.dictionaries(
            st.sampled_from([*fields, "id", "name"]),
            st.recursive(
                leaf,
                lambda x: (
                    st.lists(x, max_size=3)
                    | st.dictionaries(st.sampled_from([*fields, "id", "name", "rule"]), x)
                ),
                max_leaves=8,
            ),
        )
    )
    file, findings = parse_yaml(msgspec.yaml.encode(document).decode(), f"{name}.yaml")
    if file is None:
        assert findings
        return
    found, findings = convert(file, CATALOGUE_FILES[name])
    assert (found is None) == bool(findings)
    assert all(finding.line and finding.message and finding.remedy for finding in findings)


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document of one field."""

    name: str


class Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another one, which the same text may not fit."""

    count: int


def test_the_same_text_in_two_files_is_told_of_each() -> None:
    """What is kept of a text knows no file, and fits only what it was found to fit."""
    for text in ("name: one\nname: two\n", "nam: one\n", "name: one\n"):
        told = []
        for name in ("a.yaml", "b.yaml", "a.yaml"):
            file, findings = parse_yaml(text, name)
            found = None
            if file is not None:
                found, findings = convert(file, Named)
                assert {each.file for each in convert(file, Counted)[1]} == {name}
            assert {each.file for each in findings} == (set() if found else {name})
            told.append([msgspec.structs.replace(each, file="") for each in findings])
        assert told[0] == told[1] == told[2]


def test_a_text_that_changed_is_read_anew(tmp_path: Path) -> None:
    """And so is one that is changed back."""
    path = tmp_path / "a.yaml"
    for name in ("one", "two", "one"):
        path.write_text(f"name: {name}\n")
        file, _ = read_yaml(path)
        assert file is not None
        assert convert(file, Named)[0] == Named(name)
