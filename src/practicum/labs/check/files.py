"""The learner's files as a running service must see them: copied, and never changed again."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from practicum.servers.home import telling

FOLDER = "lab-files"
_TAIL = 16


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """Files of one folder, copied: ``source`` is where they came from, ``sha256`` is by name."""

    source: Path
    folder: Path
    sha256: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Equal for equal files."""
        return digest_of(self.sha256)

    def as_learner_knows(self, text: str) -> str:
        """A text in which the copies' paths are the learner's own again."""
        return text.replace(str(self.folder), str(self.source))


def digest_of(hashes: Mapping[str, str]) -> str:
    """One hash over files by name."""
    lines = (f"{name} {digest}\n" for name, digest in sorted(hashes.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def hashes_of(source: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 by name, of those files that are there."""
    return {
        name: hashlib.sha256((source / name).read_bytes()).hexdigest()
        for name in names
        if (source / name).is_file()
    }


def copy_files(source: Path, names: Iterable[str], range_folder: Path) -> Copied:
    """The files, put whole into a folder named by their content. RangeError when the disk
    refuses."""
    with telling(range_folder):
        contents = {name: (source / name).read_bytes() for name in names}
        sha256 = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
        folder = range_folder / FOLDER / digest_of(sha256)[:_TAIL]
        if not folder.is_dir():
            temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            try:
                for name, data in contents.items():
                    (temporary / name).write_bytes(data)
                temporary.rename(folder)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
    return Copied(source=source, folder=folder, sha256=sha256)
