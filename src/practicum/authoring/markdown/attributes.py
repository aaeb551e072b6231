"""What stands after the kind of a container, or after the language of a fence:
``key=value``, ``key="value with spaces"``, and bare words."""

from __future__ import annotations

import re

import msgspec

_ITEM = re.compile(
    r'\s*(?:([A-Za-z][\w-]*)=(?:"([^"]*)"(?=\s|$)|([^\s"]+)(?=\s|$))|([^\s="]+)(?=\s|$))'
)


class Attributes(msgspec.Struct, frozen=True):
    """``named`` values, bare ``words`` in order, what stands ``twice``, and the ``rest`` from
    where the text could not be read on."""

    named: dict[str, str]
    words: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    rest: str = ""


def read_attributes(text: str) -> Attributes:
    """The attributes of a text; never an error."""
    named: dict[str, str] = {}
    words, twice, at = [], [], 0
    while text[at:].strip():
        found = _ITEM.match(text, at)
        if found is None:
            break
        key, quoted, bare, word = found.groups()
        if key is None:
            words.append(word)
        elif key in named:
            twice.append(key)
        else:
            named[key] = quoted if quoted is not None else bare
        at = found.end()
    return Attributes(named, tuple(words), tuple(twice), text[at:].strip())
