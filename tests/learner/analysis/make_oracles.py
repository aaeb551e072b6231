"""Make ``oracles.json``: what other programs say of the same answers and items.

Run it where `girth` 0.8 and `catsim` 0.21 are installed; they bring more than tests should need,
and so what they say is kept::

    python tests/learner/analysis/make_oracles.py
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

PLACE = Path(__file__).with_name("oracles.json")
SITTINGS, ITEMS, SEED = 60, 12, 11


def answers(dice: random.Random, sittings: int, items: int) -> list[list[int]]:
    """Right and wrong, a row for each sitting."""
    rows = []
    for _ in range(sittings):
        ability = dice.gauss(0, 1)
        rows.append([int(dice.random() < 0.5 + 0.18 * (ability - n / 6 + 1)) for n in range(items)])
    return rows


def made() -> dict[str, Any]:
    """Everything, by the program that said it."""
    import catsim.irt  # noqa: PLC0415 - only where this is run
    import girth  # noqa: PLC0415
    import numpy  # noqa: PLC0415

    dice = random.Random(SEED)
    rows = answers(dice, SITTINGS, ITEMS)
    columns = numpy.array(rows).T
    classical = girth.classical_test_statistics(columns, start_value=0, stop_value=1)
    discriminations = [round(0.6 + 0.15 * number, 2) for number in range(ITEMS)]
    locations = [round(-2 + 4 * number / (ITEMS - 1), 3) for number in range(ITEMS)]
    options = {"quadrature_bounds": (-5, 5), "quadrature_n": 101}
    eap = girth.ability_eap(
        columns, numpy.array(locations), numpy.array(discriminations), options=options
    )
    items = list(zip(discriminations, locations, strict=True))
    thetas = [-2.5, -1.0, 0.0, 0.4, 1.7]
    return {
        "rows": rows,
        "girth": {
            "alpha": float(girth.common.cronbach_alpha(columns)),
            "item_rest": [float(x) for x in classical["Item-Score Correlation"]],
            "difficulty": [float(x) for x in classical["Mean"]],
            "eap": [float(x) for x in eap],
        },
        "items": {"discriminations": discriminations, "locations": locations},
        "catsim": {
            "thetas": thetas,
            "information": [
                [float(catsim.irt.inf(theta, a, b)) for a, b in items] for theta in thetas
            ],
            "probability": [
                [float(catsim.irt.icc(theta, a, b)) for a, b in items] for theta in thetas
            ],
        },
    }


if __name__ == "__main__":
    PLACE.write_text(json.dumps(made(), indent=1) + "\n")
