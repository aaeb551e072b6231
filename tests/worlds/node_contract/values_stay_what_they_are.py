"""Tuples, bytes and keys that are numbers arrive as such, and nothing is shared; what is no plain
value is refused where it is sent."""

NODES, DURATION_S, SETTLE_S = 2, 1.0, 0.3
SENT = {"pair": (1, None), "bytes": b"\x00\xff", 7: [True, 1.5]}


async def node(node):
    """n1 sends what it changes afterwards; n2 notes what came."""
    if node.name == "n1":
        await node.sleep(0.2)
        body = {**SENT, 7: [True, 1.5]}
        node.send("n2", body)
        body[7].append("changed")
        try:
            node.send("n2", {"no plain value": {1, 2}})
        except TypeError as error:
            node.note("refused", str(error))
        return
    _, body = await node.inbox.get()
    node.note("got", body)


def check_values(history):
    """The same value, and one refusal."""
    assert [note.value for note in history.noted("got")] == [SENT]
    assert [note.value for note in history.noted("refused")] == [
        "a message cannot hold a set: use numbers, texts, and lists or dicts of them"
    ]
