"""Chooses the sandboxes of a run and opens a pool of them; reports which, and what they cannot enforce."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval import registry
from codeeval.config import load_settings
from codeeval.errors import SandboxError, UsageError
from codeeval.interfaces import SandboxOptions
from codeeval.pipeline import NoSandbox
from codeeval.pipeline.limits import DEFAULT_LIMITS
from codeeval.records import SandboxInfo
from codeeval.sandboxes.images import catalogue
from codeeval.sandboxes.remote import SCHEMES, RemoteLauncher
from codeeval.session.settings import CLUSTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from codeeval.cluster.pool import ClusterPool
    from codeeval.interfaces import Sandbox, SandboxLauncher
    from codeeval.pipeline import ProgramPool
    from codeeval.session.hooks import Notes
    from codeeval.session.settings import SandboxSettings
    from codeeval.types import LimitOptions

    PoolOpener = Callable[..., contextlib.AbstractContextManager["OpenPool"]]
    """Has the arguments of ``open_pool``."""

AUTO: Final = "auto"
PREFERENCE: Final = ("docker", "bubblewrap")
"""What ``--sandbox auto`` tries, best first."""
ROOM_FACTOR: Final = 2
"""A sandbox's own ceiling, over the memory limit of a program: as 2 GiB over the usual 1 GiB."""


class Chosen(NamedTuple):
    """A launcher that works here."""

    launcher: SandboxLauncher
    options: SandboxOptions
    """What its sandboxes are launched with."""
    description: dict[str, str]
    reason: str
    """Why this one, for the user."""


class OpenPool(NamedTuple):
    """A pool of sandboxes, and what goes into ``run.json`` about them."""

    pool: ProgramPool
    info: SandboxInfo
    missing: Mapping[str, SandboxError] = MappingProxyType({})
    """Of several images, those that cannot be used here, and why."""
    launch: Callable[[str], Sandbox] | None = None
    """Starts one more sandbox of an image, which is its caller's to close; None where nothing is executed."""
    cluster: ClusterPool | None = None
    """The pool, where it is that of a cluster."""


class _PoolKey(NamedTuple):
    """What runs must have in common to share a pool."""

    settings: SandboxSettings
    memory_bytes: int | None
    launcher: str
    """The image's own, of a prover; empty elsewhere."""


def choose_launcher(image: str, settings: SandboxSettings) -> Chosen:
    """Find the sandbox that the user asked for, or with ``auto`` the best that can run this image.

    Raises:
        UnknownName: no such kind of sandbox.
        UsageError: the sandbox does not run this image, or its name has a path that it does not take.
        SandboxError: it cannot be used here; with ``auto``, none can, and why.
    """
    if settings.sandbox.startswith(SCHEMES):
        remote = RemoteLauncher(settings.sandbox, load_settings().token or "")
        options = launch_options(image, settings)
        return Chosen(remote, options, dict(remote.describe(options)), remote.probe())
    name, _, path = settings.sandbox.partition(":")
    own = catalogue().image(image).launcher
    if own and name == AUTO:
        name = own
    if name != AUTO:
        launcher = registry.launcher(name)
        provers = {each.launcher for each in catalogue().images.values()} - {""}
        if name != own and (own or name in provers):
            raise UsageError(
                f"the sandbox {name} does not run programs of the image {image}",
                f"Use --sandbox {own or AUTO}.",
            )
        if path and name != own:
            raise UsageError(
                f"the sandbox {name} takes no path: {settings.sandbox!r}",
                f"Write --sandbox {name}; a path goes with {' or '.join(sorted(provers))}.",
            )
        launcher.probe()
        options = launch_options(image, settings, path)
        return Chosen(launcher, options, dict(launcher.describe(options)), "as asked")
    options = launch_options(image, settings)
    refusals: list[SandboxError] = []
    for candidate in PREFERENCE:
        launcher = registry.launcher(candidate)
        try:
            engine = launcher.probe()
            description = dict(launcher.describe(options))
        except SandboxError as error:
            refusals.append(error)
            continue
        reason = "; ".join([engine, *(f"not {other}" for other in _because(refusals))])
        return Chosen(launcher, options, description, reason)
    raise SandboxError(
        "no sandbox can be used here:" + "".join(f"\n  {error.message}" for error in refusals),
        "\n".join(error.remedy for error in refusals if error.remedy),
    )


