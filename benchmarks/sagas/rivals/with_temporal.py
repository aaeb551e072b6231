"""Temporal: a workflow with four local activities, client and worker in one process.

Usage: ``python -m benchmarks.sagas.rivals.with_temporal HOST:PORT``.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import sys

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from benchmarks.sagas.closed_loop import drive

STEPS = ("reserve", "charge", "ship", "notify")
QUEUE = "sagas"
CONNECT_TRIES_MAX = 200


@activity.defn
async def do_step(step: str) -> str:
    """A step that does nothing."""
    return step


@workflow.defn
class Saga:
    """Four steps, one after the other."""

    @workflow.run
    async def run(self) -> None:
        """Run the steps in the worker itself, which saves Temporal most of its round trips."""
        for step in STEPS:
            await workflow.execute_local_activity(
                do_step, step, start_to_close_timeout=dt.timedelta(seconds=30)
            )


async def connect(target: str) -> Client:
    """A client, as soon as the server answers."""
    for _ in range(CONNECT_TRIES_MAX - 1):
        try:
            return await Client.connect(target)
        except RuntimeError:
            await asyncio.sleep(0.1)
    return await Client.connect(target)


async def main() -> None:
    """Run laps until told no more."""
    client = await connect(sys.argv[1])
    numbers = itertools.count()

    async def one() -> None:
        await client.execute_workflow(Saga.run, id=f"saga-{next(numbers)}", task_queue=QUEUE)

    worker = Worker(
        client,
        task_queue=QUEUE,
        workflows=[Saga],
        activities=[do_step],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_concurrent_workflow_tasks=200,
        max_concurrent_local_activities=400,
    )
    async with worker:
        await drive(one)


if __name__ == "__main__":
    asyncio.run(main())
