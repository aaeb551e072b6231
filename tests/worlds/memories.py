"""Histories of a learner who reviews, and decks to ask her from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from practicum.learner.events import (
    AnyEvent,
    BlockRead,
    CardReviewed,
    CardSuspended,
    HintTaken,
    LabChecked,
    MemoryTuned,
    ModuleStarted,
    QuestionAnswered,
    ReviewsCapped,
)
from practicum.learner.memory.deck import Deck, Prompt, deck_of
from practicum.learner.memory.memory import Memory, MemoryView
from practicum.learner.memory.names import card_name, check_name, hint_name, question_name
from practicum.learner.memory.recall import DEFAULTS
from practicum.learner.record import Entry, fold

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland")
BERLIN = ZoneInfo("Europe/Berlin")
MODULES, CARDS, LAB, CHECKS = ("c/one", "c/two"), 6, "c/one/lab", ("test_a", "test_b")
OTHERS = tuple(round(each * 1.05, 4) for each in DEFAULTS)


def entries(told: Iterable[tuple[dt.datetime, AnyEvent]]) -> list[Entry]:
    """A history of what happened when."""
    return [
        Entry(id=str(n), person="ada", by="ada", at=at, event=event, seq=n, number=n)
        for n, (at, event) in enumerate(told, start=1)
    ]


def memory_of(told: Iterable[tuple[dt.datetime, AnyEvent]]) -> Memory:
    """What is remembered after it."""
    return fold(MemoryView(), entries(told)).state


def small_deck() -> Deck:
    """Some cards in two modules, each module with blocks of three; and what evidence can create
    in `histories`."""
    prompts = [
        Prompt(
            name=card_name(module, f"{module[-3:]}-{number}"),
            module=module,
            block=f"b{number // 3}",
            front=f"front {number}",
            back="back",
        )
        for module in MODULES
        for number in range(CARDS)
    ]
    others = [question_name("c/one", "q"), hint_name(LAB, 1)]
    others += [check_name(LAB, each) for each in CHECKS]
    prompts += [Prompt(name=name, module="c/one", front="?", back="!") for name in others]
    return deck_of(prompts)


def _events(names: list[str]) -> st.SearchStrategy[AnyEvent]:
    some = st.sampled_from(names)
    module = st.sampled_from(MODULES)
    reviewed = st.builds(CardReviewed, card=some, rating=st.integers(1, 4))
    return st.one_of(
        reviewed,
        reviewed,
        st.builds(CardSuspended, card=some, suspended=st.booleans()),
        st.builds(ModuleStarted, module=module),
        st.builds(BlockRead, module=module, block=st.sampled_from(["b0", "b1"])),
        st.builds(
            QuestionAnswered,
            module=st.just("c/one"),
            question=st.just("q"),
            answer=st.none(),
            points=st.integers(0, 2),
            of=st.just(2),
        ),
        st.builds(
            LabChecked,
            lab=st.just(LAB),
            verdict=st.sampled_from(["pass", "fail", "unknown"]),
            blame=st.sampled_from(["", "learner", "lab", "machine"]),
            failed=st.lists(st.sampled_from(CHECKS), unique=True).map(tuple),
        ),
        st.builds(HintTaken, lab=st.just(LAB), number=st.just(1)),
        st.builds(ReviewsCapped, per_day=st.integers(1, 8), new_per_day=st.integers(0, 4)),
        st.builds(
            MemoryTuned,
            parameters=st.sampled_from([DEFAULTS, OTHERS, (1.0, 2.0)]),
            retention=st.sampled_from([0.8, 0.9]),
            reviews=st.just(2000),
            loss_before=st.just(0.4),
            loss_after=st.just(0.3),
        ),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[dt.datetime, AnyEvent]]:
    """What may happen within some weeks; the clock goes back now and then."""
    names = [*small_deck(), "card:gone/away"]
    events = draw(st.lists(_events(names), max_size=40))
    at, told = NOON, []
    for event in events:
        at += draw(st.sampled_from([-1, 1, 5, 60, 600, 1440, 6000])) * dt.timedelta(minutes=1)
        told.append((at, event))
    return told
