"""The four constructs of ``sets``, seen by the only node of a world."""

from sets import see_all

NODES = 1
CLIENTS = 0
DURATION_S = 1.0
SETTLE_S = 0.01


async def node(node):
    """Note what is seen."""
    for name, seen in (await see_all()).items():
        node.note(name, seen)


def check_all_seen(history):
    """There are four."""
    assert len(history.notes) == 4
