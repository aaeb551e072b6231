"""A badge is believed as it was signed, and refused after any change, with what fails."""

from __future__ import annotations

import base64
import copy
import datetime as dt
import gzip
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.credential.badges import CANONICAL, INDEX, STATUSES, badge, did, key, listed, signed
from learner.credential.histories import NOW
from practicum.learner.credential.status_list import encode_bits, is_revoked
from practicum.learner.credential.succession import Succession
from practicum.learner.credential.verifying import Report, Trust, verify_badge
from practicum.learner.strict_json import read_object

LATER = NOW + dt.timedelta(days=1)
BADGE = badge()
CLEAN = listed(set())


def report(
    document: dict[str, Any],
    *,
    now: dt.datetime = LATER,
    lists: tuple[dict[str, Any], ...] = (CLEAN,),
    **trust: Any,
) -> Report:
    """What a stranger sees who has the status list."""
    return verify_badge(document, CANONICAL, now=now, trust=Trust(status_lists=lists, **trust))


def failed(found: Report) -> dict[str, str]:
    """What fails, and how that is told."""
    return {each.what: each.said for each in found.checks if each.outcome == "fails"}


def test_a_badge_holds_as_it_was_signed() -> None:
    """With whose it is, and by whom."""
    found = report(BADGE, issuer=did("school"))
    assert found.outcome == "holds"
    assert (found.name, found.recipient) == ("Distributed Systems Engineer", "Ada Lovelace")
    assert (found.issuer, found.self_asserted) == (did("school"), False)


def test_who_signs_for_herself_is_seen() -> None:
    """It holds, and says what it is."""
    found = report(badge(by="ada", to="ada"), lists=(listed(set(), by="ada"),))
    assert (found.outcome, found.self_asserted) == ("holds", True)
    document = badge(by="ada", to="ada")
    assert document["name"].endswith("(self-asserted)")
    assert document["issuer"]["name"].startswith("Self-asserted")


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every text in a document."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from places(each, (*path, name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from places(each, (*path, index))


@pytest.mark.parametrize("path", list(places(BADGE)), ids=lambda path: ".".join(map(str, path)))
def test_any_text_that_is_changed_is_noticed(path: tuple[str | int, ...]) -> None:
    """Whichever it is; the signature is what fails."""
    changed = copy.deepcopy(BADGE)
    place: Any = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = place[path[-1]] + "x"
    assert "signature" in failed(report(changed))


def test_after_any_one_byte_nothing_is_believed() -> None:
    """A sample of the bytes here; every one of them in the long proofs."""
    text = json.dumps(BADGE, separators=(",", ":"), sort_keys=True).encode()
    drawing = random.Random(7)
    for place in drawing.sample(range(len(text)), 60):
        assert is_refused(text, place, drawing.randrange(1, 256)), place


@pytest.mark.prove
def test_after_every_one_byte_nothing_is_believed() -> None:
    """Each byte of the file, changed to one that is drawn for it."""
    text = json.dumps(BADGE, separators=(",", ":"), sort_keys=True).encode()
    drawing = random.Random(8)
    believed = [n for n in range(len(text)) if not is_refused(text, n, drawing.randrange(1, 256))]
    assert believed == []


def is_refused(text: bytes, place: int, flip: int) -> bool:
    """Whether a file is refused in which some bits of one byte are others."""
    changed = text[:place] + bytes([text[place] ^ flip]) + text[place + 1 :]
    try:
        document = read_object(changed)
    except ValueError:
        return True
    return report(document).outcome == "fails"


