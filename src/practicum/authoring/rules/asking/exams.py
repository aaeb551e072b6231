"""Exam papers against the form that the catalogue gives them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from practicum.authoring.rules.prose import same_words
from practicum.authoring.rules.rule import rule
from practicum.authoring.rules.subject import Subject
from practicum.authoring.shelves import EXAM_FILE
from practicum.curriculum.exam import Exam, Examination
from practicum.curriculum.question import AnyQuestion, Code, Design, ExamPaper
from practicum.labs.finding import Finding, did_you_mean

PLANNED_TOLERANCE = 0.15
SCENE_WORDS_MIN = 25
TROUBLESHOOTING = "troubleshooting"
LEVELS = ("easy", "medium", "hard", "very hard")


def _listed(subject: Subject) -> Exam | Examination | None:
    """What the catalogue says of the paper; None if it is the module's own."""
    return next((each for each in _every(subject) if each.id == subject.paper.of), None)


def _every(subject: Subject) -> list[Exam | Examination]:
    return [*subject.around.exams, *subject.around.examinations]


def _of(paper: ExamPaper, difficulty: str) -> list[AnyQuestion]:
    return [
        each
        for section in paper.sections
        for each in section.questions
        if each.difficulty == difficulty
    ]


def _count(paper: ExamPaper) -> int:
    """How many questions are asked."""
    return sum(each.draw or len(each.questions) for each in paper.sections)


def _here(path: tuple[str | int, ...], subject: Subject, said: str, remedy: str = "") -> Finding:
    return subject.within(EXAM_FILE, path, said, remedy)


@rule(
    "exam-form",
    why="Who trained for an exam by the catalogue meets the exam that the catalogue describes.",
    remedy="change the paper, or exams.yaml",
    needs=("exam",),
)
def exam_form(subject: Subject) -> Iterator[Finding]:
    """An exam has the minutes, the pass score, the sections and the number of questions that
    exams.yaml says. A paper that belongs to no module is of an exam that is listed there, and
    lies in its folder."""
    paper, listed, alone = subject.paper, _listed(subject), subject.around.is_paper
    if alone and paper.of != subject.around.name:
        said = f"it is of {paper.of}, and its folder is called {subject.around.name}"
        yield _here(("of",), subject, said, "call the folder as the exam is called")
    if listed is None:
        near = did_you_mean(paper.of, [each.id for each in _every(subject)])
        if alone or near.startswith("did you mean"):
            yield _here(("of",), subject, f"exams.yaml has no {paper.of}", near)
        return
    spans = listed.minutes if isinstance(listed.minutes, tuple) else (listed.minutes,) * 2
    if not spans[0] <= paper.minutes <= spans[1]:
        said = f"it takes {paper.minutes} minutes, exams.yaml says {_span(*spans)}"
        yield _here(("minutes",), subject, said)
    if isinstance(listed, Exam):
        yield from _form_of_exam(subject, listed)


