"""How the event log's things are called on a NATS server.

stream <prefix>-<topic>      <prefix>.<topic>.<partition>                    messages
stream <prefix>-groups       <prefix>.groups.<group>.own.<topic>.<partition> owner and floor
                             <prefix>.groups.<group>.replay.<topic>.<partition>.<key>
stream <prefix>-sessions     <prefix>.sessions.<group>.<member>              heartbeats
stream <prefix>-dead         <prefix>.dead.<group>.<topic>.<partition>.<key> parked messages
no stream                    <prefix>.nudge.<group>                          "look again"
"""

from __future__ import annotations

from practicum.service.live.jetstream.wire import token

RESERVED = frozenset({"groups", "sessions", "dead", "nudge"})
"""Names that a topic cannot have."""


class Names:
    """The names of one range's streams and subjects."""

    def __init__(self, prefix: str) -> None:
        self.prefix = token(prefix)
        self.groups = f"{self.prefix}-groups"
        self.sessions = f"{self.prefix}-sessions"
        self.dead = f"{self.prefix}-dead"

    def stream(self, topic: str) -> str:
        """The stream of a topic."""
        return f"{self.prefix}-{token(topic)}"

    def message(self, topic: str, partition: int) -> str:
        """The subject of a partition."""
        return f"{self.prefix}.{token(topic)}.{partition}"

    def owned(self, group: str, topic: str, partition: int | str) -> str:
        """The record of who owns a partition for a group, and how far the group is."""
        return f"{self.prefix}.groups.{token(group)}.own.{token(topic)}.{partition}"

    def owned_by_any(self, topic: str, partition: int) -> str:
        """The records of all groups for a partition."""
        return f"{self.prefix}.groups.*.own.{token(topic)}.{partition}"

    def replay(self, group: str, topic: str, partition: int, key: str) -> str:
        """A request to replay a key."""
        place = f"{token(topic)}.{partition}.{token(key)}"
        return f"{self.prefix}.groups.{token(group)}.replay.{place}"

    def replays(self, group: str) -> str:
        """All requests of a group to replay a key."""
        return f"{self.prefix}.groups.{token(group)}.replay.>"

    def all_owned(self, group: str) -> str:
        """The records of all partitions of a group."""
        return f"{self.prefix}.groups.{token(group)}.own.>"

    def session(self, group: str, member: str) -> str:
        """The heartbeat of a member."""
        return f"{self.prefix}.sessions.{token(group)}.{token(member)}"

    def all_sessions(self, group: str) -> str:
        """The heartbeats of a group."""
        return f"{self.prefix}.sessions.{token(group)}.*"

    def letter(self, group: str, topic: str, partition: int, key: str) -> str:
        """Where a parked message of a key lies."""
        return f"{self.prefix}.dead.{token(group)}.{token(topic)}.{partition}.{token(key)}"

    def letters(self, group: str, topic: str | None = None, partition: int | str = "*") -> str:
        """The parked messages of a group, or of one of its partitions."""
        place = token(topic) if topic is not None else "*"
        return f"{self.prefix}.dead.{token(group)}.{place}.{partition}.*"

    def nudge(self, group: str) -> str:
        """Sent without storing it when the members of a group should look again."""
        return f"{self.prefix}.nudge.{token(group)}"
