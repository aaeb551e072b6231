"""Where ranges keep what they must not lose: folders, their versions, locks and secrets."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import platformdirs

SCHEMA = 1
SOCKET_PATH_BYTES_MAX = 100
ROOM_BYTES_MIN = 150_000_000
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


class RangeError(Exception):
    """Something that a person can put right; the text says what, and how."""


class RangeState(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a range remembers between two lives. ``ports`` is by process."""

    ports: dict[str, int] = {}
    nats_password: str = msgspec.field(default_factory=lambda: secrets.token_hex(16))
    postgres_password: str = msgspec.field(default_factory=lambda: secrets.token_hex(16))


def state_home(environment: Mapping[str, str]) -> Path:
    """``$PRACTICUM_HOME``, or the system's place for a user's state.

    For root that is a place of the system, because PostgreSQL runs as somebody who may not
    look into root's home.
    """
    if told := environment.get("PRACTICUM_HOME"):
        return Path(told).absolute()
    return platformdirs.user_state_path("practicum", appauthor=False, use_site_for_root=True)


def check_name(name: str) -> str:
    """The range's name; RangeError if it cannot be one."""
    if _NAME.fullmatch(name):
        return name
    raise RangeError(
        f"{name!r} cannot be the name of a range: use up to 31 lower-case letters, digits and "
        "hyphens, the first a letter (for example: payments-2)"
    )


@contextlib.contextmanager
def telling(
    folder: Path, instead: str = "set PRACTICUM_HOME to a folder elsewhere"
) -> Iterator[None]:
    """Turn what the file system refuses into words; ``instead`` is what else one can do."""
    try:
        yield
    except OSError as error:
        raise RangeError(_refusal(error, folder, instead)) from error


def _refusal(error: OSError, folder: Path, instead: str) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left where {folder} is: free about 150 MB there, or {instead}"
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        where = error.filename or folder
        return f"{where} cannot be written ({error.strerror}): allow it, or {instead}"
    return f"{folder}: {error.strerror or error}: put that right, or {instead}"


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a file, so that a reader or a power cut finds the old or the new, whole. It is the
    owner's alone, unless ``mode`` lets others read it, too."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class RangeFolder:
    """The folder of one range, ``HOME/ranges/NAME``."""

    def __init__(self, home: Path, name: str) -> None:
        self.home = home
        self.name = check_name(name)
        self.path = home / "ranges" / name

    @property
    def logs(self) -> Path:
        """Where the processes' logs are, each as ``PROCESS.log``."""
        return self.path / "logs"

    def log(self, process: str) -> Path:
        """The log of one process."""
        return self.logs / f"{process}.log"

    @property
    def exists(self) -> bool:
        """Whether there ever was a range of this name."""
        return (self.path / "schema").exists()

    def create(self) -> None:
        """Make the folders, or see that those there are of a version that we know."""
        with telling(self.home):
            # Root lets others pass through (not look in): PostgreSQL's user has to.
            mode = 0o711 if os.geteuid() == 0 else 0o700
            self.home.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.home, self.home / "ranges", self.path):
                with contextlib.suppress(FileExistsError):
                    folder.mkdir(mode=mode)
            for folder in (self.logs, self.path / "config"):
                folder.mkdir(mode=0o700, exist_ok=True)
            if not self.exists:
                write_atomically(self.path / "schema", b"%d\n" % SCHEMA)
        self.check_schema()

    def check_schema(self) -> None:
        """RangeError unless the folder is of the version that this practicum writes."""
        with telling(self.path):
            text = (self.path / "schema").read_text().strip()
        if text != str(SCHEMA):
            raise RangeError(
                f"{self.path} is of version {text[:20]!r}, this practicum knows {SCHEMA}: use the "
                "practicum that wrote it, or give this range another name (--name)"
            )

    def check_room(self) -> None:
        """RangeError if a new database would not fit."""
        free = shutil.disk_usage(self.path).free
        if free < ROOM_BYTES_MIN:
            raise RangeError(
                f"only {free // 1_000_000} MB are free where {self.path} is, a new range needs "
                "150: free some, or set PRACTICUM_HOME to a folder elsewhere"
            )

    def load(self) -> RangeState:
        """The range's memory; a fresh one the first time."""
        path = self.path / "state.json"
        try:
            return msgspec.json.decode(path.read_bytes(), type=RangeState)
        except FileNotFoundError:
            return RangeState()
        except (msgspec.DecodeError, OSError) as error:
            raise RangeError(
                f"{path} cannot be read ({error}): put it back, or remove the range with "
                f"`practicum range down --wipe --name {self.name}`"
            ) from error

    def save(self, state: RangeState) -> None:
        """Remember; survives a power cut."""
        with telling(self.path):
            write_atomically(self.path / "state.json", msgspec.json.encode(state))

    def lock(self) -> int | None:
        """Own the range, as a descriptor that ends with the process; None if another does."""
        with telling(self.path):
            descriptor = os.open(
                self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode=0o600
            )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    @property
    def is_owned(self) -> bool:
        """Whether a supervisor holds the range now."""
        if not (self.path / "lock").exists():
            return False
        descriptor = self.lock()
        if descriptor is None:
            return True
        os.close(descriptor)
        return False

    def place_socket(self) -> Path:
        """Where the supervisor listens. The kernel limits such a path to about 107 bytes, so
        a deep folder gets a short one elsewhere; where it is stands in ``socket``."""
        socket = self.path / "control.sock"
        if len(os.fsencode(socket)) > SOCKET_PATH_BYTES_MAX:
            name = hashlib.blake2b(os.fsencode(self.path), digest_size=8).hexdigest()
            socket = _runtime_folder() / f"{name}.sock"
        with telling(self.path):
            write_atomically(self.path / "socket", os.fsencode(socket))
        return socket

    def find_socket(self) -> Path | None:
        """Where the supervisor said it listens; None if none ever did."""
        try:
            return Path(os.fsdecode((self.path / "socket").read_bytes()))
        except FileNotFoundError:
            return None


def _runtime_folder() -> Path:
    base = os.environ.get("XDG_RUNTIME_DIR")
    if not base or not Path(base).is_dir():
        base = tempfile.gettempdir()
    folder = Path(base) / f"practicum-{os.geteuid()}"
    with telling(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise RangeError(
            f"{folder} is not a folder of yours alone: remove it, or set PRACTICUM_HOME to a "
            "shorter path"
        )
    return folder


def list_ranges(home: Path) -> list[RangeFolder]:
    """Every range in the home, by name."""
    try:
        names = sorted(entry.name for entry in (home / "ranges").iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    folders = [RangeFolder(home, name) for name in names if _NAME.fullmatch(name)]
    return [folder for folder in folders if folder.exists]
