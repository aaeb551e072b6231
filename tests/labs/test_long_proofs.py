"""The long proofs: tours in a row, and everything killed at random while orders flow."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from practicum.servers.client import RangeClient
from worlds.live_shop import Trial, shop_range

pytestmark = pytest.mark.prove

TOURS = 10
KILLS = 40
VICTIMS = ("order", "inventory", "payment", "bank", "catalog", "nats", "postgres")


@pytest.mark.alone
def test_ten_tours_in_a_row_pass(tmp_path: Path) -> None:
    """The main job, as a user runs it, on a range that grows older."""
    tmp_path.chmod(0o711)
    program = Path(sys.executable).with_name("practicum")
    environment = {**os.environ, "PRACTICUM_HOME": str(tmp_path)}
    codes = []
    for _ in range(TOURS):
        done = subprocess.run(
            [program, "tour", "--once"], env=environment, capture_output=True, text=True
        )
        print(done.stdout[-1500:])
        codes.append(done.returncode)
    assert codes == [0] * TOURS


@pytest.mark.prove(minutes=2)
async def test_random_kills_and_pauses_lose_nothing(tmp_path: Path) -> None:
    """Services, NATS and PostgreSQL die or freeze every second or two; the books agree."""
    chance = random.Random(20261121)
    async with shop_range(tmp_path, "random") as client, Trial.at(client) as trial:
        ordering = asyncio.create_task(trial.order(rate=30, duration_s=KILLS * 1.5))
        for _ in range(KILLS):
            await _hurt(client, chance)
            await asyncio.sleep(chance.uniform(0.5, 2))
        await ordering
        assert await trial.failures() == []
        assert len(trial.crowd.accepted) > KILLS


async def _hurt(client: RangeClient, chance: random.Random) -> None:
    """Kill or freeze somebody who is running."""
    members = {member.name: member for member in (await client.status()).members}
    victim = chance.choice([name for name in VICTIMS if members[name].state == "ready"] or ["bank"])
    if members[victim].state != "ready":
        return
    if chance.random() < 0.7:
        await client.kill(victim)
    else:
        await client.pause(victim, for_s=chance.uniform(0.2, 2))
