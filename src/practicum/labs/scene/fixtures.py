"""Fixtures for the checks of an investigation, which name this module in ``pytest_plugins``."""

from __future__ import annotations

import os

import pytest

from practicum.labs.experiment.observations import Observations
from practicum.labs.scene.answer import Answer, read_answer
from practicum.labs.scene.scene import ANSWER, FOLDER, Scene, SceneError, read_scene
from practicum.servers.home import RangeFolder, state_home


@pytest.fixture(scope="session")
def scene(observations: Observations) -> Scene:
    """The truth about the scene that stands in the range."""
    found = read_scene(RangeFolder(state_home(os.environ), observations.range).path)
    if found is None:
        raise SceneError(f"no scene stands in range {observations.range}")
    return found


@pytest.fixture
def answer(observations: Observations) -> Answer:
    """The answer as it was handed in. A check that asks for one that cannot be read fails."""
    folder = RangeFolder(state_home(os.environ), observations.range).path / FOLDER
    return read_answer(folder / ANSWER)
