"""Where a learner's days begin is told by her environment, or by her machine."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from practicum.study.zone import local_zone


def test_the_zone_is_that_of_the_environment_or_of_the_machine(tmp_path: Path) -> None:
    """TZ first; then what /etc/localtime points at; a name that is none is passed over."""
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Asia/Kathmandu")
    assert local_zone({"TZ": "Europe/Berlin"}, link) == ZoneInfo("Europe/Berlin")
    assert local_zone({"TZ": ":Europe/Berlin"}, link) == ZoneInfo("Europe/Berlin")
    assert local_zone({}, link) == ZoneInfo("Asia/Kathmandu")
    assert local_zone({"TZ": "Nowhere/Land"}, link) == ZoneInfo("Asia/Kathmandu")


def test_a_machine_without_a_named_zone_has_an_offset(tmp_path: Path) -> None:
    """That of its clock now."""
    zone = local_zone({}, tmp_path / "none")
    assert dt.datetime.now(zone).utcoffset() == dt.datetime.now().astimezone().utcoffset()
