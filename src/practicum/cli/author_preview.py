"""``practicum author preview``: read a module in the browser while it is written."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Annotated

import typer

from practicum.authoring.preview.server import HOST, Preview
from practicum.authoring.preview.shown import Shown
from practicum.cli.screen import out
from practicum.labs.finding import LabError
from practicum.labs.library import course_folders
from practicum.servers.home import state_home

PORT = 8420


def preview(
    path: Annotated[
        str,
        typer.Argument(help="A module, a course, an exam paper, a Markdown file, or an id."),
    ] = "",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="The port to serve on; 0 takes a free one.")
    ] = PORT,
) -> None:
    """Show a module as its readers will see it, with what the linter finds; ends with Ctrl-C.

    The page is served to this machine alone, and changes when a file is saved. Without PATH, all
    modules can be read.
    """
    shown = Shown(path, course_folders(os.environ))
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(shown, port, state_home(os.environ)))
    except OSError as error:
        raise LabError(
            f"port {port} cannot be served ({os.strerror(error.errno or 0)}): "
            "name another with --port, or 0 for a free one"
        ) from error


async def _serve(shown: Shown, port: int, home: Path) -> None:
    served = Preview(shown, home=home)
    runner = await served.start(port)
    out.print(f"http://{HOST}:{served.port}/ shows {_counted(len(shown.modules))}; Ctrl-C ends it")
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _counted(modules: int) -> str:
    return "one module" if modules == 1 else f"{modules} modules"
