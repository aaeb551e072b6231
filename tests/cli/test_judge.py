"""``practicum judge`` reads a history and tells the verdict, in words and by its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.terminal import practicum
from practicum.checking.history.building import History
from practicum.checking.history.reading import read_jepsen, read_json_lines
from practicum.checking.properties import OBJECTS, PROPERTIES, judge_history
from practicum.checking.verdict import Verdict

STALE = """\
{"type": "invoke", "process": 1, "f": "write", "value": 4}
{"type": "ok", "process": 1, "f": "write", "value": 4}
{"type": "invoke", "process": 2, "f": "write", "value": 5}
{"type": "ok", "process": 2, "f": "write", "value": 5}
{"type": "invoke", "process": 3, "f": "read"}
{"type": "ok", "process": 3, "f": "read", "value": 4}
"""
TOLD = (
    "client 3 read 4, from event 5 to 6, although client 2's write of 5 had ended before it "
    "began and nothing wrote 4 afterwards"
)


def test_a_failure_is_told_in_words(tmp_path: Path) -> None:
    """With the operations and their lines; the exit code is that of the verdict."""
    (tmp_path / "h.jsonl").write_text(STALE)
    done = practicum(tmp_path, "judge", str(tmp_path / "h.jsonl"))
    assert done.returncode == 1
    assert TOLD in done.stdout
    assert "client 2 wrote 5, from event 3 to 4 (line 3)" in done.stdout
    done = practicum(tmp_path, "judge", str(tmp_path / "h.jsonl"), "--by", "sequential", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["verdict"] == "pass"


def test_what_cannot_be_judged_is_told(tmp_path: Path) -> None:
    """A file that is not there, one that makes no sense, and a property that does not exist."""
    broken = tmp_path / "h.edn"
    broken.write_text("{:type :invoke, :process 1, :f :read}\n{:type :ok, :process 2, :f :read}\n")
    done = practicum(tmp_path, "judge", str(broken))
    assert done.returncode == 2
    assert f"{broken}:2: process 2 completes read" in done.stderr.replace("\n", "")
    assert practicum(tmp_path, "judge", str(tmp_path / "none")).returncode == 2
    assert practicum(tmp_path, "judge", str(broken), "--by", "luck").returncode == 2


def test_a_file_with_nothing_to_judge_is_no_pass(tmp_path: Path) -> None:
    """Neither an empty one, nor one that is about something else."""
    file = tmp_path / "h.jsonl"
    for text, by in (("", "linearizable"), ("", "serializable"), (STALE, "held-alone")):
        file.write_text(text)
        done = practicum(tmp_path, "judge", str(file), "--by", by)
        assert done.returncode == 3
        assert "nothing that this property could judge" in done.stdout


def test_our_own_word_for_an_operation_is_read_too_and_none_is_told(tmp_path: Path) -> None:
    """``kind`` is ``f``; what is wrong is told with the file's name."""
    file = tmp_path / "h.jsonl"
    file.write_text(STALE.replace('"f"', '"kind"'))
    assert practicum(tmp_path, "judge", str(file)).returncode == 1
    for text, said in (
        (STALE.replace('"f"', '"what"'), "names what is invoked: f, the operation, is missing"),
        (STALE.replace("read", "look"), "a register has no operation 'look'"),
    ):
        file.write_text(text)
        done = practicum(tmp_path, "judge", str(file))
        assert done.returncode == 2
        assert str(file) in done.stderr.replace("\n", "")
        assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_property_passes_where_nothing_happened(name: str) -> None:
    """And every object is one that can be judged."""
    for object in OBJECTS:
        assert judge_history(History(()), name, object).verdict is Verdict.PASS


def test_a_property_judges_what_it_is_called_after() -> None:
    """One history, seen through several."""
    history = read_json_lines(STALE)
    verdicts = {
        name: judge_history(history, name).verdict
        for name in ("linearizable", "sequential", "causal", "convergent", "read-your-writes")
    }
    assert verdicts.pop("linearizable") is Verdict.FAIL
    assert set(verdicts.values()) == {Verdict.PASS}
    skewed = """
    {:type :invoke, :process 1, :f :txn, :value [[:append x 1] [:r y nil]]}
    {:type :invoke, :process 2, :f :txn, :value [[:append y 2] [:r x nil]]}
    {:type :ok, :process 1, :f :txn, :value [[:append x 1] [:r y []]]}
    {:type :ok, :process 2, :f :txn, :value [[:append y 2] [:r x nil]]}
    """
    read = read_jepsen(skewed)
    assert judge_history(read, "snapshot-isolation").verdict is Verdict.PASS
    assert judge_history(read, "serializable").verdict is Verdict.FAIL
