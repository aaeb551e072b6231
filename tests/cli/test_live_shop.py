"""Load, storms and the tour from a terminal, on a live shop."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cli.terminal import answer, practicum
from worlds.live_shop import shop_range

NAME = "terminal"
PLAN = {
    "duration_s": 4.0,
    "faults": [
        {"kind": "kill", "target": "payment", "start_s": 0.5, "duration_s": 0.5},
        {"kind": "pause", "target": "inventory", "start_s": 1.5, "duration_s": 1.0},
    ],
}


@pytest.mark.serial
@pytest.mark.xdist_group("terminal-range")
async def test_load_and_storms_run_against_a_shop_that_is_up(tmp_path: Path) -> None:
    """What was sent is accounted for; every fault strikes the process that it names, ends, and
    the shop is whole afterwards."""
    async with shop_range(tmp_path, NAME) as client:
        before = {member.name: member.pid for member in (await client.status()).members}
        load = await asyncio.to_thread(
            answer, tmp_path, "load", "order", "--rate", "10", "--duration", "2", "--name", NAME
        )
        assert load["good"] > 0
        assert load["sent"] == load["good"] + sum(load["errors"].values())
        assert {member.name: member.pid for member in (await client.status()).members} == before

        plan = tmp_path / "plan.json"
        plan.write_text(json.dumps(PLAN))
        words = ("storm", "run", "--plan", str(plan), "--name", NAME)
        storm = await asyncio.to_thread(
            answer, tmp_path, *words, "--load", "browse", "--rate", "10"
        )
        assert [applied["fault"]["kind"] for applied in storm["timeline"]] == ["kill", "pause"]
        assert {applied["outcome"] for applied in storm["timeline"]} == {"over"}
        assert storm["load"]["good"] > 0
        async with asyncio.timeout(60):
            while (await client.status()).state != "up":  # noqa: ASYNC110 - other processes
                await asyncio.sleep(0.1)
        status = await client.status()
        assert status.faults == ()
        changed = {m.name for m in status.members if m.pid != before[m.name]}
        assert changed == {"payment"}

        told = (await asyncio.to_thread(practicum, tmp_path, *words)).stdout
        assert "2 faults of 2 struck" in told
        assert "begins: payment is killed" in told


@pytest.mark.serial
@pytest.mark.xdist_group("terminal-range")
def test_a_tour_leaves_its_evidence_and_a_page_that_holds_it(tmp_path: Path) -> None:
    """Whatever the verdict on a busy machine, there is something to show for it."""
    tmp_path.chmod(0o711)
    words = ("tour", "--once", "--rate", "10", "--duration", "10", "--json", "--name", "short")
    done = practicum(tmp_path, *words)
    report = json.loads(done.stdout)
    assert (report["verdict"], done.returncode) in (("pass", 0), ("fail", 1), ("unknown", 3))
    page = Path(report["report"]).read_text()
    evidence = json.loads(Path(report["evidence"]).read_text())
    assert evidence["judgements"]
    for judgement in report["judgements"]:
        assert judgement["check"] in page
    assert page.lstrip().lower().startswith("<!doctype html>")
