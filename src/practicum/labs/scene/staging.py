"""Stages a scene on a range: a defective release, an afternoon's orders, the release taken back.

What the release did stays, as it does in life: orders that nobody drives on, messages that are
parked, traces and logs of how it came to that. A scene always begins on an empty range, so that
nothing of an earlier one is left to be found.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from practicum.labs.check.lab_range import lab_manifest
from practicum.labs.experiment.observations import Observations
from practicum.labs.experiment.peers import addresses
from practicum.labs.lab import Lab
from practicum.labs.scene.afternoon import Afternoon
from practicum.labs.scene.drawing import Drawn, draw
from practicum.labs.scene.scene import (
    ANSWER,
    FOLDER,
    NOBODY,
    Scene,
    SceneError,
    load_scenes,
    module_of,
    read_scene,
    write_scene,
)
from practicum.servers.client import RangeClient
from practicum.servers.home import RangeFolder, telling
from practicum.servers.ranges import Options, start_range, wipe_range

TOUCHED = "touched"
"""A file in the scene's folder that says: somebody has worked here, it is no fresh scene."""
OnStage = Callable[[str], None]


def _silent(words: str) -> None:
    pass


async def prepare(
    lab: Lab,
    *,
    home: Path,
    range_name: str,
    seed: int | None = None,
    calm: bool = False,
    fresh: bool = False,
    options: Options | None = None,
    on_stage: OnStage = _silent,
) -> Scene:
    """Have the scene of ``seed`` stand in the lab's range, started if it is down.

    The scene that stands there already is kept, if it is the one that is asked for (or no seed
    is) and, with ``fresh``, nobody has worked on it. Otherwise the range is wiped. ``calm`` is
    the scene without its defect. Raises `SceneError` and RangeError.
    """
    folder = RangeFolder(home, range_name).path
    standing = read_scene(folder)
    options = options or Options()
    worked_on = fresh and (folder / FOLDER / TOUCHED).exists()
    if standing is not None and _is_wanted(standing, lab, seed, calm=calm) and not worked_on:
        await start_range(home, range_name, lab_manifest(lab.spec.range), options)
        return standing
    if (folder / FOLDER).exists():
        on_stage("the scene is cleared")
        await wipe_range(home, range_name, options)
    on_stage("the range goes up")
    client, _ = await start_range(home, range_name, lab_manifest(lab.spec.range), options)
    return await stage(lab, client, home=home, seed=seed, calm=calm, on_stage=on_stage)


async def stage(
    lab: Lab,
    client: RangeClient,
    *,
    home: Path,
    seed: int | None = None,
    calm: bool = False,
    on_stage: OnStage = _silent,
) -> Scene:
    """Stage a scene on a range that is up and has seen none. Raises `SceneError`.

    When it ends otherwise than well, `prepare` will begin anew.
    """
    plan = lab.spec.experiment
    seed = plan.seed if seed is None else seed
    drawn = draw(
        load_scenes(lab.folder), seed, max(1, round(plan.rate * plan.duration_s)), calm=calm
    )
    folder = RangeFolder(home, client.name).path
    with telling(folder):
        releases = write_releases(lab.folder / "scenes", folder / FOLDER, drawn)
    on_stage("the afternoon's releases go out")
    await _restart(client, {name: {module_of(name): str(path)} for name, path in releases.items()})
    status = await client.status()
    async with Afternoon(status, drawn, settle_s=plan.settle_s) as afternoon:
        on_stage(f"{len(drawn.orders)} buyers order")
        await afternoon.order(rate=plan.rate)
        on_stage("what can end, ends")
        await afternoon.wait_for_damage()
        on_stage("the releases are taken back")
        await _restart(client, {name: {} for name in releases})
        await afternoon.wait_for_traces(folder / "telemetry")
    scene = _scene(lab, client.name, seed, drawn, calm=calm)
    with telling(folder):
        write_scene(folder, scene)
    return scene


async def hand_in(scene: Scene, files: Path, *, home: Path) -> Observations:
    """Take the learner's answer as it is now; what the checks are to be run on."""
    client = RangeClient.of(home, scene.range)
    status = await client.status()
    folder = RangeFolder(home, scene.range).path / FOLDER
    with telling(folder):
        (folder / ANSWER).unlink(missing_ok=True)
        if (files / ANSWER).is_file():
            shutil.copyfile(files / ANSWER, folder / ANSWER)
    return Observations(
        range=scene.range,
        peers=dict(addresses(status)),
        accepted=tuple(order.order_id for order in scene.orders),
    )


async def clear(*, home: Path, range_name: str, options: Options | None = None) -> None:
    """Take a scene away, with its range."""
    await wipe_range(home, range_name, options or Options())


def touch(scene: Scene, *, home: Path) -> None:
    """Note that somebody works on the scene: it is not fresh any more."""
    folder = RangeFolder(home, scene.range).path / FOLDER
    with telling(folder):
        (folder / TOUCHED).touch()


def _is_wanted(scene: Scene, lab: Lab, seed: int | None, *, calm: bool) -> bool:
    same_lab = (scene.lab, scene.version) == (lab.id, lab.spec.version)
    return same_lab and scene.calm == calm and seed in (None, scene.seed)


def write_releases(source: Path, target: Path, drawn: Drawn) -> dict[str, Path]:
    """The releases' files by service, each with what was drawn for it beside it."""
    target.mkdir(mode=0o700, exist_ok=True)
    scenes = load_scenes(source.parent)
    wanted = {drawn.slow: (scenes.innocent, {"seconds": drawn.slow_s})}
    if drawn.defect is not None:
        trigger = msgspec.to_builtins(drawn.trigger)
        wanted[drawn.defect.service] = (drawn.name, trigger)
    releases: dict[str, Path] = {}
    for service, (name, settings) in wanted.items():
        path = target / f"{service}_release.py"
        shutil.copyfile(source / f"{name}.py", path)
        path.with_suffix(".json").write_bytes(msgspec.json.encode(settings))
        releases[service] = path
    return releases


async def _restart(client: RangeClient, replaces: dict[str, dict[str, str]]) -> None:
    await asyncio.gather(
        *(client.restart(service, replaces=files) for service, files in replaces.items())
    )


def _scene(lab: Lab, range_name: str, seed: int, drawn: Drawn, *, calm: bool) -> Scene:
    defect = drawn.defect
    if defect is None and not calm:
        raise SceneError(f"{lab.id} has no defect to draw")
    return Scene(
        lab=lab.id,
        version=lab.spec.version,
        seed=seed,
        calm=calm,
        range=range_name,
        defect=drawn.name,
        service=defect.service if defect else NOBODY,
        message=defect.message if defect else "",
        what=defect.what if defect else "raises",
        trigger=drawn.trigger,
        slow=drawn.slow,
        orders=drawn.orders,
        reached=drawn.reached,
        affected=tuple(x.order_id for x in drawn.orders if x.order_id in drawn.affected),
    )
