"""Choosing TCP ports on the loopback that stay valid while processes come and go."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence
from pathlib import Path

import psutil

from practicum.servers.home import RangeError

HOST = "127.0.0.1"
_LOWEST = 15_000


def is_free(port: int) -> bool:
    """Whether somebody could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str | None:
    """The process that listens on a port, in words; None if the system does not tell."""
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return None
    for connection in connections:
        if connection.status != psutil.CONN_LISTEN or not connection.laddr:
            continue
        if connection.laddr.port == port:
            try:
                if connection.pid:
                    return f"{psutil.Process(connection.pid).name()}, pid {connection.pid}"
            except psutil.Error:
                return None
    return None


def choose(names: Sequence[str], remembered: dict[str, int], base: int | None) -> dict[str, int]:
    """A port for each name: ``base`` and those after it, or the remembered one while it is
    free, or any free one. RangeError if a fixed port is taken."""
    if base is not None:
        return _fixed(names, base)
    ports: dict[str, int] = {}
    for name in names:
        port = remembered.get(name)
        if port is None or port in ports.values() or not is_free(port):
            port = _any_free(set(ports.values()) | set(remembered.values()))
        ports[name] = port
    return ports


def _fixed(names: Sequence[str], base: int) -> dict[str, int]:
    if not 1024 <= base <= 65_535 - len(names):
        raise RangeError(
            f"--port-base {base} leaves no room for {len(names)} ports: use 1024 to "
            f"{65_535 - len(names)}"
        )
    ports = {name: base + offset for offset, name in enumerate(names)}
    for name, port in ports.items():
        if not is_free(port):
            who = holder(port)
            by = f" by {who}" if who else ""
            raise RangeError(
                f"port {port}, for {name}, is taken{by}: end that process, choose another "
                "--port-base, or leave it out to get free ports"
            )
    return ports


def _ephemeral_lowest() -> int:
    """Where the ports begin that the system gives to outgoing connections.

    A server whose port lies above could lose it to somebody's outgoing connection while it
    restarts, and a client that keeps dialling it could even reach itself.
    """
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 49_152


def _any_free(taken: set[int]) -> int:
    highest = _ephemeral_lowest()
    if highest - _LOWEST < 1000:
        highest = 60_000
    for _ in range(2000):
        port = random.randrange(_LOWEST, highest)
        if port not in taken and is_free(port):
            return port
    raise RangeError(f"no free port between {_LOWEST} and {highest}: end some servers first")
