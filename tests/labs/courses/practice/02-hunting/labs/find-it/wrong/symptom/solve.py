"""Finds an answer: wrong/symptom."""

from pathlib import Path

Path("answer.yaml").write_text("service: symptom\n")
