"""W1: five nodes pass on what they hear, to one that they draw."""

NODES = 5
CLIENTS = 0
DURATION_S = 8.0
SETTLE_S = 0.01
SENT_AT_FIRST = 4


async def node(node):
    """Send a few messages, and one more for each that arrives."""
    peers, chance = node.peers, node.random.random
    count = len(peers)
    for _ in range(SENT_AT_FIRST):
        node.send(peers[int(chance() * count)], 0)
    while True:
        _, hops = await node.inbox.get()
        node.send(peers[int(chance() * count)], hops + 1)


def check_nothing(history):
    """There is nothing to judge."""
