"""Numbers with units: ``30 ms`` and ``0.03 s`` say the same.

A unit is a dimension and a factor. Time, bytes, bits and percent are known with their prefixes;
whatever else is counted (orders, members) is a dimension of its own; a rate is one of these over
time or over another. Where both sides count something by name, the names must agree; an answer
may leave a name out.
"""

from __future__ import annotations

import functools
import math
import re

import msgspec

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_SPACED = re.compile(r"[+-]?[0-9]+(?:[ '_\u00a0\u202f][0-9]{3})+")
TIME, BYTES, BITS, SHARE = "time", "bytes", "bits", "share"

_TABLE: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("ns", "nanosecond"), (TIME, 1e-09)),
    **dict.fromkeys(("us", "µs", "μs", "microsecond"), (TIME, 1e-06)),
    **dict.fromkeys(("ms", "msec", "millisecond"), (TIME, 0.001)),
    **dict.fromkeys(("s", "sec", "second"), (TIME, 1.0)),
    **dict.fromkeys(("min", "minute"), (TIME, 60.0)),
    **dict.fromkeys(("h", "hr", "hour"), (TIME, 3600.0)),
    **dict.fromkeys(("d", "day"), (TIME, 86400.0)),
    **dict.fromkeys(("week",), (TIME, 604800.0)),
    **dict.fromkeys(("B", "byte"), (BYTES, 1.0)),
    **dict.fromkeys(("bit",), (BITS, 1.0)),
    **dict.fromkeys(("%", "percent", "per cent"), (SHARE, 0.01)),
    **dict.fromkeys(("‰", "per mille"), (SHARE, 0.001)),
}
_PREFIXES = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
_PREFIXES |= {f"{each}i": 1024.0**power for power, each in enumerate("KMGTP", start=1)}
for _prefix, _factor in _PREFIXES.items():
    _TABLE[f"{_prefix}B"] = (BYTES, _factor)
    _TABLE[f"{_prefix}bit"] = (BITS, _factor)
_FOLDED = {name.casefold(): unit for name, unit in _TABLE.items()}
_WELL_KNOWN = {"rps": "requests/s", "qps": "queries/s", "tps": "transactions/s", "hz": "/s"}
_BITS_OR_BYTES = re.compile(r"[kKmMgGtTpP]?i?b")
_SHORTER = {"req": "request", "msg": "message", "txn": "transaction", "tx": "transaction"}


class Unit(msgspec.Struct, frozen=True):
    """What is measured, and how many of its plainest unit one is. ``over`` is the lower side of
    a rate. A thing that is counted has its own name as its dimension; "" is a bare number."""

    dimension: str
    factor: float
    over: str = ""


class NotAQuantity(ValueError):
    """A text is no number, or no number of the unit that is asked for; the message says why."""


def quantity(said: float | str, unit: str) -> float:
    """A number in that unit. A bare number is taken in it; a text may name another of the same
    dimension. Raises NotAQuantity."""
    if not isinstance(said, str):
        return _finite(said)
    text = " ".join(said.replace("\u2212", "-").split())
    if _SPACED.match(text) or re.match(r"[+-]?[0-9]{1,3}(,[0-9]{3}){2,}", text):
        raise NotAQuantity("write all digits of a number without anything between them: 12000")
    if _COMMA.match(text):
        raise NotAQuantity("write a decimal point, not a comma, and nothing between thousands: 1.5")
    found = _NUMBER.match(text)
    if found is None:
        raise NotAQuantity("a number comes first, in digits")
    value, word = _finite(float(found[0])), text[found.end() :].strip()
    if not word:
        return value
    if not unit:
        wanted = Unit("", 1.0)
        if parse_unit(word).dimension != SHARE:
            raise NotAQuantity(f"the number alone is asked for, without {word!r}")
    else:
        wanted = parse_unit(unit)
    return _finite(value * _ratio(parse_unit(word), wanted, word, unit))


@functools.lru_cache(maxsize=500)
def parse_unit(word: str) -> Unit:
    """The unit of that name. Raises NotAQuantity for one that could be two."""
    word = _WELL_KNOWN.get(word.casefold(), word)
    above, slash, below = word.partition("/")
    if not slash:
        above, slash, below = word.partition(" per ")
        if word.startswith("per ") and not _known(word):
            above, slash, below = "", "per", word.removeprefix("per ")
    if not slash or _known(word):
        return _plain(word)
    top, bottom = _plain(above.strip()), _plain(below.strip())
    if bottom.dimension == "":
        raise NotAQuantity(f"{word!r} does not say per what")
    return Unit(top.dimension, top.factor / bottom.factor, bottom.dimension)


def _known(word: str) -> tuple[str, float] | None:
    if word in _TABLE:
        return _TABLE[word]
    if _BITS_OR_BYTES.fullmatch(word):
        raise NotAQuantity(f"{word!r} could be bits or bytes: write {word[:-1]}bit or {word[:-1]}B")
    folded = word.casefold()
    return _FOLDED.get(folded) or _FOLDED.get(folded.removesuffix("s"))


def _plain(word: str) -> Unit:
    if found := _known(word):
        return Unit(*found)
    counted = word.casefold()
    counted = counted.removesuffix("s") if len(counted) > 2 else counted
    return Unit(_SHORTER.get(counted, counted), 1.0)


def _ratio(said: Unit, wanted: Unit, word: str, unit: str) -> float:
    """How many of the unit asked for one of the unit said is."""
    measured = {TIME, BYTES, BITS, SHARE}
    if said.over != wanted.over:
        raise NotAQuantity(f"{word!r} is not a unit that {unit!r} can be told in")
    same = said.dimension == wanted.dimension
    loose = "" in (said.dimension, wanted.dimension)
    loose = loose and not {said.dimension, wanted.dimension} & (measured - {SHARE})
    if {said.dimension, wanted.dimension} == {BYTES, BITS}:
        bits = 8.0 if said.dimension == BYTES else 1 / 8
        return said.factor * bits / wanted.factor
    if not same and not loose:
        raise NotAQuantity(f"{word!r} is not a unit that {unit!r} can be told in")
    return said.factor / wanted.factor


def _finite(value: float) -> float:
    try:
        number = float(value)
    except OverflowError as error:
        raise NotAQuantity("the number is too large") from error
    if not math.isfinite(number):
        raise NotAQuantity("the number is too large, or none at all")
    return number
