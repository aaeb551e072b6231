"""The time zone in which a learner's days begin."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from pathlib import Path

ZONE_VARIABLE = "TZ"
_LOCALTIME = Path("/etc/localtime")


def local_zone(environ: Mapping[str, str], localtime: Path = _LOCALTIME) -> dt.tzinfo:
    """The zone that ``TZ`` names, or else the machine's; where it has no name, the offset that
    its clock has now."""
    for name in (environ.get(ZONE_VARIABLE, "").removeprefix(":"), _name_of(localtime)):
        if name:
            try:
                return zoneinfo.ZoneInfo(name)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return dt.datetime.now().astimezone().tzinfo or dt.UTC


def _name_of(localtime: Path) -> str:
    try:
        return str(localtime.readlink()).rpartition("zoneinfo/")[2]
    except OSError:
        return ""
