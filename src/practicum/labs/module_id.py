"""What a module's folder is called: by the front matter of its text, which stays when folders
are renumbered and renamed, or by the folder's name where there is no text yet."""

from __future__ import annotations

import re
from pathlib import Path

MODULE_FILE = "module.md"
_HEAD_BYTES = 64_000
_NUMBER = re.compile(r"^[0-9]+-")
_ID = re.compile(r"^id:[ \t]*[\"']?([a-z0-9]+(?:-[a-z0-9]+)*)[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)


def front_id(text: str) -> str:
    """The id that a module's text gives itself; empty if it gives none."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if not lines.startswith("---\n"):
        return ""
    found = _ID.search(lines[4:].partition("\n---")[0])
    return found[1] if found else ""


def module_id(folder: Path) -> str:
    """The id, within its course, of the module in a folder."""
    return _id_in_text(folder / MODULE_FILE) or _NUMBER.sub("", folder.name)


def _id_in_text(path: Path) -> str:
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return front_id(file.read(_HEAD_BYTES).decode("utf-8", errors="replace"))
    except OSError:
        return ""
