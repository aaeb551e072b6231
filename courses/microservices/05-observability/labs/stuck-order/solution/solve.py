"""Finds out why orders are stuck, and frees them, with nothing but the operators' commands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RANGE = os.environ.get("PRACTICUM_RANGE", "lab-stuck-order")
FREED_WAIT_S = 30
CLIENT = 3  # OTLP's number for a span that asks somebody else
Json = Any


@dataclass
class Finding:
    """What is written into the answer; ``orders`` are those that do not move."""

    service: str = "none"
    message: str = ""
    what: str = ""
    trigger: dict[str, Any] = field(default_factory=dict)
    orders: list[str] = field(default_factory=list)


def practicum(*words: str) -> Json:
    """What a command answers in JSON."""
    return json.loads(run(*words, "--json"))


def run(*words: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-m", "practicum.cli.main", *words, "--name", RANGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def not_moving() -> list[Json]:
    """Orders whose saga waits, or whose parcel was never sent; the oldest first."""
    found = [order for order in practicum("shop", "orders") if not has_ended(order)]
    return sorted(found, key=lambda order: order["created_at"])


def has_ended(order: Json) -> bool:
    """An order is over when it is cancelled, or confirmed with its parcel on its way."""
    return not order["step"] and (order["status"] == "cancelled" or bool(order["tracking"]))


def find_out() -> Finding:
    """Compare a stuck order with those that went through."""
    orders = practicum("shop", "orders")
    stuck = sorted((x for x in orders if not has_ended(x)), key=lambda order: order["created_at"])
    if not stuck:
        return Finding()
    hops = hops_of(stuck[0]["order_id"])
    fates = {fate_of(order): order for order in orders if has_ended(order)}
    ways = {fate: hops_of(order["order_id"]) for fate, order in fates.items()}
    service, message = first_difference(hops, ways[fate_of(stuck[0])])
    got_as_far = {fate for fate, way in ways.items() if (service, message) in way}
    went_through = [x for x in orders if has_ended(x) and fate_of(x) in got_as_far]
    return Finding(
        service=service,
        message=message,
        what=hops[service, message]["deed"],
        trigger=trigger_of(stuck, went_through),
        orders=[order["order_id"] for order in stuck],
    )


def fate_of(order: Json) -> str:
    """Orders that were turned back for the same reason went the same way."""
    return re.sub(r"\d+", "#", order["reason"])


def hops_of(order_id: str) -> dict[tuple[str, str], Json]:
    """By service and message, in the order of the trace: what each handling led to."""
    (trace, *_) = practicum("trace", order_id)
    spans = [row["span"] for row in trace["rows"] if row["span"]]
    children: dict[str, list[Json]] = {}
    for span in spans:
        children.setdefault(span["parent_id"], []).append(span)
    hops: dict[tuple[str, str], Json] = {}
    for span in spans:
        if span["name"].startswith("handle "):
            place = (span["service"], span["name"].removeprefix("handle "))
            hops.setdefault(place, look_at(span, children))
    return hops


def look_at(handling: Json, children: dict[str, list[Json]]) -> Json:
    """Whether a handling failed, what it published, and whether anybody heard."""
    below = children.get(handling["span_id"], [])
    published = [span for span in below if span["name"].startswith("publish ")]
    heard = [span for each in published for span in children.get(each["span_id"], [])]
    if handling["error"]:
        asked = any(span["kind"] == CLIENT and span["error"] for span in below)
        deed = "asks-wrongly" if asked else "raises"
    else:
        deed = "answers-elsewhere" if published and not heard else "stays-silent"
    return {
        "deed": deed,
        "failed": bool(handling["error"]),
        "published": bool(published),
        "heard": bool(heard),
    }


def first_difference(
    stuck: dict[tuple[str, str], Json], fine: dict[tuple[str, str], Json]
) -> tuple[str, str]:
    """The first handling of a stuck order that led to something else than usually."""
    for place, hop in stuck.items():
        usual = fine.get(place)
        if hop["failed"] or (usual is not None and hop != usual):
            return place
    raise SystemExit("the trace of the stuck order is like the others")


def trigger_of(stuck: list[Json], went_through: list[Json]) -> dict[str, Any]:
    """What all stuck orders have, and none that went through has."""
    common = set.intersection(*(set(order["pieces"]) for order in stuck))
    for sku in sorted(common):
        if not any(sku in order["pieces"] for order in went_through):
            return {"product": sku}
    pieces = min(sum(order["pieces"].values()) for order in stuck)
    if all(sum(order["pieces"].values()) < pieces for order in went_through):
        return {"pieces_from": pieces}
    return {"total_cents_from": min(order["total_cents"] for order in stuck)}


def free(orders: list[str]) -> None:
    """Have parked messages handled; ask once more for steps that were never answered."""
    if not orders:
        return
    if practicum("shop", "parked"):
        run_plain("shop", "replay", "--all")
    else:
        run_plain("shop", "resume", *orders)
    wait_until_freed()


def run_plain(*words: str) -> None:
    """Run a command for what it does."""
    print(run(*words))


def wait_until_freed() -> None:
    """Return when every order has ended."""
    deadline = time.monotonic() + FREED_WAIT_S
    while left := not_moving():
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(left)} orders still do not move")
        time.sleep(0.3)


def write(finding: Finding) -> None:
    """Fill in the answer."""
    lines = [f"service: {finding.service}"]
    if finding.orders:
        ((kind, value),) = finding.trigger.items()
        lines += [f"message: {finding.message}", f"what: {finding.what}", "trigger:"]
        lines += [f"  {kind}: {value}", f"order: {finding.orders[0]}"]
    Path("answer.yaml").write_text("\n".join(lines) + "\n")


def main() -> None:
    """Find out, write it down, free the orders."""
    finding = find_out()
    write(finding)
    free(finding.orders)


if __name__ == "__main__":
    main()
