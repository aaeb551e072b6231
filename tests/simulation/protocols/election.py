"""An election in Raft's manner. With VOTE_IS_KEPT False the vote is written and not synced, and a
crash can make a node vote twice in one term."""

import asyncio

NODES = 5
CLIENTS = 0
DURATION_S = 1.0
SETTLE_S = 0.2
FAULTS = ("kill", "partition", "loss", "delay", "pause")
VOTE_IS_KEPT = False


class Peer:
    """One node's state."""

    def __init__(self, node):
        self.node = node
        self.term = node.disk.read("term", 0)
        self.voted_for = node.disk.read("vote")
        self.leader = None
        self.heard = asyncio.Event()

    async def keep(self, term, voted_for):
        """Write term and vote down."""
        self.term, self.voted_for = term, voted_for
        self.node.disk.write("term", term)
        self.node.disk.write("vote", voted_for)
        if VOTE_IS_KEPT:
            await self.node.disk.sync()

    async def answer(self, source, body):
        """Calls of other nodes."""
        if body["term"] > self.term:
            await self.keep(body["term"], None)
        if body["do"] == "beat":
            if body["term"] == self.term:
                self.heard.set()
            return {"term": self.term}
        granted = body["term"] == self.term and self.voted_for in (None, source)
        if granted:
            await self.keep(self.term, source)
            granted = body["term"] == self.term and self.voted_for == source
            self.heard.set()
        return {"term": self.term, "granted": granted}

    async def ask(self, peer, body):
        """A call that may fail."""
        try:
            return await self.node.rpc(peer, body, timeout=0.05)
        except TimeoutError:
            return {"term": 0, "granted": False}

    async def campaign(self):
        """Try to become the leader of a new term."""
        await self.keep(self.term + 1, self.node.name)
        term = self.term
        asked = [self.ask(peer, {"do": "vote", "term": term}) for peer in self.node.peers]
        votes = 1
        for answer in asyncio.as_completed(asked):
            votes += (await answer)["granted"]
            if votes > (len(asked) + 1) // 2:
                break
        if votes > (len(asked) + 1) // 2 and self.term == term:
            self.node.note("leader", self.node.name, key=term)
            await self.lead(term)

    async def lead(self, term):
        """Send heartbeats while nobody is ahead."""
        while self.term == term:
            for peer in self.node.peers:
                self.node.spawn(self.ask(peer, {"do": "beat", "term": term}))
            await asyncio.sleep(0.05)


async def node(node):
    """Wait for a leader's heartbeat, or stand for election."""
    peer = Peer(node)
    node.serve(peer.answer)
    while True:
        peer.heard.clear()
        try:
            async with asyncio.timeout(0.15 + 0.15 * node.random.random()):
                await peer.heard.wait()
        except TimeoutError:
            await peer.campaign()


def check_one_leader(history):
    """A term has at most one leader."""
    leaders = {}
    for note in history.noted("leader"):
        other = leaders.setdefault(note.key, note.value)
        assert other == note.value, f"term {note.key} has two leaders, {other} and {note.value}"
