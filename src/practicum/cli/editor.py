"""A person's own editor, on a file whose every save is noticed while she writes."""

from __future__ import annotations

import contextlib
import datetime as dt
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from practicum.labs.finding import CannotBeUsed
from practicum.labs.text_file import read_text
from practicum.learner.exam.answers import TEXT_MAX
from practicum.servers.home import telling, write_atomically

LOOK_EVERY_S = 1.0
BYTES_MAX = 4 * TEXT_MAX
FALLBACKS = ("nano", "vi")


class NoEditor(Exception):
    """There is no editor to open, or it did not run; the message says what to do."""


class Editor:
    """A file to write in, and the editor that the person has chosen."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.path = path
        self._environ = environ

    def command(self) -> list[str]:
        """``$VISUAL``, ``$EDITOR``, or what is there. Raises NoEditor."""
        for name in ("VISUAL", "EDITOR"):
            if told := self._environ.get(name, "").strip():
                return shlex.split(told)
        for each in FALLBACKS:
            if found := shutil.which(each):
                return [found]
        raise NoEditor(
            f"no editor is there: set EDITOR; or write {self.path} with any program, and save it "
            "with `practicum exam answer SITTING QUESTION --file FILE`"
        )

    def lay_out(self, text: str, saved_at: dt.datetime | None) -> None:
        """Put what is saved into the file; a file that was written later stays as it is."""
        with telling(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists():
                written_at = dt.datetime.fromtimestamp(self.path.stat().st_mtime, dt.UTC)
                if saved_at is None or written_at > saved_at:
                    return
            write_atomically(self.path, text.encode())

    def edit(self, saved: Callable[[str], None]) -> str:
        """Let her write until the editor is closed; ``saved`` is told each text that is written
        to the file meanwhile. Returns the last. Raises NoEditor, CannotBeUsed."""
        before = self._stamp()
        try:
            process = subprocess.Popen([*self.command(), str(self.path)])
        except (OSError, ValueError) as error:
            raise NoEditor(f"{self.command()[0]} cannot be run ({error}): set EDITOR") from error
        # Ctrl-C is the editor's while it is open.
        interrupt = signal.signal(signal.SIGINT, lambda number, frame: None)
        try:
            while _is_open(process):
                if self._stamp() != before:
                    before = self._stamp()
                    with contextlib.suppress(CannotBeUsed):
                        saved(self.text())
        finally:
            signal.signal(signal.SIGINT, interrupt)
            if process.poll() is None:
                process.terminate()
        return self.text()

    def text(self) -> str:
        """What is in the file. Raises CannotBeUsed."""
        text, findings = read_text(self.path, bytes_max=BYTES_MAX)
        if text is None:
            raise CannotBeUsed("it is not saved, and stays where it is:", findings=findings)
        return text

    def _stamp(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size


def _is_open(process: subprocess.Popen[bytes]) -> bool:
    """Whether it is still open, after waiting a little for its end."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(LOOK_EVERY_S)
        return False
    return True
