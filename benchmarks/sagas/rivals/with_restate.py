"""Restate's client: registers the service, and calls it through the ingress.

Usage: ``python -m benchmarks.sagas.rivals.with_restate ADMIN_URL INGRESS_URL SERVICE_URL``.
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import uvloop

from benchmarks.sagas.closed_loop import drive

TRIES_MAX = 200


async def register(session: aiohttp.ClientSession, admin: str, service: str) -> None:
    """Tell the server where the service is, once both are up."""
    for left in reversed(range(TRIES_MAX)):
        try:
            async with session.post(f"{admin}/deployments", json={"uri": service}) as answer:
                answer.raise_for_status()
                return
        except aiohttp.ClientError:
            if not left:
                raise
            await asyncio.sleep(0.1)


async def main() -> None:
    """Run laps until told no more."""
    admin, ingress, service = sys.argv[1:]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await register(session, admin, service)

        bare = ("Content-Type",)  # a call without a body must not name its type

        async def one() -> None:
            for left in reversed(range(TRIES_MAX)):
                async with session.post(f"{ingress}/saga/run", skip_auto_headers=bare) as answer:
                    if answer.status < 400:
                        return
                    if not left:
                        answer.raise_for_status()
                await asyncio.sleep(0.1)  # the ingress hears of a new service a little later

        await one()
        await drive(one)


if __name__ == "__main__":
    uvloop.run(main())
