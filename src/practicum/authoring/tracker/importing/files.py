"""What a tracker claims of files, held against the files themselves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from practicum.authoring.linting import lint
from practicum.authoring.tracker.importing.doubt import Doubt, Doubts
from practicum.authoring.tracker.importing.reading import Document, read_document
from practicum.authoring.tracker.importing.tracked import Tracked, is_local
from practicum.authoring.written import MODULE_FILE
from practicum.labs.text_file import read_text

BYTES_MAX = 4_000_000
WORDS_MIN = 100
WORDS_TOLERANCE = 0.15
_UNFINISHED = re.compile(
    r"\b(TODO|TBD|FIXME|coming soon|to be written|lorem ipsum)\b", re.IGNORECASE
)
_PARTS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (name, re.compile(asked, re.IGNORECASE), re.compile(there, re.IGNORECASE | re.MULTILINE))
    for name, asked, there in (
        ("a learner's protocol", r"protocol", r"protocol"),
        ("focus blocks", r"focus blocks?\b", r"^#+ .*(block|part|section|lesson)\s*\d"),
        ("a blueprint", r"blueprint", r"blueprint"),
        ("analogies", r"analog|mental model", r"analog|mental model|like a|think of|imagine"),
        ("Mermaid diagrams", r"mermaid|diagram", r"^\s*(```|~~~)\s*\{?mermaid"),
        ("priming", r"priming", r"priming"),
        ("core concepts", r"core concept", r"core concept"),
        ("visual models", r"visual model", r"visual model"),
        ("neural bridges", r"neural bridge", r"neural bridge"),
        ("active practice", r"active practice", r"active practice"),
        ("consolidation prompts", r"consolidation", r"consolidation"),
        ("an integration challenge", r"integration challenge", r"integration challenge"),
        ("cross-law analysis", r"cross-law", r"cross-law|other laws|each law|laws"),
        ("exercises with code", r"exercises? with code|code examples", r"^\s*(```|~~~)\s*\w+"),
        ("retrieval gauntlets", r"gauntlet|retrieval", r"gauntlet|retrieval"),
        ("a schedule of repetition", r"spaced|repetition", r"spaced|repetition|review schedule"),
        ("pitfalls", r"pitfalls?", r"pitfall|anti-pattern"),
        ("cases", r"case stud", r"case stud|in production at"),
    )
)
"""Parts that a tracker may demand of each module: what they are called when they are demanded,
and what a file that has them shows."""


class Place:
    """Where a tracker lies, what lies around it, and in which folders courses lie, ours first."""

    def __init__(self, tracker: Path, folders: Sequence[Path]) -> None:
        self.tracker = tracker
        self.folders = tuple(folders)
        self.folder = tracker.absolute().parent
        self._root = next(
            (each for each in self.folder.parents if (each / ".git").exists()), self.folder
        )
        if (self.folder / ".git").exists():
            self._root = self.folder

    def find(self, target: str) -> Path | None:
        """What a target leads to: from the tracker, or from a folder above it as far as the
        repository's top; None if nothing is there."""
        name = unquote(target.partition("#")[0].partition("?")[0])
        if not name:
            return self.tracker.resolve()
        folders = [self.folder, *self.folder.parents]
        above = folders[: folders.index(self._root) + 1]
        for folder in above:
            try:
                path = folder / name.lstrip("/")
                if path.exists():
                    return path.resolve()
            except (OSError, ValueError):
                return None
        return None


def doubts_about_files(
    document: Document, tracked: tuple[Tracked, ...], place: Place, today: dt.date
) -> Iterator[Doubt]:
    """Ticks without a file, files without what is demanded, links that lead nowhere."""
    doubts = Doubts(str(place.tracker))
    demanded = _demanded(document)
    told: set[tuple[int, str]] = set()
    for module in tracked:
        for target in module.files:
            found = place.find(target)
            told.add((module.line, target))
            if found is None and module.tick == "done":
                said = f"{module.called} is ticked, and there is no {target}"
                remedy = "take the tick away until the file is there, or mend the path"
                yield doubts.error("no-file", module.line, said, remedy)
            elif found is not None and module.tick == "done" and found.is_file():
                yield from _in_file(doubts, module, found, demanded, place, today)
    yield from _without_file(tracked, doubts)
    yield from _dead_links(document, place, doubts, told)


