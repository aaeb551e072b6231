"""What is sent across a partition is lost; before and after it messages arrive."""

import itertools

NODES, DURATION_S, SETTLE_S = 2, 1.5, 0.3


async def node(node):
    """n1 counts aloud, n2 notes."""
    if node.name == "n1":
        number = 0
        while True:
            node.send("n2", number)
            number += 1
            await node.sleep(0.02)
    async for _, number in node.inbox:
        node.note("got", number)


def check_gap(history):
    """A gap, with numbers on both sides of it."""
    got = [note.value for note in history.noted("got")]
    gaps = [(one, other) for one, other in itertools.pairwise(got) if other - one > 2]
    assert len(gaps) == 1, gaps
