"""What a process gives up before it decodes what anybody may have made, and what it may use.

All of it works for any user, inside containers too; what a system refuses is named, and the rest
holds. Imports nothing that starts a thread: threads that run already would stay as they were.
"""

import contextlib
import ctypes
import errno
import os
import resource
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

PR_SET_DUMPABLE: Final = 4
PR_CAPBSET_DROP: Final = 24
PR_SET_NO_NEW_PRIVS: Final = 38
CLONE_NEWUSER: Final = 0x1000_0000
CLONE_NEWNET: Final = 0x4000_0000
CAPABILITY_VERSION: Final = 0x2008_0522
"""Of linux/capability.h: two words for each of the three sets."""

N_DESCRIPTORS: Final = 256
N_THREADS: Final = 1_024
"""Threads and processes, where they are counted for the process alone."""
MAX_FILE_BYTES: Final = 64 << 20
"""Longest that a file becomes which was open for writing already, like a log."""

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_VERSION: Final = 1
_BENEATH: Final = 1
_CHANGES: Final = ((0, 1), (1, 1), *((bit, 1) for bit in range(4, 13)), (13, 2), (14, 3), (15, 5))
"""Of linux/landlock.h: what can be refused of files except to read them, and since which version:
to execute, write, remove and make them, move them, cut them, control devices."""
_WRITE: Final = 1 << 1 | 1 << 14
"""To write and cut."""
_MAKE: Final = 1 << 5 | 1 << 8
"""To remove and make ordinary files."""
_TCP: Final = (0b11, 4)
"""To bind and to connect, and since which version."""
_SCOPES: Final = (0b11, 6)
"""Abstract sockets of and signals to processes outside, and since which version."""

_libc = ctypes.CDLL(None, use_errno=True)


def give_up(scratch: Path) -> tuple[str, ...]:
    """Gives up network, writing, programs, other processes and privileges, for good.

    Call it while there is one thread. Files may be written right in the folder `scratch`, for as
    long as it exists. Gives what the system would not take, for people.
    """
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("a user and network namespace of its own", _leave_network),
        ("no capabilities", _drop_capabilities),
        ("no new privileges", lambda: _prctl(PR_SET_NO_NEW_PRIVS, 1)),
        ("no writing, programs, TCP, other processes (Landlock)", lambda: _restrict(scratch)),
    )
    refused = []
    for name, step in steps:
        try:
            step()
        except OSError as error:
            refused.append(f"{name}: {error.strerror or error}")
    return tuple(refused)


def bound(memory_bytes: int) -> None:
    """Bounds memory (private, writable mappings), descriptors and files; allows no dumps."""
    _limit(resource.RLIMIT_DATA, memory_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, N_DESCRIPTORS)
    _limit(resource.RLIMIT_FSIZE, MAX_FILE_BYTES)


def hide() -> None:
    """Makes memory and environment unreadable to other processes of the same user, bar root's.

    Not inherited by programs that it starts. Also ends core dumps and debuggers without root.
    """
    _prctl(PR_SET_DUMPABLE, 0)


def _leave_network() -> None:
    user, group = os.geteuid(), os.getegid()
    _checked(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNET))
    # Without these its own new files would have no owner.
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny", encoding="ascii")
    (own / "uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    (own / "gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    # Counted in the namespace, so for the process alone.
    _limit(resource.RLIMIT_NPROC, N_THREADS)
    # In a further one it would have capabilities again. Containers may have no writable `/proc`.
    with contextlib.suppress(OSError):
        Path("/proc/sys/user/max_user_namespaces").write_text("0", encoding="ascii")


def _drop_capabilities() -> None:
    """Of root too, and of what the namespace gave: each would open more of the kernel."""
    number = 0
    while _libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0:
        number += 1
    # EINVAL: there are no more. EPERM: it has none to drop.
    header = struct.pack("Ii", CAPABILITY_VERSION, 0)
    _checked(_libc.capset(header, bytes(24)))


def _restrict(scratch: Path) -> None:
    """Forbids by Landlock; what is open stays open. Reading is allowed."""
    version = _libc.syscall(_CREATE_RULESET, None, 0, _VERSION)
    _checked(version)
    handled = sum(1 << bit for bit, since in _CHANGES if version >= since)
    further = [rights for rights, since in (_TCP, _SCOPES) if version >= since]
    attributes = struct.pack(f"{1 + len(further)}Q", handled, *further)
    size = ctypes.c_size_t(len(attributes))
    ruleset = _libc.syscall(_CREATE_RULESET, attributes, size, 0)
    _checked(ruleset)
    try:
        _allow(ruleset, os.devnull, handled & _WRITE)
        _allow(ruleset, str(scratch), handled & (_WRITE | _MAKE))
        _checked(_libc.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, place)
        _checked(_libc.syscall(_ADD_RULE, ruleset, _BENEATH, rule, 0))
    finally:
        os.close(place)


def _limit(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (least, least))


def _prctl(option: int, value: int) -> None:
    _checked(_libc.prctl(option, value, 0, 0, 0))


def _checked(given: int) -> None:
    if given < 0:
        number = ctypes.get_errno() or errno.EPERM
        raise OSError(number, os.strerror(number))
