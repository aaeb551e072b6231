"""Does every service still answer after a run? One that does not is told, with where it is."""

from __future__ import annotations

import asyncio

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.check.files import Copied
from practicum.labs.check.last_words import last_words
from practicum.labs.check.stacks import where_in
from practicum.servers.client import RangeClient
from practicum.servers.control import MemberStatus
from practicum.servers.home import RangeError
from practicum.servers.process.probes import NotReady, http_ready

PATIENCE_S = 6.0
"""A service that was killed is back within it."""
POLL_S = 0.2
LOG_LINES = 40
STACK_LINES_MAX = 12


async def silent_services(client: RangeClient, files: Copied) -> dict[str, Judgement]:
    """By name, a failed judgement for each service that does not answer within `PATIENCE_S`."""
    members = [m for m in (await client.status()).members if m.kind == "service"]
    reasons = await asyncio.gather(*(_reason(member) for member in members))
    silent = {m.name: reason for m, reason in zip(members, reasons, strict=True) if reason}
    if not silent:
        return {}
    now = {member.name: member for member in (await client.status()).members}
    return {
        now[name].service: await _judgement(client, files, now[name], reason)
        for name, reason in silent.items()
    }


async def _reason(member: MemberStatus) -> str:
    """Why it does not answer; empty if it does."""
    reason = ""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    await http_ready(member.host, member.port)
                    return ""
                except NotReady as error:
                    reason = str(error)
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        return reason or "no answer in time"


async def _judgement(
    client: RangeClient, files: Copied, member: MemberStatus, reason: str
) -> Judgement:
    stack = await _stack(client, member.name)
    place = where_in(stack, {str(files.folder / name) for name in files.sha256})
    seen = f"{member.name} does not answer ({member.detail or reason})"
    look_next = f"`practicum range logs {member.name} --name {client.name}`"
    if place is not None:
        name = place.file.rpartition("/")[2]
        seen = f"{member.name} does not answer: {name}, line {place.line}, is still running"
        look_next = (
            f"{name}, line {place.line}: does the loop around it come to an end? While it runs, "
            f"{member.name} can do nothing else"
        )
    shown = stack[-STACK_LINES_MAX:] or await _last_words(client, member.name)
    return Judgement(
        check="every service answers",
        verdict=Verdict.FAIL,
        expected=f"{member.name} answers when the run is over",
        seen=seen,
        shown=tuple(files.as_learner_knows(line) for line in shown),
        look_next=look_next,
    )


async def _stack(client: RangeClient, name: str) -> tuple[str, ...]:
    """The lines of its stack, where the range can tell."""
    stacks = getattr(client, "stacks", None)
    if stacks is None:
        return ()
    try:
        return tuple(await stacks(name))
    except RangeError:
        return ()


async def _last_words(client: RangeClient, name: str) -> tuple[str, ...]:
    try:
        return last_words(await client.logs(name, LOG_LINES))
    except RangeError:
        return ()
