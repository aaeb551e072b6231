"""From a level that is reached to a badge that a stranger checks, and back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from practicum.archive.in_memory import InMemoryRecord
from practicum.labs.finding import CannotBeUsed
from practicum.labs.school_key import own_issuers, rotate, school_key
from practicum.learner.credential.picture import badge_page, badge_svg, baked_in
from practicum.learner.events import LabChecked
from practicum.study.badges import (
    FOLDER,
    NotReached,
    School,
    find_issued,
    issue,
    issued_to,
    read_school,
    revoke,
    status_address,
    status_document,
    verify,
    write_school,
)
from practicum.study.desk import Desk
from practicum.study.levels import Levels
from study.desks import OURS, Clock, desk_in
from study.reaching import MODULES, reach_level_1, small_courses


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small courses."""
    return small_courses(tmp_path_factory.mktemp("courses"))


@pytest.fixture
def desk(tmp_path: Path, courses: Path) -> Desk:
    """The desk of somebody who has reached level 1."""
    found = desk_in(tmp_path / "home", clock=Clock(), folders=(OURS, courses))
    reach_level_1(found)
    return found


def test_nobody_gets_a_badge_with_one_lab_short(tmp_path: Path, courses: Path) -> None:
    """The refusal says which rule, and what is missing."""
    short = desk_in(tmp_path, record=InMemoryRecord(), folders=(OURS, courses))
    reach_level_1(short)
    entries = [
        entry
        for entry in short.record.read("ada")
        if not (isinstance(entry.event, LabChecked) and entry.event.lab.endswith("lab-4"))
    ]
    fresh = desk_in(tmp_path, folders=(OURS, courses))
    fresh.note(*(entry.event for entry in entries))
    with pytest.raises(NotReached, match="5 labs: pass 1 more"):
        issue(fresh, 1)
    assert issued_to(fresh) == ()


def test_a_level_that_is_reached_gives_a_badge_that_holds(desk: Desk) -> None:
    """Self-asserted at home; the evidence of the labs inside."""
    assert Levels(desk).completed == {f"small/{name}" for name in MODULES}
    issued = issue(desk, 1, name="Ada Lovelace")
    report = verify(issued.document, home=desk.home, now=desk.now())
    assert (report.outcome, report.self_asserted) == ("holds", True)
    assert report.recipient == "Ada Lovelace"
    inside = json.dumps(issued.document)
    assert all(f"{n:064x}" in inside for n in range(5))


def test_a_school_gives_badges_that_are_not_self_asserted(desk: Desk) -> None:
    """Under its name, with its status list on the web."""
    write_school(desk.home, School(name="The school", url="https://school.example/badges/"))
    issued = issue(desk, 1)
    report = verify(issued.document, home=desk.home, now=desk.now())
    assert (report.outcome, report.self_asserted) == ("holds", False)
    assert issued.document["issuer"]["name"] == "The school"
    status = issued.document["credentialStatus"]["statusListCredential"]
    assert status.startswith("https://school.example/badges/status-")


def test_a_revoked_badge_fails_and_its_neighbours_hold(desk: Desk) -> None:
    """Also for a stranger, who has the list only; revoking again changes nothing."""
    first, second = issue(desk, 1), issue(desk, 1)
    assert (first.index, second.index) == (0, 1)
    told = revoke(desk, first.credential, "the evidence was another's")
    assert told.revoked == "the evidence was another's"
    assert revoke(desk, first.credential, "again").revoked == told.revoked
    listed = status_document(desk, first.issuer)
    stranger = desk.home / "nobody"
    outcomes = [
        verify(each.document, home=stranger, now=desk.now(), status_lists=[listed]).outcome
        for each in (first, second)
    ]
    assert outcomes == ["fails", "holds"]


def test_without_the_list_a_stranger_cannot_know(desk: Desk) -> None:
    """Unknown is not a pass."""
    issued = issue(desk, 1)
    assert verify(issued.document, home=desk.home / "no", now=desk.now()).outcome == "unknown"


def test_a_key_keeps_the_address_of_its_status_list(desk: Desk) -> None:
    """A badge from before there was a school, or from before it moved, can still be checked and
    revoked; a new key begins with the new address."""
    at_home = issue(desk, 1)
    write_school(desk.home, School(name="The school", url="https://school.example"))
    moved = issue(desk, 1)
    statuses = [
        each.document["credentialStatus"]["statusListCredential"] for each in (at_home, moved)
    ]
    assert statuses[0].startswith("urn:uuid:")
    assert statuses == [status_address(desk, at_home.issuer)] * 2
    revoke(desk, at_home.credential, "by mistake")
    outcomes = [
        verify(x.document, home=desk.home, now=desk.now()).outcome for x in (at_home, moved)
    ]
    assert outcomes == ["fails", "holds"]
    rotate(desk.home, desk.now())
    new = issue(desk, 1).document["credentialStatus"]["statusListCredential"]
    assert new.startswith("https://school.example/status-")


@pytest.mark.parametrize("url", ["notaurl", "ftp://x", "https://", "https://a b"])
def test_a_school_has_an_address_on_the_web_or_none(desk: Desk, url: str) -> None:
    """Badges name it for good."""
    with pytest.raises(CannotBeUsed, match="no address on the web"):
        write_school(desk.home, School(name="The school", url=url))
    assert read_school(desk.home) is None


