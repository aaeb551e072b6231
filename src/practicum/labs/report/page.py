"""The page: one file, nothing fetched, everything escaped, the evidence inside.

What a service, a buyer or an error said reaches the page through the template engine, which
escapes it. Should something slip through all the same, the page's policy forbids every script
but its own, by hash.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.resources
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from practicum.labs.evidence import Evidence, sealed_part
from practicum.labs.experiment.observations import Saga
from practicum.labs.report import words
from practicum.labs.report.choosing import Chosen
from practicum.labs.report.sagas import draw_saga
from practicum.labs.report.scale import span_text
from practicum.labs.report.timeline import by_second, timeline
from practicum.service.world import unix_seconds


def render(
    evidence: Evidence, sagas: Mapping[str, Saga] | None = None, chosen: Sequence[Chosen] = ()
) -> str:
    """The page of a sealed bundle. ``sagas`` by order and the ``chosen`` ones are drawn; they
    are not part of the evidence."""
    sagas = sagas or {}
    since_s = unix_seconds(evidence.made_at)
    seen = evidence.observations
    style, script = _part("style.css"), _part("verify.js")
    return (
        _engine()
        .get_template("page.html")
        .render(
            evidence=evidence,
            headline=words.headline(evidence),
            blamed=words.blamed(evidence),
            explained=words.explained(evidence.judgements),
            watched=words.watched(evidence),
            summary=words.summary(evidence),
            figures=words.figures(evidence.figures),
            machine=words.machine(evidence.machine),
            timeline=timeline(seen, sagas),
            seconds=by_second(seen, sagas),
            sagas=[draw_saga(each, seen.faults, since_s=since_s) for each in chosen],
            counted=len(sagas),
            hashed=embedded(evidence),
            style=style,
            script=script,
            policy=f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}",
        )
    )


def write(page: str, path: Path) -> Path:
    """Put the page at ``path``, whole or not at all."""
    temporary = path.with_suffix(".html.tmp")
    try:
        temporary.write_text(page, encoding="utf-8")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def embedded(evidence: Evidence) -> Markup:
    """The canonical JSON that was hashed, as a script block can hold it.

    Only ``<`` means anything to HTML there; the page's script turns it back before it hashes.
    """
    return Markup(sealed_part(evidence).decode().replace("<", r"\u003c"))


@functools.cache
def _engine() -> Environment:
    engine = Environment(
        loader=PackageLoader("practicum.labs.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters["span"] = span_text
    return engine


def _part(name: str) -> Markup:
    """A file of our own that stands in the page as it is."""
    file = importlib.resources.files("practicum.labs.report") / "templates" / name
    return Markup(file.read_text(encoding="utf-8"))


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
