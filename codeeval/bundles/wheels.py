"""Wheels of what is installed, made again from the installed files.

The other machine gets what was tried out on this one, whichever installer and index it came from, and no
index is queried. Each file is compared with the record that its installer left.

Source: packaging.python.org, "Binary distribution format" and "Recording installed projects".
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import itertools
import json
import re
import zipfile
from email.parser import Parser
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from codeeval.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_OF_THE_INSTALLER: Final = frozenset({"INSTALLER", "REQUESTED", "RECORD", "RECORD.jws", "direct_url.json"})
"""Files in ``.dist-info`` that are no part of the wheel."""
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_SHEBANG: Final = re.compile(rb"\A#![^\n]*python[^\n]*")
_EXECUTABLE: Final = 0o111


class Wheel(NamedTuple):
    """A wheel that was made."""

    name: str
    version: str
    path: Path


def closure(roots: Iterable[str], own: Mapping[str, Distribution] | None = None) -> list[Distribution]:
    """Return the installed distributions that these need, themselves among them, by name.

    Args:
        roots: requirements: ``codeeval``, ``codeeval[serve]``.
        own: distributions that stand for those of their (canonical) name.

    Raises:
        UsageError: one is not installed, as where an extra is not.
    """
    found: dict[str, Distribution] = dict(own or {})
    done: set[tuple[str, str]] = set()
    pending = [(name, extra, "") for name, extra in itertools.chain.from_iterable(map(_wanted, roots))]
    while pending:
        name, extra, by = pending.pop()
        if (name, extra) in done:
            continue
        done.add((name, extra))
        try:
            found.setdefault(name, distribution(name))
        except PackageNotFoundError as error:
            needed = f", which {by} needs" if by else ""
            raise UsageError(
                f"{name}{needed}, is not installed here" if by else f"{name} is not installed here",
                f"A bundle has what is installed: pip install {by or name}",
            ) from error
        label = f"{name}[{extra}]" if extra else name
        for line in found[name].requires or ():
            pending += [(*each, label) for each in _wanted(line, extra)]
    return [found[name] for name in sorted({name for name, _ in done})]


def _wanted(line: str, of_extra: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and extra of what a requirement needs here, without and with each of its extras."""
    requirement = Requirement(line)
    if requirement.marker is None or requirement.marker.evaluate({"extra": of_extra}):
        for extra in ("", *requirement.extras):
            yield canonicalize_name(requirement.name), extra


def remake(installed: Distribution, folder: Path) -> Wheel:
    """Make the wheel of an installed distribution.

    Args:
        installed: the distribution.
        folder: which the wheel is written to.

    Raises:
        UsageError: it is a link to a source tree (``pip install -e``), or no record lists its files.
        DataError: an installed file is missing or was changed.
    """
    name, version = installed.metadata["Name"], installed.version
    if _is_editable(installed):
        raise UsageError(
            f"{name} is installed as a link to a source tree, of which no wheel can be made",
            "Install it without -e, or build its wheel (python -m build --wheel) and pass --wheel FILE.",
        )
    record, about = installed.read_text("RECORD"), installed.read_text("WHEEL")
    if record is None or about is None:
        raise UsageError(
            f"{name} has no record of its files, so that no wheel can be made of it",
            f"Install codeeval and what it needs into a virtual environment: {name} came from elsewhere.",
        )
    rows = [row for row in csv.reader(record.splitlines()) if row]
    info = next(row[0].split("/")[0] for row in rows if row[0].endswith(".dist-info/METADATA"))
    stem = info.removesuffix(".dist-info")
    path = folder / f"{stem}-{_tags(about)}.whl"
    written: list[tuple[str, str, int]] = []
    with zipfile.ZipFile(path, "w") as archive:  # stored: the bundle is compressed as a whole
        for place, content, executable in _members(installed, rows, info, stem):
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            written.append((place, f"sha256={digest}", len(content)))
            _add(archive, place, content, executable=executable)
        lines = io.StringIO()
        csv.writer(lines, lineterminator="\n").writerows([*written, (f"{info}/RECORD", "", "")])
        _add(archive, f"{info}/RECORD", lines.getvalue().encode(), executable=False)
    return Wheel(name, version, path)


def _is_editable(installed: Distribution) -> bool:
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    return bool(origin.get("dir_info", {}).get("editable"))


def _tags(about: str) -> str:
    """Return the compressed tag set of a wheel's file name."""
    parts = zip(*(tag.split("-") for tag in Parser().parsestr(about).get_all("Tag") or ()), strict=True)
    return "-".join(".".join(sorted(set(each))) for each in parts)


def _members(
    installed: Distribution, rows: list[list[str]], info: str, stem: str
) -> Iterator[tuple[str, bytes, bool]]:
    """Yield each file's path in the wheel, its content, and whether it is executable."""
    commands = {
        entry.name for entry in installed.entry_points if entry.group in ("console_scripts", "gui_scripts")
    }
    for path, digest, *_ in rows:
        parent, _, base = path.rpartition("/")
        if path.endswith(".pyc") or (parent == info and base in _OF_THE_INSTALLER):
            continue
        file = Path(str(installed.locate_file(path)))
        place = path
        if path.startswith("/"):
            raise UsageError(f"{file} lies outside of its package's folder", "Use a virtual environment.")
        if path.startswith(".."):
            inside = _in_data(path)
            if inside == f"scripts/{base}" and base in commands:
                continue  # made by whoever installs it
            place = f"{stem}.data/{inside}"
        try:
            content, mode = file.read_bytes(), file.stat().st_mode
        except OSError as error:
            raise _changed(installed, f"{file}: {error.strerror}") from error
        if digest and not _matches(content, digest):
            raise _changed(installed, f"{file} is not as it was installed")
        if "/scripts/" in place:
            content = _SHEBANG.sub(b"#!python", content)
        yield place, content, bool(mode & _EXECUTABLE)


def _in_data(path: str) -> str:
    """Return where in ``.data`` a file belongs that lies beside the packages, by its path in the record."""
    parts = [part for part in path.split("/") if part != ".."]
    return "/".join(("scripts", *parts[1:]) if parts[0] == "bin" else ("data", *parts))


def _matches(content: bytes, stated: str) -> bool:
    algorithm, _, value = stated.partition("=")
    if algorithm not in hashlib.algorithms_available:
        return False
    found = base64.urlsafe_b64encode(hashlib.new(algorithm, content).digest()).rstrip(b"=").decode()
    return found == value.rstrip("=")


def _changed(installed: Distribution, what: str) -> DataError:
    name = installed.metadata["Name"]
    return DataError(what, f"Reinstall it: pip install --force-reinstall {name}=={installed.version}")


def _add(archive: zipfile.ZipFile, place: str, content: bytes, *, executable: bool) -> None:
    info = zipfile.ZipInfo(place, _DATE)
    info.external_attr = (0o100755 if executable else 0o100644) << 16
    archive.writestr(info, content)
