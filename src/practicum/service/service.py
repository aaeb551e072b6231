"""How a service says what it does: which operations it answers, which messages it handles.

A service module has a function ``build(ports) -> Service``. It binds its rules, which are pure,
to messages and operations; everything that touches the outside is behind `Ports`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from practicum.service.aggregate import Ref, Session, StateCache, Work
from practicum.service.errors import OperationError
from practicum.service.events import Vocabulary
from practicum.service.log import EventLog, GroupSettings
from practicum.service.metrics import Meter, QuietMeter
from practicum.service.operations import Bound, Caller, Operation
from practicum.service.store import Conflict, EventStore, StoreUnavailable
from practicum.service.tracing import Context, Trace, Tracer, current_context
from practicum.service.views import Projection, Projector, Reader, ViewStore
from practicum.service.world import World, new_id

MessageT = TypeVar("MessageT", bound=msgspec.Struct)
RequestT = TypeVar("RequestT", bound=msgspec.Struct)
ResultT = TypeVar("ResultT")
DocumentT = TypeVar("DocumentT", bound=msgspec.Struct)

Handler = Callable[[Any, Work], Awaitable[None] | None]
Refs = Callable[[Any], Iterable[Ref]]

CONFLICT_TRIES_MAX = 20
_COMMIT = {"db.operation.name": "commit"}


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """All that a service may touch. ``settings`` come from the manifest; ``mood`` is how an
    experiment wants the service to behave at the moment, in words that the service knows."""

    service: str
    member: str
    world: World
    store: EventStore
    log: EventLog
    caller: Caller
    tracer: Tracer
    settings: Mapping[str, Any]
    mood: Mapping[str, float] = {}
    views: ViewStore
    meter: Meter = QuietMeter()


class TryLater(Exception):
    """A handler cannot go on because something it needs is down. The message comes again
    after ``wait_s``, and the try is not counted against it."""

    def __init__(self, reason: str, wait_s: float = 0.5) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class Reaction(msgspec.Struct, frozen=True):
    """A handler of one message type, with the streams that it needs."""

    message: type[msgspec.Struct]
    handler: Handler
    streams: Refs


class Service:
    """A service's declaration. ``vocabulary`` lists its messages."""

    def __init__(self, ports: Ports, vocabulary: Vocabulary) -> None:
        self.ports = ports
        self.name = ports.service
        self.vocabulary = vocabulary
        self.cache = StateCache()
        self.topics: set[str] = set()
        self.reactions: dict[type[msgspec.Struct], Reaction] = {}
        self.operations: list[Bound] = []
        self.starters: list[Callable[[], Awaitable[None]]] = []
        self.group = GroupSettings()
        self.batches_at_once = 1
        self.projectors: list[Projector[Any]] = []

    def on(
        self,
        message: type[MessageT],
        *,
        topic: str | None,
        streams: Callable[[MessageT], Iterable[Ref]],
    ) -> Callable[[Callable[[MessageT, Work], Awaitable[None] | None]], Handler]:
        """Decorator: handle ``message`` from ``topic`` (None: it comes from a timer only).

        ``streams`` lists what the handler reads, so that a batch is fetched in one go. A
        handler that awaits is run beside those of other keys; for one key, in order.
        """

        def add(handler: Callable[[MessageT, Work], Awaitable[None] | None]) -> Handler:
            self.reactions[message] = Reaction(message, handler, streams)
            if topic is not None:
                self.topics.add(topic)
            return handler

        return add

    def answers(
        self, operation: Operation[RequestT, ResultT]
    ) -> Callable[
        [Callable[[RequestT], Awaitable[ResultT]]], Callable[[RequestT], Awaitable[ResultT]]
    ]:
        """Decorator: answer ``operation``."""

        def add(
            answer: Callable[[RequestT], Awaitable[ResultT]],
        ) -> Callable[[RequestT], Awaitable[ResultT]]:
            self.operations.append(Bound(operation, answer))
            return answer

        return add

    def at_start(self, starter: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """Decorator: run before the service is ready. It runs at every start."""
        self.starters.append(starter)
        return starter

    def project(self, projection: Projection[DocumentT]) -> Reader[DocumentT]:
        """Keep a read model up to date; returns what reads it."""
        ports = self.ports
        projector = Projector(
            projection, ports.store, ports.views, self.vocabulary, ports.meter, ports.world
        )
        self.projectors.append(projector)
        return Reader(projection, ports.store, ports.views)

    def session(self) -> Session:
        """An empty session on this service's store."""
        ports = self.ports
        return Session(
            ports.store, self.cache, self.vocabulary, ports.world, f"/{self.name}/{ports.member}"
        )

    async def commit(self, session: Session) -> None:
        """Commit the session, and tell of it in the trace of every work inside.

        Raises what `EventStore.commit` raises.
        """
        world, tracer, meter = self.ports.world, self.ports.tracer, self.ports.meter
        start = world.now()
        await session.commit()
        end = world.now()
        works = len(session.works)
        meter.record("db.client.operation.duration", end - start, _COMMIT)
        meter.record("practicum.commit.batch", works)
        for context, key in session.works:
            if context.trace.sampled:
                tracer.finished(
                    "commit",
                    kind="client",
                    parent=context.trace,
                    start=start,
                    end=end,
                    attributes={**_COMMIT, "practicum.key": key, "practicum.batch": works},
                )

    async def transact(
        self, refs: Iterable[Ref], decide: Callable[[Work], ResultT], *, key: str
    ) -> ResultT:
        """Load streams, decide, commit; again from the start when another writer was faster.

        Raises `OperationError`: ``dependency_down`` when the store is away and surely nothing
        happened, ``unavailable`` when it may have, and what ``decide`` raises.
        """
        wanted = tuple(refs)
        for tries in range(CONFLICT_TRIES_MAX):
            session = self.session()
            try:
                await session.load(wanted, trust=tries == 0)
                work = Work(session, self.context(), key)
                result = decide(work)
                work.finish()
                if not session.empty:
                    await self.commit(session)
                return result
            except Conflict:
                continue
            except StoreUnavailable as error:
                code = "dependency_down" if error.definite else "unavailable"
                raise OperationError(code, f"the store of {self.name}: {error}") from error
        raise OperationError("overloaded", f"{key} is being changed by too many at once")

    async def read(self, refs: Iterable[Ref]) -> list[Any]:
        """The states of streams as they are in the store now, in the order asked.

        Raises `OperationError` ``dependency_down`` when the store is away.
        """
        wanted = tuple(refs)
        ports = self.ports
        session = Session(ports.store, StateCache(), self.vocabulary, ports.world, self.name)
        try:
            await session.load(wanted)
        except StoreUnavailable as error:
            raise OperationError("dependency_down", f"the store of {self.name}: {error}") from error
        return [session.loaded(ref.stream).state for ref in wanted]

    def context(self) -> Context:
        """The current context, or a new one for work that nobody asked for."""
        context = current_context()
        if context is not None:
            return context
        world = self.ports.world
        return Context(correlation_id=new_id(world), trace=Trace.start(world))
