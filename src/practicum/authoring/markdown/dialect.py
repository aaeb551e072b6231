"""The Markdown that is read here: CommonMark with tables, containers and citations.

Raw HTML is found, so that it can be told; it is never passed on. Links are kept as they are
written: what they may lead to is judged by those who use them.
"""

from __future__ import annotations

import functools
import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from practicum.authoring.markdown.containers import ENV, Matching, containers

CITATION = "citation"
_CITED = re.compile(r"\[\^([^\]\s]{1,80})\]")
_NESTING_MAX = 40


@functools.cache
def parser() -> MarkdownIt:
    """The one parser; it keeps nothing between texts."""
    md = MarkdownIt("commonmark", {"maxNesting": _NESTING_MAX}).enable("table")
    md.use(containers)
    md.inline.ruler.before("link", CITATION, _citation)
    md.normalizeLink = _as_written  # type: ignore[method-assign]
    md.validateLink = _any_link  # type: ignore[method-assign]
    return md


def tokens_of(text: str, matching: Matching) -> list[Token]:
    """The tokens of a text whose containers are matched; their lines count from 0."""
    return parser().parse(text, {ENV: matching})


def _citation(state: StateInline, silent: bool) -> bool:
    """``[^source-id]``."""
    if not state.src.startswith("[^", state.pos):
        return False
    found = _CITED.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        token = state.push(CITATION, "", 0)
        token.content, token.meta = found[0], {"source": found[1]}
    state.pos = found.end()
    return True


def _as_written(url: str) -> str:
    return url


def _any_link(url: str) -> bool:
    return True
