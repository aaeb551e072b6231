"""Load somebody's files in place of modules, for everybody who imports these modules.

The finder stands before all others and has to be there before the first import of a replaced
module; whoever imported the original already would keep it. Nothing is read from or written to
a cache of bytecode: a file that is saved twice within a second must not be mistaken for the
first, and a folder that belongs to somebody is no place for ours.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType


class FreshLoader(importlib.machinery.SourceFileLoader):
    """Compiles the file each time."""

    def path_stats(self, path: str) -> Mapping[str, object]:
        """Say that nothing is known of the file, so that no bytecode is taken for its own."""
        raise OSError(f"{path} is always compiled")


class Replacing(MetaPathFinder):
    """Finds replaced modules where their files are."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = dict(files)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The file's spec, or None for a module that is not replaced."""
        file = self._files.get(fullname)
        if file is None:
            return None
        return spec_from_file_location(fullname, file, loader=FreshLoader(fullname, str(file)))


def replace_modules(files: Mapping[str, str]) -> None:
    """From now on, import each file (by its path) as the module that it is mapped from.

    Those already in their places stay. ImportError when an original is in use.
    """
    wanted = {name: Path(path) for name, path in files.items()}
    for name, path in wanted.items():
        loaded = sys.modules.get(name)
        if loaded is not None and loaded.__file__ != str(path):
            raise ImportError(f"{name} was imported before {path} could take its place")
    if wanted:
        sys.meta_path.insert(0, Replacing(wanted))
        importlib.invalidate_caches()


def replace_module(name: str, path: Path) -> None:
    """Import ``path`` as the module ``name`` from now on; see `replace_modules`."""
    replace_modules({name: str(path)})
