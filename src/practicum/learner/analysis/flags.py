"""What an analysis calls attention to, in words, with what to do about it.

A flag that chance alone could raise is worse than none: somebody would mend a question that is
right. So each stands on the end of an interval that speaks for the question, or on a count.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from practicum.learner.analysis.items import CORRELATION_MIN, ItemFigures, Option

EASY, HARD = 0.95, 0.15
TELLS = 0.2
"""A question whose correlation is surely below this hardly tells who knows more."""

KEY_MOST = 0.3
UNUSED_MIN = 20
"""Of fewer wrong answers nobody can tell that a distractor attracts no one."""

OMITTED, NOT_REACHED = 0.2, 0.1
TEXT_SHOWN = 60


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """What stands out, and what to do."""

    kind: str
    says: str
    remedy: str


def flags_of(figures: ItemFigures) -> tuple[Flag, ...]:
    """What stands out of one question, the worst first."""
    return (
        *_key(figures),
        *_discrimination(figures),
        *_difficulty(figures),
        *_unused(figures),
        *_blank(figures),
    )


def _key(figures: ItemFigures) -> Iterator[Flag]:
    weak = figures.item_rest is not None and figures.item_rest.high < KEY_MOST
    for option in figures.options:
        with_rest = option.with_rest
        if option.right or with_rest is None or with_rest.low <= 0:
            continue
        said = _named(option)
        if not option.label:
            yield Flag(
                kind="perhaps-right",
                says=f"who does well answers {said}, which counts as wrong",
                remedy="accept it, or ask so that it is not right",
            )
        elif weak:
            yield Flag(
                kind="key",
                says=f"the key may be wrong: who does well answers {said}{_rests(figures, option)}",
                remedy="work the question out anew, and ask two who took it why",
            )


def _rests(figures: ItemFigures, option: Option) -> str:
    keys = [each for each in figures.options if each.right and each.rest_mean is not None]
    if not keys or option.rest_mean is None or figures.kind != "choice":
        return ""
    key = keys[0].rest_mean or 0.0
    return f" ({option.rest_mean:.0f} % of the rest, against {key:.0f} % of who takes the key)"


def _discrimination(figures: ItemFigures) -> Iterator[Flag]:
    found = figures.item_rest
    if found is None:
        return
    if found.high < 0:
        yield Flag(
            kind="negative",
            says=f"who knows more gets less for it (correlation {found.r:.2f})",
            remedy="look for a wrong key, a trap, or words that can be read in two ways",
        )
    elif found.high < TELLS:
        yield Flag(
            kind="tells-little",
            says=f"it hardly tells who knows more from who knows less (correlation {found.r:.2f})",
            remedy="ask for what the others ask for, or leave it out",
        )


def _difficulty(figures: ItemFigures) -> Iterator[Flag]:
    share = figures.difficulty
    if share is None or figures.asked - figures.waiting < CORRELATION_MIN:
        return
    if share >= EASY:
        yield Flag(
            kind="too-easy",
            says=f"too easy: {100 * share:.0f} % of its points are given",
            remedy="keep it as a warm-up, or make the distractors what people really believe",
        )
    hard = _by_chance(figures)
    if share <= hard:
        chance = ", no more than by guessing" if hard > HARD else ""
        yield Flag(
            kind="too-hard",
            says=f"too hard: {100 * share:.0f} % of its points are given{chance}",
            remedy="see whether the course teaches it, and whether the question says what it asks",
        )


def _by_chance(figures: ItemFigures) -> float:
    if figures.kind == "choice" and figures.options:
        return max(HARD, 1 / len(figures.options))
    return HARD


def _unused(figures: ItemFigures) -> Iterator[Flag]:
    if figures.kind not in ("choice", "multiple"):
        return
    wrong = sum(each.taken for each in figures.options if not each.right)
    for option in figures.options:
        if not option.right and not option.taken and wrong >= UNUSED_MIN:
            yield Flag(
                kind="unused",
                says=f"nobody takes distractor {_named(option)}, out of {wrong} wrong answers",
                remedy="put a misconception in its place that you have heard",
            )


def _blank(figures: ItemFigures) -> Iterator[Flag]:
    if figures.asked < CORRELATION_MIN:
        return
    if figures.omitted / figures.asked >= OMITTED:
        yield Flag(
            kind="omitted",
            says=f"{figures.omitted} of {figures.asked} passed it over",
            remedy="see whether it says what is wanted, and what it is worth for its minutes",
        )
    if figures.not_reached / figures.asked >= NOT_REACHED:
        yield Flag(
            kind="not-reached",
            says=f"{figures.not_reached} of {figures.asked} did not reach it in time",
            remedy="give more minutes, or ask less: it measures speed now",
        )


def _named(option: Option) -> str:
    text = " ".join(option.text.split())
    text = text if len(text) <= TEXT_SHOWN else f"{text[: TEXT_SHOWN - 3]}..."
    return f"{option.label} ({text!r})" if option.label else repr(text)
