"""What is asked, done at a node, and answered stands in the history in that order; what is not
told by the end is open. ``finish`` comes last."""

NODES, CLIENTS, DURATION_S, SETTLE_S = 1, 1, 0.8, 0.3


async def node(node):
    """Note each call."""

    async def answer(source, body):
        node.note("served", body)
        return body + 1

    node.serve(answer)


async def client(client):
    """One operation of each kind, and wait until the world wants to end."""
    await client.sleep(0.2)
    call = client.invoke("call", 1, key="x")
    call.ok(await client.rpc("n1", 1, timeout=5))
    client.invoke("refused").fail("no")
    client.invoke("unsure").info()
    client.invoke("open")
    while client.running:
        await client.sleep(0.01)
    client.note("stops", client.nodes)


async def finish(client):
    """Ask once more."""
    client.note("finish", await client.rpc("n1", 2, timeout=5))


def check_history(history):
    """In this order."""
    found = [(event.type, event.kind, event.value) for event in history.all]
    assert found == [
        ("invoke", "call", 1),
        ("note", "served", 1),
        ("ok", "call", 2),
        ("invoke", "refused", None),
        ("fail", "refused", "no"),
        ("invoke", "unsure", None),
        ("info", "unsure", None),
        ("invoke", "open", None),
        ("note", "stops", ("n1",)),
        ("note", "served", 2),
        ("note", "finish", 3),
    ], found
    assert [event.key for event in history.ok("call")] == ["x"]
    assert [event.line for event in history.all] == list(range(1, 12))
