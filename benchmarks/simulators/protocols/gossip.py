"""W1: rumours that whoever hears one passes on to somebody, drawn by chance, for so many hops."""

RUMOURS = 80
HOPS = 400
DURATION_S = 20.0
SETTLE_S = 0.01
CLIENTS = 0


async def node(node):
    """Begin every so many-th rumour, and pass on all that are heard."""
    chance, peers = node.random.random, node.peers
    count = len(peers)
    for _ in range(int(node.name[1:]) - 1, RUMOURS, count + 1):
        node.send(peers[int(chance() * count)], HOPS)
    while True:
        _, hops = await node.inbox.get()
        if hops > 1:
            node.send(peers[int(chance() * count)], hops - 1)
        else:
            node.note("end")


def check_all_came_to_their_end(history):
    """No rumour is lost."""
    assert len(history.noted("end")) == RUMOURS
