"""``practicum read``: what you have begun and been through, by your own word."""

from __future__ import annotations

import os
from typing import Annotated

import msgspec
import typer

from practicum.cli.catalogue import read_catalogue
from practicum.cli.next import module_named
from practicum.cli.screen import out, print_json
from practicum.study.opening import open_desk
from practicum.study.reading import Progress, note_read


def read(
    module: Annotated[str, typer.Argument(help="The module, or the end of its id.")],
    blocks: Annotated[
        list[str] | None, typer.Argument(help="Blocks that you have been through, by their ids.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Note that you began a module, and which blocks of it you have read.

    Its cards come up in `practicum review` from then on, those of blocks that you read first.
    """
    chosen = module_named(read_catalogue(), module)
    told = note_read(open_desk(os.environ), chosen, tuple(blocks or ()))
    if json:
        print_json(msgspec.to_builtins(told))
    else:
        _print(told)


def _print(told: Progress) -> None:
    out.print(f"{told.module}  {told.title}", markup=False)
    for block, title, minutes in told.blocks:
        mark = "read" if block in told.read else ""
        out.print(f"    {mark:4}  {block}  {title}, {minutes} min", markup=False)
    left = [block for block, _, _ in told.blocks if block not in told.read]
    if left:
        name = told.module.rpartition("/")[2]
        out.print(f"`practicum read {name} {left[0]}` notes the next", markup=False)
    out.print("`practicum review` asks its cards", markup=False)