def test_a_key_that_is_none_is_refused_before_anything_is_recorded(desk: Desk) -> None:
    """No place in the status list is used up."""
    write_school(desk.home, School(name="The school"))
    with pytest.raises(CannotBeUsed, match="'nonsense' is not the did:key"):
        issue(desk, 1, did="nonsense")
    assert list(desk.record.read("school")) == []


def test_a_revocation_has_a_reason(desk: Desk) -> None:
    """It stays in the record, and an empty one says nothing."""
    issued = issue(desk, 1)
    with pytest.raises(CannotBeUsed, match="says why"):
        revoke(desk, issued.credential, " ")
    assert verify(issued.document, home=desk.home, now=desk.now()).outcome == "holds"


def test_a_revocation_outlives_the_person_that_was_erased(desk: Desk) -> None:
    """The place in the list is the school's."""
    issued = issue(desk, 1)
    revoke(desk, issued.credential, "by mistake")
    left = InMemoryRecord()
    for entry in desk.record.read("school"):
        left.append([entry])
    later = desk_in(desk.home, record=left)
    listed = status_document(later, issued.issuer)
    report = verify(issued.document, home=desk.home / "no", now=desk.now(), status_lists=[listed])
    assert report.outcome == "fails"


def test_after_a_rotation_old_badges_hold_and_can_be_revoked(desk: Desk) -> None:
    """New ones are signed by the new key; whoever trusts the old one trusts both."""
    before = issue(desk, 1)
    step = rotate(desk.home, desk.now())
    after = issue(desk, 1)
    assert (step.old, step.new) == (before.issuer, after.issuer)
    assert own_issuers(desk.home) == {step.old, step.new}
    for issued in (before, after):
        report = verify(issued.document, home=desk.home, now=desk.now(), issuer=step.old)
        assert report.outcome == "holds"
    revoke(desk, before.credential, "no more")
    outcomes = [
        verify(each.document, home=desk.home, now=desk.now()).outcome for each in (before, after)
    ]
    assert outcomes == ["fails", "holds"]


@pytest.mark.parametrize("present", ["next", "succession", "retired"])
def test_a_rotation_that_was_cut_off_goes_on_with_the_same_key(
    tmp_path: Path, present: str
) -> None:
    """Whatever of it was done already."""
    old = school_key(tmp_path).issuer
    keys = tmp_path / "keys"
    signed_with = (keys / "school.pem").read_bytes()
    first = rotate(tmp_path, Clock()())
    new = (keys / "school.pem").read_bytes()
    (keys / "next.pem").write_bytes(new)
    (keys / "next.pem").chmod(0o600)
    (keys / "school.pem").write_bytes(signed_with)
    if present in ("next",):
        (keys / "successions.json").unlink()
    if present != "retired":
        for each in (keys / "retired").iterdir():
            each.unlink()
    again = rotate(tmp_path, Clock()())
    assert (again.old, again.new, again.holds) == (old, first.new, True)
    assert school_key(tmp_path).issuer == first.new
    assert not (keys / "next.pem").exists()


def test_badges_issued_at_once_have_places_of_their_own(desk: Desk) -> None:
    """However many are at it."""
    with ThreadPoolExecutor(4) as pool:
        issued = list(pool.map(lambda _: issue(desk, 1), range(8)))
    assert sorted(each.index for each in issued) == list(range(8))


def test_a_badge_is_found_by_the_beginning_of_its_id(desk: Desk) -> None:
    """What is no badge is told with those that are."""
    issued = issue(desk, 1)
    assert find_issued(desk, issued.credential) == issued
    assert find_issued(desk, issued.credential.removeprefix("urn:uuid:")[:8]) == issued
    with pytest.raises(CannotBeUsed, match="is no badge of yours"):
        find_issued(desk, "nothing")


def test_the_picture_holds_the_whole_badge(desk: Desk) -> None:
    """Whatever the name is made of."""
    name = 'Ada ]]> <script>alert("x")</script> & Lovelace'
    issued = issue(desk, 1, name=name)
    picture, page = badge_svg(issued.document, 1), badge_page(issued.document, 1)
    assert baked_in(picture) == issued.document
    assert "<script" not in page.replace(picture, "")
    visible = picture.partition("</openbadges:credential>")[2]
    assert "<script" not in visible
    report = verify(baked_in(picture), home=desk.home, now=desk.now())
    assert report.outcome == "holds"


def test_a_picture_without_a_badge_is_told() -> None:
    """Nor is one with two of them believed."""
    for picture in ("<svg/>", 2 * "<openbadges:credential><![CDATA[{}]]></openbadges:credential>"):
        with pytest.raises(ValueError, match="the picture holds"):
            baked_in(picture)


def test_the_status_list_is_kept_beside_the_badges(desk: Desk) -> None:
    """So that it can be given out."""
    issue(desk, 1)
    (kept,) = (desk.home / FOLDER).glob("status-*.json")
    assert json.loads(kept.read_bytes())["type"][1] == "BitstringStatusListCredential"
