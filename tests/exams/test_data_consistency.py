"""The keys of the exam on data consistency, each found again by going through all cases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from practicum.authoring.papers import find_paper
from practicum.authoring.rules.asking.questions import draws
from practicum.curriculum.arithmetic import work_out
from practicum.curriculum.question import AnyOf, Code, Matching, Number, OneOf

COURSES = Path(__file__).parents[2] / "courses"
PAPER = find_paper([COURSES], "data-consistency").paper
QUESTIONS = {each.id: each for section in PAPER.sections for each in section.questions}
KindT = TypeVar("KindT")
Operation = tuple[str, str, str]
Inside = Callable[[Any, str], Iterable[Any]]
Whole = frozenset[Any]


def question(name: str, kind: type[KindT]) -> KindT:
    """A question of the paper."""
    found = QUESTIONS[name]
    assert isinstance(found, kind)
    return found


def right(asked: OneOf | AnyOf) -> list[int]:
    """The places of the choices that the key calls right."""
    return [place for place, each in enumerate(asked.choices) if each.right]


def test_the_paper_has_the_form_that_the_catalogue_gives_it() -> None:
    """26 questions in 180 minutes for a hundred points, each scenario carried by several."""
    assert (len(QUESTIONS), PAPER.minutes, PAPER.pass_score) == (26, 180, 70)
    assert sum(each.minutes for each in QUESTIONS.values()) == 180
    assert sum(each.points for each in QUESTIONS.values()) == 100
    for name in ("banking", "e-commerce", "gaming", "social media"):
        assert sum(each.scenario == name for each in QUESTIONS.values()) >= 5


def test_how_many_choices_are_right_cannot_be_known_beforehand() -> None:
    """Neither for the whole paper, nor for questions with as many choices."""
    asked = [each for each in QUESTIONS.values() if isinstance(each, AnyOf)]
    counts = {len(right(each)) for each in asked}
    of_six = {len(right(each)) for each in asked if len(each.choices) == 6}
    assert min(len(counts), len(of_six)) >= 2


# A write is ("w", session, id); a read ("r", session, ids in the order of the replica).
STORIES: dict[str, list[tuple[str, str, Any]]] = {
    "Ana publishes": [("w", "ana", "post"), ("r", "ana", [])],
    "Ana sees": [("w", "bo", "comment"), ("r", "ana", ["comment"]), ("r", "ana", [])],
    "Ana strikes": [("w", "ana", "list"), ("w", "ana", "picture"), ("r", "cy", ["picture"])],
    "Bo reads": [
        ("w", "ana", "question"),
        ("r", "bo", ["question"]),
        ("w", "bo", "answer"),
        ("r", "cy", ["answer"]),
    ],
}


def broken_guarantees(story: Sequence[tuple[str, str, Any]]) -> Iterator[str]:
    """By the definitions of Terry and others, 1994, over what was read."""
    for place, (act, session, what) in enumerate(story):
        before = [each for each in story[:place] if each[1] == session]
        written = [x for act_, _, x in before if act_ == "w"]
        read = [x for act_, _, each in before if act_ == "r" for x in each]
        if act == "r":
            yield from ["read your writes"] * (not set(written) <= set(what))
            yield from ["monotonic reads"] * (not set(read) <= set(what))
            continue
        for log in (each for act_, _, each in story if act_ == "r" and what in each):
            earlier = set(log[: log.index(what)])
            yield from ["monotonic writes"] * (not set(written) <= earlier)
            yield from ["writes follow reads"] * (not set(read) - set(written) <= earlier)


def test_each_story_breaks_the_guarantee_that_it_is_paired_with_and_no_other() -> None:
    """Of the four; what else is offered concerns none of them within seconds."""
    asked = question("dc-session-stories", Matching)
    pairs = asked.pairs
    assert not {each.right for each in pairs} & set(asked.extra)
    for begins, story in STORIES.items():
        (pair,) = (each for each in pairs if each.left.startswith(begins))
        assert set(broken_guarantees(story)) == {pair.right}


ANY = ("not voted", "voted yes", "told to commit", "refused")


def decisions(of_r: str, q_is_one_of: Sequence[str] = ANY) -> set[str]:
    """What can have been decided, or still be, when P has voted yes, R says this, and one of those
    is true of Q; the coordinator and Q are not heard."""
    found = set()
    for of_q in q_is_one_of:
        votes_yes = [each in ("voted yes", "told to commit") for each in (of_r, of_q)]
        told = "told to commit" in (of_r, of_q)
        if told and not all(votes_yes):
            continue  # nobody was told so without all votes
        if not told:
            found.add("abort")
        if all(votes_yes) or (of_r == "voted yes" and of_q == "not voted"):
            found.add("commit")
    return found


@pytest.mark.parametrize(
    ("choice", "of_r", "q_is_one_of"),
    [
        (0, "voted yes", ANY),
        (1, "refused", ANY),
        (2, "told to commit", ANY),
        (4, "voted yes", ("voted yes", "told to commit")),
    ],
)
def test_a_participant_may_end_what_can_end_in_one_way_only(
    choice: int, of_r: str, q_is_one_of: Sequence[str]
) -> None:
    """R that votes no at P's request has refused from then on."""
    asked = question("dc-in-doubt", AnyOf)
    assert asked.choices[choice].right == (len(decisions(of_r, q_is_one_of)) == 1)


