"""The check of an investigation: the scene stands, the answer is handed in and judged."""

from __future__ import annotations

from pathlib import Path

import msgspec

from practicum.labs.check.attribution import Ran
from practicum.labs.check.files import hashes_of
from practicum.labs.check.machine import watching
from practicum.labs.check.plan import Variation
from practicum.labs.check.trying import CHECKS_TIMEOUT_S, Lap, Narrator
from practicum.labs.experiment.observations import Observations
from practicum.labs.grading import grade
from practicum.labs.lab import CHECKS, Lab
from practicum.labs.scene.answer import Answer, AnswerError, read_answer
from practicum.labs.scene.scene import FOLDER, Scene, SceneError
from practicum.labs.scene.solving import SOLVER, bench, is_solved, solve
from practicum.labs.scene.staging import hand_in, prepare
from practicum.servers.home import RangeError, RangeFolder


class AnswerJudged(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks say of an answer; ``seed`` is that of the scene, ``files`` are hashes of
    what was handed in, and ``unfinished`` says why it is no attempt, if it is none."""

    ran: Ran
    files: dict[str, str]
    unfinished: str
    observations: Observations
    seed: int
    seconds: dict[str, float]
    range_folder: Path


async def judge_answer(
    lab: Lab,
    files: Path,
    place: tuple[Path, str],
    narrator: Narrator,
    variation: Variation,
) -> AnswerJudged:
    """Have the scene stand, and judge the answer in ``files``; a ``solve.py`` of the lab's own
    makes it first, on a fresh scene. Raises RangeError."""
    home, range_name = place
    lap = Lap()
    try:
        scene = await prepare(
            lab,
            home=home,
            range_name=range_name,
            seed=variation.seed,
            calm=variation.calm,
            fresh=is_solved(lab, files),
            on_stage=narrator.on_stage,
        )
        lap.note("range")
        folder = RangeFolder(home, range_name).path
        observations = await _hand_in(lab, scene, files, home, narrator)
        lap.note("answer")
        async with watching(folder) as watch:
            graded = await grade(
                lab.folder / CHECKS,
                observations,
                on_judgement=narrator.on_judgement,
                timeout_s=CHECKS_TIMEOUT_S,
                home=home,
            )
            lap.note("checks")
            ran = Ran(
                judgements=tuple(graded.judgements),
                machine=watch.seen(),
                troubles=tuple(graded.troubles),
            )
    except SceneError as error:
        raise RangeError(str(error)) from error
    return AnswerJudged(
        ran=ran,
        files=hashes_of(folder / FOLDER, lab.files),
        unfinished=_unfinished(folder / FOLDER / lab.spec.answer),
        observations=observations,
        seed=scene.seed,
        seconds=lap.seconds,
        range_folder=folder,
    )


async def _hand_in(
    lab: Lab, scene: Scene, files: Path, home: Path, narrator: Narrator
) -> Observations:
    if not is_solved(lab, files):
        return await hand_in(scene, files, home=home)
    narrator.on_stage("solve.py finds out, and frees the orders")
    with bench() as workspace:
        await solve(scene, files / SOLVER, workspace, home=home)
        return await hand_in(scene, workspace, home=home)


def _unfinished(answer: Path) -> str:
    try:
        blank = read_answer(answer) == Answer()
    except AnswerError:
        return "the answer cannot be read yet"
    return "nothing is answered yet: this shows where you stand" if blank else ""
