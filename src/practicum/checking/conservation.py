"""Conservation in a shop: no order, no cent and no piece appears or vanishes.

The facts come from three witnesses that know nothing of each other: the order service, the
bank's own ledger, and inventory. They must be read when nothing moves any more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

import msgspec

from practicum.checking.verdict import Judgement, judge


class OrderFact(msgspec.Struct, frozen=True, kw_only=True):
    """An order: its state, its total in cents, and its pieces by sku."""

    order_id: str
    status: str
    total_cents: int
    pieces: Mapping[str, int]


class LedgerFact(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the bank's ledger; ``reference`` is the order's id."""

    kind: str
    reference: str
    amount_cents: int


class ShipmentFact(msgspec.Struct, frozen=True, kw_only=True):
    """An order's parcel; ``total_cents`` is what its buyer paid for the whole order."""

    order_id: str
    status: str
    total_cents: int


class MessageFact(msgspec.Struct, frozen=True, kw_only=True):
    """A message on the log between the services, and the message that caused it.
    ``written_at`` is when ``source`` committed to say it, in a form that sorts by time."""

    message_id: str
    type: str
    key: str
    cause: str | None
    topic: str = ""
    source: str = ""
    written_at: str = ""


class StockFact(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one product: all that ever arrived, and those set aside."""

    sku: str
    arrived: int
    available: int
    reserved: int


FINAL = frozenset({"confirmed", "cancelled"})


def one_final_state(accepted: Collection[str], orders: Iterable[OrderFact]) -> Judgement:
    """Every order that a buyer was promised is there, once, and has ended."""
    states = defaultdict(list)
    for order in orders:
        states[order.order_id].append(order.status)
    wrong = []
    for order_id in accepted:
        found = states.get(order_id, [])
        if len(found) != 1 or found[0] not in FINAL:
            wrong.append(f"{order_id}: {', '.join(found) or 'lost'}")
    ends = Counter(state for order_id in accepted for state in states.get(order_id, ["lost"]))
    return judge(
        "one final state",
        expected=f"each of {len(accepted)} accepted orders confirmed or cancelled",
        seen=", ".join(f"{n} {state}" for state, n in sorted(ends.items())) or "no order",
        wrong=wrong,
    )


def money_conserved(orders: Iterable[OrderFact], ledger: Iterable[LedgerFact]) -> Judgement:
    """Charged = refunded + kept by confirmed orders, in all and for each order, to the cent."""
    charged: Counter[str] = Counter()
    refunded: Counter[str] = Counter()
    for entry in ledger:
        if entry.kind == "charge":
            charged[entry.reference] += entry.amount_cents
        elif entry.kind == "refund":
            refunded[entry.reference] += entry.amount_cents
    kept = {o.order_id: o.total_cents if o.status == "confirmed" else 0 for o in orders}
    wrong = [
        f"{order_id}: charged {charged[order_id]}, refunded {refunded[order_id]}, "
        f"the order keeps {kept.get(order_id, 0)}"
        for order_id in sorted(kept.keys() | charged.keys() | refunded.keys())
        if charged[order_id] != refunded[order_id] + kept.get(order_id, 0)
    ]
    total, back, keeps = charged.total(), refunded.total(), sum(kept.values())
    return judge(
        "money conserved",
        expected="charged = refunded + kept by confirmed orders, in cents",
        seen=f"{total} = {back} + {keeps}"
        if total == back + keeps
        else f"{total} ≠ {back} + {keeps}",
        wrong=wrong,
    )


def shipped_or_refunded(
    ledger: Iterable[LedgerFact], shipments: Iterable[ShipmentFact]
) -> Judgement:
    """Charged = shipped + refunded, for each order, to the cent: nobody pays for nothing."""
    charged: Counter[str] = Counter()
    refunded: Counter[str] = Counter()
    for entry in ledger:
        if entry.kind == "charge":
            charged[entry.reference] += entry.amount_cents
        elif entry.kind == "refund":
            refunded[entry.reference] += entry.amount_cents
    shipped = {x.order_id: x.total_cents for x in shipments if x.status == "shipped"}
    wrong = [
        f"{order_id}: charged {charged[order_id]}, shipped {shipped.get(order_id, 0)}, "
        f"refunded {refunded[order_id]}"
        for order_id in sorted(charged.keys() | refunded.keys() | shipped.keys())
        if charged[order_id] != shipped.get(order_id, 0) + refunded[order_id]
    ]
    total, sent, back = charged.total(), sum(shipped.values()), refunded.total()
    return judge(
        "shipped or refunded",
        expected="charged = shipped + refunded, in cents",
        seen=f"{total} {'=' if total == sent + back else '≠'} {sent} + {back}",
        wrong=wrong,
    )


def stock_conserved(
    orders: Iterable[OrderFact], stock: Iterable[StockFact], arrived: Mapping[str, int]
) -> Judgement:
    """What arrived is either free or set aside, and set aside only for confirmed orders."""
    wanted: Counter[str] = Counter()
    for order in orders:
        if order.status == "confirmed":
            wanted.update(order.pieces)
    levels = {level.sku: level for level in stock}
    wrong = []
    for sku in sorted(levels.keys() | wanted.keys() | arrived.keys()):
        level = levels.get(sku, StockFact(sku=sku, arrived=0, available=0, reserved=0))
        first = arrived.get(sku, level.arrived)
        if level.available + level.reserved != first or level.reserved != wanted[sku]:
            wrong.append(
                f"{sku}: {first} arrived, {level.available} free, {level.reserved} set aside, "
                f"{wanted[sku]} in confirmed orders"
            )
    reserved = sum(level.reserved for level in levels.values())
    return judge(
        "stock conserved",
        expected=f"{wanted.total()} pieces set aside for confirmed orders, the rest free",
        seen=f"{reserved} set aside, {sum(x.available for x in levels.values())} free",
        wrong=wrong,
    )


def no_effect_twice(ledger: Iterable[LedgerFact]) -> Judgement:
    """The bank moved money for an order at most once in each direction."""
    moves = Counter((e.kind, e.reference) for e in ledger if e.kind in ("charge", "refund"))
    wrong = [f"{reference}: {kind} x {n}" for (kind, reference), n in moves.items() if n > 1]
    kinds = Counter(kind for kind, _ in moves)
    return judge(
        "no effect twice",
        expected="at most one charge and one refund for an order",
        seen=f"{kinds['charge']} orders charged, {kinds['refund']} refunded, "
        f"{len(wrong)} charges or refunds made more than once",
        wrong=wrong,
    )


def handled_once(messages: Iterable[MessageFact]) -> Judgement:
    """No message had its consequences twice: a second handling would have sent the same kind
    of message, for the same key and cause, under another id."""
    consequences: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    seen = 0
    for message in messages:
        seen += 1
        if message.cause is not None:
            consequences[message.cause, message.type, message.key].add(message.message_id)
    wrong = [
        f"{key}: {cause} caused {kind} {len(ids)} times"
        for (cause, kind, key), ids in consequences.items()
        if len(ids) > 1
    ]
    return judge(
        "handled once",
        expected="each message on the log has its consequences once",
        seen=f"{seen} messages, {len(wrong)} with doubled consequences",
        wrong=wrong,
    )
