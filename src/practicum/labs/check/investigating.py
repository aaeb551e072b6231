"""The check of an investigation: the scene stands, the answer is handed in and judged."""

from __future__ import annotations

from pathlib import Path

import msgspec

from practicum.labs.check.attribution import Ran
from practicum.labs.check.machine import watching
from practicum.labs.check.plan import Variation
from practicum.labs.check.trying import CHECKS_TIMEOUT_S, Lap, Narrator
from practicum.labs.experiment.observations import Observations
from practicum.labs.grading import grade
from practicum.labs.lab import CHECKS, Lab
from practicum.labs.scene.scene import SceneError
from practicum.labs.scene.staging import hand_in, prepare
from practicum.servers.home import RangeError, RangeFolder


class AnswerJudged(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks say of an answer; ``seed`` is that of the scene."""

    ran: Ran
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
    """Have the scene stand, and judge the answer in ``files``. Raises RangeError."""
    home, range_name = place
    lap = Lap()
    try:
        scene = await prepare(
            lab,
            home=home,
            range_name=range_name,
            seed=variation.seed,
            calm=variation.calm,
            on_stage=narrator.on_stage,
        )
        lap.note("range")
        folder = RangeFolder(home, range_name).path
        async with watching(folder) as watch:
            observations = await hand_in(scene, files, home=home)
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
        observations=observations,
        seed=scene.seed,
        seconds=lap.seconds,
        range_folder=folder,
    )
