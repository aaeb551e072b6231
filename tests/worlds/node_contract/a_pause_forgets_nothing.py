"""A node that stood still goes on in the same life, where it was, and gets what came meanwhile."""

NODES, DURATION_S, SETTLE_S = 2, 1.5, 0.3


async def node(node):
    """n1 stands still; n2 counts aloud."""
    if node.name == "n2":
        for number in range(40):
            node.send("n1", number)
            await node.sleep(0.02)
        return
    async for _, number in node.inbox:
        node.note("got", number, key=node.life)


def check_all(history):
    """Every number, in one life."""
    got = history.noted("got")
    assert sorted(note.value for note in got) == list(range(40))
    assert {note.key for note in got} == {1}
