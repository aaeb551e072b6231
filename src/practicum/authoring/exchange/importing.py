"""Questions of a GIFT file into a file of ours."""

from __future__ import annotations

from pathlib import Path

import msgspec

from practicum.authoring.exchange.gift.reading import Imported, import_gift
from practicum.authoring.exchange.yaml_text import questions_text
from practicum.authoring.scaffolding import grow, listed_in, place_files
from practicum.labs.finding import CannotBeUsed
from practicum.labs.text_file import read_text
from practicum.labs.yaml_file import BYTES_MAX

_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf")
LISTED = "questions"


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What was imported, as the text of a list of questions; ``into`` is the file that has it
    now, None if none was named."""

    imported: Imported
    text: str
    into: Path | None


def bring(path: Path, into: Path | None = None) -> Brought:
    """The questions of a GIFT file, and with ``into`` at the end of that file as well, which is
    made if it is not there. A file is changed as a whole, or not at all.

    Raises CannotBeUsed for a file that cannot be read, holds no question that can be taken over,
    or cannot be added to.
    """
    _refuse_archive(path)
    text, findings = read_text(path, bytes_max=BYTES_MAX)
    if text is None:
        raise CannotBeUsed(f"{path} cannot be read:", findings=findings)
    before = _before(into)
    taken = [str(each.get("id")) for each in listed_in(before, into, LISTED)] if into else []
    imported = import_gift(text, str(path), taken)
    if not imported.questions:
        raise CannotBeUsed(
            f"{path} holds no question that can be taken over", findings=imported.left_out
        )
    entries = questions_text(imported.questions)
    if into is not None:
        after = f"{before.rstrip()}\n\n{entries}"
        if into.exists():
            grow(into, before, after, LISTED, len(taken) + len(imported.questions))
        else:
            place_files(into.parent, {into.name: f"{LISTED}:\n{entries}"})
    return Brought(imported=imported, text=f"{LISTED}:\n{entries}", into=into)


def _refuse_archive(path: Path) -> None:
    if not path.is_file():
        return  # A pipe would be waited for.
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError:
        return
    if head.startswith(_ARCHIVES):
        raise CannotBeUsed(f"{path} is an archive, not a text: take the GIFT file out of it")


def _before(into: Path | None) -> str:
    if into is None or not into.exists():
        return f"{LISTED}:\n"
    text, findings = read_text(into, bytes_max=BYTES_MAX)
    if text is None:
        raise CannotBeUsed(f"{into} cannot be added to:", findings=findings)
    return text
