"""Forbids system calls in every sandbox, whatever the engine's own profile forbids.

Three sorts: those that make namespaces, keyrings and other things that outlive or hide a program; those that
take memory which no limit counts; and those that change another process of the same user, where that process
is the supervisor. A program gets an error number, as from a kernel that does not have the call.
"""

import ctypes
import errno
import platform
import struct
from typing import NamedTuple

SET_MODE_FILTER = 1
SPEC_ALLOW = 4
LOAD, AND, EQUAL, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, ERROR = 0x7FFF0000, 0x00050000
NEW_NAMESPACES = 0x7E020080
X32 = 0x40000000
SUPERVISOR = 1
SOCKET_FAMILIES = (1, 2, 10, 16)
"""Unix, IPv4, IPv6 and netlink, which lists interfaces. All others are the kernel's rarely used code."""
FILE_FLAGS = (0x40086602, 0x401C5820)
"""FS_IOC_SETFLAGS and FS_IOC_FSSETXATTR, which mark a folder for good."""
TERMINAL_INPUT = 0x5412
FILE_SETATTR = 469
FSOPEN_FAMILY = (428, 429, 430, 431, 432, 433, 442)
IO_URING = (425, 426, 427)


class Calls(NamedTuple):
    """System call numbers of one architecture.

    Attributes:
        audit: the architecture's own number.
        forbidden: namespaces, mounts, keyrings, bpf, perf_event_open, userfaultfd, io_uring.
        absent: memfd_create, memfd_secret and vmsplice, whose memory is nobody's, and file_setattr.
        sockets: socket and socketpair.
        by_process: prlimit64, sched_setaffinity, _setscheduler, _setparam, _setattr: process comes first.
        by_kind: setpriority and ioprio_set -> their word for "all of a user's"; process comes second.
    """

    audit: int
    seccomp: int
    clone: int
    clone3: int
    ioctl: int
    forbidden: tuple[int, ...]
    absent: tuple[int, ...]
    sockets: tuple[int, ...]
    by_process: tuple[int, ...]
    by_kind: dict[int, int]


CALLS = {
    "x86_64": Calls(
        0xC000003E, 317, 56, 435, 16,
        (272, 308, 165, 166, 155, 250, 248, 249, 321, 298, 323, *FSOPEN_FAMILY, *IO_URING),
        (319, 447, 278, FILE_SETATTR),
        (41, 53),
        (302, 203, 144, 142, 314),
        {141: 2, 251: 3},
    ),
    "aarch64": Calls(
        0xC00000B7, 277, 220, 435, 29,
        (97, 268, 40, 39, 41, 219, 217, 218, 280, 241, 282, *FSOPEN_FAMILY, *IO_URING),
        (279, 447, 75, FILE_SETATTR),
        (198, 199),
        (261, 122, 119, 118, 274),
        {140: 2, 30: 3},
    ),
}  # fmt: skip


class Filter(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("count", ctypes.c_ushort), ("code", ctypes.c_char_p))


def install() -> bool:
    """Forbid the calls to this process and all that come from it; False on an architecture without a list.

    Raises:
        OSError: the kernel refuses the filter.
    """
    calls = CALLS.get(platform.machine())
    if calls is None:
        return False
    code = b"".join(program(calls))
    libc = ctypes.CDLL(None, use_errno=True)
    loaded = Filter(len(code) // 8, code)
    for flags in (SPEC_ALLOW, 0):  # gVisor does not know the first
        if not libc.syscall(calls.seccomp, SET_MODE_FILTER, flags, ctypes.byref(loaded)):
            return True
    raise OSError(ctypes.get_errno(), "the kernel refuses the system call filter")


def program(calls: Calls) -> list[bytes]:
    """Return the filter's instructions (classic BPF over ``struct seccomp_data``)."""
    refuse, pretend = _return(ERROR | errno.EPERM), _return(ERROR | errno.ENOSYS)
    code = [
        _load(ARCHITECTURE), _jump(EQUAL, calls.audit, 1, 0), pretend,
        _load(NUMBER), _jump(AT_LEAST, X32, 0, 1), pretend,
    ]  # fmt: skip
    for number in (calls.clone3, *calls.absent):
        code += [_jump(EQUAL, number, 0, 1), pretend]
    for number in calls.forbidden:
        code += [_jump(EQUAL, number, 0, 1), refuse]
    checks = [(calls.clone, [_load(_argument(0)), _op(AND, NEW_NAMESPACES), _jump(EQUAL, 0, 1, 0), refuse])]
    is_supervisor = [_load(_argument(0)), _jump(EQUAL, SUPERVISOR, 0, 1), refuse]
    checks += [(number, is_supervisor) for number in calls.by_process]
    for number, whole_user in calls.by_kind.items():
        check = [_load(_argument(0)), _jump(EQUAL, whole_user, 0, 1), refuse]
        checks.append((number, [*check, _load(_argument(1)), _jump(EQUAL, SUPERVISOR, 0, 1), refuse]))
    known = [_load(_argument(0)), *_jumps(SOCKET_FAMILIES, 1), _return(ERROR | errno.EAFNOSUPPORT)]
    checks += [(number, known) for number in calls.sockets]
    requests = [_load(_argument(1))]
    for request in (*FILE_FLAGS, TERMINAL_INPUT):
        requests += [_jump(EQUAL, request, 0, 1), _return(ERROR | errno.ENOTTY)]
    checks.append((calls.ioctl, requests))
    for number, check in checks:
        code += [_jump(EQUAL, number, 0, len(check) + 1), *check, _return(ALLOW)]
    return [*code, _return(ALLOW)]


def _jumps(values: tuple[int, ...], beyond: int) -> list[bytes]:
    """Jump over as many instructions as stand behind, if the loaded word is one of the values."""
    return [_jump(EQUAL, value, len(values) - 1 - at + beyond, 0) for at, value in enumerate(values)]


def _argument(index: int) -> int:
    return FIRST_ARGUMENT + 8 * index  # the low half comes first on both architectures


def _op(code: int, value: int) -> bytes:
    return struct.pack("<HBBI", code, 0, 0, value)


def _load(offset: int) -> bytes:
    return _op(LOAD, offset)


def _return(value: int) -> bytes:
    return _op(RETURN, value)


def _jump(code: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)
