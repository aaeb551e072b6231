"""Files that nobody has touched are known without reading them, and no others are."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from practicum.authoring.judging.contents import SETTLES_NS, contents, touch


def later() -> int:
    """A time by which all that is done now has settled."""
    return time.time_ns() + 2 * SETTLES_NS


def rewrite(path: Path) -> None:
    """Other words of the same length, and the time of writing set back."""
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:  # a tick takes milliseconds
        path.write_text("two")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(path: Path) -> None:
    """Another file in its place, as editors do."""
    other = path.with_name("other")
    other.write_text("two")
    other.replace(path)


@pytest.mark.parametrize("change", [rewrite, replace, Path.unlink, lambda path: path.chmod(0o600)])
def test_whatever_is_done_to_a_file_shows(tmp_path: Path, change: Callable[[Path], None]) -> None:
    """Also if its size and the time of its last writing stay."""
    path, other = tmp_path / "one.md", tmp_path / "missing.md"
    path.write_text("one")
    paths = [str(path), str(other)]
    before = touch(paths, later())
    assert before is not None
    assert touch(paths, later()) == before
    change(path)
    assert touch(paths, later()) not in (None, before)


def test_a_file_that_comes_shows(tmp_path: Path) -> None:
    """It was known to be missing."""
    path = tmp_path / "one.md"
    before = touch([str(path)], later())
    path.write_text("")
    assert touch([str(path)], later()) not in (None, before)


def test_what_has_not_settled_is_read(tmp_path: Path) -> None:
    """And so is what is no file, or a link, behind which anything may change."""
    path, link = tmp_path / "one.md", tmp_path / "link.md"
    path.write_text("one")
    link.symlink_to(path)
    assert touch([str(path)], time.time_ns()) is None
    assert touch([str(path), str(link)], later()) is None
    assert touch([str(tmp_path)], later()) is None


def test_contents_tell_a_link_from_its_target(tmp_path: Path) -> None:
    """And a file that is missing from one that is empty."""
    (tmp_path / "empty.md").write_text("")
    (tmp_path / "link.md").symlink_to("empty.md")
    read = lambda path: Path(path).read_bytes()  # noqa: E731
    found = [list(contents(str(tmp_path), [x], read))[1:] for x in ("empty.md", "link.md", "no.md")]
    assert found[0] != found[1] != found[2] != found[0]
