"""A node all of whose messages are doubled is heard twice."""

NODES, DURATION_S, SETTLE_S = 2, 1.2, 0.3


async def node(node):
    """n1 greets n2 when the fault is there."""
    if node.name == "n1":
        await node.sleep(0.3)
        node.send("n2", "hello")
    async for _, body in node.inbox:
        node.note("heard", body)


def check_heard(history):
    """Twice."""
    assert [note.value for note in history.noted("heard")] == ["hello", "hello"]
