"""DBOS: an asynchronous workflow with four steps, its state in PostgreSQL.

Usage: ``python -m benchmarks.sagas.rivals.with_dbos POSTGRES_URL``.
"""

from __future__ import annotations

import sys

import uvloop
from dbos import DBOS, DBOSConfig

from benchmarks.sagas.closed_loop import drive

STEPS = ("reserve", "charge", "ship", "notify")


@DBOS.step()
async def do_step(step: str) -> str:
    """A step that does nothing."""
    return step


@DBOS.workflow()
async def saga() -> None:
    """Four steps, one after the other."""
    for step in STEPS:
        await do_step(step)


async def main() -> None:
    """Run laps until told no more."""
    config: DBOSConfig = {
        "name": "sagas",
        "system_database_url": sys.argv[1],
        "sys_db_pool_size": 20,
        "log_level": "ERROR",
    }
    DBOS(config=config)
    DBOS.launch()
    await drive(saga)


if __name__ == "__main__":
    uvloop.run(main())
