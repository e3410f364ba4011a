"""Carries out a Dockerfile's steps on a folder, as root of a user namespace."""

from __future__ import annotations

import fnmatch
import posixpath
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from codeeval.sandboxes import user_namespaces
from codeeval.sandboxes.dockerfile import (
    Arg,
    Copy,
    Entrypoint,
    Env,
    Place,
    Run,
    Stage,
    Workdir,
    expand,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What engines give a container whose image states none."""
SOURCES: Final = "/mnt"
"""Where a step finds what it copies."""
SETTINGS: Final = {
    # apt gives up its rights to a user that the namespace does not have.
    "etc/apt/apt.conf.d/90codeeval-build": 'APT::Sandbox::User "root";\n',
    "etc/dpkg/dpkg.cfg.d/codeeval-build": "force-unsafe-io\n",
}
"""Files that are there while an image is built."""
RESOLVER: Final = "etc/resolv.conf"
OF_THIS_MACHINE: Final = (RESOLVER, "etc/hostname")
"""Files in which a build leaves what is nobody's business in a sandbox."""
COPYING: Final = (
    'if [ -d "$1" ]; then mkdir -p "$2" && cp -R "$1/." "$2"; '
    'else mkdir -p "$(dirname "$2x")" && cp "$1" "$2"; fi'
)
"""Copies a folder's content, or a file itself: into the target where that is a folder."""


class Builder(NamedTuple):
    """What all stages of a build share."""

    bwrap: str
    context: Path
    """The folder of the files that ``COPY`` takes."""
    files: frozenset[str]
    """Their paths."""
    arguments: Mapping[str, str]
    """Build arguments, as given."""
    outer: Mapping[str, str]
    """The values of arguments that are declared before the first stage."""
    done: dict[str, Path]
    """The root folders of the stages so far, by name."""
    log: Callable[[str], None]

    def copy_root(self, start: Path, root: Path) -> None:
        """Copy a root folder, with its links, and set up what a build needs."""
        root.mkdir(mode=0o755)
        arguments = ["--ro-bind", "/", "/", "--bind", str(root), str(root), "--dev", "/dev"]
        arguments += [*environment({}), "--", "cp", "-a", "--reflink=auto", f"{start}/.", str(root)]
        user_namespaces.run_as_root(self.bwrap, arguments, self.log, f"copying {start}")
        for path, text in SETTINGS.items():
            write(root, path, text.encode())
        own = Path("/", RESOLVER)
        write(root, RESOLVER, own.read_bytes() if own.exists() else b"")

    def matching(self, pattern: str, place: Place) -> list[str]:
        """Return the files and folders of the context that a source of ``COPY`` means.

        Raises:
            SandboxError: there is none.
        """
        wanted = posixpath.normpath(pattern.lstrip("/"))
        folders = {str(parent) for path in self.files for parent in Path(path).parents}
        found = sorted(
            path
            for path in folders | self.files
            if path.count("/") == wanted.count("/") and fnmatch.fnmatchcase(path, wanted)
        )
        if not found:
            raise place.error(f"COPY {pattern}: there is no such file beside the Dockerfile")
        return found


class StageBuild:
    """Carries out the steps of one stage.

    Args:
        builder: what the stages share.
        root: the stage's root folder.

    Attributes:
        variables: those of ``ENV``.
        entrypoint: empty where there is none.
    """

    def __init__(self, builder: Builder, root: Path) -> None:
        self._builder = builder
        self._root = root
        self._arguments: dict[str, str] = {}
        self._folder = "/"
        self.variables = {"PATH": PATH}
        self.entrypoint: tuple[str, ...] = ()

    def carry_out(self, stage: Stage) -> None:
        """Carry out all steps, in order.

        Raises:
            SandboxError: one failed, or cannot be done; the line is named.
            StorageError: the disk is full.
        """
        for place, step in stage.steps:
            match step:
                case Arg():
                    self._arguments[step.name] = self._argument(step, place)
                case Env():
                    known = self._known()  # as all of one ENV see it: without its own
                    self.variables |= {key: expand(value, known, place) for key, value in step.values}
                case Workdir():
                    self._folder = posixpath.join(self._folder, self._expand(step.path, place))
                    self._run(place, ("mkdir", "-p", self._folder), folder="/")
                case Run():
                    self._run(place, step.argv)
                case Copy():
                    self._copy(place, step)
                case Entrypoint():
                    self.entrypoint = step.argv
                case never:
                    assert_never(never)

    def _argument(self, step: Arg, place: Place) -> str:
        if step.name in self._builder.arguments:
            return self._builder.arguments[step.name]
        if step.default is None:  # one from before the first stage
            return self._builder.outer.get(step.name, "")
        return self._expand(step.default, place)

    def _known(self) -> dict[str, str]:
        return self._arguments | self.variables

    def _expand(self, text: str, place: Place) -> str:
        return expand(text, self._known(), place)

    def _copy(self, place: Place, step: Copy) -> None:
        target = posixpath.join(self._folder, self._expand(step.target, place))
        patterns = [self._expand(source, place) for source in step.sources]
        if step.stage:
            if step.stage not in self._builder.done:
                raise place.error(f"COPY --from={step.stage}: there is no such stage before this one")
            source = self._builder.done[step.stage]
            found = [pattern.lstrip("/") for pattern in patterns]
        else:
            source = self._builder.context
            found = [path for pattern in patterns for path in self._builder.matching(pattern, place)]
        if len(found) > 1 and not target.endswith("/"):
            raise place.error(f"COPY of several sources needs a target that ends with a slash, not {target}")
        for path in found:
            command = ("/bin/sh", "-c", COPYING, "copy", f"{SOURCES}/{path}", target)
            self._run(place, command, source, folder="/")

    def _run(
        self, place: Place, argv: Sequence[str], sources: Path | None = None, folder: str | None = None
    ) -> None:
        arguments = ["--bind", str(self._root), "/", "--dev", "/dev", "--proc", "/proc"]
        if sources:
            arguments += ["--ro-bind", str(sources), SOURCES]
        arguments += [*environment(self._known()), "--chdir", folder or self._folder, "--", *argv]
        what = f"{place.file}:{place.line}: a step"
        user_namespaces.run_as_root(self._builder.bwrap, arguments, self._builder.log, what)


def environment(variables: Mapping[str, str]) -> list[str]:
    """Return bubblewrap's arguments for a step's variables: its own, and the proxies to the network."""
    proxies = {f"{scheme}_proxy": url for scheme, url in urllib.request.getproxies_environment().items()}
    arguments = ["--clearenv"]
    for name, value in ({"PATH": PATH, "HOME": "/root"} | proxies | dict(variables)).items():
        arguments += ["--setenv", name, value]
    return arguments


def write(root: Path, path: str, content: bytes) -> None:
    """Write a file with an engine's modes, in place of what is there: no link is followed."""
    file = root / path
    for parent in reversed(Path(path).parents[:-1]):
        if not (root / parent).is_dir():
            (root / parent).mkdir()
            (root / parent).chmod(0o755)
    file.unlink(missing_ok=True)
    file.write_bytes(content)
    file.chmod(0o644)
