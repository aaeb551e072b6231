"""A group of commands, of which only the one that is asked for is imported."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


class Door(TyperGroup):
    """Commands that are each imported when it is first asked for. ``places`` says where each is:
    a module of this package, and in it a function or a group (`Typer`)."""

    places: ClassVar[Mapping[str, str]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all, as the help lists them."""
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """The command of that name, None if there is none."""
        if cmd_name not in self.places:
            return None
        module, _, attribute = self.places[cmd_name].partition(":")
        found = getattr(importlib.import_module(f"practicum.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            group = typer.main.get_group(found)
            group.name = cmd_name
            return group
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(cmd_name)(found)
        command = typer.main.get_command(alone)
        assert isinstance(command, TyperCommand)
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As Typer does; a name that is none is an error with the nearest ones."""
        try:
            return super().resolve_command(ctx, args)
        except Exception as error:
            near = difflib.get_close_matches(args[0], self.places)
            if near and hasattr(error, "message") and "Did you mean" not in error.message:
                names = ", ".join(map(repr, near))
                error.message = f"{error.message.rstrip('.')}. Did you mean {names}?"
            raise
