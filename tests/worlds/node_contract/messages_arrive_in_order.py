"""What one node sends another arrives, each message once and in the order of sending."""

NODES, DURATION_S, SETTLE_S = 2, 1.0, 0.3


async def node(node):
    """n1 sends, n2 notes."""
    if node.name == "n1":
        await node.sleep(0.2)
        for number in range(50):
            node.send("n2", {"number": number})
        return
    async for source, body in node.inbox:
        node.note("got", body["number"], key=source)


def check_order(history):
    """All, in order."""
    assert [note.value for note in history.noted("got")] == list(range(50))
    assert {note.key for note in history.noted("got")} == {"n1"}
