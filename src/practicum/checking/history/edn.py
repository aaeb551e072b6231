"""Read EDN, the notation of Clojure in which Jepsen writes its histories.

Everything of github.com/edn-format/edn is read, and what Clojure's printer adds (metadata,
records, namespaced maps, ``##Inf``). Keywords and symbols become words without their colon,
lists and vectors tuples, maps ``Table``; a tag is dropped and its value kept. The reader keeps
its own stack, so that no text can exhaust Python's.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from fractions import Fraction

from practicum.checking.history.building import HistoryError
from practicum.checking.history.values import DEPTH_MAX, frozen

TOKEN = re.compile(
    r"""(?P<blank>[\s,]+|;[^\n]*)
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<char>\\(?:[a-zA-Z0-9]+|.))
    |(?P<drop>\#_|\^)
    |(?P<open>\#\{|[(\[{])
    |(?P<close>[)\]}])
    |(?P<tag>\#(?!\#)[^\s,()\[\]{}";\#]*)
    |(?P<atom>[^\s,()\[\]{}";]+)""",
    re.VERBOSE | re.DOTALL,
)
INTEGER = re.compile(r"[+-]?\d+N?\Z", re.ASCII)
RATIO = re.compile(r"[+-]?\d+/\d+\Z", re.ASCII)
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?\Z", re.ASCII)
WORDS = {"nil": None, "true": True, "false": False}
SYMBOLIC = {"##Inf": float("inf"), "##-Inf": float("-inf"), "##NaN": float("nan")}
CHARACTERS = {"newline": "\n", "space": " ", "tab": "\t", "return": "\r", "formfeed": "\f"}
CLOSES = {"(": ")", "[": "]", "{": "}", "#{": "}"}
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\"}
DIGITS_MAX = 1000


class Table(dict[Hashable, object]):
    """A map, and the line where it begins."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


class _Frame:
    """A collection that is still open. ``drops`` forms are to come that do not count."""

    __slots__ = ("drops", "items", "line", "opened", "tagged")

    def __init__(self, opened: str, line: int) -> None:
        self.opened, self.line = opened, line
        self.items: list[object] = []
        self.drops = 0
        self.tagged = False

    def add(self, form: object) -> None:
        self.tagged = False
        if self.drops:
            self.drops -= 1
        else:
            self.items.append(form)


def read_edn(text: str, name: str = "history") -> list[object]:
    """All forms of a text. Raises ``HistoryError``, which names the line, for what is no EDN."""
    top = _Frame("", 1)
    stack = [top]
    line, position, end = 1, 0, len(text)
    try:
        while position < end:
            found = TOKEN.match(text, position)
            if found is None:
                raise ValueError("a text in quotes has no end")
            _take(stack, found, line)
            line += text.count("\n", position, found.end())
            position = found.end()
        if len(stack) > 1:
            line = stack[-1].line
            raise ValueError(f"{stack[-1].opened} is never closed")
        _ended(top)
    except (ValueError, TypeError) as error:
        raise HistoryError([f"{name}:{line}: {error}"]) from None
    return top.items


def _take(stack: list[_Frame], found: re.Match[str], line: int) -> None:
    frame = stack[-1]
    kind, word = found.lastgroup, found[0]
    if kind == "atom":
        frame.add(_atom(word))
    elif kind == "open":
        if len(stack) > DEPTH_MAX:
            raise ValueError(f"forms are nested more than {DEPTH_MAX} deep")
        stack.append(_Frame(word, line))
    elif kind == "close":
        if CLOSES.get(frame.opened) != word:
            raise ValueError(f"{word} closes nothing that is open")
        _ended(frame)
        stack.pop()
        stack[-1].add(_collection(frame))
    elif kind == "string":
        frame.add(ESCAPE.sub(_escaped, word[1:-1]))
    elif kind == "char":
        frame.add(_character(word[1:]))
    elif kind == "drop":
        frame.drops += 1
    elif kind == "tag":
        frame.tagged = True


def _ended(frame: _Frame) -> None:
    if frame.drops or frame.tagged:
        raise ValueError("a tag, #_ or ^ stands before nothing")


def _atom(word: str) -> object:
    if word[0] == ":" and len(word) > 1:
        return word[1:]
    if word in WORDS:
        return WORDS[word]
    if word in SYMBOLIC:
        return SYMBOLIC[word]
    if not (word[0].isdigit() or (word[0] in "+-" and word[1:2].isdigit())):
        return word
    if len(word) > DIGITS_MAX:
        raise ValueError(f"a number has more than {DIGITS_MAX} digits")
    if INTEGER.match(word):
        return int(word.rstrip("N"))
    if NUMBER.match(word):
        return float(word.rstrip("M"))
    if RATIO.match(word) and int(word.partition("/")[2]):
        return Fraction(word)
    raise ValueError(f"{word} is no number")


def _character(word: str) -> str:
    if len(word) == 1:
        return word
    if word in CHARACTERS:
        return CHARACTERS[word]
    if re.fullmatch("u[0-9a-fA-F]{4}", word):
        return chr(int(word[1:], 16))
    raise ValueError(f"\\{word} is no character")


def _escaped(found: re.Match[str]) -> str:
    word = found[1]
    if len(word) == 5:
        return chr(int(word[1:], 16))
    if word not in ESCAPES:
        raise ValueError(f"\\{word} means nothing in a text")
    return ESCAPES[word]


def _collection(frame: _Frame) -> object:
    if frame.opened in ("(", "["):
        return tuple(frame.items)
    if frame.opened == "#{":
        return frozenset([frozen(each) for each in frame.items])
    if len(frame.items) % 2:
        raise ValueError("a map has a key without a value")
    table = Table(frame.line)
    for name, value in zip(frame.items[::2], frame.items[1::2], strict=True):
        table[frozen(name)] = value
    return table
