"""An error that nobody handles is a failure, with its line."""

NODES, DURATION_S, SETTLE_S = 1, 1.0, 0.3


async def node(node):
    """Fail."""
    await node.sleep(0.05)
    raise KeyError("nobody handles this")


def check_nothing(history):
    """Never asked."""
