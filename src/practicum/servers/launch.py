"""Become a supervised process: a thin layer between the supervisor's fork and the program.

Run as ``python -I -S launch.py KEY=VALUE... -- PROGRAM ARGUMENT...``. It imports next to
nothing and has one thread, so what `subprocess` must not do between fork and exec (choose
namespaces, drop privileges, ask for a parent-death signal) is ordinary code here.

The order matters. Mounts need root, so they come before the drop. The kernel forgets the
parent-death signal when credentials change, so it is asked for after the drop. And the parent
may have died before we asked, so we look for it last.

Keys: ``parent`` (pid of the supervisor), ``death_signal``, ``uid`` and ``gid`` to drop to,
``hide`` (an existing folder that a private tmpfs covers), any number of
``bind=SOURCE:NAME`` (SOURCE, a folder or a socket, appears as ``hide``/NAME), ``pose`` (a user
id that we seem to have, to ourselves only: initdb insists that its user has a name, and in a
container there is not always one), ``folder`` to run in, and any number of
``limit=WHAT:SOFT:HARD`` (numbers of `resource`; never above what is allowed already).

With ``gate`` the program is bubblewrap, and the limits are for what it encloses. The kernel
counts processes by user *namespace* when the limit is set inside of one, so they are set from
here on the first process in it, before it may start the program: see `_keep_gate`.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys

_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_SIGKILL = 9  # importing `signal` takes longer than all else here

EXIT_NO_MOUNT = 70
EXIT_NO_PROGRAM = 71
EXIT_NO_PARENT = 72
EXIT_NO_POSE = 73
EXIT_NO_LIMIT = 74
_GO = b"go"


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
    """Show what ``binds`` name below ``hide``, to this process and its children only."""
    _check(libc.unshare(_CLONE_NEWNS), "unshare")
    _mount(libc, "none", "/", "", _MS_REC | _MS_PRIVATE)
    _mount(libc, "practicum", hide, "tmpfs", 0)
    for bind in binds:
        source, _, name = bind.rpartition(":")
        target = os.path.join(hide, name)  # noqa: PTH118 - pathlib would double the start-up
        if os.path.isdir(source):  # noqa: PTH112
            os.makedirs(target, mode=0o755, exist_ok=True)  # noqa: PTH103
        else:
            os.close(os.open(target, os.O_CREAT, 0o600))
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


def _limit(limits: list[str], pid: int = 0) -> None:
    """Set limits for ourselves or another process."""
    for limit in limits:
        what, *wanted = map(int, limit.split(":"))
        hard = resource.getrlimit(what)[1]
        if hard != resource.RLIM_INFINITY:
            wanted = [min(each, hard) for each in wanted]
        if pid:
            resource.prlimit(pid, what, (wanted[0], wanted[1]))
        else:
            resource.setrlimit(what, (wanted[0], wanted[1]))


def _keep_gate(libc: ctypes.CDLL, program: list[str], limits: list[str]) -> int:
    """Start bubblewrap, limit the first process of its sandbox before that may start anything,
    and bury all that come from it, so that what they used is counted as ours; its exit code.

    bubblewrap reads `_GO` from one pipe before it goes on, having told the process in another.
    """
    _check(libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")
    (told, tell), (closed, opens) = os.pipe(), os.pipe()
    keeper = os.getpid()
    child = os.fork()
    if not child:
        libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        if os.getppid() != keeper:
            os._exit(EXIT_NO_PARENT)
        for descriptor in (tell, closed):
            os.set_inheritable(descriptor, True)
        gate = ("--info-fd", str(tell), "--block-fd", str(closed))
        os._exit(_become([program[0], *gate, *program[1:]]))
    os.close(tell)
    text = b""
    while more := os.read(told, 4096):
        text += more
    if text:  # otherwise it has failed, and said why
        _limit(limits, int(text.split(b'"child-pid":')[1].split(b",")[0].strip(b" }\n")))
        os.write(opens, _GO)
    code = 0
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            return code
        if pid == child:
            code = os.waitstatus_to_exitcode(status)


def _become(program: list[str]) -> int:
    """Turn into the program; returns only when that failed."""
    try:
        os.execv(program[0], program)
    except OSError as error:
        print(f"launch: cannot run {program[0]}: {error.strerror}", file=sys.stderr, flush=True)
    return EXIT_NO_PROGRAM


def main(arguments: list[str]) -> int:
    """Do what the keys say and turn into the program; returns only when that failed."""
    split = arguments.index("--")
    pairs = [argument.partition("=")[::2] for argument in arguments[:split]]
    keys, binds = dict(pairs), [value for key, value in pairs if key == "bind"]
    program = arguments[split + 1 :]
    libc = ctypes.CDLL(None, use_errno=True)
    os.setsid()
    os.chdir(keys.get("folder", "/"))
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
    limits = [value for key, value in pairs if key == "limit"]
    try:
        if "gate" in keys:
            return _keep_gate(libc, program, limits)
        _limit(limits)
    except OSError as error:
        print(f"launch: limits: {error.strerror}", file=sys.stderr)
        return EXIT_NO_LIMIT
    return _become(program)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
