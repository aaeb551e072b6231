"""``practicum range``: bring a range up, look at it, hurt it, bring it down."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table

from practicum.cli.home import Json, Name, run_async, state_folder
from practicum.cli.screen import complain, out, print_json
from practicum.servers.client import NotRunning, RangeClient
from practicum.servers.control import Changed, Event, MemberStatus, RangeStatus
from practicum.servers.home import RangeError, RangeFolder, check_name, list_ranges
from practicum.servers.plans import NATS_VARIABLE, POSTGRES_VARIABLE
from practicum.servers.process.logs import follow, tail
from practicum.servers.ranges import Options, start_range, stop_range, wipe_range
from practicum.shop.manifest import MANIFEST

EXIT_NOT_RUNNING = 3

app = typer.Typer(help="The live range: NATS, PostgreSQL and the services.", no_args_is_help=True)

Process = Annotated[str, typer.Argument(help="A process: nats, postgres, order, order.2 ...")]

_COLOURS = {
    "ready": "green",
    "external": "cyan",
    "failed": "red",
    "crash loop": "red",
    "over limit": "red",
}


def _client(name: str) -> RangeClient:
    return RangeClient.of(state_folder(), check_name(name))


def start_options(port_base: int | None = None, *, detach: bool = True) -> Options:
    """How ranges are started from here: with the servers that the environment names."""
    return Options(
        port_base=port_base,
        nats_url=os.environ.get(NATS_VARIABLE) or None,
        postgres_url=os.environ.get(POSTGRES_VARIABLE) or None,
        detach=detach,
    )


def _table(members: list[MemberStatus], title: str, *, now: float) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for heading in ("process", "health"):
        table.add_column(heading)
    for heading in ("restarts", "CPU %", "PSS MB", "pid", "port", "uptime"):
        table.add_column(heading, justify="right")
    for m in members:
        colour = _COLOURS.get(m.state, "yellow")
        lived = f"{now - m.started_at:.0f} s" if m.started_at else ""
        numbers = [f"{m.cpu_percent:.1f}", f"{m.pss_bytes / 1e6:.1f}"] if m.pid else ["", ""]
        where = (str(m.pid or ""), str(m.port or ""), lived)
        state = f"[{colour}]{m.state}[/]"
        table.add_row(m.name, state, str(m.restarts), *numbers, *where)
    total = sum(member.pss_bytes for member in members)
    table.add_section()
    table.add_row("together", "", "", "", f"{total / 1e6:.1f}", "", "", "")
    return table


class _Progress:
    """Shows each process while the range starts: a live table, or a line per change."""

    def __init__(self, title: str, live: Live | None) -> None:
        self._members: dict[str, MemberStatus] = {}
        self._title, self._live = title, live

    def __call__(self, event: Event) -> None:
        if isinstance(event, RangeStatus):
            self._members = {member.name: member for member in event.members}
        elif isinstance(event, Changed):
            self._members[event.member.name] = event.member
        if self._live is not None:
            rows = list(self._members.values())
            self._live.update(_table(rows, self._title, now=time.time()))
        elif isinstance(event, Changed) and event.member.state not in ("waiting", "preparing"):
            out.print(f"{event.member.name}: {event.member.state}", markup=False)


async def bring_up(name: str, options: Options, *, json: bool) -> tuple[RangeClient, bool]:
    """Start a range and show how; its client, and whether it was started just now."""
    title = f"range {name}"
    if json:
        return await start_range(state_folder(), name, MANIFEST, options)
    if not out.is_terminal:
        return await start_range(state_folder(), name, MANIFEST, options, _Progress(title, None))
    with Live(console=out, refresh_per_second=8, transient=True) as live:
        return await start_range(state_folder(), name, MANIFEST, options, _Progress(title, live))


def _print_addresses(status: RangeStatus) -> None:
    for member in status.members:
        scheme = "http" if member.kind in ("service", "telemetry") else member.kind
        out.print(f"  {member.name:<12} {scheme}://{member.host}:{member.port}", markup=False)
    out.print(f"the shop is at {status.edge}", markup=False)


async def _stay(client: RangeClient) -> None:
    """Until Ctrl-C, SIGTERM, or somebody else brings the range down."""
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    out.print("Ctrl-C stops it", markup=False)

    async def until_down() -> None:
        with contextlib.suppress(RangeError):
            async for _ in client.watch():
                pass
        asked.set()

    watching = asyncio.create_task(until_down())
    await asked.wait()
    watching.cancel()


@app.command()
def up(
    name: Name = "default",
    port_base: Annotated[
        int | None, typer.Option(help="Use this port and those after it, not free ones.")
    ] = None,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay, and stop the range on Ctrl-C.")
    ] = False,
    json: Json = False,
) -> None:
    """Start a range; returns when every process is ready."""

    async def work() -> None:
        options = start_options(port_base, detach=not foreground)
        client, mine = await bring_up(name, options, json=json)
        status = await client.status()
        if json:
            print_json(status)
        else:
            was = "is up" if mine else "was up already"
            out.print(f"range {name} {was}", markup=False)
            _print_addresses(status)
        if foreground and mine:
            await _stay(client)
            await stop_range(state_folder(), name)

    run_async(work())


@app.command()
def down(
    name: Name = "default",
    wipe: Annotated[bool, typer.Option("--wipe", help="Also delete the range's data.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
    json: Json = False,
) -> None:
    """Stop a range gracefully; its data stay unless you wipe them."""
    folder = RangeFolder(state_folder(), name)
    if wipe and not yes:
        typer.confirm(f"Delete all data of range {name} in {folder.path}?", abort=True)
    was_up = run_async(stop_range(state_folder(), name))
    if wipe:
        run_async(wipe_range(state_folder(), name, start_options()))
    if json:
        print_json({"range": name, "was_up": was_up, "wiped": wipe})
    else:
        said = "is down" if was_up else "was not running"
        out.print(f"range {name} {said}{', its data are gone' if wipe else ''}", markup=False)


@app.command()
def status(
    name: Name = "default",
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Stay and keep it fresh.")] = False,
    json: Json = False,
) -> None:
    """Show every process. Exit code 3 if the range is not running."""
    try:
        if watch and not json:
            run_async(_watch(_client(name)))
            return
        found = run_async(_client(name).status())
    except NotRunning as error:
        if json:
            print_json({"range": name, "state": "down", "members": []})
        else:
            complain(str(error))
        raise typer.Exit(EXIT_NOT_RUNNING) from None
    if json:
        print_json(found)
        return
    out.print(_table(list(found.members), f"range {name}: {found.state}", now=time.time()))
    for member in found.members:
        if member.detail:
            out.print(f"{member.name}: {member.detail}", markup=False)


async def _watch(client: RangeClient) -> None:
    with Live(console=out, auto_refresh=False, screen=out.is_terminal) as live:
        while True:
            found = await client.status()
            title = f"range {client.name}: {found.state} (Ctrl-C ends)"
            live.update(_table(list(found.members), title, now=time.time()), refresh=True)
            await asyncio.sleep(1)


@app.command(name="list")
def list_(json: Json = False) -> None:
    """Show all ranges of this state folder."""
    found = [(folder, folder.is_owned) for folder in list_ranges(state_folder())]
    if json:
        rows = [{"range": f.name, "running": runs, "folder": str(f.path)} for f, runs in found]
        print_json(rows)
        return
    for folder, runs in found:
        state = "running" if runs else "down"
        out.print(f"{folder.name:<20} {state:<8} {folder.path}", markup=False)
    if not found:
        out.print("there are no ranges yet: start one with `practicum range up`", markup=False)


@app.command()
def logs(
    process: Annotated[str | None, typer.Argument(help="A process; all if left out.")] = None,
    name: Name = "default",
    lines: Annotated[int, typer.Option("--lines", "-l", min=0, help="How many of each.")] = 50,
    following: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more.")] = False,
    json: Json = False,
) -> None:
    """Show the logs of processes, also of a range that is down."""
    folder = RangeFolder(state_folder(), name)
    there = {path.stem: path for path in sorted(folder.logs.glob("*.log"))}
    if process is not None:
        if process not in there:
            known = f"there are {', '.join(there)}" if there else "the range was never up"
            raise RangeError(f"range {name} has no log of {process!r} ({known})")
        there = {process: there[process]}
    ends = {key: path.stat().st_size for key, path in there.items()}
    last = {key: tail(path, lines) for key, path in there.items()}
    if json:
        print_json(last)
        return
    for key, shown in last.items():
        for line in shown:
            typer.echo(_labelled(key, line, alone=process is not None))
    while following:
        for key, path in there.items():
            for line, position in follow(path, ends[key]):
                ends[key] = position
                typer.echo(_labelled(key, line, alone=process is not None))
        time.sleep(0.2)


def _labelled(key: str, line: str, *, alone: bool) -> str:
    return line if alone else f"{key:<12} | {line}"


def _done(name: str, process: str, deed: str, *, json: bool) -> None:
    if json:
        print_json({"range": name, "process": process, "done": deed})
    else:
        out.print(f"{process}: {deed}", markup=False)


@app.command()
def restart(process: Process, name: Name = "default", json: Json = False) -> None:
    """End a process gracefully and start it; returns when it is ready again."""
    run_async(_client(name).restart(process))
    _done(name, process, "restarted", json=json)


@app.command()
def kill(
    process: Process,
    name: Name = "default",
    send: Annotated[str, typer.Option("--signal", "-s", help="KILL, TERM, 9 ...")] = "KILL",
    json: Json = False,
) -> None:
    """Send a signal; what dies of it is started again."""
    run_async(_client(name).kill(process, _signal_number(send)))
    _done(name, process, f"was sent {send}", json=json)


def _signal_number(text: str) -> int:
    with contextlib.suppress(ValueError):
        return int(signal.Signals(int(text)))
    try:
        return int(signal.Signals["SIG" + text.upper().removeprefix("SIG")])
    except KeyError:
        raise typer.BadParameter(f"{text} is not a signal: try KILL, TERM or INT") from None


@app.command()
def pause(
    process: Process,
    name: Name = "default",
    for_s: Annotated[
        float | None, typer.Option("--for", min=0.001, help="Resume by itself after seconds.")
    ] = None,
    json: Json = False,
) -> None:
    """Freeze a process, as a machine that hangs."""
    run_async(_client(name).pause(process, for_s))
    _done(name, process, "paused", json=json)


@app.command()
def resume(process: Process, name: Name = "default", json: Json = False) -> None:
    """Let a paused process go on."""
    run_async(_client(name).resume(process))
    _done(name, process, "resumed", json=json)
