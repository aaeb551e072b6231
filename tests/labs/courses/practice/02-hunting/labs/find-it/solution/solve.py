"""Finds an answer: solution."""

from pathlib import Path

Path("answer.yaml").write_text("service: solution\n")
