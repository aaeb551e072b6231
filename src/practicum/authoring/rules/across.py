"""What can only be seen with other modules beside: ids, links, and texts that say the same."""

from __future__ import annotations

import functools
import itertools
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import msgspec

from practicum.authoring.rules.likeness import KEYS, SHARED, Sketch, pairs, sketch
from practicum.authoring.rules.prose import paragraphs, without_front_matter
from practicum.authoring.rules.rule import Broken, Rule, declare
from practicum.authoring.rules.subject import Subject
from practicum.authoring.shelves import CARDS_FILE, EXAM_FILE, MODULE_FILE, labs_of
from practicum.curriculum.lesson import Link
from practicum.curriculum.question import AnyOf, AnyQuestion, Matching, OneOf, Ordering
from practicum.labs.finding import Finding, did_you_mean
from practicum.labs.yaml_file import Path_

_chain = itertools.chain.from_iterable

ALIKE = 0.6
PARAGRAPH_WORDS_MIN = 25
_CODE = re.compile(r"(`+).*?\1", re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)")
_ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)

ID_TWICE = declare(
    Rule(
        id="id-twice",
        demands="The ids of questions and cards are unique in their course, the ids of modules "
        "and exam papers in the catalogue.",
        why="Answers and reviews that were recorded refer to the id; two things with one id mix "
        "up what two people know.",
        remedy="rename the one that nobody has answered yet",
    )
)
LINK = declare(
    Rule(
        id="link",
        demands="A relative link leads to a file of the same course, one in an exam paper to a "
        "file of any course beside it, and to a heading that it has; the folders of modules and "
        "labs are no symbolic links out of their course.",
        why="Half the links of a library that nobody checks lead nowhere.",
        remedy="correct the target, or take the link out",
    )
)
SAME_QUESTION = declare(
    Rule(
        id="duplicate-question",
        demands="No question says nearly what another one of the catalogue says.",
        why="Who is asked twice the same learns the answer and not the matter.",
        remedy="ask for something else, or keep one of the two",
    )
)
SAME_CARD = declare(
    Rule(
        id="duplicate-card",
        demands="No card says nearly what another one of the catalogue says.",
        why="Two cards of one fact take twice the time and confuse their schedules.",
        remedy="keep one of the two",
    )
)
SAME_PARAGRAPH = declare(
    Rule(
        id="duplicate-paragraph",
        demands="No paragraph says nearly what another one of the catalogue says.",
        why="What is said twice is mended once.",
        remedy="say it once, and link to it",
        severity="advice",
    )
)

ALIKE_OF = {"question": SAME_QUESTION, "card": SAME_CARD, "paragraph": SAME_PARAGRAPH}
"""The rule for texts of a kind that say nearly the same."""

Kind = Literal["question", "card", "paragraph", "module", "exam"]


