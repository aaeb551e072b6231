"""What must come to its end and does not is a failure, with the line where it waits."""

NODES, CLIENTS, DURATION_S, SETTLE_S, PATIENCE_S = 1, 1, 0.3, 0.1, 0.4


async def node(node):
    """Never answer."""


async def client(client):
    """Nothing to do."""


async def finish(client):
    """Wait for an answer."""
    while True:
        try:
            await client.rpc("n1", "anybody?", timeout=0.1)
        except TimeoutError:
            continue


def check_nothing(history):
    """Never asked."""