NAMES = st.text() | st.sampled_from([*BADGE, "@type", "@id", "@graph", "@value"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(LEAVES, lambda deeper: st.lists(deeper) | st.dictionaries(NAMES, deeper)))
def test_whatever_it_is_given_it_answers(value: Any) -> None:
    """Never with an exception, and never that it holds."""
    document = value if isinstance(value, dict) else {"credentialSubject": value, "proof": value}
    assert report(document).outcome == "fails"
    assert report({**BADGE, "evidence": value}).outcome == "fails"


def test_a_term_that_no_context_defines_is_refused() -> None:
    """It would be left out of what is hashed, and nobody would have signed it."""
    for extra in ({"motto": "x"}, {"type": [*BADGE["type"], "Doctorate"]}):
        said = failed(report({**BADGE, **extra}))["signature"]
        assert "no context defines" in said


def test_a_context_that_is_not_known_is_refused_and_not_fetched() -> None:
    """Whether it is an address or stands in the document."""
    for context in ("https://example.org/context", {"motto": "https://example.org/motto"}):
        document = {**BADGE, "@context": [*BADGE["@context"], context]}
        assert "is not one that is known here" in failed(report(document))["signature"]


def test_another_school_is_named() -> None:
    """By whom it was signed, and whom one expected."""
    said = failed(report(BADGE, issuer=did("other")))["issuer"]
    assert did("school") in said
    assert did("other") in said


def test_a_badge_signed_by_another_than_it_names_is_refused() -> None:
    """However good that signature is."""
    forged = signed(BADGE, by="other")
    assert failed(report(forged)).keys() == {"issuer"}


def test_a_key_that_follows_is_trusted_like_the_one_before() -> None:
    """If both signed the succession; not if one of them did not."""
    step = Succession(old=did("old"), new=did("school"), at="2026-01-01T00:00:00+00:00")

    def by(name: str) -> str:
        return base64.b64encode(key(name).sign(step.said)).decode()

    whole = Succession(
        old=step.old, new=step.new, at=step.at, signed_by_old=by("old"), signed_by_new=by("school")
    )
    half = Succession(old=step.old, new=step.new, at=step.at, signed_by_new=by("school"))
    assert report(BADGE, issuer=did("old"), successions=(whole,)).outcome == "holds"
    for steps in ((half,), ()):
        assert "issuer" in failed(report(BADGE, issuer=did("old"), successions=steps))


def test_before_and_after_its_time_it_does_not_hold() -> None:
    """And says when it does."""
    assert "only" in failed(report(BADGE, now=NOW - dt.timedelta(seconds=1)))["dates"]
    limited = signed({**BADGE, "validUntil": "2026-11-21T00:00:00Z"})
    assert report(limited, now=NOW).outcome == "holds"
    assert "expired" in failed(report(limited, now=NOW + dt.timedelta(days=2)))["dates"]


def test_a_revoked_badge_is_refused() -> None:
    """By the newest of the lists that are at hand."""
    old, new = listed(set()), listed({INDEX}, at=LATER)
    for lists in ((new,), (old, new), (new, old)):
        assert "revoked" in failed(report(BADGE, lists=lists))["status"]
    assert report(BADGE, lists=(listed({INDEX - 1, INDEX + 1}),)).outcome == "holds"


def test_a_status_list_that_is_not_at_hand_leaves_it_unknown() -> None:
    """It is named, and neither yes nor no is said."""
    found = report(BADGE, lists=())
    assert found.outcome == "unknown"
    (status,) = [each for each in found.checks if each.outcome == "unknown"]
    assert STATUSES in status.said


def _packed(zeros: int) -> str:
    packed = gzip.compress(bytes(zeros), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


@pytest.mark.parametrize(
    ("encoded", "said"),
    [
        ("", "not base64url"),
        ("u!!", "cannot be unpacked"),
        ("uAAAA", "cannot be unpacked"),
        (_packed(50_000_000), "unpacks to more than"),
        (
            "u" + base64.urlsafe_b64encode(gzip.compress(b"\0" * 100, mtime=0)).decode(),
            "places, fewer",
        ),
    ],
    ids=["no base64url", "letters that are none", "no gzip", "a bomb", "too short"],
)
def test_a_status_list_that_is_damaged_decides_nothing(encoded: str, said: str) -> None:
    """Nor does one that unpacks to more than memory."""
    subject = {**CLEAN["credentialSubject"], "encodedList": encoded}
    found = report(BADGE, lists=(signed({**CLEAN, "credentialSubject": subject}),))
    assert found.outcome == "unknown"
    assert said in found.checks[-1].said


def test_a_status_list_of_somebody_else_decides_nothing() -> None:
    """Nor one that was changed after it was signed."""
    empty = {**CLEAN["credentialSubject"], "encodedList": "uH4sIAAAAAAAAA"}
    for foreign in (listed({INDEX}, by="other"), {**CLEAN, "credentialSubject": empty}):
        found = report(BADGE, lists=(foreign,))
        assert found.outcome == "unknown"
        assert "cannot be believed" in found.checks[-1].said


@given(st.sets(st.integers(0, 131_071), max_size=50), st.integers(0, 131_071))
def test_a_list_says_of_each_place_what_was_put_in(revoked: set[int], place: int) -> None:
    """And the same places give the same text."""
    text = encode_bits(revoked)
    assert is_revoked(text, place) is (place in revoked)
    assert text == encode_bits(sorted(revoked, reverse=True))
