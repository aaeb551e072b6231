"""A node whose disk failed it is started again, but not while it has no power."""

NODES, DURATION_S, SETTLE_S = 2, 2.0, 0.3


async def node(node):
    """n1's disk fails it; n2 notes when it is back."""
    if node.name == "n1":
        node.send("n2", node.life)
        if node.life == 1:
            await node.sleep(0.2)
            node.disk.write("value", 1)
        return
    while True:
        try:
            _, life = await node.inbox.get(timeout=1.0)
            node.note("life", life)
        except TimeoutError:
            node.note("quiet")


def check_quiet(history):
    """A second without it, which is longer than it takes to come back."""
    found = [(note.kind, note.value) for note in history.notes]
    assert found == [("life", 1), ("quiet", None), ("life", 2)], found
