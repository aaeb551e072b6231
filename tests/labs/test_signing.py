"""The school's signature: made by one key, checked by anybody, and nothing passes it changed."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from cli.terminal import practicum
from labs.test_evidence import BUNDLE
from practicum.labs.evidence import seal, write
from practicum.labs.school_key import SchoolKey, school_key
from practicum.labs.signing import sign, verify
from practicum.learner.credential.did_key import did_of, key_of
from practicum.servers.home import RangeError

KEY = SchoolKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = SchoolKey(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))


def test_a_signed_bundle_is_genuine(tmp_path: Path) -> None:
    """Written to a file, and read by somebody who has nothing else."""
    path = write(sign(BUNDLE, KEY), tmp_path)
    found = verify(path)
    assert found.problems == ()
    assert (found.issuer, found.told, found.kind) == (KEY.issuer, "pass", "tour")
    assert verify(path, issuer=KEY.issuer).is_genuine
    assert verify(path, issuer=OTHER.issuer).problems == (
        f"issuer: it was signed by {KEY.issuer}, not by {OTHER.issuer}",
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"verdict": "fail"}, ["sha256: ", "signature: "]),
        ({"issuer": OTHER.issuer}, ["sha256: ", "signature: "]),
        ({"sha256": "0" * 64}, ["sha256: "]),
        ({"signature": ""}, ["signature: there is none"]),
        ({"signature": "no!"}, ["signature: it is not base64"]),
        ({"signature": "AAAA"}, ["signature: it is not the one"]),
        ({"issuer": "did:key:z6Mk"}, ["sha256: ", "issuer: 'did:key:z6Mk' is not the did:key"]),
        ({"issuer": 7}, ["a bundle has another form", "sha256: ", "issuer: "]),
        ({"extra": 1}, ["sha256: ", "signature: "]),
        ({"figures": None}, ["a bundle has another form", "sha256: ", "signature: "]),
        ({"schema": 99}, ["schema: the bundle is of version 99", "sha256: ", "signature: "]),
    ],
)
def test_each_change_is_told_by_what_it_breaks(
    change: dict[str, Any], told: list[str], tmp_path: Path
) -> None:
    """Exactly that, and in words."""
    document = msgspec.to_builtins(sign(BUNDLE, KEY)) | change
    path = tmp_path / "bundle.json"
    path.write_bytes(msgspec.json.encode(document))
    problems = verify(path).problems
    assert len(problems) == len(told), problems
    assert all(one.startswith(start) for one, start in zip(problems, told, strict=True)), problems


def test_a_bundle_hashed_anew_is_not_a_bundle_signed_anew(tmp_path: Path) -> None:
    """Whoever changes the content can repair the hash, but not the signature."""
    signed = sign(BUNDLE, KEY)
    forged = seal(msgspec.structs.replace(signed, checks_sha256="1" * 64))
    (problem,) = verify(write(forged, tmp_path)).problems
    assert problem.startswith("signature: it is not the one of did:key:z6Mk")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not a bundle"),
        ("[]", "not an object"),
        ('{"verdict": "pass", "verdict": "fail"}', "'verdict' is told twice"),
        ('{"figures": NaN}', "NaN is not a number"),
        ('{"figures": 1e999}', "1e999 is not a number"),
        ("[" * 100_000, "not a bundle"),
        ('{"kind": "\\ud800"}', "canonical JSON"),
        ("{}", "another form"),
    ],
)
def test_what_is_no_bundle_is_told(text: str, told: str, tmp_path: Path) -> None:
    """Also what two readers could read as two different things."""
    path = tmp_path / "bundle.json"
    path.write_text(text)
    assert any(told in problem for problem in verify(path).problems)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x)))
def test_no_document_upsets_the_verifier(value: object) -> None:
    """Whatever stands in the fields."""
    document = dict.fromkeys(("issuer", "signature", "sha256", "schema", "kind"), value)
    path = Path("/dev/shm", "practicum-test-bundle.json")
    path.write_text(json.dumps(document))
    try:
        assert not verify(path).is_genuine
    finally:
        path.unlink()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """And a folder."""
    assert "No such file" in verify(tmp_path / "none.json").problems[0]
    assert "Is a directory" in verify(tmp_path).problems[0]


@given(st.binary(min_size=32, max_size=32))
def test_a_did_key_is_read_back(seed: bytes) -> None:
    """For every key."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    assert key_of(did_of(public)).public_bytes_raw() == public.public_bytes_raw()


def test_the_did_is_the_one_of_the_specification() -> None:
    """The first test vector of did:key for Ed25519."""
    did = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
    raw = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"
    assert key_of(did).public_bytes_raw().hex() == raw
    assert did_of(Ed25519PublicKey.from_public_bytes(bytes.fromhex(raw))) == did


def test_the_key_is_made_once_and_kept_for_the_owner_alone(tmp_path: Path) -> None:
    """Also when many ask at the same moment."""
    issuers: list[str] = []
    askers = [
        threading.Thread(target=lambda: issuers.append(school_key(tmp_path / "home").issuer))
        for _ in range(8)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(issuers) == 8
    assert len(set(issuers)) == 1
    path = tmp_path / "home" / "keys" / "school.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_key_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """Broken, or open to others: no signature is made with it, and no new key in silence."""
    school_key(tmp_path)
    path = tmp_path / "keys" / "school.pem"
    path.chmod(0o644)
    with pytest.raises(RangeError, match="chmod 600"):
        school_key(tmp_path)
    path.write_text("nonsense")
    with pytest.raises(RangeError, match="put it back from a copy"):
        school_key(tmp_path)
    assert path.read_text() == "nonsense"


def test_the_command_tells_and_its_exit_code_too(tmp_path: Path) -> None:
    """Genuine, changed, missing; and who signs here."""
    home = tmp_path / "home"
    path = write(sign(BUNDLE, school_key(home)), tmp_path)
    done = practicum(home, "evidence", str(path), "--issuer", school_key(home).issuer)
    assert done.returncode == 0
    assert "genuine" in done.stdout
    assert "this home's key" in done.stdout
    assert school_key(home).issuer in practicum(home, "evidence").stdout
    path.write_text(path.read_text().replace('"pass"', '"fail"', 1))
    done = practicum(home, "evidence", str(path), str(tmp_path / "none"), "--json")
    assert done.returncode == 1
    changed, missing = json.loads(done.stdout)
    assert changed["problems"][0].startswith("sha256: the bundle says")
    assert not changed["genuine"]
    assert "No such file" in missing["problems"][0]
