"""Our badges before a verifier that is not ours: @digitalbazaar/vc, from npm."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from learner.credential.badges import INDEX, badge, listed

HERE = Path(__file__).parent
CONTEXT = resources.files("practicum.study") / "contexts" / "open-badges-3.0.3.json"
TAMPERED = 60

pytestmark = pytest.mark.prove


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the verifier and what it needs."""
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "verify_badge.mjs"):
        shutil.copy(HERE / name, folder)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    return folder


def verified(
    node: Path, texts: list[bytes], status: dict[str, Any], folder: Path
) -> list[dict[str, Any]]:
    """What the verifier says of each."""
    (folder / "status.json").write_text(json.dumps(status))
    (folder / "context.json").write_text(CONTEXT.read_text())
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"badge-{number}.json")
        files[-1].write_bytes(text)
    given = [folder / "status.json", folder / "context.json"]
    command = ["node", "verify_badge.mjs", *given, *files]
    done = subprocess.run(command, cwd=node, check=True, capture_output=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()]


def text_of(document: dict[str, Any]) -> bytes:
    """A badge as a file holds it."""
    return json.dumps(document, separators=(",", ":")).encode()


def test_it_verifies_our_badges_with_their_status(node: Path, tmp_path: Path) -> None:
    """Those of every level, a school's and a learner's own."""
    texts = [text_of(badge(level=level)) for level in (1, 2, 3, 4, 5)]
    told = verified(node, texts, listed(set()), tmp_path)
    assert [(each["verified"], each["revoked"]) for each in told] == [(True, False)] * 5
    own = [text_of(badge(by="ada", to="ada"))]
    (alone,) = verified(node, own, listed(set(), by="ada"), tmp_path)
    assert alone["verified"], alone


def test_it_sees_that_a_badge_is_revoked(node: Path, tmp_path: Path) -> None:
    """By our status list."""
    (told,) = verified(node, [text_of(badge())], listed({INDEX}), tmp_path)
    assert told["revoked"] is True, told


def test_it_refuses_a_badge_after_any_one_byte_changes(node: Path, tmp_path: Path) -> None:
    """A sample of them; what is no JSON any more is refused as well."""
    text, drawing = text_of(badge()), random.Random(9)
    texts = []
    for place in drawing.sample(range(len(text)), TAMPERED):
        changed = bytes([text[place] ^ drawing.randrange(1, 128)])
        texts.append(text[:place] + changed + text[place + 1 :])
    told = verified(node, [*texts, text], listed(set()), tmp_path)
    believed = [n for n, each in enumerate(told) if each["verified"]]
    assert believed == [TAMPERED]  # the one that nobody touched