def _span(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def _form_of_exam(subject: Subject, listed: Exam) -> Iterator[Finding]:
    paper, count = subject.paper, _count(subject.paper)
    if paper.pass_score != listed.pass_score:
        said = f"{paper.pass_score} % pass it, exams.yaml says {listed.pass_score} %"
        yield _here(("pass_score",), subject, said)
    if listed.sections and len(paper.sections) != listed.sections:
        said = f"it has {len(paper.sections)} sections, exams.yaml says {listed.sections}"
        yield _here(("sections",), subject, said)
    wrong = count < listed.questions if listed.at_least else count != listed.questions
    if listed.questions and wrong:
        more = " at least" if listed.at_least else ""
        said = f"it asks {count} questions, exams.yaml says {listed.questions}{more}"
        yield _here(("sections",), subject, said)


@rule(
    "examination-form",
    why="Six hard and four very hard questions fill three hours; more are not answered well.",
    remedy="write as many as standards.yaml says, each with its minutes, named as in exams.yaml",
    needs=("exam",),
)
def examination_form(subject: Subject) -> Iterator[Finding]:
    """A long examination has its hard and very hard questions, with their minutes, and lies
    with its module or by itself."""
    paper, listed = subject.paper, _listed(subject)
    if not isinstance(listed, Examination):
        return
    module = f"{subject.around.course_id}/{subject.around.name}"
    if not subject.around.is_paper and listed.of != module:
        yield _here(("of",), subject, f"{listed.id} is the examination of {listed.of}")
    very = (listed.very_hard_minutes[0], listed.very_hard_minutes[1])
    forms = (
        ("hard", len(listed.hard), (listed.hard_minutes, listed.hard_minutes)),
        ("very hard", len(listed.very_hard), very),
    )
    for difficulty, count, _ in forms:
        found = len(_of(paper, difficulty))
        if found != count:
            said = f"it has {found} {difficulty} questions, not {count}"
            yield _here(("sections",), subject, said)
    for number, section in enumerate(paper.sections):
        for index, each in enumerate(section.questions):
            path = ("sections", number, "questions", index)
            spans = [span for difficulty, _, span in forms if difficulty == each.difficulty]
            if not spans:
                said = f"{each.id} is {each.difficulty}; here all are hard or very hard"
                yield _here((*path, "difficulty"), subject, said)
            elif not spans[0][0] <= each.minutes <= spans[0][1]:
                said = f"{each.id} takes {each.minutes} minutes, not {_span(*spans[0])}"
                yield _here((*path, "minutes"), subject, said)


@rule(
    "exam-minutes",
    why="An exam that cannot be answered in its time tests haste.",
    remedy="change `minutes:` of the paper or of its questions",
    needs=("exam",),
)
def exam_minutes(subject: Subject) -> Iterator[Finding]:
    """The minutes of the questions that are asked come to about those of the paper."""
    paper, planned = subject.paper, 0.0
    for section in paper.sections:
        minutes = [each.minutes for each in section.questions]
        drawn = section.draw or len(minutes)
        planned += sum(minutes) / len(minutes) * drawn
        if drawn > len(minutes):
            said = f"{drawn} are drawn from {len(minutes)} questions"
            place = paper.sections.index(section)
            yield _here(("sections", place, "draw"), subject, said, "write more, or draw fewer")
    if abs(planned - paper.minutes) > paper.minutes * PLANNED_TOLERANCE:
        said = f"its questions take {planned:.0f} minutes in all, the paper says {paper.minutes}"
        yield _here(("minutes",), subject, said)


@rule(
    "exam-growth",
    why="Who meets the hardest question first has no time for those she knows.",
    remedy="put the easier sections first",
    needs=("exam",),
)
def exam_growth(subject: Subject) -> Iterator[Finding]:
    """The questions of an exam grow harder: no section is easier than one before it."""
    hardest, before = -1.0, ""
    for number, section in enumerate(subject.paper.sections):
        grades = [LEVELS.index(each.difficulty) for each in section.questions]
        average = sum(grades) / len(grades)
        if average < hardest - 0.5:
            said = f"{section.title!r} is easier than {before!r}, which comes before it"
            yield _here(("sections", number), subject, said)
        if average > hardest:
            hardest, before = average, section.title


@rule(
    "exam-rubric",
    why="Prose that is judged without criteria is judged by mood.",
    remedy="add criteria under `rubric:`, each with what must be seen for its points",
    needs=("exam",),
)
def exam_rubric(subject: Subject) -> Iterator[Finding]:
    """An exam has a rubric, with the criteria that exams.yaml names for a long examination."""
    paper = subject.paper
    if not paper.rubric:
        yield _here(("rubric",), subject, "it has no rubric")
        return
    if isinstance(_listed(subject), Examination):
        there = {same_words(each.name) for each in paper.rubric}
        for name in subject.around.rubric:
            if same_words(name) not in there:
                yield _here(("rubric",), subject, f"the rubric has no criterion {name!r}")


def _field(subject: Subject, name: str, said: str) -> Iterator[Finding]:
    if not getattr(subject.paper, name):
        yield _here((name,), subject, said)


@rule(
    "exam-time-guide",
    why="Half of those who fail a long exam spent an hour on its first question.",
    remedy="write `time_guide:`: how to spend the minutes, and when to move on",
    needs=("exam",),
)
def exam_time_guide(subject: Subject) -> Iterator[Finding]:
    """An exam says how to spend its minutes."""
    yield from _field(subject, "time_guide", "nothing says how to spend the minutes")


@rule(
    "exam-reflection",
    why="An exam that ends with its score teaches nothing.",
    remedy="write `reflection:`: questions to ask oneself afterwards",
    needs=("exam",),
)
def exam_reflection(subject: Subject) -> Iterator[Finding]:
    """An exam asks the learner to reflect afterwards."""
    yield from _field(subject, "reflection", "nothing is asked afterwards")


@rule(
    "exam-resources",
    why="A wrong answer is where learning goes on.",
    remedy="write `resources:`: where to read on, and where to build it",
    needs=("exam",),
)
def exam_resources(subject: Subject) -> Iterator[Finding]:
    """An exam names resources for deeper study."""
    yield from _field(subject, "resources", "nothing says where to read on")


@rule(
    "exam-ethics",
    why="What acts by itself can harm people; who builds it answers for that.",
    remedy="write `ethics:`: whom the automation can harm, and what keeps it in bounds",
    needs=("exam",),
)
def exam_ethics(subject: Subject) -> Iterator[Finding]:
    """An exam considers what the automation that it examines could do to people."""
    yield from _field(subject, "ethics", "nothing considers ethics and safety")


@rule(
    "exam-objectives",
    why="An exam that leaves out an objective certifies what nobody saw.",
    remedy="let a question of the exam name it under `tests:`",
    needs=("exam",),
)
def exam_objectives(subject: Subject) -> Iterator[Finding]:
    """The exam of a module tests all its objectives, wherever its paper lies."""
    tested = {
        same_words(words)
        for section in subject.paper.sections
        for each in section.questions
        for words in each.tests
    }
    for each in subject.around.objectives:
        if same_words(each) not in tested:
            yield _here(("sections",), subject, f"no question of the exam tests {each!r}")


@rule(
    "exam-code",
    why="Who can only talk about it cannot be left alone with it.",
    remedy="add a question of kind `code`",
    needs=("exam",),
)
def exam_code(subject: Subject) -> Iterator[Finding]:
    """An exam requires code."""
    if not any(isinstance(each, Code) for each in _all(subject)):
        yield _here(("sections",), subject, "no question asks for code")


@rule(
    "exam-design",
    why="Systems are designed; an exam without a design examines something else.",
    remedy="add a question of kind `design`, with its rubric",
    needs=("exam",),
)
def exam_design(subject: Subject) -> Iterator[Finding]:
    """An exam has a challenge of system design."""
    if not any(isinstance(each, Design) for each in _all(subject)):
        yield _here(("sections",), subject, "no question asks for a design")


def _all(subject: Subject) -> list[AnyQuestion]:
    return [each for section in subject.paper.sections for each in section.questions]


@rule(
    "exam-context",
    why="Nobody is asked about a circuit breaker; one is asked why checkout hangs.",
    remedy="begin with who has the problem, and what it costs them",
    severity="advice",
    needs=("exam",),
)
def exam_context(subject: Subject) -> Iterator[Finding]:
    """A hard question sets its scene: who has the problem, and what is at stake."""
    for number, section in enumerate(subject.paper.sections):
        for index, each in enumerate(section.questions):
            words = len(each.text.split())
            if LEVELS.index(each.difficulty) >= LEVELS.index("hard") and words < SCENE_WORDS_MIN:
                said = f"{each.id} is {each.difficulty} and has {words} words"
                yield _here(("sections", number, "questions", index, "text"), subject, said)


@rule(
    "exam-forms",
    why="Who can say what a quorum is cannot yet debug one; the catalogue says what is asked.",
    remedy="write `form:` and `scenario:` of the questions as exams.yaml does, or ask for more",
    needs=("exam",),
    since=dt.date(2026, 11, 26),
)
def exam_forms(subject: Subject) -> Iterator[Finding]:
    """The forms and scenarios that exams.yaml lists for an exam occur among its questions, as
    many as it says, and no others."""
    listed = _listed(subject)
    if not isinstance(listed, Exam):
        return
    yield from _occur(subject, "form", (*listed.forms, *listed.plus))
    yield from _occur(subject, "scenario", listed.scenarios)
    scenarios = {each.scenario for each in _all(subject)} - {""}
    if len(scenarios) < listed.scenarios_n:
        said = f"it has {len(scenarios)} scenarios, exams.yaml says {listed.scenarios_n}"
        yield _here(("sections",), subject, said)
    count = sum(each.form == TROUBLESHOOTING for each in _all(subject))
    if count < listed.troubleshooting_n:
        said = f"{count} questions are of form {TROUBLESHOOTING}"
        said += f", exams.yaml says {listed.troubleshooting_n}"
        yield _here(("sections",), subject, said)


def _occur(subject: Subject, field: str, listed: Sequence[str]) -> Iterator[Finding]:
    """Whether each of the listed words stands in that field of a question, and nothing else."""
    if not listed:
        return
    missing = dict.fromkeys(listed)
    for number, section in enumerate(subject.paper.sections):
        for index, each in enumerate(section.questions):
            word = getattr(each, field)
            missing.pop(word, None)
            if word and word not in listed:
                path = ("sections", number, "questions", index, field)
                said = f"{each.id} is of {field} {word!r}, which exams.yaml does not list"
                yield _here(path, subject, said, did_you_mean(word, listed))
    for word in missing:
        yield _here(("sections",), subject, f"no question is of {field} {word!r}")


@rule(
    "exam-topics",
    why="The catalogue lists what the exam is about; who prepared for it is not surprised.",
    remedy="ask for it, or take it out of exams.yaml",
    severity="advice",
    needs=("exam",),
)
def exam_topics(subject: Subject) -> Iterator[Finding]:
    """The topics and focus areas that exams.yaml lists occur in the exam."""
    listed = _listed(subject)
    if listed is None:
        return
    topics = listed.topics if isinstance(listed, Exam) else listed.focus_areas
    text = same_words(subject.texts.get(EXAM_FILE, ""))
    for topic in topics:
        wanted = [word for word in same_words(topic).split() if len(word) > 3]
        if any(word[: max(4, len(word) - 3)] not in text for word in wanted):
            yield _here(("sections",), subject, f"the topic {topic!r} does not occur")
