"""A module that is written: what ``module.md`` says, taken apart.

The parser of the Markdown (in ``authoring``) makes these values; the linter judges them, the
school and the terminal show them. Lines count from 1 in ``module.md``.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from practicum.curriculum.term import Count, Minutes, Name, Words, Written

Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", description="YYYY-MM-DD.")]

BLOCK_PARTS = (
    "priming",
    "core-concept",
    "visual-model",
    "neural-bridge",
    "active-practice",
    "consolidation-prompt",
)
"""The six parts of a focus block, in order; standards.yaml names them with underscores."""

TIMED_PARTS = (
    "customer-scenario",
    "technical-foundation",
    "hands-on-lab",
    "customer-application",
    "mastery-check",
)
"""The five parts of a module of the service-mesh journey."""

SECTIONS = (
    "protocol",
    "blueprint",
    "gauntlet",
    "integration-challenge",
    "cross-law",
    "pitfalls",
    "cases",
    "operations",
    "mathematics",
    "review",
    "resources",
)
"""Containers of a module outside its blocks."""

ASIDES = ("note", "warning", "solution", "run", "lab")
"""Containers that may stand anywhere within another: a remark, a danger, an answer that is
folded away, what the reader is to run, and a lab (``::: lab NAME``)."""


class Source(Written, frozen=True, kw_only=True):
    """Where a fact about a company can be read: ``passage`` is the sentence or two that support
    it, as it stood there when somebody ``opened`` it."""

    id: Name
    company: Words
    claim: Words
    url: Annotated[str, msgspec.Meta(pattern=r"^https://\S+$")]
    opened: Day
    passage: Annotated[str, msgspec.Meta(min_length=20, max_length=600)]


class Move(Written, frozen=True, kw_only=True):
    """A contribution's step into a stage: when, who vouches for it (reviewers, learners who
    tried it), and what they say."""

    stage: Name
    day: Day
    by: Annotated[tuple[Words, ...], msgspec.Meta(min_length=1)]
    says: str = ""


class Front(Written, frozen=True, kw_only=True):
    """The front matter. ``id`` stays when folder and title change; ``updated`` is when somebody
    last went through all of it, ``review_months`` how long that holds; ``spacing_days`` are the
    days after which the module is recalled; ``stage`` is how far its contribution is, one of
    those of stewardship.yaml, and ``moves`` are the steps that led there, the oldest first."""

    id: Name
    title: Words
    version: Annotated[int, msgspec.Meta(ge=1)] = 1
    updated: Day
    review_months: Annotated[int, msgspec.Meta(ge=1, le=60)] = 12
    authors: tuple[Words, ...] = ()
    stage: Name = "development"
    moves: tuple[Move, ...] = ()
    spacing_days: tuple[Annotated[int, msgspec.Meta(ge=1)], ...] = ()
    sources: tuple[Source, ...] = ()


class Diagram(msgspec.Struct, frozen=True, kw_only=True):
    """A Mermaid diagram; ``line`` is that of the fence, ``title`` says in words what it shows."""

    text: str
    line: int
    title: str = ""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Code in a fence, which opens in ``line``. One with a ``file`` name is run, or with
    ``check="compile"`` only compiled; ``expected`` is the ``output`` fence that follows it, if
    there is one."""

    language: str
    text: str
    line: int
    file: str = ""
    check: str = "run"
    expected: str | None = None


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """A heading below the module's title."""

    level: int
    text: str
    line: int


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link or a picture: its target as written."""

    target: str
    line: int


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A container, or the text outside of any (``kind`` is then "" ): its own Markdown, with
    what the Markdown holds, asides included. ``words`` counts prose, not code. The container opens
    in ``line``, so that the first line of ``text`` is the one after it; lines that belong to
    another passage are blank in it."""

    kind: str
    line: int
    text: str
    title: str = ""
    minutes: Count = 0
    words: int = 0
    headings: tuple[Heading, ...] = ()
    listings: tuple[Listing, ...] = ()
    diagrams: tuple[Diagram, ...] = ()
    links: tuple[Link, ...] = ()
    labs: tuple[str, ...] = ()


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A focus block (or a timed part, whose ``parts`` is empty): its own text in ``intro``."""

    id: Name
    title: Words
    minutes: Minutes
    line: int
    intro: Passage
    parts: tuple[Passage, ...] = ()


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """A whole ``module.md``: ``intro`` is what stands outside of all containers."""

    front: Front
    intro: Passage
    blocks: tuple[Block, ...] = ()
    timed: tuple[Block, ...] = ()
    sections: tuple[Passage, ...] = ()

    def section(self, kind: str) -> Passage | None:
        """The first section of that kind."""
        return next((each for each in self.sections if each.kind == kind), None)

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Every stretch of the text, in no particular order."""
        within = [p for b in (*self.blocks, *self.timed) for p in (b.intro, *b.parts)]
        return (self.intro, *within, *self.sections)
