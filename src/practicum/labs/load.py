"""What the shop's visitors ask for: requests by number, for drivers that load them by name."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from practicum.labs.experiment.shopper import draw_buyer
from practicum.shop.catalog.messages import GET_PRODUCT, LIST_PRODUCTS, GetProduct, ListProducts
from practicum.shop.manifest import PRODUCTS
from practicum.shop.order.messages import PLACE_ORDER
from practicum.stress.driver import Source, Wanted

ORDERS_SHARE = 0.1
"""Of a mixed load: one visitor in ten buys."""


def visitors(settings: Mapping[str, str]) -> Source:
    """Requests of ``settings["kind"]`` (browse, order or mixed) in the run ``settings["run"]``."""
    kinds: dict[str, Callable[[str, int], Wanted]]
    kinds = {"browse": _browse, "order": _order, "mixed": _mixed}
    draw, run = kinds[settings["kind"]], settings["run"]
    return lambda number: draw(run, number)


def _browse(run: str, number: int) -> Wanted:
    chance = random.Random(f"{run}/{number}")
    sku = chance.randint(1, PRODUCTS)
    if chance.random() < 0.3:
        return Wanted(LIST_PRODUCTS, ListProducts(after=f"P{sku:04d}", limit=20))
    return Wanted(GET_PRODUCT, GetProduct(f"P{sku:04d}"))


def _order(run: str, number: int) -> Wanted:
    buyer = draw_buyer(run, number)
    return Wanted(PLACE_ORDER, buyer.order, buyer.key)


def _mixed(run: str, number: int) -> Wanted:
    buys = random.Random(f"{run}/visitor/{number}").random() < ORDERS_SHARE
    return _order(run, number) if buys else _browse(run, number)
