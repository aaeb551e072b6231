"""Raft's election by nodes that crash and are cut off; a term has one leader at most."""

from voting import LEADER, Voter

NODES = 5
CLIENTS = 0
SETTLE_S = 0.01


async def node(node):
    """Vote and be voted for."""
    kept = node.disk.read("vote", (0, None))
    voter = Voter(node.name, node.peers, node.random.random, kept)
    while True:
        was, before = voter.role, voter.to_keep
        try:
            source, message = await node.inbox.get(timeout=voter.patience_s())
            sending = voter.hear(source, message)
        except TimeoutError:
            sending = voter.bored()
        if voter.to_keep != before:
            node.disk.write("vote", voter.to_keep)
            await node.disk.sync()
        if voter.role == LEADER and was != LEADER:
            node.note("leader", node.name, key=voter.term)
        for to, body in sending:
            node.send(to, body)


def check_one_leader(history):
    """A term has one leader at most."""
    leaders = {}
    for note in history.noted("leader"):
        assert leaders.setdefault(note.key, note.value) == note.value, f"two in term {note.key}"
