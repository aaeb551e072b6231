"""A level's rules against what is proved: what is met, by which evidence, and what is missing.

What the rules leave open is decided here, and in decision 18:
- modules are those of the mastery courses; an exam counts from the larger of its own pass score
  and the level's; the long examination of a matter counts in place of its exam;
- "all labs" are the labs of the mastery modules, and of labs that do not exist none is done;
- what a person attests counts once for each thing that was seen (a report's title), from so many
  different mentors as the catalogue asks for, and never from the learner herself;
- a level that was held so many months is seen in the record *and* attested.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.exam import Exam
from practicum.curriculum.level import AnyExam, Attested, Level, OfArea, Rule, TheModule, in_words
from practicum.curriculum.term import exam_id
from practicum.learner.credential.proved import ExamResult, Proved

COUNTED = {
    "reports": "production report",
    "case_studies": "case study of production",
    "designs": "design of a new pattern or anti-pattern",
    "contributed_patterns": "contributed pattern",
    "mentored_to_level_2": "engineer mentored to level 2",
}
"""Fields of a level that count attestations, and the name of each in stewardship.yaml."""

NAMED_MAX = 5


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: so much is ``needed``, so much is there. ``by`` is what it is met by (ids of
    modules, labs, exams, attestations); ``missing`` says what to do, empty if it is met."""

    what: str
    needed: int
    have: int
    by: tuple[str, ...] = ()
    missing: str = ""

    @property
    def met(self) -> bool:
        """Whether there is enough."""
        return not self.missing


class LevelStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How far a person is from a level."""

    n: int
    title: str
    requirements: tuple[Requirement, ...]

    @property
    def met(self) -> bool:
        """Whether the level is reached. One without any rule never is."""
        return bool(self.requirements) and all(each.met for each in self.requirements)


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules refer to. ``mastery`` has the area of each module that counts, ``labs``
    those of these modules, ``exams`` the pass score of each exam, ``stands_for`` the exam in whose
    place a long examination counts, ``mentors`` how many must attest a thing."""

    mastery: Mapping[str, str]
    labs: tuple[str, ...]
    exams: Mapping[str, int]
    stands_for: Mapping[str, str]
    mentors: Mapping[str, int]


def rulebook_of(catalogue: Catalogue) -> Rulebook:
    """The rulebook of a catalogue."""
    exams = [each for each in catalogue.exams.of_both_kinds if isinstance(each, Exam)]
    mastery = catalogue.mastery()
    return Rulebook(
        mastery={key: module.area for key, module in mastery.items()},
        labs=tuple(lab for key in mastery for lab in catalogue.labs.get(key, ())),
        exams={exam_id(each.id): each.pass_score for each in exams},
        stands_for={each.also: exam_id(each.id) for each in exams if each.also},
        mentors={each.name: each.mentors for each in catalogue.stewardship.mentoring},
    )


def passed_exams(proved: Proved, rules: Rulebook) -> dict[str, ExamResult]:
    """The exams that are passed, with the best final result: those of the rulebook by their pass
    score, also by what stands for them; others, long examinations among them, by their own."""
    others = {
        exam: result
        for exam, result in proved.best_results().items()
        if exam not in rules.exams and result.passed
    }
    by_score = {
        exam: result
        for exam, result in _by_exam(proved, rules).items()
        if exam in rules.exams and result.percent >= rules.exams[exam]
    }
    return others | by_score


def standing_for(
    level: Level,
    proved: Proved,
    completed: Iterable[str],
    rules: Rulebook,
    *,
    person: str,
    now: dt.datetime,
) -> LevelStanding:
    """Every rule of ``level`` for a ``person``; ``completed`` are the modules that are."""
    judge = _Judge(level, proved, frozenset(completed), rules, person)
    return LevelStanding(
        n=level.n, title=level.in_full, requirements=tuple(judge.requirements(now))
    )


