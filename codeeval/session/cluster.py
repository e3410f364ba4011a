"""Opens the sandboxes of a cluster's nodes as one pool, and examines each node before it takes part."""

from __future__ import annotations

import contextlib
import functools
import time
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval import __version__
from codeeval.cluster.messages import NodeReport, OpenNode, Refusal
from codeeval.cluster.pool import ClusterPool
from codeeval.cluster.ray_cluster import Connection, RayCluster
from codeeval.errors import SandboxError, UsageError
from codeeval.interfaces import LacksReferences, NeedsExpectedOutputs
from codeeval.languages import LANGUAGES
from codeeval.pipeline.limits import scaled
from codeeval.records import SandboxInfo
from codeeval.sandboxes.remote import SCHEMES
from codeeval.session.doctor import REFERENCE, check_benchmark, check_language
from codeeval.session.hooks import no_notes
from codeeval.session.sandboxes import AUTO, OpenPool, open_pool
from codeeval.session.settings import CLUSTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from codeeval.cluster.pool import PinnedPool
    from codeeval.interfaces import Benchmark
    from codeeval.pipeline import ProgramPool
    from codeeval.session.hooks import Notes
    from codeeval.session.settings import SandboxSettings
    from codeeval.types import Execution, LimitOptions, Problem, Program

CANARIES: Final = 2
"""Tasks whose references and cheats a node is examined with."""
COMPUTATION: Final = 200_000
"""Steps of the fixed computation."""
TRIES: Final = 3


@contextlib.contextmanager
def open_cluster(
    images: Sequence[str], settings: SandboxSettings, notes: Notes, limits: LimitOptions
) -> Iterator[OpenPool]:
    """Start sandboxes on all nodes that offer them, and end them afterwards.

    Args:
        images: of the programs.
        settings: which cluster, and which sandboxes on its nodes.
        notes: receives what a user should know, a line each.
        limits: of the programs, where the user set them.

    Raises:
        UsageError: a service cannot be what nodes execute with.
        SandboxError: Ray is missing, the cluster does not answer, or no node can execute programs.
    """
    on_nodes = on_node(settings)
    here = computation_s()
    calibration = here if settings.calibrate else 0.0

    def opener(slots: int) -> Callable[[], OpenNode]:
        chosen = msgspec.structs.replace(on_nodes, workers=slots)
        return functools.partial(open_node, tuple(images), chosen, limits, calibration)

    connection = Connection(settings.ray or AUTO)
    pool = ClusterPool(
        RayCluster(connection, opener, settings.workers),
        notes,
        version=__version__,
        allow_mixed=settings.allow_mixed,
        wait_s=settings.ray_wait_s,
        computation_s=here,
    )
    pool.start()
    try:
        report = pool.report
        if report is None:
            raise SandboxError("no node of the cluster has sandboxes")
        notes(f"sandbox: {report.launcher} on {len(pool.taking_part)} nodes, {pool.size} programs at a time")
        if weaker := report.description.get("not_enforced"):
            notes(f"  it cannot enforce: {weaker}")
        info = SandboxInfo(
            launcher=report.launcher, description=report.description, toolchain=report.toolchain
        )
        missing = {image: SandboxError(why.message, why.remedy) for image, why in report.missing.items()}
        yield OpenPool(pool, info, missing, cluster=pool)
    finally:
        pool.close()


def on_node(settings: SandboxSettings) -> SandboxSettings:
    """Return which sandboxes a node uses.

    Raises:
        UsageError: a service cannot be what nodes execute with.
    """
    if settings.sandbox.startswith(SCHEMES):
        raise UsageError(
            f"--ray executes on the nodes of a cluster, and --sandbox {settings.sandbox} elsewhere",
            "Omit one of the two.",
        )
    return msgspec.structs.replace(
        settings, ray=None, sandbox=AUTO if settings.sandbox == CLUSTER else settings.sandbox
    )


