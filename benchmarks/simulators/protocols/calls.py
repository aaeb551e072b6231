"""W2: calls that a task of its own answers, tried again after a timeout, with 1 % loss."""

import asyncio

NODES = 5
CALLERS = 4
CALLS = 400
TIMEOUT_S = 0.1
DURATION_S = 100.0
SETTLE_S = 0.01
CLIENTS = 0


async def answer(source, question):
    """What is asked for."""
    return question + 1


async def node(node):
    """Answer, and ask from several tasks at once."""
    node.serve(answer)
    await asyncio.gather(*(call(node) for _ in range(CALLERS)))
    node.note("done")


async def call(node):
    """Ask somebody, again and again."""
    for number in range(CALLS):
        to = node.peers[int(node.random.random() * len(node.peers))]
        while True:
            try:
                assert await node.rpc(to, number, timeout=TIMEOUT_S) == number + 1
                break
            except TimeoutError:
                continue


def check_all_done(history):
    """Every call is answered."""
    assert len(history.noted("done")) == NODES
