"""What can only be seen with other modules beside: ids, links, and texts that say the same."""

from __future__ import annotations

import itertools
import os
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import msgspec

from practicum.authoring.judging.likeness import KEYS, Sketch, pairs, sketch
from practicum.authoring.rules.prose import paragraphs, without_front_matter
from practicum.authoring.rules.rule import Broken, Rule, declare
from practicum.authoring.rules.subject import Subject
from practicum.authoring.shelves import CARDS_FILE, EXAM_FILE, MODULE_FILE, labs_of
from practicum.curriculum.lesson import Link
from practicum.curriculum.question import AnyOf, AnyQuestion, Matching, OneOf, Ordering
from practicum.labs.finding import Finding, did_you_mean
from practicum.labs.yaml_file import Path_

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


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What other modules must know of one. ``anchors`` are what links can name in it. The texts
    that are compared are packed: few have anything in common with another module's, which
    their ``keys`` show, and the rest are never unpacked."""

    names: tuple[Named, ...]
    keys: bytes
    packed: bytes
    links: tuple[Link, ...]
    anchors: tuple[str, ...]

    def texts(self) -> tuple[Told, ...]:
        """The texts that are compared."""
        return msgspec.msgpack.decode(self.packed, type=tuple[Told, ...])

    def with_texts(self, texts: Sequence[Told]) -> Seen:
        """The same, but for its texts."""
        keys = (key for each in texts for key in each.sketch.smallest(KEYS))
        packed = msgspec.msgpack.encode(tuple(texts))
        return msgspec.structs.replace(self, keys=array("I", keys).tobytes(), packed=packed)


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A module among others: its folder, that of its course (or of the texts among which it
    stands), and what is seen of it."""

    folder: Path
    course: Path | None
    seen: Seen
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
    seen = Seen(
        names=tuple(_names(subject)), keys=b"", packed=b"", links=links, anchors=tuple(anchors)
    )
    return seen.with_texts(texts)


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
    anchors = {each.path(MODULE_FILE): each.seen.anchors for each in modules}
    for each in modules:
        if each.asked_for:
            yield from LINK.found(_links(each, anchors, name))


def _twice(modules: Sequence[Placed], name: Name_) -> Iterator[Broken]:
    first: dict[tuple[str, str, str], tuple[Placed, Named]] = {}
    everything = [(module, told) for module in modules for told in module.seen.names]
    for each, told in everything:
        course = each.course or each.folder
        within = "" if told.kind in ("module", "exam") else str(course)
        earlier = first.setdefault((told.kind, within, told.id), (each, told))
        if earlier[1] is told:
            continue
        for finding in _pair(earlier, (each, told), name, "the {kind} {id} stands in {where}, too"):
            yield from ID_TWICE.found([finding])


def _alike(modules: Sequence[Placed], name: Name_) -> Iterator[Broken]:
    rules: tuple[tuple[Kind, Rule], ...]
    rules = (("question", SAME_QUESTION), ("card", SAME_CARD), ("paragraph", SAME_PARAGRAPH))
    suspects = list(_suspects(modules))
    for kind, rule in rules:
        every = [(each, told) for each, told in suspects if told.kind == kind]
        sketches = [told.sketch for _, told in every]
        asked = [each.asked_for for each, _ in every]
        for teller, (other, value) in _nearest(sketches, asked).items():
            said = f"it says {value:.0%} of what {{what}} says"
            for finding in _pair(every[other], every[teller], name, said):
                yield from rule.found([finding])


def _suspects(modules: Sequence[Placed]) -> Iterator[tuple[Placed, Told]]:
    """The texts that have a key in common with another text, one of the two asked for."""
    keys = [array("I", each.seen.keys) for each in modules]
    of_asked = [own for each, own in zip(modules, keys, strict=True) if each.asked_for]
    owned = set(itertools.chain.from_iterable(of_asked))
    holders = Counter(itertools.chain.from_iterable(owned.intersection(own) for own in keys))
    shared = {key for key, count in holders.items() if count > 1}
    for own in of_asked:
        if len(set(own)) < len(own):
            shared.update(key for key, count in Counter(own).items() if count > 1)
    for each, own in zip(modules, keys, strict=True):
        if not shared.isdisjoint(own):
            for told in each.seen.texts():
                if not shared.isdisjoint(told.sketch.smallest(KEYS)):
                    yield each, told


def _nearest(sketches: Sequence[Sketch], asked: Sequence[bool]) -> dict[int, tuple[int, float]]:
    """For each text that is to be told of, the one that it is most like: of two the later is
    told of, or the one that was asked for. A text that stands in sixty modules is told sixty
    times, and not for each pair of them."""
    nearest: dict[int, tuple[int, float]] = {}
    for earlier, later, value in pairs(sketches, ALIKE, asked):
        teller, other = (later, earlier) if asked[later] else (earlier, later)
        if asked[teller] and value > nearest.get(teller, (0, 0.0))[1]:
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


def _links(module: Placed, anchors: Mapping[Path, Sequence[str]], name: Name_) -> Iterator[Finding]:
    bounds = module.course or module.folder
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
    for link in module.seen.links:
        said, remedy = _wrong_with(link, module.path(MODULE_FILE), bounds, anchors)
        if said:
            yield Finding(
                file=name(module.path(MODULE_FILE)), line=link.line, message=said, remedy=remedy
            )


def _wrong_with(
    link: Link, here: Path, bounds: Path, anchors: Mapping[Path, Sequence[str]]
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
    if anchor and found.suffix == ".md":
        known = anchors.get(found)
        if known is not None and anchor not in known:
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