CHEST: list[list[tuple[str, str]]] = [
    [("owner", ""), ("owner", "Ana")],
    [("refused", "Bo"), ("owner", "Ana")],
    [("owner", ""), ("refused", "Bo")],
    [("owner", ""), ("given", "Bo"), ("owner", "Ana")],
    [("owner", ""), ("refused", "Bo"), ("owner", "")],
    [("owner", ""), ("given", "Bo"), ("owner", "Bo")],
]


def can_occur(seen: Sequence[tuple[str, str]]) -> bool:
    """Whether Ana's claim can be put into some gap, or left out, so that all answers fit."""
    for gap in range(len(seen) + 2):
        steps = [*seen[:gap], ("claim", "Ana"), *seen[gap:]] if gap <= len(seen) else [*seen]
        owner, fits = "", True
        for act, who in steps:
            fits &= (act != "owner" or who == owner) and (act != "given" or not owner)
            fits &= act != "refused" or bool(owner)
            if act in ("claim", "given") and not owner:
                owner = who
        if fits:
            return True
    return False


def test_the_chest_is_linearizable_with_a_claim_that_never_ended() -> None:
    """It takes effect at any time, or never."""
    possible = [place for place, each in enumerate(CHEST) if can_occur(each)]
    assert right(question("dc-chest", AnyOf)) == possible


def test_all_interleavings_of_the_clerks_end_in_so_many_balances() -> None:
    """Ninety interleavings."""
    orders = set(itertools.permutations([10, 10, 20, 20, 30, 30]))
    ends = set()
    for order in orders:
        balance, read = 0, dict[int, int]()
        for deposit in order:
            if deposit in read:
                balance = read[deposit] + deposit
            else:
                read[deposit] = balance
        ends.add(balance)
    assert len(orders) == 90
    assert question("dc-three-clerks", Number).answer == len(ends)


def lost_saves(ahead: int, behind: int, gap: int) -> int:
    """How many stamps of the laptop are below that of the phone."""
    assert (ahead + behind) % gap, "a tie would be decided by something else"
    return sum(number * gap - behind < ahead for number in range(1, 1000))


def consoles(stock: int, sold_a: int, moved: int, sold_b: int, sold_c: int) -> int:
    """Sell one by one in the two regions that are left, while there are rights."""
    rights = dict.fromkeys("abc", stock // 3)
    rights["a"] -= sold_a + moved
    rights["b"] += moved - sold_b
    rights["c"] -= sold_c
    assert min(rights.values()) > 0
    sold = 0
    while any(rights[name] for name in "bc"):
        name = next(name for name in "bc" if rights[name])
        rights[name] -= 1
        sold += 1
    return sold


def electors(members: int, copies: int) -> int:
    """The least size of which every set meets every set of so many copies."""
    sets = {n: [set(x) for x in itertools.combinations(range(members), n)] for n in range(12)}
    return next(
        size
        for size in range(1, members + 1)
        if all(one & other for one in sets[size] for other in sets[copies])
    )


def votes(banks: int) -> int:
    """The least certificate of which two, as far apart as can be, share an honest bank."""
    liars = max(f for f in range(banks) if banks >= 3 * f + 1)
    size = next(
        size
        for size in range(1, banks + 1)
        if len(set(range(size)) & set(range(banks - size, banks))) > liars
    )
    assert size <= banks - liars, "the honest ones can make it alone"
    return size


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("dc-fast-clock", lost_saves),
        ("dc-rights", consoles),
        ("dc-electors", electors),
        ("dc-certificate", votes),
    ],
)
def test_a_number_is_what_one_counts(name: str, counted: Callable[..., int]) -> None:
    """For all values that can be drawn."""
    asked = question(name, Number)
    for values in draws(asked.given):
        assert work_out(asked.computed, values) == counted(**values)


def test_the_basket_is_the_union_of_what_no_vector_replaces() -> None:
    """And the removed milk is in it."""
    baskets = {
        (1, 0, 0): {"milk"},
        (2, 0, 0): {"milk", "tea"},
        (1, 1, 0): {"milk", "jam"},
        (2, 1, 1): {"milk", "tea", "jam"},
        (3, 0, 0): {"tea"},
        (1, 2, 0): {"milk", "jam", "rice"},
    }
    siblings = [
        basket
        for vector, basket in baskets.items()
        if not any(
            vector != other and all(a <= b for a, b in zip(vector, other, strict=True))
            for other in baskets
        )
    ]
    asked = question("dc-cart", OneOf)
    (key,) = right(asked)
    assert len(siblings) == 3
    assert set(asked.choices[key].text.split(", ")) == set().union(*siblings)


