"""Raft's election without I/O (Ongaro and Ousterhout, 2014, section 5.2), for every engine alike.

The timeouts are the paper's 150 to 300 ms. A heartbeat has to come well within the shortest
(section 5.6): every 50 ms, a third of it, so that no latency of one heartbeat costs an election.
The paper's own experiment (section 9.3) has half of it, 75 ms, which is a third fewer messages and
the easier to simulate. There is no log, so that nobody answers a heartbeat. Messages are tuples
(kind, term, granted); what is to be sent comes back as pairs (to, message).
"""

ELECTION_S_MIN, ELECTION_S_MAX, HEARTBEAT_S = 0.15, 0.3, 0.05
ASK, VOTE, BEAT = range(3)
FOLLOWER, CANDIDATE, LEADER = range(3)


class Voter:
    """One node's state. ``chance`` draws from 0 to 1; ``kept`` is what it kept over a crash: its
    term, and whom it voted for in it."""

    def __init__(self, name, peers, chance, kept=(0, None)):
        self.name, self.peers, self.chance = name, peers, chance
        self.term, self.voted_for = kept
        self.role = FOLLOWER
        self.votes = set()

    @property
    def to_keep(self):
        """What must not be forgotten."""
        return self.term, self.voted_for

    def patience_s(self):
        """How long to wait for a message before `bored`."""
        if self.role == LEADER:
            return HEARTBEAT_S
        return ELECTION_S_MIN + (ELECTION_S_MAX - ELECTION_S_MIN) * self.chance()

    def bored(self):
        """Nothing came: a leader says that it is there, anybody else stands for election."""
        if self.role == LEADER:
            return self._to_all(BEAT)
        self.term += 1
        self.role, self.voted_for, self.votes = CANDIDATE, self.name, {self.name}
        return self._to_all(ASK)

    def hear(self, source, message):
        """A message came."""
        kind, term, granted = message
        if term > self.term:
            self.term, self.role, self.voted_for = term, FOLLOWER, None
        if kind == ASK:
            granted = term == self.term and self.voted_for in (None, source)
            if granted:
                self.voted_for = source
            return [(source, (VOTE, self.term, granted))]
        if kind == BEAT:
            if term == self.term:
                self.role = FOLLOWER
        elif granted and term == self.term and self.role == CANDIDATE:
            self.votes.add(source)
            if len(self.votes) > (len(self.peers) + 1) // 2:
                self.role = LEADER
                return self._to_all(BEAT)
        return []

    def _to_all(self, kind):
        return [(peer, (kind, self.term, False)) for peer in self.peers]
