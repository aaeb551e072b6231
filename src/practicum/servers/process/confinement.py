"""Keep processes that run somebody's own files within bounds, and say plainly when they leave
them.

Most limits the process sets itself before it loads the files (`service.live.limits`). From
outside are watched those which it could get around, or which the kernel cannot count for it: how
many processes it has become, how much memory they really use, how fast its log grows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable

from practicum.servers.guardian import Table, process_table, tree
from practicum.servers.process.child import Child
from practicum.servers.process.logs import curb
from practicum.servers.process.member import Member
from practicum.servers.process.usage import pss_bytes, rss_bytes

PROCESSES_MAX = 64
MEMORY_BYTES_MAX = 1 << 30
LOG_BYTES_MAX = 2_000_000
LOG_BYTES_KEPT = 500_000
_LOOK_EVERY_S = 0.2
_log = logging.getLogger("practicum.supervisor")


async def watch_confined(members: Iterable[Member]) -> None:
    """Look after the confined among them, until cancelled."""
    watched = tuple(members)
    dropped: dict[Child, int] = {}
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        confined = {m: m.child for m in watched if m.child is not None and m.child.confined}
        dropped = {child: dropped.get(child, 0) for child in confined.values()}
        table = process_table() if confined else {}
        for member, child in confined.items():
            with contextlib.suppress(OSError):  # a full disk must not end the watch
                dropped[child] += _keep_log_small(member, child, dropped[child])
            reason = _too_much(table, child)
            if reason:
                _log.warning("%s %s", member.plan.name, reason)
                await member.end_for(reason)


def _keep_log_small(member: Member, child: Child, dropped: int) -> int:
    """How much was dropped now. The process stands still meanwhile, or what it writes would
    come before what was written earlier."""
    path = member.plan.log
    if path.stat().st_size <= LOG_BYTES_MAX:
        return 0
    freeze = not child.frozen
    if freeze:
        child.freeze()
    try:
        return curb(path, LOG_BYTES_KEPT, dropped)
    finally:
        if freeze:
            child.thaw()


def _too_much(table: Table, child: Child) -> str:
    mine = tree(table, child.pid, child.start)
    if len(mine) > PROCESSES_MAX:
        return f"started more than {PROCESSES_MAX} processes"
    # Exact figures are dear, and seldom needed to know that it is little.
    if all(sum(map(size, mine)) > MEMORY_BYTES_MAX for size in (rss_bytes, pss_bytes)):
        return f"used more than {MEMORY_BYTES_MAX >> 30} GB of memory"
    return ""
