"""A bank that is asked again when it does not answer, and does not know that it was asked before:
whoever loses an answer pays twice."""

NODES = ("bank",)
CLIENTS = 2
DURATION_S = 4.0
FAULTS = ("loss", "duplicate", "delay", "kill")


async def node(node):
    """Write every payment down."""

    async def answer(source, body):
        node.disk.append("paid", body["order"])
        await node.disk.sync()
        node.note("paid", body["order"])
        return "paid"

    node.serve(answer)


async def client(client):
    """Pay orders one after the other, each until the bank says that it is paid."""
    number = 0
    while client.running:
        number += 1
        order = f"{client.name}-{number}"
        operation = client.invoke("pay", order)
        for _ in range(20):
            try:
                await client.rpc("bank", {"order": order}, timeout=0.1)
                operation.ok()
                break
            except TimeoutError:
                continue
        await client.sleep(0.1)


def check_paid_once(history):
    """Nobody pays an order twice."""
    seen = set()
    for note in history.noted("paid"):
        assert note.value not in seen, f"{note.value} was paid twice"
        seen.add(note.value)
