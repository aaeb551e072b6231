"""The clock on the wall may be wrong; the stopwatch is not."""

NODES, DURATION_S, SETTLE_S = 1, 1.0, 0.3


async def node(node):
    """Look at both, before and while the fault is there."""
    for _ in range(2):
        node.note("ahead", round(node.clock.time() - node.clock.monotonic()))
        await node.sleep(0.5)


def check_clock(history):
    """Right, then a minute ahead."""
    assert [note.value for note in history.noted("ahead")] == [0, 60]