def test_the_armoury_holds_what_the_papers_own_solution_says() -> None:
    """In whatever order the phones merge."""
    room: dict[str, Any] = {}
    exec(question("dc-armoury-code", Code).solution, room)
    asked = question("dc-armoury", OneOf)
    (key,) = right(asked)
    for order in itertools.permutations("xyz"):
        x, y, z = (room["Armoury"](name) for name in "xyz")
        for each in ("sword", "shield"):
            x.add(each)
        y.merge(x)
        z.merge(x)
        x.remove("sword"), x.add("bow"), x.remove("bow")
        y.remove("shield"), y.remove("bow"), y.add("sword")
        z.remove("sword"), z.remove("shield"), z.add("bow")
        end = room["Armoury"]("end")
        for name in order:
            end.merge({"x": x, "y": y, "z": z}[name])
        assert sorted(end.elements()) == sorted(asked.choices[key].text.split(" and "))


def is_confluent(
    begins: Any, steps: Inside, holds: Callable[[Any], bool], merge: Callable[[Any, Any, Any], Any]
) -> bool:
    """Whether each merge of what two sites can do, three steps each, keeps the invariant."""

    def reach(site: str) -> list[Any]:
        found = last = [begins]
        for _ in range(3):
            last = [new for each in last for new in steps(each, site) if holds(new)]
            found = found + last
        return found

    return all(holds(merge(begins, a, b)) for a in reach("north") for b in reach("south"))


def test_who_has_to_ask_nobody_keeps_the_invariant_in_every_merge() -> None:
    """Sets are merged by union, sums by what was added, prices by the last writer."""

    def union(_: Whole, a: Whole, b: Whole) -> Whole:
        return a | b

    def erasing(begins: Whole, a: Whole, b: Whole) -> Whole:
        gone = {each for each in begins if each not in a or each not in b}
        return (a | b) - gone

    vouchers = is_confluent(
        frozenset(), lambda s, site: [s | {(site, len(s))}], lambda s: len(s) <= 1, union
    )
    lines = is_confluent(
        frozenset([("order", "old")]),
        lambda s, site: [
            s | {("order", site)},
            *(s | {("line", site, order)} for kind, order, *_ in s if kind == "order"),
        ],
        lambda s: all(("order", each[2]) in s for each in s if each[0] == "line"),
        union,
    )
    shelf = is_confluent(
        0, lambda s, _: [s + 1, s + 5], lambda s: s >= 0, lambda s, a, b: a + b - s
    )
    accounts = is_confluent(
        frozenset([("account",)]),
        lambda s, site: [s - {("account",)}, s | {("order", site)}],
        lambda s: ("account",) in s or not any(each[0] == "order" for each in s),
        erasing,
    )
    invoices = is_confluent(
        frozenset(),
        lambda s, site: [s | {(len(s) + 1, site)}],
        lambda s: sorted(number for number, _ in s) == list(range(1, len(s) + 1)),
        union,
    )
    prices = is_confluent(
        (0, 5),
        lambda s, _: [(s[0] + 1, price) for price in (1, 9, -1)],
        lambda s: s[1] > 0,
        lambda _, a, b: max(a, b),
    )
    found = [vouchers, lines, shelf, accounts, invoices, prices]
    asked = question("dc-without-asking", AnyOf)
    assert [each.right for each in asked.choices] == found


def test_those_are_electable_whom_a_majority_would_vote_for() -> None:
    """By the last term, then the length; the logs are those of the text."""
    asked = question("dc-electable", AnyOf)
    told = asked.text.partition("entries:")[2].partition(".")[0]
    logs = {
        name.strip(): [int(each) for each in terms.split()]
        for name, terms in (each.split(":") for each in told.split(";"))
    }
    rank = {name: (log[-1], len(log)) for name, log in logs.items()}
    electable = [
        name for name in logs if sum(rank[name] >= each for each in rank.values()) > len(logs) // 2
    ]
    assert [each.text for each in asked.choices if each.right] == electable


REPAIRS: list[frozenset[str]] = [frozenset({"common"}), frozenset(), frozenset({"a", "b"})]
"""What each withdrawal of the first three repairs conflicts on, besides the row it updates."""


@pytest.mark.parametrize("place", range(3))
def test_one_repair_leaves_the_hole_open(place: int) -> None:
    """In the six interleavings of two withdrawals under snapshot isolation."""
    negative = 0
    for order in set(itertools.permutations([0, 0, 1, 1])):
        balances, versions = {"a": 60, "b": 60}, {"a": 0, "b": 0, "common": 0}
        begun: dict[int, tuple[dict[str, int], dict[str, int]]] = {}
        for withdrawal in order:
            if withdrawal not in begun:
                begun[withdrawal] = dict(balances), dict(versions)
                continue
            snapshot, then = begun[withdrawal]
            row = "ab"[withdrawal]
            conflicting = {row} | REPAIRS[place]
            clash = any(versions[each] != then[each] for each in conflicting)
            if sum(snapshot.values()) >= 100 and not clash:
                balances[row] = snapshot[row] - 100
                for each in conflicting:
                    versions[each] += 1
        negative += sum(balances.values()) < 0
    asked = question("dc-overdraft-hole", OneOf)
    assert negative == (4 if asked.choices[place].right else 0)
