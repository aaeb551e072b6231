"""After a crash a node begins anew: nothing in memory, all that was synced on disk, and nothing
more from the life before, not even its last words."""

import asyncio

NODES, DURATION_S, SETTLE_S = 2, 1.5, 0.3
REMEMBERED = []


async def node(node):
    """n1 counts its lives, in memory and on disk."""
    if node.name == "n2":
        await asyncio.Event().wait()
    REMEMBERED.append(node.life)
    node.disk.append("lives", node.life)
    await node.disk.sync()
    node.note("lives", node.disk.read("lives"))
    node.note("remembered", list(REMEMBERED))
    try:
        while True:
            node.note("alive", node.life)
            await node.sleep(0.02)
    finally:
        node.note("last words", node.life)


def check_lives(history):
    """Two lives, one after the other."""
    assert [note.value for note in history.noted("lives")] == [[1], [1, 2]]
    assert [note.value for note in history.noted("remembered")] == [[1], [2]]
    alive = [note.value for note in history.noted("alive")]
    assert alive == sorted(alive)
    assert set(alive) == {1, 2}
    assert not history.noted("last words")
