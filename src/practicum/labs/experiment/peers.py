"""Where the services of a range that is up are reached."""

from __future__ import annotations

from collections.abc import Mapping

from practicum.servers.control import RangeStatus


def addresses(status: RangeStatus) -> Mapping[str, str]:
    """The base URL of each service."""
    return {
        member.service: f"http://{member.host}:{member.port}"
        for member in reversed(status.members)
        if member.kind == "service"
    }
