"""The operations that every service with read models answers: how they are, and rebuild."""

from __future__ import annotations

import msgspec

from practicum.service.errors import OperationError
from practicum.service.operations import Bound, Operation
from practicum.service.service import Service


class ListViews(msgspec.Struct, frozen=True):
    """No parameters."""


class RebuildView(msgspec.Struct, frozen=True):
    """Which view."""

    view: str


class ViewStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A generation of a view; an inactive one is being built. ``lag_events`` is how many
    events of the store are not in it yet."""

    view: str
    generation: int
    active: bool
    position: int
    lag_events: int


class Views(msgspec.Struct, frozen=True):
    """All generations of all views."""

    views: tuple[ViewStatus, ...]


def list_views(service: str) -> Operation[ListViews, Views]:
    """How the read models of a service are."""
    return Operation(
        service=service,
        name="list_views",
        method="GET",
        path="/views",
        request=ListViews,
        result=Views,
        summary="The read models: generations, positions and lag",
    )


def rebuild_view(service: str) -> Operation[RebuildView, Views]:
    """Build a read model of a service anew."""
    return Operation(
        service=service,
        name="rebuild_view",
        method="POST",
        path="/views/{view}/rebuild",
        request=RebuildView,
        result=Views,
        status=202,
        summary="Build a read model anew from the first event, while the old one serves",
        errors=("not_found",),
    )


def view_operations(service: Service) -> list[Bound]:
    """The operations bound to a service; none if it has no read model."""
    if not service.projectors:
        return []
    store, views = service.ports.store, service.ports.views

    async def answer_list(_: ListViews) -> Views:
        head = await store.head()
        found = [
            ViewStatus(
                view=generation.view,
                generation=generation.number,
                active=generation.active,
                position=generation.position,
                lag_events=max(0, head - generation.position),
            )
            for projector in service.projectors
            for generation in await views.generations(projector.projection.view)
        ]
        return Views(tuple(found))

    async def answer_rebuild(request: RebuildView) -> Views:
        for projector in service.projectors:
            if projector.projection.view == request.view:
                projector.rebuild()
                return await answer_list(ListViews())
        known = ", ".join(projector.projection.view for projector in service.projectors)
        raise OperationError("not_found", f"no view {request.view}; there are: {known}")

    return [
        Bound(list_views(service.name), answer_list),
        Bound(rebuild_view(service.name), answer_rebuild),
    ]
