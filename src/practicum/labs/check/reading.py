"""What can be told about somebody's file by reading it, before anything of it runs."""

from __future__ import annotations

import ast
import difflib
import warnings
from pathlib import Path

import msgspec

from practicum.labs.check.imports import names_defined, names_wanted

FILE_BYTES_MAX = 1_000_000
_NEXT = "save the file, and check again"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a file cannot be checked yet: where, what, and what to do about it."""

    file: str
    line: int | None = None
    message: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.message}\n{self.remedy}"


def read_file(path: Path, module: str) -> list[Problem]:
    """What is wrong with the file that is to stand in for the module; nothing is run."""
    name = path.name
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            remedy = "a lab's file has a few hundred lines: is it the right one?"
            return [Problem(file=name, message="is larger than 1 MB", remedy=remedy)]
        source = path.read_bytes()
    except FileNotFoundError:
        remedy = "`practicum lab reset` brings the lab's own back; your other files are kept aside"
        return [Problem(file=name, message="is missing", remedy=remedy)]
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        return [Problem(file=name, message=message, remedy="see to its permissions")]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, str(path))
            compile(tree, str(path), "exec")
    except SyntaxError as error:
        return [_syntax(name, error)]
    except (ValueError, MemoryError, RecursionError) as error:
        message = f"is not a Python program ({error or 'it is nested too deeply'})"
        return [Problem(file=name, message=message, remedy=f"write it anew as plain text; {_NEXT}")]
    return _missing_names(name, module, tree)


def _syntax(file: str, error: SyntaxError) -> Problem:
    shown = ""
    if error.text:
        line = error.text.rstrip("\n")
        bare = line.lstrip()
        # Tabs before the mark would move it: the line is shown from its first character on.
        at = max((error.offset or 1) - 1 - (len(line) - len(bare)), 0)
        shown = f"\n    {bare}\n    {' ' * at}^"
    return Problem(
        file=file, line=error.lineno, message=f"{error.msg}{shown}", remedy=_advice(error)
    )


def _advice(error: SyntaxError) -> str:
    said = error.msg
    if isinstance(error, IndentationError):
        return f"give the lines of a block the same indentation, four spaces a level; {_NEXT}"
    if "was never closed" in said or "EOF" in said:
        return f"close what this line opens; {_NEXT}"
    if "outside" in said:
        return f"move the line into the function that it belongs to; {_NEXT}"
    if "expected ':'" in said:
        return f"end the line with a colon; {_NEXT}"
    if "null bytes" in said:
        return f"write it anew as plain text; {_NEXT}"
    if "codec" in said or "encoding" in said:
        return f"save the file as UTF-8 text; then {_NEXT.partition(', ')[2]}"
    return f"correct this line, or the one before it where something may be missing; {_NEXT}"


def _missing_names(file: str, module: str, tree: ast.Module) -> list[Problem]:
    defined = names_defined(tree)
    if defined is None:
        return []
    found = []
    for name, takers in sorted(names_wanted(module).items()):
        if name not in defined:
            more = f" and {len(takers) - 1} more" if len(takers) > 1 else ""
            message = f"{name} is missing: {takers[0]}{more} needs it"
            found.append(Problem(file=file, message=message, remedy=_instead(name, defined)))
    return found


def _instead(name: str, defined: frozenset[str]) -> str:
    near = difflib.get_close_matches(name, sorted(defined), n=1, cutoff=0.6)
    if near:
        return f"the file has {near[0]}: did you mean {name}? Others know it by that name only"
    return f"define {name} again; `practicum lab diff` shows what you changed"
