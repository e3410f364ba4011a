"""Commands as root of a user namespace, for an ordinary user: what builds an image without an engine.

The namespace has one user, who is root inside and the caller outside, so neither ``newuidmap`` nor a range
in ``/etc/subuid`` is needed. What packages do for other users (``chown``, ``setuid``, device nodes) is
answered with success by a system call filter and not done: in the sandbox there is no other user either.

Source: the filter's idea is that of Charliecloud's ``--force=seccomp``.
"""

from __future__ import annotations

import contextlib
import os
import platform
import struct
import subprocess
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.errors import SandboxError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ARGUMENTS: Final = (
    "--unshare-user", "--uid", "0", "--gid", "0", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
    "--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-add", "ALL",
)  # fmt: skip
"""Capabilities count inside the namespace alone. The network is the machine's: packages come over it."""
UMASK: Final = 0o022
LAST_LINES: Final = 5
FULL: Final = ("No space left on device", "Disk quota exceeded")
"""What a command prints where the disk, or the user's share of it, is full."""
ELSEWHERE: Final = (
    "Without an administrator: use --sandbox docker, or --sandbox http://HOST:PORT of a `codeeval serve` "
    "on another machine."
)


class Calls(NamedTuple):
    """System call numbers of one architecture."""

    audit: int
    pretended: tuple[int, ...]
    """The ``chown`` and ``setuid`` families, and ``setgroups``."""
    mknod: tuple[tuple[int, int], ...]
    """Those that make nodes, each with the index of the argument that says which."""


CALLS: Final = {
    "x86_64": Calls(
        0xC000003E,
        (92, 93, 94, 260, 105, 106, 113, 114, 116, 117, 119, 122, 123),
        ((133, 1), (259, 2)),
    ),
    "aarch64": Calls(
        0xC00000B7,
        (54, 55, 143, 144, 145, 146, 147, 149, 151, 152, 159),
        ((33, 2),),
    ),
}
_LOAD, _AND, _EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_ALLOW, _PRETEND = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_KIND, _CHARACTER, _BLOCK = 0o170000, 0o020000, 0o060000


def pretending(machine: str) -> bytes:
    """Return the filter for ``bwrap --seccomp`` (classic BPF over ``struct seccomp_data``).

    Args:
        machine: the architecture, as ``uname -m`` names it.

    Raises:
        SandboxError: there is none for this architecture.
    """
    try:
        calls = CALLS[machine]
    except KeyError:
        raise SandboxError(
            f"images cannot be built with --rootless on {machine}",
            f"It works on {' and '.join(CALLS)}. Build with an engine, then: codeeval sandbox export.",
        ) from None
    code = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, calls.audit), (_RETURN, 0, 0, _ALLOW)]
    code.append((_LOAD, 0, 0, _NUMBER))
    for number in calls.pretended:
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _PRETEND)]
    for number, argument in calls.mknod:
        check = [(_LOAD, 0, 0, _FIRST_ARGUMENT + 8 * argument), (_AND, 0, 0, _KIND)]
        check += [(_EQUAL, 1, 0, _CHARACTER), (_EQUAL, 0, 1, _BLOCK), (_RETURN, 0, 0, _PRETEND)]
        code += [(_EQUAL, 0, len(check) + 1, number), *check, (_RETURN, 0, 0, _ALLOW)]
    code.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("<HBBI", *each) for each in code)


def check(bwrap: str) -> None:
    """See that this user may make a user namespace.

    Raises:
        SandboxError: the kernel or a container around forbids it; the remedy is the setting that does.
    """
    done = subprocess.run(
        [bwrap, *ARGUMENTS, "--ro-bind", "/", "/", "--proc", "/proc", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SandboxError(f"user namespaces cannot be used here: {done.stderr.strip()}", remedy())


def remedy(root: Path = Path("/")) -> str:
    """Return what allows user namespaces on this machine, from the settings that forbid them.

    Args:
        root: where ``proc`` is.
    """
    found = []
    if _setting(root / "proc/sys/kernel/unprivileged_userns_clone") == "0":
        found.append("sysctl -w kernel.unprivileged_userns_clone=1")
    if _setting(root / "proc/sys/user/max_user_namespaces") == "0":
        found.append("sysctl -w user.max_user_namespaces=15000")
    if _setting(root / "proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        found.append(
            "an AppArmor profile that allows bwrap `userns`, or "
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        )
    if found:
        return f"As root: {'; '.join(found)}. {ELSEWHERE}"
    if (root / ".dockerenv").exists() or (root / "run/.containerenv").exists():
        return (
            "The container around forbids them: start it with --security-opt seccomp=unconfined "
            f"--security-opt systempaths=unconfined. {ELSEWHERE}"
        )
    return f"Allow unprivileged user namespaces (kernel, AppArmor or SELinux forbid them). {ELSEWHERE}"


def _setting(file: Path) -> str:
    try:
        return file.read_text("ascii").strip()
    except OSError:  # a kernel without it
        return ""


def run_as_root(bwrap: str, arguments: Sequence[str], log: Callable[[str], None], what: str) -> None:
    """Run a command as the root of a namespace, and wait for it.

    Args:
        bwrap: bubblewrap's command.
        arguments: of bubblewrap: what the command sees, and the command.
        log: receives its output, line by line.
        what: it is, for messages.

    Raises:
        SandboxError: it failed; with its last lines.
        StorageError: it failed because the disk is full.
    """
    last: deque[str] = deque(maxlen=LAST_LINES)
    full = False
    with _readable(pretending(platform.machine())) as filtering:
        process = subprocess.Popen(
            [bwrap, *ARGUMENTS, "--seccomp", str(filtering), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=(filtering,),
            umask=UMASK,
        )
    try:
        for line in process.stdout or ():
            if text := line.rstrip():
                log(text)
                last.append(text)
                full = full or any(sign in text for sign in FULL)
        failed = process.wait()
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
    if not failed:
        return
    end = "\n".join(last)
    if full:
        raise StorageError(
            f"{what} failed, the disk is full:\n{end}",
            "Free some space, or have CODEEVAL_CACHE_DIR name a folder elsewhere.",
        )
    raise SandboxError(f"{what} failed (exit code {failed}):\n{end}")


@contextlib.contextmanager
def _readable(content: bytes) -> Iterator[int]:
    """Offer bytes at a descriptor that another process reads from its beginning."""
    descriptor = os.memfd_create("filter", 0)
    try:
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
