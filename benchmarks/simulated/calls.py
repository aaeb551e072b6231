"""W2: five nodes call each other, each call answered by a task, tried again after 50 ms."""

import asyncio

NODES = 5
CLIENTS = 0
DURATION_S = 30.0
SETTLE_S = 0.01


async def node(node):
    """Call somebody, again and again."""

    async def answer(source, number):
        await asyncio.sleep(0)
        return number + 1

    node.serve(answer)
    peers, chance = node.peers, node.random.random
    number, count = 0, len(peers)
    while True:
        try:
            number = await node.rpc(peers[int(chance() * count)], number, timeout=0.05)
        except TimeoutError:
            continue


def check_nothing(history):
    """There is nothing to judge."""
