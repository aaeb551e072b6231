"""Every call is answered too late, and asked again: the bank is paid twice, in either world."""

NODES, CLIENTS, DURATION_S, SETTLE_S, FAULTS = ("bank",), 1, 0.6, 0.1, ("delay",)


async def node(node):
    """Note every order, and answer the first one late."""
    paid = []

    async def answer(source, body):
        node.note("paid", body)
        paid.append(body)
        if len(paid) == 1:
            await node.sleep(0.2)

    node.serve(answer)


async def client(client):
    """Ask twice if need be."""
    await client.sleep(0.1)
    for _ in range(2):
        try:
            await client.rpc("bank", "order-1", timeout=0.1)
        except TimeoutError:
            continue


def check_paid_once(history):
    """Nobody pays twice."""
    paid = [note.value for note in history.noted("paid")]
    assert len(paid) == len(set(paid)), f"{paid[-1]} was paid twice"
