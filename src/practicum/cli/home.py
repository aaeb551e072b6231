"""Where the commands keep what they keep, and the options that most of them have.

Imports little, so that a command that needs no range starts without what ranges need.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from practicum.servers.home import state_home

_ResultT = TypeVar("_ResultT")

Name = Annotated[str, typer.Option("--name", "-n", help="Which range.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def state_folder() -> Path:
    """Where ranges, evidence and keys are kept."""
    return state_home(os.environ)


def run_async(work: Coroutine[Any, Any, _ResultT]) -> _ResultT:
    """Run a command's work to its end."""
    return asyncio.run(work)
