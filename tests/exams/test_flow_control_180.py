"""The long examination of flow control: its checks catch what is left out, one thing at a time,
and the figures of its models are worked out again."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from practicum.authoring.papers import find_paper
from practicum.curriculum.question import Code, Design

COURSES = Path(__file__).parents[2] / "courses"
PAPER = find_paper([COURSES], "flow-control-180").paper
QUESTIONS = {each.id: each for section in PAPER.sections for each in section.questions}
BREAKER, SAGA, SWITCH = "circuit-breaker-implementation", "saga-orchestration", "kill-switch"

# For each: what the check says, then what stands in the paper's solution and what instead.
WRONG: dict[str, list[tuple[str, dict[str, str]]]] = {
    BREAKER: [
        ("failures of 9 s ago belong", {"- self.window_s": "- self.window_s / 2"}),
        ("failures of 11 s ago do not belong", {"- self.window_s": "- 2 * self.window_s"}),
        (
            "4 of the 14",
            {"ratio * all_of_them": "ratio * self.calls_min"},
        ),
        (
            "a success is recorded",
            {"if all_of_them >=": 'if outcome == "failure" and all_of_them >='},
        ),
        (
            "one outcome is fewer than calls_min",
            {
                'elif outcome != "ignored":': "else:",
                'outcome == "failure"))': "outcome))",
                "sum(f for _, f": 'sum(f == "failure" for _, f',
                "* all_of_them:": '* sum(f != "ignored" for _, f in self.outcomes):',
            },
        ),
        (
            "a late failure prolonged the pause",
            {
                "permit != self.epoch:\n": "permit != self.epoch:\n"
                '            if self.state == "open": self.open_until = now + self.pause_s\n'
            },
        ),
        (
            "count after it has closed",
            {
                "return self.epoch": "return self.state",
                "permit != self.epoch": "permit != self.state",
            },
        ),
        (
            "settled after it, and counted",
            {
                "self.epoch = 0": "self.closed = 0",
                "return self.epoch": "return self.state, self.closed",
                "permit != self.epoch": "permit != (self.state, self.closed)",
                "self.epoch += 1": "self.closed += state == 'closed'",
            },
        ),
        (
            "succeeded before the second pause",
            {
                "self.issued = self.succeeded = 0": "self.issued = 0",
                "self.epoch = 0": "self.epoch = self.succeeded = 0",
            },
        ),
        ("was counted with them", {"self.issued -= 1": "self.issued -= 1; self.succeeded += 1"}),
        ("two more may pass", {"succeeded == self.probes": "succeeded == self.issued"}),
        (
            "before its end",
            {"now >= self.open_until": "now >= self.open_until - self.pause_s + self.open_s"},
        ),
    ],
    SAGA: [
        ("the saga turns back", {"range(3)": "range(4)"}),
        ("ticket answers the third time", {"range(3)": "range(1 if action == pivot else 3)"}),
        ("letter answers the third time", {"range(3)": "range(1 if action == 'letter' else 3)"}),
        ("an undo answers the third time", {"range(3)": "range(1 if 'undo' in action else 3)"}),
        (
            "an undo did not answer three times",
            {
                'if not ask(f"undo {step}"):\n': 'while not ask(f"undo {step}"): pass\n'
                "            if False:\n"
            },
        ),
        ("although the ticket was issued", {'if f"done {step}" in past:': "if False:"}),
        ("under the same key", {'f"{saga}:{action}"': "action"}),
        ("went on after an exception", {"except TimeoutError:": "except Exception:"}),
        (
            "that is an answer",
            {
                "for _ in": "for late in",
                'action}")': 'action}") or (None if late and action == pivot else False)',
            },
        ),
        (
            "the saga has not ended",
            {
                'note(f"begun': 'again = f"begun {step}" in past; note(f"begun',
                "answer is False)": "answer is False and not again)",
            },
        ),
    ],
    SWITCH: [
        ("a stop as well", {"            self.audit(now": "            stops or self.audit(now"}),
        (
            "before it was recorded",
            {"try:": 'if verdict == "done": self.state[feature] = on\n        try:'},
        ),
        (
            "is version 3",
            {
                "self.state[feature] = on": "was, self.state[feature] = self.state[feature], on",
                "self.version += 1": "self.version += was != on",
            },
        ),
        (
            "was used up",
            {"self.first.pop(feature, None)": "stops and self.first.pop(feature, None)"},
        ),
        (
            "600 s later still counts",
            {
                "self.first[feature] =": 'if self.first.get(feature, "?")[0] != by: '
                "self.first[feature] ="
            },
        ),
        ("600 s later still counts", {"now - at <= self.agree_s": "now - at < self.agree_s"}),
        (
            "must cancel what bo agreed to, too",
            {
                'raise Refused("it cannot be recorded") from error': "raise Refused from error\n"
                "            self.state[feature], self.version = on, self.version + 1\n"
                "            return verdict"
            },
        ),
        (
            "recorded or not: refused",
            {"if not stops:": 'if verdict == "refused": raise\n            if not stops:'},
        ),
        (
            "ann's word still holds",
            {"if not stops:": "if not stops:\n                self.first.pop(feature, None)"},
        ),
        (
            "ann's word still holds",
            {'raise Refused(f"': 'self.first.clear()\n            raise Refused(f"'},
        ),
        (
            "does not name fraud-check",
            {"self.state.get(feature, safe)": "self.state.get(feature, False)"},
        ),
    ],
}

# Right too: what is noted before the death of an orchestrator suffices, an undo may be repeated.
RIGHT_TOO: dict[str, list[dict[str, str]]] = {
    BREAKER: [{"raise CircuitOpen(0)": "raise CircuitOpen(self.open_s)"}],
    SAGA: [
        {'note(f"undone {step}")': "pass"},
        {
            'note(f"begun {step}")\n        answer = ask(step)': "answer = ask(step)\n"
            '        note(f"begun {step}")'
        },
    ],
    SWITCH: [{"version, dict(state), now": "version, state, now"}],
}


def changed(name: str, changes: dict[str, str]) -> str:
    """The paper's solution with the changes, and the check behind it."""
    asked = QUESTIONS[name]
    assert isinstance(asked, Code)
    solution = asked.solution
    for old, new in changes.items():
        assert solution.count(old) == 1, old
        solution = solution.replace(old, new)
    return f"{solution}\n{asked.check}"


