"""What a preview shows, by addresses: ``/COURSE/NN-MODULE/module.md``, and the files beside it.

An address stands for a file below the course's folder; one that leads out of it, by ``..`` or by
a symbolic link, stands for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import msgspec

from practicum.authoring.shelves import EXAM_FILE, MODULE_FILE, Asked, Shelved, all_in, asked_for


class Title(msgspec.Struct, frozen=True):
    """A module as the list shows it."""

    address: str
    name: str


class Place(msgspec.Struct, frozen=True):
    """A file that an address stands for: ``module`` is the one whose text it is, if it is one;
    ``root`` is the folder that its links must not leave."""

    path: Path
    root: Path
    module: Shelved | None = None


class Shown:
    """The modules that somebody asked for. Raises LabError for a place that there is not."""

    def __init__(self, words: str, folders: Sequence[Path]) -> None:
        asked = asked_for(words, folders) if words else Asked(place=None, modules=())
        self.modules = asked.modules or tuple(x for folder in folders for x in all_in(folder))
        self.folders = list(dict.fromkeys([*folders, *([asked.courses] if asked.courses else [])]))
        self._roots: dict[str, Path] = {}
        self._by_file: dict[Path, Shelved] = {}
        for each in self.modules:
            root = self._root_of(each, asked.place)
            self._name_of(root)
            self._by_file[each.folder / each.file] = each

    def _root_of(self, module: Shelved, place: Path | None) -> Path:
        if module.course is not None:
            return module.course
        if module.is_paper:
            return module.folder.parent
        if place is not None and place.is_dir():
            return place
        return module.folder

    def _name_of(self, root: Path) -> str:
        for name, folder in self._roots.items():
            if folder == root:
                return name
        name = root.name or "here"
        while name in self._roots:
            name += "-"
        self._roots[name] = root
        return name

    @property
    def watched(self) -> list[Path]:
        """The folders whose changes matter."""
        return list(self._roots.values())

    def titles(self) -> list[Title]:
        """The modules with their addresses."""
        found = []
        for path in self._by_file:
            name, root = next(
                (name, root) for name, root in self._roots.items() if path.is_relative_to(root)
            )
            relative = path.relative_to(root)
            shown = relative.parent if path.name in (MODULE_FILE, EXAM_FILE) else relative
            found.append(Title(f"/{quote(name)}/{quote(str(relative))}", f"{name}/{shown}"))
        return found

    def place(self, address: str) -> Place | None:
        """The file, or folder, that a path of an address stands for; None for any other."""
        name, _, rest = address.lstrip("/").partition("/")
        root = self._roots.get(name)
        if root is None or "\0" in rest:
            return None
        path = root / rest
        if path in self._by_file:
            # Who reads it refuses a link that leads away, and says so.
            return Place(path, root, self._by_file[path])
        try:
            if not path.resolve().is_relative_to(root.resolve()):
                return None
        except (OSError, RuntimeError):
            return None
        return Place(path, root)
