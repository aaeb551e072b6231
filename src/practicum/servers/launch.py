"""Become a supervised process: a thin layer between the supervisor's fork and the program.

Run as ``python -I -S launch.py KEY=VALUE... -- PROGRAM ARGUMENT...``. It imports next to
nothing and has one thread, so what `subprocess` must not do between fork and exec (choose
namespaces, drop privileges, ask for a parent-death signal) is ordinary code here.

The order matters. Mounts need root, so they come before the drop. The kernel forgets the
parent-death signal when credentials change, so it is asked for after the drop. And the parent
may have died before we asked, so we look for it last.

Keys: ``parent`` (pid of the supervisor), ``death_signal``, ``uid`` and ``gid`` to drop to,
``hide`` (an existing folder that a private tmpfs covers), any number of
``bind=SOURCE:NAME`` (SOURCE appears as ``hide``/NAME), and ``pose`` (a user id that we seem to
have, to ourselves only: initdb insists that its user has a name, and in a container there is
not always one).
"""

from __future__ import annotations

import ctypes
import os
import sys

_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_PR_SET_PDEATHSIG = 1

EXIT_NO_MOUNT = 70
EXIT_NO_PROGRAM = 71
EXIT_NO_PARENT = 72
EXIT_NO_POSE = 73


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(libc: ctypes.CDLL, source: str, target: str, kind: str, flags: int) -> None:
    options = b"mode=755,size=1m" if kind == "tmpfs" else None
    result = libc.mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        options,
    )
    _check(result, f"mount {source} on {target}")


def _private_view(libc: ctypes.CDLL, hide: str, binds: list[str]) -> None:
    """Show the folders of ``binds`` below ``hide``, to this process and its children only."""
    _check(libc.unshare(_CLONE_NEWNS), "unshare")
    _mount(libc, "none", "/", "", _MS_REC | _MS_PRIVATE)
    _mount(libc, "practicum", hide, "tmpfs", 0)
    for bind in binds:
        source, _, name = bind.rpartition(":")
        target = os.path.join(hide, name)  # noqa: PTH118 - pathlib would double the start-up
        os.makedirs(target, mode=0o755, exist_ok=True)  # noqa: PTH103
        _mount(libc, source, target, "", _MS_BIND | _MS_REC)


def _drop_privileges(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _pose(libc: ctypes.CDLL, uid: str) -> None:
    """Have another user id inside a user namespace; outside it nothing is gained or lost."""
    own, group = os.geteuid(), os.getegid()
    _check(libc.unshare(_CLONE_NEWUSER), "unshare")
    maps = (("uid_map", f"{uid} {own} 1"), ("setgroups", "deny"), ("gid_map", f"{uid} {group} 1"))
    for name, text in maps:
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - as above
            file.write(text)


def main(arguments: list[str]) -> int:
    """Do what the keys say and turn into the program; returns only when that failed."""
    split = arguments.index("--")
    pairs = [argument.partition("=")[::2] for argument in arguments[:split]]
    keys, binds = dict(pairs), [value for key, value in pairs if key == "bind"]
    program = arguments[split + 1 :]
    libc = ctypes.CDLL(None, use_errno=True)
    os.setsid()
    os.chdir("/")
    if "hide" in keys:
        os.umask(0o022)
        try:
            _private_view(libc, keys["hide"], binds)
        except OSError as error:
            print(f"launch: {error}", file=sys.stderr)
            return EXIT_NO_MOUNT
    os.umask(0o077)
    if "pose" in keys:
        try:
            _pose(libc, keys["pose"])
        except OSError as error:
            print(f"launch: {error}", file=sys.stderr)
            return EXIT_NO_POSE
    if "uid" in keys:
        _drop_privileges(int(keys["uid"]), int(keys["gid"]))
    if sys.platform == "linux":
        _check(libc.prctl(_PR_SET_PDEATHSIG, int(keys["death_signal"]), 0, 0, 0), "prctl")
    if os.getppid() != int(keys["parent"]):
        return EXIT_NO_PARENT
    try:
        os.execv(program[0], program)
    except OSError as error:
        print(f"launch: cannot run {program[0]}: {error.strerror}", file=sys.stderr)
    return EXIT_NO_PROGRAM


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
