"""Cards as a package for Anki (https://apps.ankiweb.net), which whoever has it may import.

A package is a ZIP with a database of Anki's schema 11, which every version since 2.1 reads. A
note's guid is made of the card's id, so that a later import finds it, changes what changed and
keeps what Anki knows of her memory. What Practicum knows of it stays here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from practicum.labs.finding import CannotBeUsed
from practicum.learner.memory.deck import Prompt
from practicum.servers.home import write_atomically

COLLECTION, MEDIA = "collection.anki2", "media"
NOTE_TYPE_ID = 1_764_115_200_001
"""Of the kind of note that we write; what Anki recognises it by."""

DECK = "Practicum"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_GUID_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_GUID_LENGTH = 12
_SEPARATOR = "\x1f"
_SCHEMA = """
CREATE TABLE col (id integer PRIMARY KEY, crt integer NOT NULL, mod integer NOT NULL,
  scm integer NOT NULL, ver integer NOT NULL, dty integer NOT NULL, usn integer NOT NULL,
  ls integer NOT NULL, conf text NOT NULL, models text NOT NULL, decks text NOT NULL,
  dconf text NOT NULL, tags text NOT NULL);
CREATE TABLE notes (id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL,
  mod integer NOT NULL, usn integer NOT NULL, tags text NOT NULL, flds text NOT NULL,
  sfld integer NOT NULL, csum integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
CREATE TABLE cards (id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL,
  ord integer NOT NULL, mod integer NOT NULL, usn integer NOT NULL, type integer NOT NULL,
  queue integer NOT NULL, due integer NOT NULL, ivl integer NOT NULL, factor integer NOT NULL,
  reps integer NOT NULL, lapses integer NOT NULL, left integer NOT NULL, odue integer NOT NULL,
  odid integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
CREATE TABLE revlog (id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL,
  ease integer NOT NULL, ivl integer NOT NULL, lastIvl integer NOT NULL, factor integer NOT NULL,
  time integer NOT NULL, type integer NOT NULL);
CREATE TABLE graves (usn integer NOT NULL, oid integer NOT NULL, type integer NOT NULL);
CREATE INDEX ix_notes_usn ON notes (usn);
CREATE INDEX ix_cards_usn ON cards (usn);
CREATE INDEX ix_revlog_usn ON revlog (usn);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_cards_sched ON cards (did, queue, due);
CREATE INDEX ix_revlog_cid ON revlog (cid);
CREATE INDEX ix_notes_csum ON notes (csum);
"""
_CSS = ".card { font-family: sans-serif; font-size: 18px; text-align: left; max-width: 40em; }"


def package(prompts: Iterable[Prompt], now: dt.datetime) -> bytes:
    """The package of these prompts, which she rates herself; one deck for each module.

    Anki takes over what changed if ``now`` is later than that of the import before.
    """
    written = list(prompts)
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(_SCHEMA)
        _write(database, written, int(now.timestamp()))
        database.commit()
        collection = database.serialize()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(COLLECTION, _ZIP_TIME), collection)
        archive.writestr(zipfile.ZipInfo(MEDIA, _ZIP_TIME), "{}")
    return file.getvalue()


def write_package(path: Path, data: bytes) -> None:
    """Write a package, whole or not at all. CannotBeUsed if there is no place for it."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise CannotBeUsed(f"{path} cannot be written ({error.strerror}): name another") from error


def guid_of(name: str) -> str:
    """What Anki knows a card by, made of its id: 71 bits in letters and digits."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big")
    letters = []
    for _ in range(_GUID_LENGTH):
        number, place = divmod(number, len(_GUID_LETTERS))
        letters.append(_GUID_LETTERS[place])
    return "".join(letters)


def _write(database: sqlite3.Connection, prompts: Sequence[Prompt], now_s: int) -> None:
    decks = {each.module: _deck_name(each.module) for each in prompts}
    columns = (1, now_s, now_s * 1000, now_s * 1000, 11, 0, 0, 0)
    documents: tuple[Any, ...] = (
        {"nextPos": 1, "curDeck": 1, "activeDecks": [1]},
        {str(NOTE_TYPE_ID): _note_type(now_s)},
        {"1": _deck(1, "Default", now_s)}
        | {str(_number(name)): _deck(_number(name), name, now_s) for name in decks.values()},
        {"1": _options(now_s)},
        {},
    )
    row = (*columns, *(json.dumps(each) for each in documents))
    database.execute(f"INSERT INTO col VALUES ({', '.join('?' * len(row))})", row)
    for place, prompt in enumerate(prompts, start=1):
        number = _number(prompt.name)
        front, back = _html(prompt.front), _html(prompt.back)
        plain = re.sub(r"<[^>]*>", "", front)
        checksum = int(hashlib.sha1(plain.encode(), usedforsecurity=False).hexdigest()[:8], 16)
        fields = _SEPARATOR.join((front, back, _html(prompt.name)))
        tags = f" practicum {prompt.module.replace('/', '::')} "
        note = (number, guid_of(prompt.name), NOTE_TYPE_ID, now_s, -1, tags, fields, plain)
        database.execute(
            "INSERT INTO notes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')", (*note, checksum)
        )
        database.execute(
            "INSERT INTO cards VALUES (?, ?, ?, 0, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')",
            (number, number, _number(decks[prompt.module]), now_s, place),
        )


def _number(name: str) -> int:
    """A positive number that stands for a name: 48 bits of its hash."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") | 1 << 40


def _deck_name(module: str) -> str:
    return "::".join((DECK, *module.split("/")))


def _html(text: str) -> str:
    """Plain text as Anki shows it."""
    return html.escape(text.replace(_SEPARATOR, " "), quote=False).replace("\n", "<br>")


def _deck(number: int, name: str, now_s: int) -> dict[str, Any]:
    today = {each: [0, 0] for each in ("newToday", "revToday", "lrnToday", "timeToday")}
    return {
        "id": number,
        "name": name,
        "mod": now_s,
        "usn": -1,
        "desc": "",
        "dyn": 0,
        "conf": 1,
        "collapsed": False,
        "browserCollapsed": False,
        "extendNew": 0,
        "extendRev": 0,
        **today,
    }


def _note_type(now_s: int) -> dict[str, Any]:
    look = {"font": "Arial", "size": 20, "rtl": False, "sticky": False, "media": []}
    names = ("Front", "Back", "Practicum")
    template = {
        "name": "Recall",
        "ord": 0,
        "qfmt": "{{Front}}",
        "afmt": "{{FrontSide}}<hr id=answer>{{Back}}",
        "bqfmt": "",
        "bafmt": "",
        "did": None,
    }
    return {
        "id": NOTE_TYPE_ID,
        "name": "Practicum",
        "type": 0,
        "mod": now_s,
        "usn": -1,
        "sortf": 0,
        "did": 1,
        "tmpls": [template],
        "flds": [{"name": name, "ord": place, **look} for place, name in enumerate(names)],
        "css": _CSS,
        "latexPre": "",
        "latexPost": "",
        "req": [[0, "all", [0]]],
        "tags": [],
        "vers": [],
    }


def _options(now_s: int) -> dict[str, Any]:
    """How the decks are studied: Anki's own habits."""
    return {
        "id": 1,
        "name": "Default",
        "mod": now_s,
        "usn": 0,
        "maxTaken": 60,
        "autoplay": True,
        "timer": 0,
        "replayq": True,
        "dyn": False,
        "new": {
            "bury": True,
            "delays": [1, 10],
            "initialFactor": 2500,
            "ints": [1, 4, 7],
            "order": 1,
            "perDay": 20,
            "separate": True,
        },
        "rev": {
            "bury": True,
            "ease4": 1.3,
            "fuzz": 0.05,
            "ivlFct": 1,
            "maxIvl": 36500,
            "minSpace": 1,
            "perDay": 200,
        },
        "lapse": {
            "delays": [10],
            "leechAction": 0,
            "leechFails": 8,
            "minInt": 1,
            "mult": 0,
        },
    }