def _without_file(tracked: Sequence[Tracked], doubts: Doubts) -> Iterator[Doubt]:
    """Ticked rows that name no file; told once for a table of which none does."""
    for table in dict.fromkeys(each.table for each in tracked if each.table is not None):
        rows = [each for each in tracked if each.table == table and each.tick == "done"]
        bare = [each for each in rows if not each.files]
        if bare and len(bare) == len(rows) > 1:
            said = f"none of the {len(rows)} that are ticked names a file that shows it"
            yield doubts.advice("names-no-file", table, said, "add a column with the files")
            continue
        for module in bare:
            said = f"{module.called} is ticked, and names no file that shows it"
            yield doubts.advice("names-no-file", module.line, said, "link the file")


def _demanded(document: Document) -> list[str]:
    """The parts that the tracker's own standards ask for: list items below a heading that
    speaks of standards or requirements, as long as they are about no module in particular."""
    standing = re.compile(r"standard|requirement|must|components|checklist", re.IGNORECASE)
    asked: dict[str, None] = {}
    for item in document.items:
        heading = document.headings[item.heading].plain if item.heading >= 0 else ""
        if item.is_box and item.tick == "open" and standing.search(heading):
            for name, wanted, _ in _PARTS:
                if wanted.search(item.text.plain):
                    asked[name] = None
    return list(asked)


def _in_file(
    doubts: Doubts,
    module: Tracked,
    path: Path,
    demanded: list[str],
    place: Place,
    today: dt.date,
) -> Iterator[Doubt]:
    if path.suffix.lower() not in (".md", ".markdown", ".mdx", ".txt", ".rst"):
        return
    text, findings = read_text(path, bytes_max=BYTES_MAX)
    if text is None:
        said = f"{module.called} is ticked, and {path} cannot be used: {findings[0].message}"
        yield doubts.error("unreadable", module.line, said, findings[0].remedy)
        return
    if path.name == MODULE_FILE or (text.startswith("---\n") and "\n:::" in text):
        yield from _in_module(doubts, module, path, place, today)
        return
    words = count_words(text)
    if words < WORDS_MIN:
        said = f"{module.called} is ticked, and {path.name} has {words} words"
        yield doubts.error("empty", module.line, said, "write it, or take the tick away")
    unfinished = _UNFINISHED.search(text)
    if unfinished:
        line = text.count("\n", 0, unfinished.start()) + 1
        said = f"{module.called} is ticked, and {path.name}:{line} says {unfinished[0]!r}"
        yield doubts.error("unfinished", module.line, said, "finish it, or take the tick away")
    missing = [name for name, _, there in _PARTS if name in demanded and not there.search(text)]
    if missing:
        said = f"{module.called} is ticked, and {path.name} lacks {', '.join(missing)}"
        remedy = "write them, or take the tick away: the tracker demands them of each module"
        yield doubts.error("lacks-parts", module.line, said, remedy)


def _in_module(
    doubts: Doubts, module: Tracked, path: Path, place: Place, today: dt.date
) -> Iterator[Doubt]:
    """A module in our own form is judged by our rules."""
    report = lint([str(path)], folders=place.folders, today=today)
    errors = [each for each in report.remarks if each.severity == "error"]
    if errors:
        first = errors[0]
        said = (
            f"{module.called} is ticked, and the linter finds {len(errors)} errors in it, the "
            f"first in line {first.line}: {first.message}"
        )
        remedy = f"`practicum author lint {path}` tells them all"
        yield doubts.error("lint", module.line, said, remedy)


def _dead_links(
    document: Document, place: Place, doubts: Doubts, told: set[tuple[int, str]]
) -> Iterator[Doubt]:
    for text in document.texts():
        for link in text.links:
            if link.is_code or not is_local(link) or (text.line, link.target) in told:
                continue
            found = place.find(link.target)
            if found is None:
                said = f"the link to {link.target} leads nowhere"
                yield doubts.error("dead-link", text.line, said, "mend the path, or take it out")
                continue
            anchor = unquote(link.target.partition("#")[2])
            if anchor and found.suffix.lower() in (".md", "") and found.is_file():
                known = document.anchors if found == place.tracker.resolve() else _anchors(found)
                if anchor.lower() not in known:
                    said = f"there is no heading #{anchor} in {found.name}"
                    yield doubts.error("dead-anchor", text.line, said, "mend the link")


def _anchors(path: Path) -> frozenset[str]:
    text, _ = read_text(path, bytes_max=BYTES_MAX)
    return read_document(text or "").anchors


def count_words(text: str) -> int:
    """The words of a Markdown text, code and front matter left out."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"^\s*(```|~~~).*?^\s*\1", "", text, flags=re.DOTALL | re.MULTILINE)
    return len(re.findall(r"\b[^\W_][\w'’-]*", text))
