"""Which record is meant: the home's own file, or a PostgreSQL database that somebody runs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

from practicum.archive.sql import SqlRecord
from practicum.archive.sqlite import FILE, SqliteRecord
from practicum.learner.record import RecordError

URL_VARIABLE = "PRACTICUM_ARCHIVE_URL"
_SCHEMES = ("postgresql://", "postgres://")


def open_record(home: Path, environ: Mapping[str, str]) -> SqlRecord:
    """The record that ``PRACTICUM_ARCHIVE_URL`` names, or that of the home. Nothing is opened
    before it is used. RecordError if the URL is none of a database that we know."""
    url = environ.get(URL_VARIABLE)
    if not url:
        return SqliteRecord(home / FILE)
    if not url.startswith(_SCHEMES):
        raise RecordError(
            f"{URL_VARIABLE} must begin with postgresql://: without it, the record lies in the home"
        )
    try:
        # Only who keeps the record in PostgreSQL needs its client.
        postgres = importlib.import_module("practicum.archive.postgres")
    except ImportError as error:
        raise RecordError(
            f"{URL_VARIABLE} needs a client for PostgreSQL ({error}): "
            "pip install 'practicum[postgres]'"
        ) from error
    record: SqlRecord = postgres.PostgresRecord(url)
    return record
