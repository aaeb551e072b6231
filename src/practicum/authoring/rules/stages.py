"""How a contribution moves from stage to stage: what its front matter must say of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from practicum.authoring.rules.rule import rule
from practicum.authoring.rules.subject import Subject
from practicum.curriculum.lesson import Front, Move
from practicum.curriculum.stewardship import Need
from practicum.labs.finding import Finding, did_you_mean


@rule(
    "stage-moves",
    why="A stage says that somebody reviewed it, or learners tried it; who that was, and when, "
    "must be there to ask.",
    remedy="write the move into the front matter: `moves: [{stage: NAME, day: DAY, by: [NAMES]}]`",
)
def stage_moves(subject: Subject) -> Iterator[Finding]:
    """The moves in the front matter lead to its stage: one by one in the order of
    stewardship.yaml, on days that follow each other, each with as many people as the stage asks
    for, who are not the module's authors. The stages up to the one in which it is written need
    none."""
    front, stages = subject.text.front, subject.around.stages
    if front.stage not in stages:
        return
    for index, move in enumerate(front.moves):
        if move.stage not in stages:
            said = f"there is no stage {move.stage}"
            yield subject.front(("moves", index, "stage"), said, did_you_mean(move.stage, stages))
            return
    yield from _order(subject, front, stages)
    for index, move in enumerate(front.moves):
        lacks = lacks_people(move, front, subject.around.needs.get(move.stage, ()))
        if lacks:
            yield subject.front(("moves", index, "by"), lacks, "name who they were")


def _order(subject: Subject, front: Front, stages: Sequence[str]) -> Iterator[Finding]:
    ranks = [stages.index(move.stage) for move in front.moves]
    free = without_moves(stages, subject.around.needs)
    if not front.moves:
        if stages.index(front.stage) > free:
            said = f"nobody moved it to {front.stage}"
            yield subject.front(("stage",), f"{said}; without moves, it is in {stages[free]}")
        return
    if front.moves[-1].stage != front.stage:
        said = f"it is in {front.stage}, and its last move was to {front.moves[-1].stage}"
        yield subject.front(("stage",), said, "write the same stage in both")
    if ranks[0] > free + 1:
        said = f"its first move is to {stages[ranks[0]]}: {stages[ranks[0] - 1]} comes before"
        yield subject.front(("moves", 0), said)
    for index, (rank, then) in enumerate(itertools.pairwise(ranks), 1):
        if then != rank + 1:
            follows = stages[rank + 1] if rank + 1 < len(stages) else "nothing"
            said = f"after {stages[rank]} comes {follows}, not {stages[then]}"
            yield subject.front(("moves", index, "stage"), said)
        if front.moves[index].day < front.moves[index - 1].day:
            said = f"{front.moves[index].day} is before the move that stands above it"
            yield subject.front(("moves", index, "day"), said, "put the moves in order")


def without_moves(stages: Sequence[str], needs: Mapping[str, tuple[Need, ...]]) -> int:
    """The last stage that needs no move: the one in which a module is written, before the first
    that asks for a text."""
    for rank, stage in enumerate(stages):
        if any(need.check == "written" for need in needs.get(stage, ())):
            return max(0, rank - 1)
    return len(stages) - 1


def lacks_people(move: Move, front: Front, needs: Sequence[Need]) -> str:
    """What a move lacks of the people that its stage asks for; empty if nothing."""
    others = [name for name in dict.fromkeys(move.by) if name not in front.authors]
    for need in needs:
        if need.check == "people" and len(others) < need.count:
            told = f"{len(others)} vouch for {move.stage} and are not its authors"
            return f"{told}, {need.count} are needed: {need.means}"
    return ""