def open_node(
    images: Sequence[str], settings: SandboxSettings, limits: LimitOptions, calibration_s: float
) -> OpenNode:
    """Open the sandboxes of this node; called there.

    Args:
        images: of the programs.
        settings: which sandboxes.
        limits: of the programs, where the user set them.
        calibration_s: CPU time of the fixed computation by which limits on time are scaled; 0 for none.

    Raises:
        SandboxError: none works here.
    """
    stack = contextlib.ExitStack()
    opened = stack.enter_context(open_pool(images, settings, no_notes, limits))
    took_s = computation_s()
    report = NodeReport(
        version=__version__,
        launcher=opened.info.launcher,
        description=opened.info.description,
        toolchain=opened.info.toolchain,
        missing={image: Refusal(error.message, error.remedy) for image, error in opened.missing.items()},
        computation_s=took_s,
    )
    pool = Calibrated(opened.pool, took_s / calibration_s) if calibration_s else opened.pool
    return OpenNode(pool, report, stack.close)


class Calibrated:
    """A pool of a machine that is slower or faster, whose programs get as much more or less time."""

    def __init__(self, pool: ProgramPool, factor: float) -> None:
        self._pool = pool
        self._factor = factor

    def submit(self, program: Program) -> Future[Execution]:
        """Execute a program."""
        return self._pool.submit(scaled(program, self._factor))

    def submit_alone(self, program: Program) -> Future[Execution]:
        """Execute a program while no other does."""
        return self._pool.submit_alone(scaled(program, self._factor))

    def renew(self) -> None:
        """Let nothing that is submitted from now on run where something has run before."""
        self._pool.renew()


def computation_s() -> float:
    """Return the CPU seconds that a fixed computation takes on this machine; the least of several tries."""

    def once() -> float:
        started_s = time.thread_time()
        total = 0
        for number in range(COMPUTATION):
            total = (total * 31 + number) % 1_000_003
        return time.thread_time() - started_s

    return min(once() for _ in range(TRIES))


def self_test_nodes(opened: OpenPool, benchmark: Benchmark, images: Sequence[str], notes: Notes) -> None:
    """Have each node run the self-tests of the benchmark's languages, before expected outputs come from it.

    Nothing happens where there is no cluster, or the benchmark needs no expected outputs.

    Raises:
        SandboxError: no node is left.
    """
    if opened.cluster is None or not isinstance(benchmark, NeedsExpectedOutputs):
        return
    languages = [each for each in LANGUAGES.values() if each.image in images]
    notes("examining each node with the self-tests of its languages")

    def vet(pool: PinnedPool) -> frozenset[str]:
        results = [each for language in languages for each in check_language(language, pool)]
        pool.renew()
        return frozenset(
            f"self-test {each.language} {each.test}: {each.outcome}, which must be {each.expected}"
            for each in results
            if not each.right
        )

    opened.cluster.vet_with(vet)


def examine_nodes(
    opened: OpenPool, benchmark: Benchmark, problems: Sequence[Problem], limits: LimitOptions, notes: Notes
) -> None:
    """Have each node of a cluster execute references and cheats of the benchmark before it takes part.

    Nothing happens where there is no cluster.

    Args:
        opened: the sandboxes.
        benchmark: the run's.
        problems: the run's, complete with expected outputs.
        limits: in place of the benchmark's own.
        notes: receives which nodes are left out.

    Raises:
        SandboxError: no node is left.
    """
    if opened.cluster is None:
        return
    known = [
        problem
        for problem in problems
        if not isinstance(benchmark, LacksReferences) or benchmark.has_reference(problem)
    ]
    step = max(1, len(known) // CANARIES)
    chosen = known[::step][:CANARIES]
    if not chosen:
        return
    notes(f"examining each node with {len(chosen)} references and the programs that cheat")

    def vet(pool: PinnedPool) -> frozenset[str]:
        soundness = check_benchmark(benchmark, chosen, pool, limits=limits)
        pool.renew()  # references must not have been where candidates are
        return frozenset(
            f"{failure.task_id}, {failure.control}: {failure.outcome}, "
            + ("which must pass" if failure.control == REFERENCE else "which must fail")
            for failure in soundness.failures
        )

    opened.cluster.vet_with(vet)
