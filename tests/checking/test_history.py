"""Histories are read from text, and what is wrong with them is named by line."""

from __future__ import annotations

import json
import string
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checking.histories import recorded
from practicum.checking.history.building import Event, History, HistoryError, build
from practicum.checking.history.edn import read_edn
from practicum.checking.history.operation import NEVER, Operation, Outcome
from practicum.checking.history.reading import read_jepsen, read_json_lines
from practicum.checking.history.values import frozen, tell_value
from practicum.checking.history.words import line
from practicum.checking.objects.register import Register

JEPSEN = """
{:type :invoke, :f :write, :value [:x 3], :process 0, :time 1000000, :index 0}
{:process :nemesis, :type :info, :f :start, :value nil, :time 1500000}
#jepsen.history.Op{:index 1, :time 2000000, :type :invoke, :process 1, :f :read, :value [:x nil]}
{:type :ok, :f :write, :value [:x 3], :process 0, :time 3000000} ; done
{:type :ok, :f :read, :value [:x 3], :process 1, :time 4000000}
{:type :invoke, :f :cas, :value [:y [3 4]], :process 0, :time 5000000}
{:type :info, :f :cas, :value [:y [3 4]], :process 0, :time 6000000, :error :timeout}
{:type :invoke, :f :read, :value [:y nil], :process 1}
{:type :fail, :f :read, :value [:y nil], :process 1}
{:type :invoke, :f :read, :value [:y nil], :process 1}
"""


def test_what_jepsen_writes_is_read() -> None:
    """With values by key, times in nanoseconds, and the nemesis apart."""
    history = read_jepsen(JEPSEN, independent=True)
    write, read, cas, failed, open = history
    assert write == Operation(
        process=0, kind="write", input=3, output=3, key="x", invoked=0, completed=3,
        begun_s=0.001, ended_s=0.003, line=2,
    )  # fmt: skip
    assert (read.output, read.line) == (3, 4)
    assert (cas.input, cas.outcome, cas.completed) == ((3, 4), Outcome.INFO, NEVER)
    assert (failed.outcome, open.outcome) == (Outcome.FAIL, Outcome.INFO)
    assert [event.kind for event in history.nemesis] == ["start"]
    assert {key: len(found) for key, found in history.by_key().items()} == {"x": 2, "y": 3}
    assert line(write) == "client 0 wrote 3 at key x, from 0.001 s to 0.003 s (line 2)"
    assert read_jepsen(f"[{JEPSEN}]", independent=True) == history


def test_json_lines_say_the_same() -> None:
    """The key has a field of its own; other fields are not ours."""
    text = """
    {"type": "invoke", "process": "a", "f": "add", "key": "s", "value": [1], "time": 5e8}

    {"type": "ok", "process": "a", "f": "add", "key": "s", "value": [1], "index": 7}
    """
    (operation,) = read_json_lines(text)
    assert operation.input == (1,)
    assert operation.begun_s == pytest.approx(0.5)
    assert (operation.ended_s, operation.line) == (None, 2)


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        (
            ['"invoke","process":1,"f":"read"', '"invoke","process":1,"f":"write"'],
            "h:2: process 1 invokes write while its read of line 1 is still open",
        ),
        (['"ok","process":1,"f":"read"'], "h:1: process 1 completes read that it has not invoked"),
        (['"done","process":1'], "h:1: unknown type 'done'"),
        (
            ['"invoke","process":1,"f":"read"', '"ok","process":1,"f":"write"'],
            "h:2: process 1 completes write, but has invoked read in line 1",
        ),
        (['"ok"'], "h:1: Object missing required field `process`"),
        (['"ok","process":{}'], "h:1: Expected `int | str`"),
    ],
)
def test_a_history_that_makes_no_sense_is_told_by_line(lines: list[str], wrong: str) -> None:
    """With what is the matter."""
    text = "\n".join(f'{{"type":{each}}}' for each in lines)
    with pytest.raises(HistoryError) as told:
        read_json_lines(text, "h")
    assert any(each.startswith(wrong) for each in told.value.problems), told.value.problems


