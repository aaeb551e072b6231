"""The page of a preview: the article, its contents, and what the linter finds beside it.

Whatever a file holds, there is a page: one that cannot be read is named with what is wrong.
"""

from __future__ import annotations

import datetime as dt
import functools
import importlib.resources
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from practicum.authoring.linting import lint
from practicum.authoring.markdown.module_file import BYTES_MAX, Document, parse_document
from practicum.authoring.markdown.rendering import Rendered, render_lesson, style_sheet
from practicum.authoring.preview.asking import asked_html
from practicum.authoring.preview.shown import Place, Shown
from practicum.authoring.shelves import Shelved
from practicum.authoring.written import CARDS_FILE, EXAM_FILE, QUESTIONS_FILE, load_written
from practicum.curriculum.lesson import Front, Lesson
from practicum.labs.finding import Finding
from practicum.labs.text_file import read_text

ASKED = (("preview-questions", "Questions and cards"), ("preview-exam", "Exam"))
"""What follows the article, by its anchor and the name that the contents give it."""

log = logging.getLogger(__name__)


class Note(msgspec.Struct, frozen=True):
    """A finding as the page shows it; ``here`` is its line in the text that is shown."""

    where: str
    here: int | None
    severity: str
    rule: str
    message: str
    remedy: str


def list_page(shown: Shown) -> str:
    """All modules that can be seen."""
    return _engine().get_template("list.html").render(modules=shown.titles())


def module_page(shown: Shown, place: Place, home: Path | None, today: dt.date) -> str:
    """The page of a Markdown file, or of an exam paper. What goes wrong in making it is shown on
    it."""
    notes: list[Note] = []
    rendered = Rendered(title=place.path.name, article="", contents=())
    questions = ""
    try:
        rendered, found = _article(place)
        if place.module is not None:
            questions = _questions(place.module)
            notes = _linted(shown, place.module, home, today)
        notes = notes or [_note(each, place.path) for each in found]
    except Exception as error:  # the preview outlives whatever its authors write
        log.exception("the preview of %s failed", place.path)
        said = f"the preview failed here: {type(error).__name__}: {error}"
        notes.append(Note(place.path.name, None, "error", "", said, "tell us, with the file"))
    return (
        _engine()
        .get_template("page.html")
        .render(
            rendered=rendered,
            article=Markup(rendered.article + questions),
            notes=notes,
            errors=sum(each.severity == "error" for each in notes),
            file=str(place.path.relative_to(place.root)),
            asked=[each for each in ASKED if f'id="{each[0]}"' in questions],
        )
    )


def _article(place: Place) -> tuple[Rendered, Sequence[Finding]]:
    if place.module is not None and place.module.is_paper:
        return Rendered(title=place.path.parent.name, article="", contents=()), ()
    text, findings = read_text(place.path, bytes_max=BYTES_MAX, within=place.root)
    if text is None:
        return Rendered(title=place.path.name, article="", contents=()), findings
    document = parse_document(text, str(place.path))
    course = place.module.course_id if place.module else ""
    lesson = document.lesson or _stand_in(document, place)
    is_module = place.module is not None and not place.module.is_loose
    return render_lesson(lesson, course=course), document.findings if is_module else ()


def _stand_in(document: Document, place: Place) -> Lesson:
    """The lesson of a text whose front matter is missing or broken."""
    body = document.body
    title = body.titles[0].text if body.titles else place.path.name
    front = Front(id="module", title=title, updated="")
    return Lesson(
        front=front,
        intro=body.intro,
        blocks=body.blocks,
        timed=body.timed,
        sections=body.sections,
    )


def _questions(module: Shelved) -> str:
    if module.is_loose:
        return ""
    there = [(module.folder / name).exists() for name in (QUESTIONS_FILE, CARDS_FILE, EXAM_FILE)]
    if not any(there):
        return ""
    written, _ = load_written(module.folder)
    return asked_html(written)


def _linted(shown: Shown, module: Shelved, home: Path | None, today: dt.date) -> list[Note]:
    file = module.folder / module.file
    named = file if module.is_loose else module.folder
    if not named.exists():
        return []  # who reads the text says that it is gone
    report = lint([str(named)], folders=shown.folders, today=today, home=home, here=module.folder)
    return [_note(each, file) for each in report.remarks]


def _note(finding: Finding, file: Path) -> Note:
    path = Path(finding.file)
    path = path if path.is_absolute() else file.parent / path
    here = finding.line if path == file else None
    name = path.relative_to(file.parent) if path.is_relative_to(file.parent) else path.name
    field = f"{finding.field}: " if finding.field else ""
    return Note(
        where=f"{name}:{finding.line}" if finding.line else str(name),
        here=here,
        severity=getattr(finding, "severity", "error"),
        rule=getattr(finding, "rule", ""),
        message=field + finding.message,
        remedy=finding.remedy,
    )


def assets() -> Mapping[str, tuple[str, str]]:
    """What the pages load: their content and type, by name."""
    return {
        "article.css": (style_sheet(), "text/css"),
        "preview.css": (_part("preview.css"), "text/css"),
        "preview.js": (_part("preview.js"), "text/javascript"),
        "icon.svg": (_part("icon.svg"), "image/svg+xml"),
    }


def _part(name: str) -> str:
    folder = importlib.resources.files(__package__) / "templates"
    return (folder / name).read_text(encoding="utf-8")


@functools.cache
def _engine() -> Environment:
    return Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