def _because(refusals: list[SandboxError]) -> list[str]:
    return [f"{name} ({error.message})" for name, error in zip(PREFERENCE, refusals, strict=False)]


@contextlib.contextmanager
def open_pool(
    images: Sequence[str], settings: SandboxSettings, notes: Notes, limits: LimitOptions = DEFAULT_LIMITS
) -> Iterator[OpenPool]:
    """Start sandboxes for the images, report which and what they cannot enforce, and end them afterwards.

    Of several images, those that cannot be used are excluded, and named in the result.

    Without images nothing is executed, and no sandbox is started.

    Args:
        images: of the programs.
        settings: which sandboxes.
        notes: receives what a user should know, a line each.
        limits: of the programs, where the user set them: sandboxes have room for their memory.

    Raises:
        SandboxError: none can be used, or one does not start.
    """
    if not images:
        yield OpenPool(NoSandbox(), SandboxInfo(launcher="none"))
        return
    if settings.ray is not None or settings.sandbox == CLUSTER:
        from codeeval.session.cluster import open_cluster  # noqa: PLC0415 -- only where there is a cluster

        with open_cluster(images, settings, notes, limits) as opened:
            yield opened
        return
    from codeeval.sandboxes.pool import Pool  # noqa: PLC0415 -- only where something is executed

    chosen, missing = _choose(images, settings)
    launcher = chosen.launcher
    notes(f"sandbox: {launcher.name} ({chosen.reason})")
    if warning := chosen.description.get("warning"):
        notes(f"  {warning}")
    if weaker := chosen.description.get("not_enforced"):
        notes(f"  it cannot enforce: {weaker}")
    if inherited := chosen.description.get("inherited"):
        notes(f"  limits of this process that it inherits (ulimit): {inherited}")
    if removed := launcher.sweep():
        notes(f"  removed {removed} sandboxes left behind by an earlier, interrupted run")
    usable = [image for image in images if image not in missing]
    pool = Pool(
        launcher,
        msgspec.structs.replace(
            chosen.options,
            image=usable[0],
            memory_bytes=max(chosen.options.memory_bytes, ROOM_FACTOR * (limits.memory_bytes or 0)),
        ),
        settings.workers or len(os.sched_getaffinity(0)),
        images=usable,
        max_sandboxes=settings.max_sandboxes,
    )
    pool.start()
    try:
        info = SandboxInfo(
            launcher=launcher.name, description=chosen.description, toolchain=dict(pool.toolchain)
        )
        yield OpenPool(pool, info, missing | pool.failures, pool.launch)
    finally:
        pool.close()