def test_all_that_is_wrong_is_told_at_once_up_to_a_bound() -> None:
    """Nobody mends a file line by line."""
    with pytest.raises(HistoryError) as told:
        build([Event("ok", number, line=number) for number in range(50)])
    assert len(told.value.problems) == 20


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{:type :invoke :process 0 :f}", "h:1: a map has a key without a value"),
        ('\n{:type "inv', "h:2: a text in quotes has no end"),
        ("\n\n{:type :ok", "h:3: { is never closed"),
        ("{:type :ok)", "h:1: ) closes nothing that is open"),
        ("[{:process 0, :type :invoke}\n 5]", "h:1: form 2 is no map"),
        ("[" * 100, "h:1: forms are nested more than 64 deep"),
        ("{:process nil, :type :ok}", "h:1: :process is no number"),
        ("{:process 0 :type :invoke :value 1x}", "h:1: 1x is no number"),
        ("{:process 0 #_}", "h:1: a tag, #_ or ^ stands before nothing"),
    ],
)
def test_edn_that_makes_no_sense_is_told_by_line(text: str, wrong: str) -> None:
    """Whatever it is."""
    with pytest.raises(HistoryError) as told:
        read_jepsen(text, "h")
    assert told.value.problems[0].startswith(wrong), told.value.problems


def test_everything_of_edn_is_read() -> None:
    """Tags are dropped, and so is what is discarded."""
    text = (
        r'nil true -7 +3N 0.5M 1e3 3/4 :k :n/k sym "a\n\u0041" \a \newline \u0041 '
        r'(1 2) [3 #_ 4 #_ #_ 5 6] #{1 2} #inst "2020" ^{:m 1} [7] #:n{:a 1} ##Inf ; end'
    )
    assert read_edn(text) == [
        None, True, -7, 3, 0.5, 1000.0, Fraction(3, 4), "k", "n/k", "sym", "a\nA", "a", "\n", "A",
        (1, 2), (3,), frozenset({1, 2}), "2020", (7,), {"a": 1}, float("inf"),
    ]  # fmt: skip


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(string.printable),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(string.ascii_letters), inner),
    max_leaves=8,
)


def as_edn(value: Any) -> str:
    """A value in EDN."""
    if value is None:
        return "nil"
    if isinstance(value, list):
        return "[" + " ".join(map(as_edn, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_edn(k)} {as_edn(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


@given(VALUES)
def test_a_value_is_the_same_in_both_notations(value: Any) -> None:
    """However it is nested."""
    (read,) = read_edn(as_edn(value))
    assert frozen(read) == frozen(json.loads(json.dumps(value)))
    assert len(tell_value(frozen(value))) <= 60


@given(st.text(st.sampled_from('{}[]()#_^"\\:;, \n01aN/.'), max_size=40) | st.text(max_size=40))
def test_no_text_ends_in_anything_but_forms_or_an_error(text: str) -> None:
    """And the error names a line that is there."""
    for read in (read_edn, read_jepsen, read_json_lines):
        try:
            read(text, "h")
        except HistoryError as error:
            for problem in error.problems:
                place = problem.split(":")
                assert place[0] == "h"
                assert 1 <= int(place[1]) <= text.count("\n") + 1


def test_nothing_is_too_deep_to_be_refused() -> None:
    """A thousand brackets are an error like others."""
    for depth in (65, 900, 100_000):
        value = "[" * depth + "]" * depth
        for read, event in (
            (read_json_lines, f'{{"type":"invoke","process":1,"value":{value}}}'),
            (read_jepsen, f"{{:type :invoke, :process 1, :value {value}}}"),
        ):
            with pytest.raises(HistoryError, match=r"history:1: .*(deep|recursion)"):
                read(event)


@given(recorded(Register(), most=12))
def test_what_is_written_as_json_lines_is_read_again(history: History) -> None:
    """Event by event."""
    events: dict[int, dict[str, Any]] = {}
    for each in history:
        one = {"process": each.process, "f": each.kind}
        events[each.invoked] = {**one, "type": "invoke", "value": each.input}
        if each.completed != NEVER:
            events[each.completed] = {**one, "type": "ok", "value": each.output}
    text = "\n".join(json.dumps(events[at]) for at in sorted(events))
    known = [each for each in read_json_lines(text) if each.outcome is Outcome.OK]
    meant = [each for each in history if each.outcome is Outcome.OK]
    told = [(each.process, each.kind, each.input, each.output) for each in known]
    assert told == [(each.process, each.kind, each.input, each.output) for each in meant]
