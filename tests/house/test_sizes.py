"""Sizes ratchet downwards: a module within 500 lines, a function within 70, no drawers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import practicum

ROOT = Path(practicum.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
MODULE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "models"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_and_its_functions_stay_small(path: Path) -> None:
    """What does not fit is split by subject."""
    text = path.read_text()
    assert text.count("\n") <= MODULE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES_MAX, f"{node.name} in line {node.lineno}"


def test_no_room_has_a_drawer() -> None:
    """Code is split by subject, never by kind."""
    assert [p for p in MODULES if p.stem in DRAWERS or p.parent.name in DRAWERS] == []
