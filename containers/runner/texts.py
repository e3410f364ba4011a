"""A program's texts: the benchmark's own, known to this process, and those that only the program may see."""

import os

from frames import Blob


class Texts:
    """The texts of one request, by path.

    ``texts[path]`` is for the benchmark's own, or for the program's own process: what a model wrote never
    enters the memory of the process that other programs are forked from.

    Attributes:
        cases: places of each case's input and files.
    """

    def __init__(self, request: dict, blob: Blob) -> None:
        self.blob = blob
        self.shared = dict(request["shared"])
        self._end = 0
        self.private = self._files(request["files"])
        self.stdin = self._place(request["stdin"])
        self.cases = [(self._place(case["stdin"]), self._files(case["files"])) for case in request["cases"]]

    def _place(self, size: int) -> tuple[int, int]:
        place = self._end, size
        self._end += size
        return place

    def _files(self, files: list) -> dict[str, list[tuple[int, int]]]:
        return {path: [self._place(size) for size in sizes] for path, sizes in files}

    def __getitem__(self, path: str) -> str:
        if path in self.shared:
            return self.shared[path]
        data = b"".join(self.blob.read(*place) for place in self.private[path])
        return data.decode("utf-8", "surrogatepass")

    def forget(self, path: str) -> None:
        """Let nobody else read a text: it is nowhere that a program can reach."""

    def write(self, descriptor: int, places: list[tuple[int, int]], token: str) -> None:
        """Write a file's pieces, with the token between them."""
        for number, place in enumerate(places):
            if number:
                os.write(descriptor, token.encode())
            self.blob.copy(*place, descriptor)
