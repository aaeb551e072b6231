"""Fuzz the import of GIFT: no text may end in anything but questions of ours and findings.

By hand, with atheris installed, as `reading.py`:

    python tests/fuzz/gift.py -max_total_time=300
"""

from __future__ import annotations

import sys

import atheris
import msgspec

with atheris.instrument_imports(include=["practicum.authoring.exchange.gift"]):
    from practicum.authoring.exchange.gift.reading import import_gift

from practicum.authoring.exchange.yaml_text import questions_text
from practicum.curriculum.question import AnyQuestion
from practicum.labs.text_file import text_of
from practicum.labs.yaml_file import parse_yaml


def read(raw: bytes) -> None:
    """Import bytes as a file: what comes out is read again from YAML, and each finding is in a
    line of the file."""
    text, findings = text_of(raw, "fuzzed.gift")
    if text is None:
        assert findings
        return
    found = import_gift(text, "fuzzed.gift")
    for each in found.questions:
        msgspec.convert(each, AnyQuestion)
    last = text.count("\n") + 1
    assert all(0 < (each.line or 0) <= last for each in (*found.left_out, *found.lost))
    if found.questions:
        yaml, _ = parse_yaml(f"questions:\n{questions_text(found.questions)}", "q.yaml")
        assert yaml is not None
        assert yaml.document["questions"] == list(found.questions)


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
