"""Where each thing of the catalogue is written, so that a finding can point there."""

from __future__ import annotations

from collections.abc import Iterator

from practicum.labs.finding import Finding
from practicum.labs.yaml_file import YamlFile

Path_ = tuple[str | int, ...]
LIBRARY = "library"


class Places:
    """Ids, with the file and the path in it that declare them."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[YamlFile, Path_]] = {}

    def note(self, key: str, file: YamlFile, path: Path_ = ()) -> Iterator[Finding]:
        """Remember a place; a finding if the id has one already."""
        if key in self._places:
            first, its_path = self._places[key]
            where = first.finding(its_path, "", "")
            said = f"{key} is declared in {where.file}:{where.line}, too"
            yield file.finding(path, said, "rename one of the two")
        else:
            self._places[key] = (file, path)

    def finding(self, key: str, path: Path_, message: str, remedy: str) -> Finding:
        """A finding about what stands at ``path`` below the declaration of ``key``."""
        file, start = self._places[key]
        return file.finding((*start, *path), message, remedy)
