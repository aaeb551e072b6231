"""Restate: a service whose handler runs four steps; served by hypercorn, one worker."""

from __future__ import annotations

import restate

STEPS = ("reserve", "charge", "ship", "notify")

saga = restate.Service("saga")


async def nothing() -> None:
    """A step that does nothing."""


@saga.handler()  # type: ignore[untyped-decorator,unused-ignore]
async def run(ctx: restate.Context) -> None:
    """Four steps, one after the other, each journalled."""
    for step in STEPS:
        await ctx.run_typed(step, nothing)


app = restate.app(services=[saga])
