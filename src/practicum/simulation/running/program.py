"""A protocol file: code for nodes and clients, and the checks that judge what they did.

A file has ``async def node(node)`` and ``async def client(client)``, checks (functions whose
names begin with ``check``, given the history), and perhaps ``async def finish(client)``, which
must come to its end once all faults are over. Constants in capitals say how large the world is.

Every life of a node has the file's modules to itself, as processes have: what is kept in a
global variable is gone after a crash, and no node sees another's.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import msgspec

from practicum.faults.fault import SIMULATED

NODES_MAX, CLIENTS_MAX = 1000, 1000
_NAME = re.compile(r"[a-z][\w.-]{0,99}")
_UNUSUAL = ("disk", "lie")
"""Kinds of faults that few protocols survive: only those that name them get them."""
_SIZES = {"DURATION_S": 10.0, "SETTLE_S": 2.0, "PATIENCE_S": 10.0}


class ProgramError(ValueError):
    """A protocol file cannot be used; the message names file and line and says what to do."""


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a protocol file, ``main``, and of the files beside it that it imports."""

    main: str
    files: dict[str, str]

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of each file."""
        return {
            name: hashlib.sha256(text.encode()).hexdigest() for name, text in self.files.items()
        }


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """How large a world is. Seconds: ``duration_s`` with faults, then ``settle_s`` without any,
    then at most ``patience_s`` for ``finish``. ``kinds`` of faults may happen."""

    nodes: tuple[str, ...]
    clients: tuple[str, ...]
    duration_s: float
    settle_s: float
    patience_s: float
    kinds: tuple[str, ...]
    finishes: bool


def read_sources(path: Path) -> Sources:
    """A protocol file and what it imports from its own folder; `ProgramError`."""
    files: dict[str, str] = {}
    pending = [path]
    while pending:
        each = pending.pop()
        if each.name in files:
            continue
        try:
            files[each.name] = each.read_text("utf-8")
        except OSError as error:
            raise ProgramError(f"{each} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ProgramError(f"{each} is not text in UTF-8: save it as that") from error
        names = _imported(files[each.name], each.name)
        beside = (path.parent / f"{name}.py" for name in names)
        pending += [other for other in beside if other.is_file()]
    return Sources(main=path.name, files=dict(sorted(files.items())))


def _imported(text: str, name: str) -> Iterator[str]:
    for node in ast.walk(_parsed(text, name)):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _parsed(text: str, name: str) -> ast.Module:
    try:
        return ast.parse(text, name)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ProgramError(f"{name}:{line}: this is not Python: {error}") from error


class Program:
    """A protocol file, compiled once and loaded for every life of every node."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._main = sources.main.removesuffix(".py")
        self._codes: dict[str, CodeType] = {}
        for name, text in sources.files.items():
            if name.removesuffix(".py") in sys.stdlib_module_names:
                raise ProgramError(f"{name} is called like a module of Python: rename it")
            _parsed(text, name)
            code = compile(text, name, "exec", dont_inherit=True)
            self._codes[name.removesuffix(".py")] = code

    def load(self, say: Callable[..., None]) -> dict[str, Any]:
        """Run the file anew; what it defines. ``say`` is its ``print``."""
        return _Loading(self._codes, say).module(self._main).__dict__

    def forget(self) -> None:
        """Take its modules out of Python's table again."""
        for name in self._codes:
            found = sys.modules.get(name)
            if found is not None and getattr(found, "__file__", None) == f"{name}.py":
                del sys.modules[name]

    def traits(self, defined: dict[str, Any]) -> Traits:
        """What the file says of the world; `ProgramError` for what cannot be."""
        for name in ("node", *(["finish"] if "finish" in defined else [])):
            self._insist(callable(defined.get(name)), f"async def {name}(...)", "write one")
        found = {
            name: self._number(defined.get(name, usual), name) for name, usual in _SIZES.items()
        }
        kinds = defined.get("FAULTS", tuple(each for each in SIMULATED if each not in _UNUSUAL))
        self._insist(
            isinstance(kinds, tuple | list) and set(kinds) <= SIMULATED.keys(),
            f"FAULTS = {kinds!r}",
            f"name some of {', '.join(SIMULATED)}",
        )
        clients = self._names(defined.get("CLIENTS", 2 if "client" in defined else 0), "c")
        self._insist(
            not clients or callable(defined.get("client")), "async def client(client)", "write one"
        )
        self._insist(
            bool(checks_of(defined)), "def check(history)", "write one, or nothing is ever wrong"
        )
        nodes = self._names(defined.get("NODES", 3), "n")
        everybody = [*nodes, *clients, "finish"]
        twice = sorted({name for name in everybody if everybody.count(name) > 1})
        self._insist(not twice, f"the name {', '.join(twice)}", "use it once (finish is the last)")
        return Traits(
            nodes=nodes,
            clients=clients,
            duration_s=found["DURATION_S"],
            settle_s=found["SETTLE_S"],
            patience_s=found["PATIENCE_S"],
            kinds=tuple(kinds),
            finishes="finish" in defined,
        )

    def _number(self, value: Any, name: str) -> float:
        fits = isinstance(value, int | float) and 0.01 <= value <= 86_400
        self._insist(fits, f"{name} = {value!r}", "say a number of seconds, at least 0.01")
        return float(value)

    def _names(self, value: Any, letter: str) -> tuple[str, ...]:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= NODES_MAX:
            return tuple(f"{letter}{number}" for number in range(1, value + 1))
        fits = isinstance(value, tuple | list) and all(
            isinstance(name, str) and _NAME.fullmatch(name) for name in value
        )
        say = f"say how many (at most {NODES_MAX}), or names in small letters"
        self._insist(fits and len(value) <= NODES_MAX, f"{value!r:.200} for names", say)
        return tuple(value)

    def _insist(self, holds: bool, what: str, remedy: str) -> None:
        if not holds:
            raise ProgramError(f"{self.sources.main}: {what} is missing or wrong: {remedy}")


def checks_of(defined: dict[str, Any]) -> dict[str, Callable[[Any], Any]]:
    """The checks that a file defines itself (and does not import), by their names."""
    return {
        name: value
        for name, value in defined.items()
        if name.startswith("check")
        and getattr(getattr(value, "__code__", None), "co_filename", "") == defined["__file__"]
    }


class _Loading:
    """One life's modules."""

    def __init__(self, codes: dict[str, CodeType], say: Callable[..., None]) -> None:
        self._codes = codes
        self._modules: dict[str, ModuleType] = {}
        self._builtins = {**vars(builtins), "print": say, "__import__": self._import}

    def module(self, name: str) -> ModuleType:
        """A module of this life, run when it is first asked for."""
        if name not in self._modules:
            module = self._modules[name] = ModuleType(name)
            module.__file__ = f"{name}.py"
            module.__dict__["__builtins__"] = self._builtins
            sys.modules[name] = module  # dataclasses, for one, look there
            exec(self._codes[name], module.__dict__)
        return self._modules[name]

    def _import(
        self,
        name: str,
        names: Any = None,
        places: Any = None,
        wanted: Any = (),
        level: int = 0,
    ) -> Any:
        if level == 0 and name in self._codes:
            return self.module(name)
        return __import__(name, names, places, wanted, level)
