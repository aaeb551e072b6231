"""What a seed draws: the defect, whom it strikes, the slow bystander, and every order.

A scene is only fair if its orders allow one explanation: a threshold that happens to separate
the affected orders from the others, when it is really about a product, would be as good an
answer as the true one. Such drawings are thrown away. Pure.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence

import msgspec

from practicum.labs.scene.scene import (
    Buyer,
    Defect,
    Kind,
    SceneError,
    SceneOrder,
    Scenes,
    Trigger,
    matches,
)
from practicum.shop.catalog.rules import assortment, sku_of
from practicum.shop.manifest import PRODUCTS
from practicum.shop.order.rules import order_id_for
from practicum.shop.shipping.rules import PIECES_MAX, quote_cents

SCARCE_EVERY = 50
"""Of these products there is too little in stock."""
AFFECTED_MIN, AFFECTED_MAX = 4, 8
MANY_PIECES_AFFECTED_MAX = 18
"""Heavy orders have many pieces too, and are struck with the rest."""
SHARES: dict[Buyer, float] = {"poor": 0.08, "heavy": 0.2}
WHOLESALE = 0.3
"""Of the ordinary buyers; they buy more, but not more than a carrier takes."""
DRAWINGS_MAX = 2000
_PRICES = {product.sku: product.price_cents for product in assortment(PRODUCTS)}


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A scene to be staged. ``slow`` is the innocent service. In a calm one, ``name`` is empty
    and no order is affected."""

    name: str
    defect: Defect | None
    trigger: Trigger
    slow: str
    slow_s: float
    orders: tuple[SceneOrder, ...]
    reached: tuple[str, ...]
    affected: frozenset[str]


def draw(scenes: Scenes, seed: int, count: int, *, calm: bool = False) -> Drawn:
    """The scene of a seed, with ``count`` orders; the same arguments give the same scene.

    Raises `SceneError` when so few orders allow no fair one.
    """
    chance = random.Random(f"scene/{seed}")
    name = chance.choice(sorted(scenes.defects))
    defect = scenes.defects[name]
    kind = chance.choice(defect.triggers)
    slow = chance.choice([x for x in scenes.slow_services if x != defect.service])
    slow_s = chance.uniform(0.15, 0.3)
    for attempt in range(DRAWINGS_MAX):
        chance = random.Random(f"scene/{seed}/{attempt}")
        baskets = _draw_orders(chance, f"scene/{seed}/{'calm' if calm else 'defect'}", count)
        reaching = [order for order in baskets if order.buyer in defect.reached_by]
        trigger, orders = _draw_trigger(chance, kind, reaching, baskets)
        reaching = [order for order in orders if order.buyer in defect.reached_by]
        affected = matches(reaching, trigger)
        if is_fair(reaching, affected, kind):
            break
    else:
        raise SceneError(f"{count} orders are too few for a scene: more rate or duration is needed")
    return Drawn(
        name="" if calm else name,
        defect=None if calm else defect,
        trigger=Trigger() if calm else trigger,
        slow=slow,
        slow_s=slow_s,
        orders=orders,
        reached=() if calm else tuple(order.order_id for order in reaching),
        affected=frozenset() if calm else affected,
    )


def is_fair(orders: Sequence[SceneOrder], affected: Collection[str], kind: Kind) -> bool:
    """Whether enough orders are struck, not of one sort only, and one explanation holds."""
    most = MANY_PIECES_AFFECTED_MAX if kind == "pieces_from" else AFFECTED_MAX
    if not AFFECTED_MIN <= len(affected) <= min(most, len(orders) - AFFECTED_MIN):
        return False
    struck = [order for order in orders if order.order_id in affected]
    some = {order.buyer for order in orders}
    ordinary = sum(order.buyer == "ordinary" for order in struck)
    if "ordinary" in some and ordinary < 2:
        return False
    return [each.kind for each in explanations(orders, affected)] == [kind]


