"""Code in colours, by Pygments: classes only, which our style sheet knows."""

from __future__ import annotations

import functools
from html import escape

HIGHLIGHTED_MAX = 20_000
_ALIASES = {"shell": "console", "sh": "console", "session": "console"}


@functools.lru_cache(maxsize=1024)
def highlighted(code: str, language: str) -> str:
    """The code as HTML; plain where nobody knows the language, or where it is very long."""
    from pygments import highlight  # noqa: PLC0415 - takes a while
    from pygments.formatters import HtmlFormatter  # noqa: PLC0415
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415
    from pygments.util import ClassNotFound  # noqa: PLC0415

    if not language or len(code) > HIGHLIGHTED_MAX:
        return escape(code)
    try:
        lexer = get_lexer_by_name(_ALIASES.get(language, language), stripnl=False)
    except ClassNotFound:
        return escape(code)
    shown: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return shown
