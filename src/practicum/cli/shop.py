"""``practicum shop``: what operators do: look after read models and stuck orders."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from practicum.cli.home import Json, Name, run_async, state_folder
from practicum.cli.parked import parked, replay
from practicum.cli.screen import out, print_json
from practicum.labs.experiment.peers import addresses
from practicum.servers.client import RangeClient
from practicum.servers.home import RangeError, check_name
from practicum.service.errors import OperationError
from practicum.service.live.clock import LiveWorld
from practicum.service.live.http.client import HttpCaller
from practicum.service.operations import Operation
from practicum.service.tracing import QuietTracer
from practicum.service.view_operations import (
    ListViews,
    RebuildView,
    ViewStatus,
    list_views,
    rebuild_view,
)
from practicum.shop.order.messages import (
    COMPENSATE_ORDER,
    LIST_ORDERS,
    RESUME_ORDER,
    ListOrders,
    OrderId,
    OrderSummary,
    OrderView,
)

app = typer.Typer(help="The shop on a range, for operators.", no_args_is_help=True)
app.command()(parked)
app.command()(replay)

OrderArguments = Annotated[list[str], typer.Argument(help="Ids of orders.", metavar="ORDER...")]
TIMEOUT_S = 30.0
POLL_S = 0.1
WITH_VIEWS = ("catalog", "inventory", "payment", "shipping", "notification", "order")


@contextlib.asynccontextmanager
async def _shop(name: str) -> AsyncIterator[HttpCaller]:
    """Calls to the services of a range; their errors become words."""
    client = RangeClient.of(state_folder(), check_name(name))
    world = LiveWorld()
    peers = addresses(await client.status())
    try:
        async with HttpCaller(peers, world=world, tracer=QuietTracer(world)) as caller:
            yield caller
    except OperationError as error:
        raise RangeError(error.message) from error


@app.command()
def views(name: Name = "default", json: Json = False) -> None:
    """Show the read models of all services: generation, position and lag."""
    run_async(_views(name, json=json))


async def _views(name: str, *, json: bool) -> None:
    async with _shop(name) as caller:
        found = {service: await _views_of(caller, service) for service in WITH_VIEWS}
    if json:
        print_json(found)
        return
    table = Table("service", "view", "generation", "events", "behind", "", box=None)
    for service, statuses in found.items():
        for each in statuses:
            numbers = (str(each.generation), str(each.position), str(each.lag_events))
            table.add_row(service, each.view, *numbers, "" if each.active else "being built")
    out.print(table)


async def _views_of(caller: HttpCaller, service: str) -> tuple[ViewStatus, ...]:
    return (await caller.call(list_views(service), ListViews(), timeout_s=TIMEOUT_S)).views


@app.command()
def rebuild(
    service: Annotated[
        str | None, typer.Argument(help="Whose read models; all services if left out.")
    ] = None,
    name: Name = "default",
) -> None:
    """Build read models anew from the first event, while the old ones serve."""
    if service is not None and service not in WITH_VIEWS:
        known = ", ".join(WITH_VIEWS)
        raise RangeError(f"{service} has no read model: the services with one are {known}")
    run_async(_rebuild(name, [service] if service else list(WITH_VIEWS)))


async def _rebuild(name: str, services: list[str]) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f}"))
    async with _shop(name) as caller:
        found = {service: await _views_of(caller, service) for service in services}
        with Progress(*columns, TextColumn("events"), console=out) as progress:
            rebuilding = [
                _rebuild_one(caller, service, view.view, progress)
                for service, views in found.items()
                for view in views
                if view.active
            ]
            await asyncio.gather(*rebuilding)


async def _rebuild_one(caller: HttpCaller, service: str, view: str, progress: Progress) -> None:
    def of(statuses: tuple[ViewStatus, ...]) -> list[ViewStatus]:
        return [each for each in statuses if each.view == view]

    before = of(await _views_of(caller, service))[-1].generation
    await caller.call(rebuild_view(service), RebuildView(view), timeout_s=TIMEOUT_S)
    task = progress.add_task(f"{service}: {view}")
    while True:
        newest = of(await _views_of(caller, service))[-1]
        if newest.generation > before:
            total = newest.position + newest.lag_events
            progress.update(task, total=total, completed=newest.position)
            if newest.active:
                return
        await asyncio.sleep(POLL_S)


@app.command()
def stuck(name: Name = "default", json: Json = False) -> None:
    """List the orders whose saga is not over, and what each waits for."""
    run_async(_stuck(name, json=json))


async def _stuck(name: str, *, json: bool) -> None:
    async with _shop(name) as caller:
        request = ListOrders(open=True, limit=1000)
        page = await caller.call(LIST_ORDERS, request, timeout_s=TIMEOUT_S)
    oldest = sorted(page.orders, key=lambda each: each.changed_at)
    _show(oldest, nothing="no order is open", json=json)


@app.command()
def orders(
    name: Name = "default",
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 1000,
    json: Json = False,
) -> None:
    """List all orders, the newest first: what was ordered, and what became of it."""
    run_async(_orders(name, limit, json=json))


async def _orders(name: str, limit: int, *, json: bool) -> None:
    found: list[OrderSummary] = []
    after: str | None = ""
    async with _shop(name) as caller:
        while after is not None:
            request = ListOrders(after=after, limit=1000)
            page = await caller.call(LIST_ORDERS, request, timeout_s=TIMEOUT_S)
            found.extend(page.orders)
            after = page.next
    newest = sorted(found, key=lambda each: each.created_at, reverse=True)
    _show(newest[:limit], nothing="there is no order", json=json)


def _show(orders: Sequence[OrderSummary], *, nothing: str, json: bool) -> None:
    if json:
        print_json(orders)
        return
    if not orders:
        out.print(nothing)
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("order", no_wrap=True, min_width=26)
    for heading in ("status", "waits for", "parcel", "since", "total", "pieces", "reason"):
        table.add_column(heading, justify="right" if heading == "total" else "left")
    for order in orders:
        pieces = ", ".join(f"{count} {sku}" for sku, count in sorted(order.pieces.items()))
        total = f"{order.total_cents / 100:.2f}"
        parcel = "sent" if order.tracking else ""
        what = (
            order.status,
            order.step,
            parcel,
            order.changed_at[:19].replace("T", " "),
            total,
            pieces,
        )
        table.add_row(order.order_id, *what, order.reason)
    out.print(table)


@app.command()
def resume(orders: OrderArguments, name: Name = "default") -> None:
    """Send the command that an order waits for once more; several orders may be named."""
    run_async(_operate(name, RESUME_ORDER, orders))


@app.command()
def compensate(orders: OrderArguments, name: Name = "default") -> None:
    """Undo orders, wherever their sagas stand, also when they are over."""
    run_async(_operate(name, COMPENSATE_ORDER, orders))


async def _operate(
    name: str, operation: Operation[OrderId, OrderView], orders: Sequence[str]
) -> None:
    """Do it to each; those that refuse are told at the end."""
    refused: list[str] = []
    async with _shop(name) as caller:
        for order in dict.fromkeys(orders):
            try:
                view = await caller.call(operation, OrderId(order), timeout_s=TIMEOUT_S)
            except OperationError as error:
                if not error.definite or error.transient:
                    raise
                refused.append(error.message)
                continue
            waits = view.step or "nothing"
            out.print(f"{view.order_id} is {view.status}; it waits for: {waits}", markup=False)
    if refused:
        raise RangeError("\n".join(refused))
