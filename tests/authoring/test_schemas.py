"""Editors that know JSON Schema help who writes a module."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", ["module", "questions", "cards", "exam"])
def test_every_field_of_a_modules_file_says_what_it_means(name: str) -> None:
    """In its schema, which knows no other fields."""
    schema = json.loads((REFERENCE / f"{name}.schema.json").read_text())
    for struct, definition in schema["$defs"].items():
        assert definition["additionalProperties"] is False
        for field, said in definition["properties"].items():
            told = said.get("description") or field == "kind"
            assert told, f"{struct}.{field}: write it into curriculum/meanings.py"
