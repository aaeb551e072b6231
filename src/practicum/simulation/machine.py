"""The machine, which no seed decides: threads, signals, processes, sockets and files are refused,
each with the line that asked and what to use instead.

What Python looks up by name is replaced (`refused_names`). What is reached in C is caught by an
audit hook (`hear`), which Python offers for good. Only the thread that simulates is refused
anything, and imports may look for code.
"""

from __future__ import annotations

import _thread
import os
import queue
import select
import selectors
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import FrameType, ModuleType
from typing import Any

from practicum.simulation.refusals import Refused, is_ours, refusal

_MESSAGES = "send messages: node.send, node.rpc"
_CALL = "call the code itself"
_DISK = "read and write node.disk"
_CRASH = "let the world crash the node"
_TASK = "start a task: node.spawn"
_AWAIT = "await an asyncio.Event, Lock or Queue"

_EVENTS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("socket.__new__",), ("a socket", _MESSAGES)),
    **dict.fromkeys(
        ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"),
        ("a name server", _MESSAGES),
    ),
    "socket.gethostname": ("the machine's name", "use node.name"),
    **dict.fromkeys(
        ("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec"),
        ("a process", _CALL),
    ),
    "_thread.start_new_thread": ("a thread", _TASK),
    **dict.fromkeys(
        (
            "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink",
            "os.truncate", "os.chmod", "os.chown", "os.utime", "os.chdir",
        ),
        ("the machine's disk", "write to node.disk"),
    ),
    "sqlite3.connect": ("a database", _DISK),
    **dict.fromkeys(("signal.pthread_kill", "os.kill", "os.killpg"), ("a signal", _CRASH)),
    "builtins.input": ("the keyboard", "let a client do it"),
}  # fmt: skip
_LOOKING: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("os.listdir", "os.scandir"), ("the machine's disk", _DISK)),
    **dict.fromkeys(
        ("os.putenv", "os.unsetenv"), ("the environment", "keep it in a variable of the node")
    ),
}
"""Imports do this, too."""
HEARD = frozenset({*_EVENTS, *_LOOKING, "open"})
"""The events of the audit hook that matter."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT
_LOOKERS = ("importlib", "zipimport", "linecache")
_CODE = (".py", ".pyc", ".so", ".pth", ".dist-info")


def hear(event: str, args: tuple[Any, ...]) -> None:
    """What the audit hook does while a simulation runs. `Refused`."""
    if event in _EVENTS:
        raise Refused(refusal(*_EVENTS[event]))
    if event in _LOOKING and not _python_looks():
        raise Refused(refusal(*_LOOKING[event]))
    if event == "open" and not _is_code(args):
        raise Refused(refusal(_file(args[0]), _DISK))


def _is_code(args: tuple[Any, ...]) -> bool:
    """Imports read files, and tracebacks do; both only read code."""
    path, _, flags = (*args, None, 0)[:3]
    if isinstance(path, int):
        return True
    reads = not (isinstance(flags, int) and flags & _WRITING)
    return reads and str(path).endswith(_CODE) and _python_looks()


def _file(path: object) -> str:
    return f"the file {str(path)!r:.100}"


def _python_looks() -> bool:
    """Whether it is Python itself that asks, for code: an import, or a traceback."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_ours(frame.f_code.co_filename):
        if any(name in frame.f_code.co_filename for name in _LOOKERS):
            return True
        frame = frame.f_back
    return False


# ── Names

_SIGNALS = (
    "signal", "setitimer", "alarm", "raise_signal", "pause", "sigwait", "sigtimedwait",
    "sigwaitinfo", "pthread_sigmask", "set_wakeup_fd", "siginterrupt",
)  # fmt: skip


def refused_names(here: Callable[[], bool]) -> Iterator[tuple[ModuleType | type, str, object]]:
    """What is put where; ``here`` says whether the thread that calls is the one that simulates."""

    def refused(place: Any, name: str, what: str, instead: str) -> tuple[Any, str, object]:
        original = getattr(place, name, None)

        def refuse(*args: Any, **more: Any) -> Any:
            if original is not None and not here():
                return original(*args, **more)
            raise Refused(refusal(what, instead))

        return place, name, refuse

    yield refused(time, "sleep", "time.sleep", "await asyncio.sleep")
    yield refused(threading.Thread, "start", "a thread", _TASK)
    for name in ("start_new_thread", "start_new"):  # 3.11 has no audit event for it
        yield refused(_thread, name, "a thread", _TASK)
    yield threading.Condition, "wait", _waiting(threading.Condition.wait, here)
    yield threading, "Lock", _locks(here)
    # The one in C waits in C; this one waits by a Condition.
    yield queue, "SimpleQueue", queue._PySimpleQueue  # type: ignore[attr-defined]
    for name in ("select", "poll", "epoll"):
        yield refused(select, name, f"select.{name}", _MESSAGES)
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector"):
        if hasattr(selectors, name):  # they took what `select` has when they were imported
            yield refused(getattr(selectors, name), "select", "a selector", _MESSAGES)
    for name in _SIGNALS:
        yield refused(signal, name, f"signal.{name}", _CRASH)
    for name in ("_exit", "abort"):
        yield refused(os, name, f"os.{name}", "return, or raise an error")
    for name in ("stat", "lstat"):
        yield os, name, _looking(getattr(os, name), here)


def _looking(original: Callable[..., Any], here: Callable[[], bool]) -> Callable[..., Any]:
    """What a file is may be asked by imports and tracebacks only."""

    def look(path: Any, *args: Any, **more: Any) -> Any:
        if here() and not isinstance(path, int) and not _python_looks():
            raise Refused(refusal(_file(path), _DISK))
        return original(path, *args, **more)

    return look


def _locks(here: Callable[[], bool]) -> Callable[[], Any]:
    """Locks of our own for the code, real ones for imports and other threads."""
    return lambda: _Lock() if here() and not _python_looks() else _thread.allocate_lock()


def _waiting(original: Callable[..., Any], here: Callable[[], bool]) -> Callable[..., Any]:
    """Nobody but another thread could end the wait."""

    def wait(self: Any, timeout: float | None = None) -> Any:
        if here() and timeout != 0:
            raise Refused(refusal("waiting for a thread", _AWAIT))
        return original(self, timeout)

    return wait


class _Lock:
    """threading.Lock where there is one thread: who would wait for it would wait for ever."""

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._thread = threading.get_ident()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """See threading. `Refused` if somebody has it and would have to be waited for."""
        if self._lock.acquire(False):
            return True
        if self._thread != threading.get_ident():
            return self._lock.acquire(blocking, timeout)
        if blocking and timeout != 0:
            raise Refused(refusal("waiting for a thread", _AWAIT))
        return False

    def release(self) -> None:
        """See threading."""
        self._lock.release()

    def locked(self) -> bool:
        """See threading."""
        return self._lock.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()