class StartingPool:
    """A pool that is opened in a thread of its own, while its user does what needs no sandbox yet.

    A context manager, which ends the sandboxes.

    Args:
        opener: opens it.
        images: as of ``open_pool``.
        settings: likewise.
        limits: likewise.
    """

    def __init__(
        self, opener: PoolOpener, images: Sequence[str], settings: SandboxSettings, limits: LimitOptions
    ) -> None:
        self._noting = threading.Lock()
        self._held: list[str] = []
        self._notes: Notes = self._held.append
        self._stack = contextlib.ExitStack()
        self._thread = ThreadPoolExecutor(1, "codeeval-starting")
        self._pool = self._thread.submit(
            lambda: self._stack.enter_context(opener(images, settings, self._note, limits))
        )

    def wait(self, notes: Notes) -> OpenPool:
        """Return the pool once its sandboxes are ready.

        Args:
            notes: receives what a user should know, a line each, until the sandboxes end.

        Raises:
            SandboxError: none can be used, or one does not start.
        """
        with self._noting:
            self._notes = notes
            for line in self._held:
                notes(line)
            self._held.clear()
        return self._pool.result()

    def _note(self, line: str) -> None:
        with self._noting:
            self._notes(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()
        self._stack.close()


class SharedPools:
    """Pools of sandboxes for several runs, one after another: each is opened once, where it is first needed.

    Runs with the same sandbox settings share one pool, of all their images.

    Args:
        runs: the images, settings and limits of each run to come.
    """

    def __init__(self, runs: Iterable[tuple[Sequence[str], SandboxSettings, LimitOptions]]) -> None:
        self._stack = contextlib.ExitStack()
        self._images: dict[_PoolKey, list[str]] = {}
        self._open: dict[_PoolKey, OpenPool] = {}
        for images, settings, limits in runs:
            for image in images:
                known = self._images.setdefault(_pool_key(image, settings, limits), [])
                if image not in known:
                    known.append(image)

    @contextlib.contextmanager
    def open(
        self, images: Sequence[str], settings: SandboxSettings, notes: Notes, limits: LimitOptions
    ) -> Iterator[OpenPool]:
        """As ``open_pool``, of images of one of the runs; the sandboxes stay for the next.

        Raises:
            SandboxError: none can be used, or one does not start.
        """
        if not images:
            with open_pool(images, settings, notes, limits) as opened:
                yield opened
            return
        key = _pool_key(images[0], settings, limits)
        if key not in self._open:
            self._open[key] = self._stack.enter_context(open_pool(self._images[key], settings, notes, limits))
        yield _part_of(self._open[key], images, self._images[key])

    def close(self) -> None:
        """End all sandboxes."""
        self._stack.close()


def _pool_key(image: str, settings: SandboxSettings, limits: LimitOptions) -> _PoolKey:
    return _PoolKey(settings, limits.memory_bytes, catalogue().image(image).launcher)


def _part_of(opened: OpenPool, images: Sequence[str], shared: Sequence[str]) -> OpenPool:
    """Describe a shared pool as one of these images alone would be.

    Raises:
        SandboxError: none of them can be used.
    """
    missing = {image: opened.missing[image] for image in images if image in opened.missing}
    if len(missing) == len(images):
        raise missing[images[0]]
    if len(shared) == 1:
        return opened
    alone = len(images) == 1
    prefixes = {image: "" if alone else f"{image}." for image in images}
    description = {}
    for name, value in opened.info.description.items():
        image, _, field = name.rpartition(".")
        if image not in shared:
            description[name] = value
        elif image in images:
            description[f"{prefixes[image]}{field}"] = value
    toolchain = {
        tool if alone else f"{image}/{tool}": version
        for name, version in opened.info.toolchain.items()
        for image, _, tool in (name.partition("/"),)
        if image in images
    }
    info = msgspec.structs.replace(opened.info, description=description, toolchain=toolchain)
    return opened._replace(info=info, missing=missing)


def launch_options(image: str, settings: SandboxSettings, path: str = "") -> SandboxOptions:
    """Return what a sandbox is launched with; a prover without a path is the configured one."""
    configured = load_settings()
    provers = {"fstar": configured.fstar, "lean": configured.lean}
    return SandboxOptions(
        image=image,
        run_id=secrets.token_hex(6),
        runtime=settings.runtime,
        cold=settings.cold,
        images_dir=configured.cache_dir,
        prover=path or provers.get(catalogue().image(image).launcher) or "",
        prover_include=tuple(configured.fstar_include.split(os.pathsep)) if configured.fstar_include else (),
    )


def _choose(images: Sequence[str], settings: SandboxSettings) -> tuple[Chosen, dict[str, SandboxError]]:
    """Find the sandbox for the images: that of the first that can be used; returns the others too."""
    chosen: Chosen | None = None
    missing: dict[str, SandboxError] = {}
    for image in images:
        try:
            found = choose_launcher(image, settings)
        except SandboxError as error:
            if len(images) == 1:
                raise
            missing[image] = error
            continue
        if len(images) == 1:
            return found, missing
        if not settings.sandbox.startswith(SCHEMES):
            settings = msgspec.structs.replace(settings, sandbox=found.launcher.name)
        if chosen is None:
            common = {key: value for key, value in found.description.items() if not key.startswith("image")}
            chosen = found._replace(description=common)
        chosen.description[f"{image}.image"] = found.description.get("image", image)
        chosen.description[f"{image}.image_id"] = found.description.get("image_id", "")
    if chosen is None:
        raise missing[images[0]]
    return chosen, missing