@pytest.mark.parametrize(
    ("name", "said", "changes"),
    [(name, said, changes) for name, wrong in WRONG.items() for said, changes in wrong],
)
def test_one_thing_left_out_is_caught_and_named(
    name: str, said: str, changes: dict[str, str]
) -> None:
    """By its own assertion."""
    with pytest.raises(AssertionError) as caught:
        exec(changed(name, changes), {})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "changes"), [(name, changes) for name, all_ in RIGHT_TOO.items() for changes in all_]
)
def test_what_the_text_leaves_open_may_be_done_either_way(
    name: str, changes: dict[str, str]
) -> None:
    """And passes the check."""
    exec(changed(name, changes), {})


def poisson_tail(least: int, mean: float) -> float:
    """The chance of at least so many."""
    return 1 - sum(math.exp(-mean) * mean**n / math.factorial(n) for n in range(least))


def up_to(most: int, cases: int, chance: float) -> float:
    """The chance of at most so many of the cases."""
    return sum(
        math.comb(cases, n) * chance**n * (1 - chance) ** (cases - n) for n in range(most + 1)
    )


def upper_bound(seen: int, cases: int) -> float:
    """One-sided, at 95 % (Clopper and Pearson, 1934)."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if up_to(seen, cases, middle) > 0.05 else (low, middle)
    return low


def cases_needed(harmful: int) -> int:
    """The fewest cases, with so many harmful ones, that show less than one in a hundred."""
    return next(n for n in range(1, 1000) if up_to(harmful, n, 0.01) < 0.05)


def blocked(limit: int, mean: float) -> float:
    """The share that finds all places taken (Erlang, 1917)."""
    share = 1.0
    for places in range(1, limit + 1):
        share = mean * share / (places + mean * share)
    return share


def settled(capacity: float) -> tuple[float, float]:
    """Calls per second, and the share of views served, where as many calls are served as can be:
    3,000 views, three layers with three attempts, each call failing with the same chance."""

    def calls(failing: float) -> float:
        return 3000 * math.prod(1 + failing**n + failing ** (2 * n) for n in (1, 3, 9))

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        served = calls(middle) * (1 - middle)
        low, high = (middle, high) if served > capacity else (low, middle)
    return calls(low), 1 - low**27


CALLS, SERVED = settled(2400)
FIGURES = {
    "auto-scaling-strategy": [
        f"{(1600 - 200) // 8} pods are the most",
        f"Ceiling: {(1600 - 200) // 6} pods ({(1600 - 200) // 6 * 6:,} connections",
        f"load is at {1200 + 32.5 * 190:,.0f}",
        f"{225 * 24 * 0.09:.0f} € a day",
    ],
    "chaos-engineering-framework": [
        f"about seven: 4.8 in the minute of the failover, {9 * 0.24:.1f} in",
        f"{1e6 * poisson_tail(5, 0.24):.0f} in a million minutes",
        f"{1e4 * poisson_tail(15, 4.8):.1f} in 10,000",
        f"{103_680 // 4_800} such runs",
    ],
    "multi-region-control-plane": ["3.0 in a million (8 s a month)", "1.0 in a hundred million"],
    "cascading-failure-prevention": [
        f"settle at {round(CALLS, -2):,.0f} calls for {100 * SERVED:.0f} % of the views",
        f"one call in {1 / blocked(120, 120):.0f}, one of 150 refuses one in a thousand",
    ],
    "adaptive-control": [
        f"= {math.log(1 / 3) / math.log(0.9):.1f}, so 11 steps",
        f"0.88 × 0.2 + 0.12 × 6.1 = {0.88 * 0.2 + 0.12 * 6.1:.2f} %",
    ],
    "emergency-response-automation": [
        f"at 95 % is {100 * upper_bound(1, 280):.1f} %",
        f"{cases_needed(0)} cases without harm",
        f"it takes {cases_needed(1)},",
        f"({139 * 0.8 * 38 / 60:.0f} and {139 * 0.8 / 280 * 4:.1f}, if",
    ],
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_model_says_what_one_works_out(name: str) -> None:
    """Its text, line breaks aside, has each figure in its place."""
    asked = QUESTIONS[name]
    assert isinstance(asked, Design)
    text = " ".join(asked.model.split())
    assert [each for each in FIGURES[name] if each not in text] == []


def test_the_approximate_figures_of_the_models_are_near() -> None:
    """A thousandth for 150 places, and the rates of five pooled runs of 480 payments."""
    assert 0.0009 < blocked(150, 120) < 0.0012
    assert 1 - up_to(32, 2400, 0.01) < 0.05 < 1 - up_to(31, 2400, 0.01)
    assert 1 - up_to(32, 2400, 0.02) > 0.99
    three, five = (1 - up_to(most, 2 * most + 1, 0.001) for most in (1, 2))
    assert round(three * 1e6, 1) == 3.0
    assert round(five * 1e8, 1) == 1.0
    assert round(three * 30 * 86_400) == 8
