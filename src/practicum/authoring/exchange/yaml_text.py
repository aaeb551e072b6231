"""Questions as ``questions.yaml`` holds them, as a person would have written it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

WIDTH = 96


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, lists below their names."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def questions_text(questions: Sequence[dict[str, Any]]) -> str:
    """The entries of the list, without its name, indented by two."""
    entries = []
    for each in questions:
        text = yaml.dump([each], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
        entries.append(
            "".join(f"  {line}" if line.strip() else line for line in text.splitlines(True))
        )
    return "\n".join(entries)
