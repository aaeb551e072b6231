"""Logs stay small, and their end is what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.servers.process.logs import curb


def test_a_curbed_log_keeps_its_last_bytes(tmp_path: Path) -> None:
    """The count goes on from what was dropped before."""
    log = tmp_path / "x.log"
    log.write_bytes(b"a" * 3_000_000 + b"the end\n")
    assert curb(log, 1_000_000, 2_000_000) == 2_000_008
    text = log.read_text()
    assert text.startswith("--- 4.0 MB before this line were dropped")
    assert text.endswith("aaathe end\n")
    assert len(text) < 1_000_200


@given(st.binary(max_size=400), st.integers(1, 500))
def test_curbing_keeps_exactly_the_end(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, kept: int
) -> None:
    """Whatever was written, in lines or not: what is dropped and what is kept is all of it."""
    log = tmp_path_factory.mktemp("logs") / "x.log"
    log.write_bytes(content)
    dropped = curb(log, kept)
    note, _, rest = log.read_bytes().partition(b"\n")
    assert note.startswith(b"--- 0.0 MB")
    assert content == content[:dropped] + rest
    assert len(rest) == min(kept, len(content))
