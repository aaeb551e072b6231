"""``practicum author``: write, judge and prove what is taught."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import typer

from practicum.cli.door import Door


class AuthorCommands(Door):
    """The commands of authors."""

    places: ClassVar[Mapping[str, str]] = {
        "new": "author_new:app",
        "lint": "author_lint:lint",
        "verify": "author_verify:verify",
        "explain": "author_lint:explain",
        "preview": "author_preview:preview",
        "export-questions": "author_exchange:export_questions",
        "import-questions": "author_exchange:import_questions",
        "tracker": "author_tracker:tracker",
        "import-tracker": "author_tracker:import_tracker",
        "stages": "author_tracker:stages",
    }


app = typer.Typer(
    cls=AuthorCommands,
    no_args_is_help=True,
)


@app.callback()
def author() -> None:
    """For authors: begin a module, judge it by the standards, prove it, show it."""
