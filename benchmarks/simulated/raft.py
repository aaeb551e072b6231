"""An election in Raft's manner (Ongaro and Ousterhout, 2014), by messages: five nodes, an
election after 150 to 300 ms without a heartbeat, one every 75 ms. There is no log, so that nobody
answers a heartbeat."""

NODES = 5
CLIENTS = 0
DURATION_S = 9.0
SETTLE_S = 1.0
FAULTS = ("kill", "partition")
BEAT_S = 0.075


class Peer:
    """A node's state, of which term and vote are on its disk."""

    def __init__(self, node):
        self.node = node
        self.term = node.disk.read("term", 0)
        self.vote = node.disk.read("vote")
        self.leads = False
        self.votes = set()
        self.majority = (len(node.peers) + 1) // 2 + 1
        self.wait_longer()

    def wait_longer(self):
        """Draw when to stand for election."""
        self.until = self.node.clock.monotonic() + 0.15 + 0.15 * self.node.random.random()

    async def keep(self, term, vote):
        """Write term and vote down for good."""
        self.term, self.vote = term, vote
        self.node.disk.write("term", term)
        self.node.disk.write("vote", vote)
        await self.node.disk.sync()

    async def hear(self, source, message):
        """One message."""
        kind, term = message
        if term > self.term:
            self.leads = False
            await self.keep(term, None)
        if term < self.term:
            return
        if kind == "beat":
            self.wait_longer()
        elif kind == "ask":
            if self.vote in (None, source):
                if self.vote is None:
                    await self.keep(term, source)
                self.wait_longer()
                self.node.send(source, ("vote", term))
        elif kind == "vote" and not self.leads:
            self.votes.add(source)
            if len(self.votes) >= self.majority:
                self.leads = True
                self.node.note("leader", self.node.name, key=term)
                self.beat()

    def beat(self):
        """Tell all that there is a leader."""
        message = ("beat", self.term)
        for peer in self.node.peers:
            self.node.send(peer, message)
        self.until = self.node.clock.monotonic() + BEAT_S

    async def stand(self):
        """Stand for election in the next term."""
        await self.keep(self.term + 1, self.node.name)
        self.votes = {self.node.name}
        self.wait_longer()
        for peer in self.node.peers:
            self.node.send(peer, ("ask", self.term))


async def node(node):
    """Follow, stand, lead."""
    peer = Peer(node)
    inbox, clock = node.inbox, node.clock
    while True:
        try:
            source, message = await inbox.get(timeout=max(0.0, peer.until - clock.monotonic()))
        except TimeoutError:
            if peer.leads:
                peer.beat()
            else:
                await peer.stand()
        else:
            await peer.hear(source, message)


def check_one_leader(history):
    """A term has at most one leader."""
    leaders = {}
    for note in history.notes:
        other = leaders.setdefault(note.key, note.value)
        assert other == note.value, f"term {note.key} has two leaders, {other} and {note.value}"