class _Judge:
    def __init__(
        self,
        level: Level,
        proved: Proved,
        completed: frozenset[str],
        rules: Rulebook,
        person: str,
    ) -> None:
        self._level, self._proved, self._rules = level, proved, rules
        self._modules = sorted(completed & rules.mastery.keys())
        self._results = _by_exam(proved, rules)
        self._herself = {person, *proved.names}

    def requirements(self, now: dt.datetime) -> Iterator[Requirement]:
        level = self._level
        if level.modules:
            yield self._of_modules(
                f"{level.modules} mastery modules", self._rules.mastery, level.modules
            )
        if level.exams:
            yield self._exams(level.exams.count, level.exams.score)
        if level.labs:
            yield self._labs()
        for field, name in COUNTED.items():
            if count := getattr(level, field):
                yield self._attested(name, count)
        if level.holds_level_4_months:
            yield self._held(level.holds_level_4_months, now)
        for rule in level.must:
            yield self._rule(rule)
        for name in level.demonstrate:
            yield self._attested(name, 1)

    def _of_modules(self, what: str, among: Iterable[str], needed: int) -> Requirement:
        wanted = list(among)
        done = [each for each in self._modules if each in wanted]
        open_ = [each.rpartition("/")[2] for each in wanted if each not in done]
        return _counted(what, needed, done, f"complete {_some(needed - len(done), open_)}")

    def _exams(self, needed: int, score: int) -> Requirement:
        bars = {exam: max(own, score) for exam, own in self._rules.exams.items()}
        done = [exam for exam, bar in bars.items() if self._reaches(exam, bar)]
        near = [
            f"{_short(exam)} (you have {self._results[exam].percent:.4g} %, it takes {bar} %)"
            for exam, bar in bars.items()
            if exam in self._results and exam not in done
        ]
        far = [_short(exam) for exam in bars if exam not in self._results]
        missing = f"pass {_some(needed - len(done), [*near, *far])}"
        return _counted(f"{needed} exams with at least {score} %", needed, done, missing)

    def _reaches(self, exam: str, bar: int) -> bool:
        result = self._results.get(exam)
        return result is not None and result.percent >= bar

    def _labs(self) -> Requirement:
        passed = sorted(self._proved.labs)
        if self._level.labs != "all":
            needed = self._level.labs
            return _counted(f"{needed} labs", needed, passed, f"pass {needed - len(passed)} more")
        own = self._rules.labs
        done = [lab for lab in own if lab in self._proved.labs]
        missing = f"pass {_some(len(own) - len(done), [lab for lab in own if lab not in done])}"
        if not own:
            missing = "the labs of the mastery modules are not written yet"
        return _counted("all labs of the mastery modules", max(1, len(own)), done, missing)

    def _attested(self, name: str, needed: int) -> Requirement:
        mentors = self._rules.mentors.get(name, 1)
        seen: dict[str, dict[str, str]] = {}  # by what was seen: each key, and its mentor's name
        for each in self._proved.attested.values():
            if each.what == name and each.mentor not in self._herself:
                seen.setdefault(each.of, {})[each.key or each.mentor] = each.mentor
        done = sorted(of or name for of, who in seen.items() if len(who) >= mentors)
        by = "a mentor" if mentors == 1 else f"{mentors} mentors"
        half = [
            f"{of or name} has the word of {', '.join(sorted(who.values()))} only"
            for of, who in sorted(seen.items())
            if len(who) < mentors
        ]
        missing = "; ".join([f"have {needed - len(done)} more attested by {by}", *half])
        return _counted(f"{name}: {needed}", needed, done, missing)

    def _held(self, months: int, now: dt.datetime) -> Requirement:
        what = f"level 4 held for {months} months"
        since = [
            each.at
            for each in self._proved.badges.values()
            if each.level == 4 and each.revoked_at is None
        ]
        held = _months_between(min(since), now) if since else 0
        attested = self._attested(what, 1)
        missing = [] if held >= months else [f"level 4 is held for {held} months by the record"]
        missing += [] if attested.met else [attested.missing]
        return Requirement(
            what=what, needed=months, have=held, by=attested.by, missing="; ".join(missing)
        )

    def _rule(self, rule: Rule) -> Requirement:
        match rule:
            case OfArea(area=area, count=count):
                among = [key for key, own in self._rules.mastery.items() if own == area]
                return self._of_modules(in_words(rule), among, count)
            case TheModule(module=module):
                return self._of_modules(f"the module {in_words(rule)}", [module], 1)
            case AnyExam(any_of=any_of):
                return self._one_of(in_words(rule), any_of)
            case Attested(what=what):
                return self._attested(what, 1)

    def _one_of(self, what: str, any_of: Sequence[str]) -> Requirement:
        score = self._level.exams.score if self._level.exams else 0
        bars = {exam: max(self._rules.exams.get(exam, 0), score) for exam in any_of}
        done = [exam for exam, bar in bars.items() if self._reaches(exam, bar)]
        wanted = " or ".join(f"{_short(exam)} with {bar} %" for exam, bar in bars.items())
        return _counted(f"the {what}", 1, done[:1], f"pass {wanted}")


def _by_exam(proved: Proved, rules: Rulebook) -> dict[str, ExamResult]:
    """The best result of each exam, also by the examination that stands for it."""
    best: dict[str, ExamResult] = {}
    for exam, result in proved.best_results().items():
        counts = rules.stands_for.get(exam, exam)
        if counts not in best or best[counts].percent < result.percent:
            best[counts] = result
    return best


def _counted(what: str, needed: int, done: Sequence[str], missing: str) -> Requirement:
    enough = len(done) >= needed
    return Requirement(
        what=what,
        needed=needed,
        have=len(done),
        by=tuple(done),
        missing="" if enough else missing,
    )


def _some(count: int, among: Sequence[str]) -> str:
    named = ", ".join(among[:NAMED_MAX]) + (", ..." if len(among) > NAMED_MAX else "")
    return f"{count} more: {named}" if len(among) > count else named


def _short(exam: str) -> str:
    return exam.removeprefix("exam:")


def _months_between(since: dt.datetime, now: dt.datetime) -> int:
    """Whole months by the calendar."""
    months = (now.year - since.year) * 12 + now.month - since.month
    return months - (1 if (now.day, now.time()) < (since.day, since.time()) else 0)
