"""Finds an answer: wrong/blind."""

from pathlib import Path

Path("answer.yaml").write_text("service: blind\n")