class Named(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something with an id, and where it stands."""

    kind: Kind
    id: str
    file: str
    line: int


class Told(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A text as far as it is compared with others, where it stands, and its id if it has one."""

    kind: Kind
    id: str
    file: str
    line: int
    sketch: Sketch


class Marks(msgspec.Struct, frozen=True, array_like=True):
    """By what a module is known to have something in common with others: hashes of its ids, and
    of each of its texts the smallest hashes."""

    names: tuple[int, ...]
    texts: tuple[tuple[int, ...], ...]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What other modules must know of one: its ids, its texts as far as they are compared, its
    links, and what links can name in it."""

    names: tuple[Named, ...] = ()
    texts: tuple[Told, ...] = ()
    links: tuple[Link, ...] = ()
    anchors: tuple[str, ...] = ()

    def marks(self) -> Marks:
        """By what others find out whether they must look at it."""
        names = (zlib.crc32(f"{each.kind} {each.id}".encode()) for each in self.names)
        return Marks(tuple(names), tuple(map(_keys, self.texts)))


def _keys(told: Told) -> tuple[int, ...]:
    """A text's keys, which are others for every kind: only texts of one kind are compared."""
    kind = zlib.crc32(told.kind.encode())
    return tuple(key ^ kind for key in told.sketch.smallest(KEYS))


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A module among others: its folder, that of its course (or of the texts among which it
    stands), and its marks; ``look`` shows what is seen of it, which few need to."""

    folder: Path
    course: Path | None
    marks: Marks
    look: Callable[[], Seen]
    asked_for: bool
    file: str = MODULE_FILE

    def path(self, told: str) -> Path:
        """Where a file of the module lies."""
        return self.folder / (self.file if told == MODULE_FILE else told)


def seen_of(subject: Subject, anchors: Sequence[str]) -> Seen:
    """What others must know of a module."""
    texts = [*_questions(subject), *_cards(subject)]
    links: tuple[Link, ...] = ()
    if subject.lesson is not None:
        texts += _paragraphs(subject)
        links = tuple(
            link
            for passage in subject.text.passages
            for link in passage.links
            if _leads_beside(link.target)
        )
    elif subject.around.is_paper and subject.exam is not None:
        links = tuple(_links_of_paper(subject))
    return Seen(
        names=tuple(_names(subject)), texts=tuple(texts), links=links, anchors=tuple(anchors)
    )


def _leads_beside(target: str) -> bool:
    """Whether a link is relative: to a file that lies with ours."""
    return not _ELSEWHERE.match(target) and not target.startswith("//")


def _links_of_paper(subject: Subject) -> Iterator[Link]:
    """The relative links in the prose of an exam paper by itself."""
    for path, text in _prose_of_paper(subject):
        for found in _LINK.finditer(_CODE.sub("", text)):
            if _leads_beside(found[1]):
                yield Link(target=found[1], line=subject.line_of(EXAM_FILE, path))


def _prose_of_paper(subject: Subject) -> Iterator[tuple[Path_, str]]:
    yield ("time_guide",), subject.paper.time_guide
    for index, each in enumerate(subject.paper.resources):
        yield ("resources", index), each
    for _, path, question in subject.every_question():
        yield (*path, "text"), question.text
        yield (*path, "explain"), question.explain
        for index, choice in enumerate(getattr(question, "choices", ())):
            yield (*path, "choices", index), choice.why
        yield (*path, "model"), getattr(question, "model", "")


def _questions(subject: Subject) -> Iterator[Told]:
    for file, path, each in subject.every_question():
        if found := _sketch(_whole(each)):
            yield Told("question", each.id, file, subject.line_of(file, (*path, "id")), found)


def _whole(question: AnyQuestion) -> str:
    match question:
        case OneOf() | AnyOf():
            offered = [each.text for each in question.choices]
        case Ordering():
            offered = list(question.items)
        case Matching():
            offered = [f"{each.left} {each.right}" for each in question.pairs]
        case _:
            offered = []
    return " ".join([question.text, *offered])


def _cards(subject: Subject) -> Iterator[Told]:
    for index, each in enumerate(subject.cards or ()):
        if found := _sketch(f"{each.front} {each.back}"):
            line = subject.line_of(CARDS_FILE, ("cards", index, "id"))
            yield Told("card", each.id, CARDS_FILE, line, found)


def _names(subject: Subject) -> Iterator[Named]:
    for file, path, question in subject.every_question():
        yield Named("question", question.id, file, subject.line_of(file, (*path, "id")))
    for index, card in enumerate(subject.cards or ()):
        line = subject.line_of(CARDS_FILE, ("cards", index, "id"))
        yield Named("card", card.id, CARDS_FILE, line)
    if subject.exam is not None:
        yield Named("exam", subject.exam.of, EXAM_FILE, subject.line_of(EXAM_FILE, ("of",)))
    if subject.lesson is not None:
        name = f"{subject.around.course_id}/{subject.text.front.id}"
        yield Named("module", name, MODULE_FILE, subject.line_of(MODULE_FILE, ("id",)))


def _paragraphs(subject: Subject) -> Iterator[Told]:
    for line, text in paragraphs(without_front_matter(subject.texts[MODULE_FILE])):
        if len(text.split()) >= PARAGRAPH_WORDS_MIN and (found := _sketch(text)):
            yield Told("paragraph", "", MODULE_FILE, line, found)


def _sketch(text: str) -> Sketch | None:
    """A text's sketch; what is still to be written is like nothing."""
    return None if "TODO" in text else sketch(text)


Name_ = Callable[[Path], str]
"""How a file is called where findings are shown."""


def between(modules: Sequence[Placed], name: Name_) -> Iterator[Broken]:
    """All that is wrong between modules, as far as it concerns those that were asked for."""
    yield from _twice(modules, name)
    yield from _alike(modules, name)
    texts = {(each.folder, each.file): each for each in modules}
    for each in modules:
        if each.asked_for:
            yield from LINK.found(_links(each, texts, name))


def _twice(modules: Sequence[Placed], name: Name_) -> Iterator[Broken]:
    wanted = set(_chain(each.marks.names for each in modules if each.asked_for))
    kin = [each for each in modules if not wanted.isdisjoint(each.marks.names)]
    first: dict[tuple[str, str, str], tuple[Placed, Named]] = {}
    for each, told in ((module, told) for module in kin for told in module.look().names):
        course = each.course or each.folder
        within = "" if told.kind in ("module", "exam") else str(course)
        earlier = first.setdefault((told.kind, within, told.id), (each, told))
        if earlier[1] is told:
            continue
        for finding in _pair(earlier, (each, told), name, "the {kind} {id} stands in {where}, too"):
            yield from ID_TWICE.found([finding])


def _alike(modules: Sequence[Placed], name: Name_) -> Iterator[Broken]:
    suspects = list(_suspects(modules))

    @functools.cache
    def look(place: int) -> Told:
        module, number = suspects[place]
        return module.look().texts[number]

    keys = [module.marks.texts[number] for module, number in suspects]
    asked = [module.asked_for for module, _ in suspects]
    like = pairs(keys, lambda place: look(place).sketch, ALIKE, asked)
    for teller, (other, value) in _nearest(like, asked).items():
        pair = [(suspects[place][0], look(place)) for place in (other, teller)]
        said = f"it says {value:.0%} of what {{what}} says"
        for finding in _pair(pair[0], pair[1], name, said):
            yield from ALIKE_OF[pair[1][1].kind].found([finding])


def _suspects(modules: Sequence[Placed]) -> Iterator[tuple[Placed, int]]:
    """Each text that was asked for, and each that may be like one of those: its module, and its
    number there."""
    wanted = set(_chain(_chain(each.marks.texts for each in modules if each.asked_for)))
    for each in modules:
        texts = each.marks.texts
        if each.asked_for:
            yield from ((each, number) for number in range(len(texts)))
        elif len(common := wanted.intersection(_chain(texts))) >= SHARED:
            for number, keys in enumerate(texts):
                if not common.isdisjoint(keys) and len(common.intersection(keys)) >= SHARED:
                    yield each, number


def _nearest(
    like: Iterable[tuple[int, int, float]], asked: Sequence[bool]
) -> dict[int, tuple[int, float]]:
    """For each text that is to be told of, the one that it is most like: of two the later is
    told of, or the one that was asked for. A text that stands in sixty modules is told sixty
    times, and not for each pair of them."""
    nearest: dict[int, tuple[int, float]] = {}
    for earlier, later, value in like:
        teller, other = (later, earlier) if asked[later] else (earlier, later)
        if value > nearest.get(teller, (0, 0.0))[1]:
            nearest[teller] = (other, value)
    return nearest


def _pair(
    earlier: tuple[Placed, Named | Told],
    later: tuple[Placed, Named | Told],
    name: Name_,
    said: str,
) -> Iterator[Finding]:
    """A finding about the later of two that clash; about the earlier, if only that was asked
    for."""
    (here, told), (other, first) = later, earlier
    if not here.asked_for:
        (here, told), (other, first) = earlier, later
    if not here.asked_for:
        return
    where = f"{name(other.path(first.file))}:{first.line}"
    what = f"{first.id} in {where}" if first.id else where
    yield Finding(
        file=name(here.path(told.file)),
        line=told.line,
        message=said.format(kind=told.kind, id=told.id, where=where, what=what),
        remedy="",
    )


def _links(
    module: Placed, texts: Mapping[tuple[Path, str], Placed], name: Name_
) -> Iterator[Finding]:
    here, bounds = module.path(MODULE_FILE), module.course or module.folder
    away = [each for each in (module.folder, *labs_of(module.folder)) if _leaves(each, bounds)]
    for folder in away:
        yield Finding(
            file=name(folder),
            message=f"it is a symbolic link that leaves {bounds.name}",
            remedy="put the folder itself there",
        )
    if module.folder in away:
        return  # every link of it would be told again
    if module.file == EXAM_FILE:
        bounds = bounds.parent  # a paper sends to the modules of all courses beside it
    for link in module.look().links:
        said, remedy = _wrong_with(link, here, bounds, texts)
        if said:
            yield Finding(file=name(here), line=link.line, message=said, remedy=remedy)


def _wrong_with(
    link: Link, here: Path, bounds: Path, texts: Mapping[tuple[Path, str], Placed]
) -> tuple[str, str]:
    target, _, anchor = link.target.partition("#")
    path, anchor = unquote(target.partition("?")[0]), unquote(anchor)
    if path.startswith("/"):
        return f"{link.target} is no place in the course", "write the way from this file"
    if "\0" in path:
        return f"{link.target!r} is no name of a file", ""
    found = Path(os.path.normpath(here.parent / path)) if path else here
    if not found.is_relative_to(bounds):
        return f"{link.target} leaves the course", "copy what is needed into the course"
    if not found.exists():
        near = [each.name for each in itertools.islice(_beside(found), 200)]
        return f"{link.target} leads to nothing", _near(found.name, near)
    if _leaves(found, bounds):
        return f"{link.target} is a link out of the course", "put the file itself there"
    if anchor and found.suffix == ".md" and (found.parent, found.name) in texts:
        known = texts[found.parent, found.name].look().anchors
        if anchor not in known:
            return f"{link.target} names no heading there", _near(anchor, known)
    return "", ""


def _leaves(path: Path, bounds: Path) -> bool:
    """Whether what is found there lies elsewhere in truth."""
    here, there = os.path.realpath(path), os.path.realpath(bounds)
    return not Path(here).is_relative_to(there)


def _near(word: str, known: Sequence[str]) -> str:
    """What was meant, if that can be told; otherwise the rule's own remedy stands."""
    remedy = did_you_mean(word, known)
    return remedy if remedy.startswith("did you mean") else ""


def _beside(path: Path) -> Iterator[Path]:
    return path.parent.iterdir() if path.parent.is_dir() else iter(())
