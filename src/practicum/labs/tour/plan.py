"""What the tour does to the shop."""

from __future__ import annotations

from practicum.faults.fault import AnyFault, Crash, Hesitate, Pause, Restart
from practicum.faults.plan import Plan as Storm
from practicum.faults.plan import in_order
from practicum.labs.experiment.run import Plan

BANK_DELAY_MS = 40.0


def standard_plan(rate: float, duration_s: float) -> Plan:
    """Payment dies between the bank's charge and its own note of it; inventory stands still;
    the order service dies with a relayed outbox unmarked; PostgreSQL is restarted.

    All the while the bank takes its time, so that there is always somebody in mid-payment.
    """
    unit_s = duration_s / 30
    wild: tuple[AnyFault, ...] = (
        Hesitate(target="bank", duration_s=duration_s, delay_ms=BANK_DELAY_MS),
        Crash(target="payment", start_s=4 * unit_s, duration_s=5 * unit_s, point="payment.charged"),
        Pause(target="inventory", start_s=10 * unit_s, duration_s=3 * unit_s),
        Crash(target="order", start_s=16 * unit_s, duration_s=5 * unit_s, point="relay.published"),
        Restart(target="postgres", start_s=23 * unit_s, duration_s=1),
    )
    plan = Storm(duration_s=duration_s, faults=in_order(wild), budget=2)
    return Plan(rate=rate, duration_s=duration_s, storm=plan)
