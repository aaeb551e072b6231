"""Three-way merges: changes in different places join, and nothing that anybody wrote is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from practicum.labs.workspace.merge3 import MIDDLE, MINE, THEIRS, merge3

TEXT = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\r\n", b"e"]), max_size=12).map(
    b"".join
)
BASE = b"".join(b"line %d\n" % number for number in range(1, 9))


@given(TEXT, TEXT)
def test_who_changed_nothing_gets_the_others_text(base: bytes, other: bytes) -> None:
    """On either side; and the same change twice is one."""
    assert merge3(base, base, other).text == other
    assert merge3(base, other, base).text == other
    same = merge3(base, other, other)
    assert (same.text, same.conflicts) == (other, ())


@given(TEXT, TEXT, TEXT)
def test_what_anybody_added_is_in_the_result(base: bytes, mine: bytes, theirs: bytes) -> None:
    """Every line that the base does not have."""
    result = merge3(base, mine, theirs).text.splitlines()
    for line in [*mine.splitlines(), *theirs.splitlines()]:
        assert line in base.splitlines() or line in result


@given(TEXT, TEXT, TEXT)
def test_conflicts_are_exactly_what_is_marked(base: bytes, mine: bytes, theirs: bytes) -> None:
    """The lines named hold the markers; with the sides swapped the same stretches clash."""
    merged = merge3(base, mine, theirs)
    lines = merged.text.splitlines(keepends=True)
    for first, last in merged.conflicts:
        assert lines[first - 1] == MINE
        assert lines[last - 1] == THEIRS
        assert MIDDLE in lines[first - 1 : last]
    assert lines.count(MINE) == len(merged.conflicts)
    assert len(merge3(base, theirs, mine).conflicts) == len(merged.conflicts)


@given(st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)), st.data())
def test_changes_of_different_lines_join(
    left: set[int], right: set[int], data: st.DataObject
) -> None:
    """As long as an untouched line stands between them."""
    right = {at for at in right if not {at - 1, at, at + 1} & left}
    lines = BASE.splitlines(keepends=True)

    def change(at: set[int], word: bytes) -> bytes:
        return b"".join(word if n in at else line for n, line in enumerate(lines))

    merged = merge3(BASE, change(left, b"mine\n"), change(right, b"theirs\n"))
    assert merged.conflicts == ()
    wanted = [
        b"mine\n" if n in left else b"theirs\n" if n in right else x for n, x in enumerate(lines)
    ]
    assert merged.text == b"".join(wanted)


def test_a_clash_shows_both_sides_and_says_where() -> None:
    """Also where the last line has no end."""
    merged = merge3(b"a\nb\nc", b"a\nB\nc", b"a\nbb\nc")
    assert merged.text == b"a\n" + MINE + b"B\n" + MIDDLE + b"bb\n" + THEIRS + b"c"
    assert merged.conflicts == ((2, 6),)
    assert merge3(b"", b"x", b"y").text == MINE + b"x\n" + MIDDLE + b"y\n" + THEIRS
