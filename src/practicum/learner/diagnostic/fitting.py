"""Parameters of questions fitted to answers, when there are enough of them.

The likelihood is marginal: abilities are summed out over the normal distribution of learners, and
expectation and maximisation take turns (Bock and Aitkin, "Marginal maximum likelihood estimation
of item parameters: application of an EM algorithm", 1981). What was believed before stays in as a
prior (Mislevy, "Bayes modal estimation in item response models", 1986): a location is normal about
the believed one, a discrimination log-normal. So a question with a hundred answers moves some way,
one with a thousand as far as they say. Who was not asked a question is missing there; that the
next question was chosen by the answers before it does no harm, because those are in, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from practicum.learner.diagnostic.model import Parameters, logarithms, softplus

PEOPLE_MIN, ANSWERS_MIN, EACH_MIN = 200, 100, 5
"""Nothing is fitted to fewer people than this, no question to fewer answers, and of nobody who
answered fewer questions."""

LOCATION_SPREAD, STEEP_SPREAD = 1.0, 0.3
"""How far a location (in logits) and the logarithm of a discrimination may be from what was
believed: standard deviations."""

REACH, STEPS = 4.0, 33
POINTS = tuple(-REACH + 2 * REACH * step / (STEPS - 1) for step in range(STEPS))
ROUNDS_MAX, SMALL = 60, 0.002
STRIDE_MAX = 0.5

Answers = Mapping[str, bool]
"""What one person answered, right or wrong, by question."""


class TooFew(ValueError):
    """There are not enough answers to fit anything; the message says how many there must be."""


def fit(people: Sequence[Answers], believed: Mapping[str, Parameters]) -> dict[str, Parameters]:
    """Fitted parameters, of the questions with enough answers only. Questions that nobody
    believes anything of are passed over. Raises TooFew."""
    rows = [{k: v for k, v in each.items() if k in believed} for each in people]
    rows = [each for each in rows if len(each) >= EACH_MIN]
    if len(rows) < PEOPLE_MIN:
        raise TooFew(
            f"{len(rows)} people have answered {EACH_MIN} questions or more: "
            f"{PEOPLE_MIN} are the least"
        )
    counts = {key: sum(key in row for row in rows) for key in believed}
    enough = [key for key, count in counts.items() if count >= ANSWERS_MIN]
    if not enough:
        raise TooFew(f"no question has {ANSWERS_MIN} answers: they are the least")
    found = {key: believed[key] for key in believed if counts[key]}
    for _ in range(ROUNDS_MAX):
        right, asked = _expected(rows, found)
        moved = 0.0
        for key in enough:
            before = found[key]
            found[key] = _maximised(before, believed[key], right[key], asked[key])
            moved = max(moved, _distance(before, found[key]))
        if moved < SMALL:
            break
    return {key: found[key] for key in enough}


def _distance(one: Parameters, other: Parameters) -> float:
    return max(
        abs(one.location - other.location),
        abs(math.log(one.discrimination / other.discrimination)),
    )


def _expected(
    rows: Sequence[Answers], found: Mapping[str, Parameters]
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """How many answers are right, and how many there are, expected at each point."""
    tells = {key: logarithms(each, POINTS) for key, each in found.items()}
    prior = [-(point**2) / 2 for point in POINTS]
    right = {key: [0.0] * STEPS for key in found}
    asked = {key: [0.0] * STEPS for key in found}
    for row in rows:
        heights = list(prior)
        for key, is_right in row.items():
            heights = [h + t for h, t in zip(heights, tells[key][is_right], strict=True)]
        top = max(heights)
        weights = [math.exp(each - top) for each in heights]
        whole = math.fsum(weights)
        shares = [each / whole for each in weights]
        for key, is_right in row.items():
            asked[key] = [a + s for a, s in zip(asked[key], shares, strict=True)]
            if is_right:
                right[key] = [r + s for r, s in zip(right[key], shares, strict=True)]
    return right, asked


def _maximised(
    start: Parameters, believed: Parameters, right: Sequence[float], asked: Sequence[float]
) -> Parameters:
    """The parameters under which the expected answers are likeliest, the prior considered: one
    step of Fisher's scoring in the location and the logarithm of the discrimination, which the
    rounds around it repeat."""
    a, b = start.discrimination, start.location
    up_a = (math.log(believed.discrimination) - math.log(a)) / STEEP_SPREAD**2
    up_b = (believed.location - b) / LOCATION_SPREAD**2
    in_aa, in_bb, in_ab = 1 / STEEP_SPREAD**2, 1 / LOCATION_SPREAD**2, 0.0
    for point, r, n in zip(POINTS, right, asked, strict=True):
        x = a * (point - b)
        p = math.exp(-softplus(-x))
        off, weight = r - n * p, n * p * (1 - p)
        up_a += x * off
        up_b -= a * off
        in_aa += x * x * weight
        in_bb += a * a * weight
        in_ab -= a * x * weight
    determinant = in_aa * in_bb - in_ab**2
    by_a = (in_bb * up_a - in_ab * up_b) / determinant
    by_b = (in_aa * up_b - in_ab * up_a) / determinant
    return Parameters(a * math.exp(_bounded(by_a)), b + _bounded(by_b))


def _bounded(stride: float) -> float:
    return max(-STRIDE_MAX, min(STRIDE_MAX, stride))
