"""System calls that code in the sandbox has no use for, refused by the kernel.

Namespaces leave holes: memory that is in no process (memfd, System V segments) escapes the
watch, keyrings are shared by user, one process may read another's memory, and new namespaces,
io_uring, bpf and the like are where the kernel was broken most often. A refused call fails with
EPERM, or kills where it is made in another architecture's manner (it would be another call).

The filter is classic BPF, see seccomp(2); numbers are from the kernel's tables of system calls.
"""

from __future__ import annotations

import platform
import struct

_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _HAS_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL, _EPERM, _ENOSYS, _ALLOW = 0x80000000, 0x00050001, 0x00050026, 0x7FFF0000
_ARCH_AT, _NUMBER_AT, _FIRST_ARGUMENT_AT = 4, 0, 16
_CLONE_THREAD = 0x00010000

_REFUSED = {
    # name: (x86_64, aarch64)
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "fsopen": (430, 430),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "personality": (135, 92),
    "syslog": (103, 116),
    "quotactl": (179, 60),
    "swapon": (167, 224),
    "vhangup": (153, 58),
}


_FORKS = {"x86_64": (57, 58), "aarch64": ()}
"""fork and vfork."""
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435

_Step = tuple[int, int, int, int]
"""Of the program: what to do, how many steps to leave out if so, and if not, and an operand."""


def filter_program(machine: str = platform.machine(), *, alone: bool = False) -> bytes | None:
    """The filter for this machine; None where the numbers are not known. ``alone`` refuses new
    processes too, but not threads."""
    if machine not in _ARCHITECTURE:
        return None
    column = list(_ARCHITECTURE).index(machine)
    numbers = [each[column] for each in _REFUSED.values()]
    steps: list[_Step] = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_EQUAL, 1, 0, _ARCHITECTURE[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    if machine == "x86_64":
        steps += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    for number in (*numbers, *(_FORKS[machine] if alone else ())):
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    if alone:
        # The C library then makes threads by clone, whose flags a filter can see.
        steps += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ENOSYS)]
        steps += [(_EQUAL, 0, 3, _CLONE[machine]), (_LOAD, 0, 0, _FIRST_ARGUMENT_AT)]
        steps += [(_HAS_BIT, 1, 0, _CLONE_THREAD), (_RETURN, 0, 0, _EPERM)]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
