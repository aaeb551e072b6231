"""Markdown on the screen. (What draws it takes a tenth of a second to import.)"""

from __future__ import annotations

from rich.markdown import Markdown

from practicum.cli.screen import out


def print_markdown(text: str) -> None:
    """Show Markdown, wrapped to the screen."""
    # What is softly wrapped would lose the ends of long items of lists.
    out.print(Markdown(text), soft_wrap=False)
