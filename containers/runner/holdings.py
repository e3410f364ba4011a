"""What programs hold in the kernel beside their processes: sockets, System V objects, files' inodes."""

import contextlib
import itertools
import os
import time

import cleaning

SOCKET_BYTES = 208 << 10
"""What may wait in a socket, as kernels set it up."""
SEMAPHORE_BYTES = 64
INODE_BYTES = 1 << 10
FREE_INODES = 1 << 18
"""Files that a program may make without their inodes being counted."""
TABLE_BYTES = 1 << 16
"""A table of System V objects that is longer lists more of them than any honest program has."""
CLOSING_S = 0.05
"""What the kernel may take to close the sockets of processes that have ended."""


class Holdings:
    """Counts them, from what there was before any program.

    Args:
        tables: of System V objects.
    """

    def __init__(self, tables: list[int]) -> None:
        self.tables = tables
        self._files = []
        for name in ("sockstat", "sockstat6"):
            with contextlib.suppress(OSError):  # a kernel without networks
                self._files.append(os.open(f"/proc/net/{name}", os.O_RDONLY))
        self._sockets = self._count_sockets()
        self._usual = self._texts()
        self._inodes = _inodes()

    def memory_bytes(self) -> int:
        """Return an estimate of the memory that no process maps; what is attached counts here too."""
        sockets = self._count_sockets()[0] - self._sockets[0]
        inodes = _inodes() - self._inodes - FREE_INODES
        held = max(0, sockets) * SOCKET_BYTES + max(0, inodes) * INODE_BYTES
        return held + sum(map(_system_v_bytes, self.tables))

    def has_sockets(self, *, of_protocols: bool) -> bool:
        """Whether sockets are left, though all programs have ended.

        Connections may be: for a minute nobody else gets their ports. So may sockets that hold each other.

        Args:
            of_protocols: look for the former only; tools that live may have opened some of the others.
        """
        if self._texts() == self._usual:  # quicker than counting
            return False
        deadline = time.monotonic() + CLOSING_S
        while self._more_sockets(of_protocols):
            if time.monotonic() > deadline:
                return True
            time.sleep(0.002)
        return False

    def _texts(self) -> list[bytes]:
        """Return what the tables hold, up to the memory of all networks together, which changes."""
        return [os.pread(file, 4096, 0).partition(b" alloc ")[0] for file in self._files]

    def _more_sockets(self, of_protocols: bool) -> bool:
        (used, connected), (used_before, connected_before) = self._count_sockets(), self._sockets
        return connected > connected_before or (not of_protocols and used > used_before)

    def _count_sockets(self) -> tuple[int, int]:
        """Return how many there are in all, and how many of a protocol or left by one."""
        numbers = {b"used": 0, b"inuse": 0, b"tw": 0}  # the others are of all networks together
        for file in self._files:
            words = os.pread(file, 4096, 0).split()
            for word, number in itertools.pairwise(words):
                if word in numbers:
                    numbers[word] += int(number)
        return numbers[b"used"], numbers[b"inuse"] + numbers[b"tw"]


def _inodes() -> int:
    held = 0
    for root in cleaning.WRITABLE:
        with contextlib.suppress(OSError):
            numbers = os.statvfs(root)
            held += numbers.f_files - numbers.f_ffree
    return held


def _system_v_bytes(table: int) -> int:
    """Return the memory of the objects that a table lists."""
    heading, *rows = os.pread(table, TABLE_BYTES, 0).splitlines()
    if not rows:
        return 0
    if len(rows) * len(heading) > TABLE_BYTES // 2:
        return 1 << 62
    kind, fields = heading.split()[1], map(bytes.split, rows)
    if kind == b"shmid":
        return sum(int(row[14]) + int(row[15]) for row in fields)
    return sum(int(row[3]) * (SEMAPHORE_BYTES if kind == b"semid" else 1) for row in fields)
