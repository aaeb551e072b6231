"""Read a file that a person wrote: UTF-8, of a sensible size, in its place, and without
characters that no editor shows."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from practicum.labs.finding import Finding

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = "\ufeff"
# Control characters but tab and newline; line breaks that only some programs see as such; and
# marks that turn the direction of writing, so that code is read otherwise than it runs.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)


def read_text(
    path: Path, *, bytes_max: int, within: Path | None = None
) -> tuple[str | None, list[Finding]]:
    """The text of a file, its lines ended by ``\\n`` and without a byte order mark; None with
    what is wrong if it cannot be used. A symbolic link must not lead out of ``within``."""
    said, remedy = _refused(path, bytes_max, within)
    if not said:
        try:
            return text_of(path.read_bytes(), str(path))
        except OSError as error:
            said, remedy = _failed(error)
    return None, [Finding(file=str(path), message=said, remedy=remedy)]


def _refused(path: Path, bytes_max: int, within: Path | None) -> tuple[str, str]:
    """What speaks against reading the file at all, and what to do; twice "" if nothing."""
    try:
        if within is not None and not path.resolve().is_relative_to(within.resolve()):
            said = f"it is, or lies behind, a symbolic link that leaves {within.name}"
            return said, "put the file itself there"
        found = path.stat()
    except (OSError, RuntimeError, ValueError) as error:
        return _failed(error)
    if not stat.S_ISREG(found.st_mode):
        return "it is no file", "put a file there"
    if found.st_size > bytes_max:
        size = f"it is larger than {bytes_max / 1_000_000:g} MB"
        return size, "keep it small"
    return "", ""


def _failed(error: Exception) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError):
        return "there is no such file", "write it"
    said = getattr(error, "strerror", None) or error
    return f"it cannot be read ({said})", "make it a readable file"


def text_of(raw: bytes, name: str) -> tuple[str | None, list[Finding]]:
    """The text that bytes stand for; see `read_text`."""
    if raw.startswith(_UTF_16):
        said = "it is UTF-16, not UTF-8"
        return None, [Finding(file=name, line=1, message=said, remedy="save the file as UTF-8")]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        said = f"byte {error.start} is not UTF-8"
        return None, [Finding(file=name, line=line, message=said, remedy="save the file as UTF-8")]
    text = text.removeprefix(_BOM).replace("\r\n", "\n").replace("\r", "\n")
    if unseen := _UNSEEN.search(text):
        line = text.count("\n", 0, unseen.start()) + 1
        said = f"here stands a character that cannot be seen, U+{ord(unseen[0]):04X}"
        return None, [Finding(file=name, line=line, message=said, remedy="take it out")]
    return text, []
