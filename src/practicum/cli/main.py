"""The console script ``practicum``: all commands, and how their failures are told."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from practicum.cli.screen import complain
from practicum.labs.finding import CannotBeUsed
from practicum.servers.home import RangeError

COMMANDS: Mapping[str, str] = {
    "range": "range:app",
    "lab": "lab:app",
    "storm": "storm:app",
    "shop": "shop:app",
    "load": "load:load",
    "tour": "tour:tour",
    "evidence": "evidence:evidence",
    "catalogue": "catalogue:catalogue",
    "path": "path:path",
    "next": "next:next_",
    "current": "next:current",
    "search": "catalogue:search",
    "trace": "telemetry:trace",
    "slow": "telemetry:slow",
    "failing": "telemetry:failing",
    "red": "telemetry:red_",
    "why": "telemetry:why",
}
"""Where each command is: a module of this package, and in it a function or a group (`Typer`).
Only the module of the command that is asked for is imported."""


class Door(TyperGroup):
    """All commands, each imported when it is first asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all, as the help lists them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """The command of that name, None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found = getattr(importlib.import_module(f"practicum.cli.{module}"), attribute)
        if not isinstance(found, typer.Typer):
            group = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            group.command(cmd_name)(found)
            found = group
        command = typer.main.get_command(found)
        assert isinstance(command, TyperCommand | TyperGroup)
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As Typer does; a name that is none is an error with the nearest ones."""
        try:
            return super().resolve_command(ctx, args)
        except Exception as error:
            near = difflib.get_close_matches(args[0], COMMANDS)
            if near and hasattr(error, "message") and "Did you mean" not in error.message:
                names = ", ".join(map(repr, near))
                error.message = f"{error.message.rstrip('.')}. Did you mean {names}?"
            raise


app = typer.Typer(
    name="practicum",
    cls=Door,
    help="An academy in a box for people who build and run distributed systems.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def practicum() -> None:
    """An academy in a box for people who build and run distributed systems."""


def run() -> None:
    """Run the command line; exit code 1 for what a person can put right, 2 for wrong usage."""
    try:
        app()
    except (RangeError, CannotBeUsed) as error:
        complain(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(130)


if __name__ == "__main__":
    run()
