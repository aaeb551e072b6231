"""A call gets its handler's answer; a handler that says no is CallFailed with its words; nobody
who serves is a TimeoutError."""

from practicum.simulation.node import CallFailed, Declined

NODES, DURATION_S, SETTLE_S = 3, 1.5, 0.3


async def node(node):
    """n2 serves, n3 does not, n1 calls both."""
    if node.name == "n2":
        node.serve(answer)
    if node.name == "n1":
        await node.sleep(0.2)
        node.note("answer", await node.rpc("n2", ("double", 21), timeout=5))
        try:
            await node.rpc("n2", ("decline", 0), timeout=5)
        except CallFailed as error:
            node.note("failed", str(error))
        try:
            await node.rpc("n3", "anybody?", timeout=0.05)
        except TimeoutError:
            node.note("timeout", "n3")


async def answer(source, body):
    """Double a number, or say no."""
    what, number = body
    if what == "decline":
        raise Declined("not today")
    return (source, 2 * number)


def check_calls(history):
    """Each in its way."""
    found = [(note.kind, note.value) for note in history.notes]
    assert found == [
        ("answer", ("n1", 42)),
        ("failed", "Declined: not today"),
        ("timeout", "n3"),
    ]
