"""A node that loses all its messages reaches nobody, and nobody reaches it."""

NODES, DURATION_S, SETTLE_S = 3, 1.2, 0.3


async def node(node):
    """Each greets the others when the loss is there."""
    await node.sleep(0.3)
    for peer in node.peers:
        node.send(peer, "hello")
    async for source, _ in node.inbox:
        node.note("heard", source)


def check_heard(history):
    """n2 and n3 hear each other only."""
    heard = sorted((note.process, note.value) for note in history.noted("heard"))
    assert heard == [("n2", "n3"), ("n3", "n2")]
