"""The reference is generated, and what is registered is documented."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_reference_is_what_the_registries_say() -> None:
    """Run ``python docs/reference.py`` after changing a command, an error or a crash point."""
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    for name, text in reference.pages():
        assert (DOCS / "reference" / name).read_text() == text, name
