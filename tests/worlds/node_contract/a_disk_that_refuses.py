"""What a disk refuses is a DiskError, and was not done; a node that does not handle it is started
again."""

from practicum.simulation.disk import DiskError

NODES, DURATION_S, SETTLE_S = 1, 2.0, 0.3


async def node(node):
    """Write when the fault is there, first with care, then without."""
    if node.life == 1:
        await node.sleep(0.2)
        try:
            node.disk.write("value", 1)
        except DiskError as error:
            node.note("refused", str(error))
        node.disk.write("value", 2)
    node.note("value", node.disk.read("value", "nothing"))


def check_disk(history):
    """Refused twice, and a second life."""
    found = [(note.kind, note.value) for note in history.notes]
    assert found == [("refused", "[Errno 5] the disk refused the write"), ("value", "nothing")]
