"""What the steps before a program's cases left in its work directory, so that each case finds the same."""

import os
import stat

import cleaning

MOST_BYTES = 64 << 20
"""Of files that are held in memory. A directory with more cannot be restored, only checked."""
CHUNK = 1 << 20


class Built:
    """The contents of a directory as they are now.

    Attributes:
        folder: the directory.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._kinds: dict[str, tuple] = {}
        self._contents: dict[str, bytes | str] = {}
        """Of files, or the targets of links."""
        self._marks: dict[str, list[str]] = {}
        self._size = 0
        for path, status in _entries(folder).items():
            self._kinds[path] = _kind(status)
            self._marks[path] = _marks(path)
            self._size += status.st_size
            if stat.S_ISLNK(status.st_mode):
                self._contents[path] = os.readlink(path)
            elif stat.S_ISREG(status.st_mode) and self._size <= MOST_BYTES:
                self._contents[path] = _read(path)

    def reset(self) -> bool:
        """Remove what was added since; returns whether everything else is as it was.

        Raises:
            UncleanError: something cannot be removed, or there is too much of it.
        """
        now = _entries(self.folder)
        for path, kind in self._kinds.items():
            if path not in now or _kind(now[path]) != kind or _marks(path) != self._marks[path]:
                return False
            if not self._is_unchanged(path, now[path]):
                return False
        for path in now:
            parent, _, name = path.rpartition("/")
            if path not in self._kinds and (parent == self.folder or parent in self._kinds):
                cleaning.remove(parent, name)
        return True

    def restore(self) -> None:
        """Make the directory's contents anew in an empty one.

        Raises:
            UncleanError: they are too large to have been kept.
        """
        if self._size > MOST_BYTES:
            raise cleaning.UncleanError("the program changed its own files")
        for path, (mode, *_) in self._kinds.items():
            content = self._contents.get(path)
            if stat.S_ISDIR(mode):
                os.mkdir(path)
            elif isinstance(content, str):
                os.symlink(content, path)
            elif content is not None:
                with open(path, "xb", buffering=0) as file:
                    view = memoryview(content)
                    while view:
                        view = view[file.write(view) :]
        for path, (mode, uid, gid, _) in reversed(self._kinds.items()):  # a folder after what it contains
            if stat.S_ISDIR(mode) or (stat.S_ISREG(mode) and path in self._contents):
                os.chmod(
                    path, stat.S_IMODE(mode)
                )  # before it belongs to another user: that takes a capability
            if os.geteuid() == 0 and (stat.S_ISDIR(mode) or path in self._contents):
                os.chown(path, uid, gid, follow_symlinks=False)

    def _is_unchanged(self, path: str, status: os.stat_result) -> bool:
        content = self._contents.get(path)
        if isinstance(content, str):
            return os.readlink(path) == content
        return content is None or (status.st_size == len(content) and _read(path) == content)


def _kind(status: os.stat_result) -> tuple:
    """Return what must stay the same of a file besides its content.

    The times cannot stand for the content: a program may write through memory that it shares with a file.
    They are compared where the content is not known.
    """
    large = stat.S_ISREG(status.st_mode) and status.st_size > MOST_BYTES
    return status.st_mode, status.st_uid, status.st_gid, status.st_ctime_ns if large else 0


def _marks(path: str) -> list[str]:
    """Return the names of a file's extended attributes, its access lists among them."""
    try:
        return os.listxattr(path, follow_symlinks=False)
    except OSError:  # a file system without
        return []


def _entries(folder: str) -> dict[str, os.stat_result]:
    """Look through a directory; what contains something comes before it.

    Raises:
        UncleanError: there is too much in it, or it cannot be looked through.
    """
    found: dict[str, os.stat_result] = {}
    pending = [folder]
    try:
        while pending:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    found[entry.path] = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    if len(found) > cleaning.MOST_ENTRIES:
                        raise cleaning.UncleanError(f"more than {cleaning.MOST_ENTRIES} files in {folder}")
    except OSError as error:
        raise cleaning.UncleanError(f"cannot look through {folder}: {error}") from error
    return found


def _read(path: str) -> bytes:
    """Read a regular file.

    Raises:
        UncleanError: it cannot be read.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            return file.readall()
    except OSError as error:
        raise cleaning.UncleanError(f"cannot read {path[:200]}: {error}") from error
