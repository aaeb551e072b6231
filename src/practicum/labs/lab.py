"""A lab is a folder: what ``lab.yaml`` says, and where the learner's files lie."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from practicum.faults.fault import AnyFault

Words = Annotated[str, msgspec.Meta(min_length=1)]
Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]


class Wrong(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plausible mistake: the check that must catch it, and why it does."""

    caught_by: Words
    why: Words


class RangeSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The range that a lab needs: the shop, with ``settings`` of its services changed."""

    settings: dict[str, dict[str, Any]] = {}


class ExperimentSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rate`` orders per second for ``duration_s`` under ``faults``; what has not ended
    ``settle_s`` after the load is stuck. ``fickle_ratio`` of the buyers change their mind."""

    rate: Annotated[float, msgspec.Meta(gt=0, le=500)]
    duration_s: Annotated[float, msgspec.Meta(gt=0, le=300)]
    settle_s: Annotated[float, msgspec.Meta(gt=0, le=300)] = 10.0
    seed: int = 1
    fickle_ratio: Annotated[float, msgspec.Meta(ge=0, le=0.9)] = 0.05
    faults: tuple[AnyFault, ...] = ()


class LabSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``lab.yaml``. ``replaces`` maps the learner's files to the modules that they stand for;
    an investigation has an ``answer`` file and ``scenes`` to draw from instead."""

    title: Words
    kind: Literal["repair", "investigate"]
    module: Name
    minutes: Annotated[int, msgspec.Meta(ge=5, le=480)]
    skills: Annotated[tuple[Words, ...], msgspec.Meta(min_length=1)]
    version: Annotated[int, msgspec.Meta(ge=1)] = 1
    replaces: dict[str, str] = {}
    answer: str = ""
    range: RangeSpec = RangeSpec()
    experiment: ExperimentSpec
    wrong: dict[Name, Wrong]


class Lab(msgspec.Struct, frozen=True, kw_only=True):
    """A lab that was found: ``id`` is course/module/name."""

    id: str
    folder: Path
    spec: LabSpec

    @property
    def name(self) -> str:
        """The last part of the id."""
        return self.id.rpartition("/")[2]