def explanations(orders: Sequence[SceneOrder], affected: Collection[str]) -> list[Trigger]:
    """Every trigger that strikes the affected orders and no others."""
    struck = [order for order in orders if order.order_id in affected]
    if not struck:
        return []
    products = set.intersection(*(set(order.pieces) for order in struck))
    candidates = [Trigger(product=sku) for sku in sorted(products)]
    least = min(sum(order.pieces.values()) for order in struck)
    candidates.append(Trigger(pieces_from=least))
    candidates.append(Trigger(total_cents_from=min(order.total_cents for order in struck)))
    return [each for each in candidates if matches(orders, each) == frozenset(affected)]


def total_cents(pieces: dict[str, int]) -> int:
    """What an order costs, shipping included."""
    goods = sum(_PRICES[sku] * quantity for sku, quantity in pieces.items())
    return goods + quote_cents(sum(pieces.values()))


def _draw_orders(chance: random.Random, run: str, count: int) -> list[SceneOrder]:
    buyers: list[Buyer] = [
        buyer for buyer, share in SHARES.items() for _ in range(round(count * share))
    ]
    buyers += ["ordinary"] * (count - len(buyers))
    chance.shuffle(buyers)
    return [
        _order(f"{run}/{n}", buyer, _draw_pieces(chance, buyer)) for n, buyer in enumerate(buyers)
    ]


def _order(key: str, buyer: Buyer, pieces: dict[str, int]) -> SceneOrder:
    return SceneOrder(
        key=key,
        order_id=order_id_for(key),
        buyer=buyer,
        pieces=pieces,
        total_cents=total_cents(pieces),
    )


def _draw_pieces(chance: random.Random, buyer: Buyer) -> dict[str, int]:
    plenty = [n for n in range(1, PRODUCTS + 1) if n % SCARCE_EVERY]
    skus = [sku_of(n) for n in chance.sample(plenty, chance.randint(1, 3))]
    if buyer == "heavy":
        whole = chance.randint(PIECES_MAX + 1, PIECES_MAX + 20)
    elif chance.random() < WHOLESALE:
        whole = chance.randint(15, PIECES_MAX - 2)
    else:
        whole = chance.randint(len(skus), 8)
    pieces = dict.fromkeys(skus, 1)
    for _ in range(whole - len(skus)):
        pieces[chance.choice(skus)] += 1
    return pieces


def _draw_trigger(
    chance: random.Random, kind: Kind, reaching: list[SceneOrder], orders: list[SceneOrder]
) -> tuple[Trigger, tuple[SceneOrder, ...]]:
    """A trigger of that kind; for a product, some orders get it into their baskets."""
    wanted = chance.randint(AFFECTED_MIN, AFFECTED_MAX)
    if kind == "product":
        sku = sku_of(chance.choice([n for n in range(1, PRODUCTS + 1) if n % SCARCE_EVERY]))
        buying = {order.order_id for order in chance.sample(reaching, min(wanted, len(reaching)))}
        changed = (
            _order(x.key, x.buyer, _with_product(x, sku) if x.order_id in buying else x.pieces)
            for x in orders
        )
        return Trigger(product=sku), tuple(changed)
    if kind == "pieces_from":
        return Trigger(pieces_from=chance.randint(20, PIECES_MAX - 5)), tuple(orders)
    totals = sorted((order.total_cents for order in reaching), reverse=True)
    # Rounded as a person would have written it into a program.
    edge = totals[min(wanted, len(totals)) - 1] // 5000 * 5000
    return Trigger(total_cents_from=max(5000, edge)), tuple(orders)


def _with_product(order: SceneOrder, sku: str) -> dict[str, int]:
    """The basket with its last product exchanged."""
    *kept, (_, quantity) = order.pieces.items()
    return {**dict(kept), sku: quantity + dict(kept).get(sku, 0)}
