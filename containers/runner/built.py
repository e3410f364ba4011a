"""What a program's build left in its work directory, so that each of its cases finds the same."""

import os
import stat

MOST_BYTES = 64 << 20
"""More is not kept: the cases then share one work directory."""


class Built:
    """The files below a folder, held in memory.

    Attributes:
        whole: whether all of them are held.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.whole = True
        self.folders: list[tuple[str, int]] = []
        self.files: list[tuple[str, int, bytes]] = []
        self.links: list[tuple[str, str]] = []
        size = 0
        for root, folders, names in os.walk(folder):
            for name in folders + names:
                path = f"{root}/{name}"
                status = os.lstat(path)
                if stat.S_ISLNK(status.st_mode):
                    self.links.append((path, os.readlink(path)))
                elif stat.S_ISDIR(status.st_mode):
                    self.folders.append((path, stat.S_IMODE(status.st_mode)))
                elif stat.S_ISREG(status.st_mode):
                    size += status.st_size
                    if size > MOST_BYTES:
                        self.whole = False
                        return
                    with open(path, "rb", buffering=0) as file:
                        self.files.append((path, stat.S_IMODE(status.st_mode), file.readall()))

    def restore(self) -> None:
        """Make the folder and everything in it anew; whoever owns it afterwards is the caller's business."""
        os.mkdir(self.folder, 0o700)
        for path, mode in self.folders:
            os.mkdir(path)
            os.chmod(path, mode)
        for path, mode, content in self.files:
            with open(path, "wb", buffering=0) as file:
                view = memoryview(content)
                while view:
                    view = view[file.write(view) :]
            os.chmod(path, mode)
        for path, target in self.links:
            os.symlink(target, path)
