"""Waiting for a message ends when its time is over, and the next one is still received."""

NODES, DURATION_S, SETTLE_S = 2, 1.0, 0.3


async def node(node):
    """n1 waits for nothing, and says so to n2, who answers."""
    if node.name == "n2":
        source, _ = await node.inbox.get()
        node.send(source, "late")
        return
    try:
        await node.inbox.get(timeout=0.05)
    except TimeoutError:
        node.note("empty", len(node.inbox))
    node.send("n2", "now")
    node.note("then", await node.inbox.get(timeout=5))


def check_inbox(history):
    """First nothing, then something."""
    found = [(note.kind, note.value) for note in history.notes]
    assert found == [("empty", 0), ("then", ("n2", "late"))]
