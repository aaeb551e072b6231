"""The console script ``practicum``: all commands, and how their failures are told."""

from __future__ import annotations

import sys

import typer

from practicum.authoring.loading import CatalogueError
from practicum.cli import lab as lab_commands
from practicum.cli import range as range_commands
from practicum.cli import shop as shop_commands
from practicum.cli import storm as storm_commands
from practicum.cli import telemetry as telemetry_commands
from practicum.cli.catalogue import catalogue, search
from practicum.cli.evidence import evidence
from practicum.cli.load import load
from practicum.cli.path import path
from practicum.cli.screen import complain
from practicum.cli.tour import tour
from practicum.labs.finding import LabError
from practicum.servers.home import RangeError

app = typer.Typer(
    name="practicum",
    help="An academy in a box for people who build and run distributed systems.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(range_commands.app, name="range")
app.add_typer(lab_commands.app, name="lab")
app.add_typer(storm_commands.app, name="storm")
app.add_typer(shop_commands.app, name="shop")
app.command()(load)
app.command()(tour)
app.command()(evidence)
app.command()(catalogue)
app.command()(path)
app.command()(search)
app.add_typer(telemetry_commands.app)


@app.callback()
def practicum() -> None:
    """An academy in a box for people who build and run distributed systems."""


def run() -> None:
    """Run the command line; exit code 1 for what a person can put right, 2 for wrong usage."""
    try:
        app()
    except (RangeError, LabError, CatalogueError) as error:
        complain(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(130)


if __name__ == "__main__":
    run()
