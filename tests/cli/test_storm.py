"""``practicum storm`` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

from cli.terminal import answer, practicum
from practicum.faults.fault import KINDS
from practicum.faults.plan import read_plan


def test_a_plan_is_drawn_the_same_again(tmp_path: Path) -> None:
    """By seed; as JSON it is a file for `storm run --plan`."""
    words = ("storm", "draw", "--seed", "7", "--duration", "40", "--kinds", "kill,pause")
    plan = answer(tmp_path, *words)
    assert plan == answer(tmp_path, *words)
    assert {fault["kind"] for fault in plan["faults"]} <= {"kill", "pause"}
    assert read_plan(json.dumps(plan)).digest[:12] in practicum(tmp_path, *words).stdout


def test_every_kind_is_listed_with_who_can_suffer_it(tmp_path: Path) -> None:
    """Nobody has to read code to write a plan."""
    listed = answer(tmp_path, "storm", "list")
    assert list(listed) == list(KINDS)
    assert all(listed.values())
    assert "bank" in listed["decline"]
    assert "power cut" in practicum(tmp_path, "storm", "list").stdout


def test_what_cannot_be_is_told_without_a_traceback(tmp_path: Path) -> None:
    """No range, no such kind, no room."""
    assert "range up" in practicum(tmp_path, "storm", "run", "--seed", "1").stderr
    unknown = practicum(tmp_path, "storm", "draw", "--kinds", "flood")
    assert unknown.returncode == 1
    assert "there is no fault flood: there are kill" in unknown.stderr
    assert "use more than" in practicum(tmp_path, "storm", "draw", "--duration", "3").stderr
