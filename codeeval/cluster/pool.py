"""A pool over the nodes of a cluster: programs go to nodes in batches, and to others where a node is lost."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.cluster.differing import differences, essence
from codeeval.cluster.jobs import MOST_LOST, Job
from codeeval.cluster.link import Link, State
from codeeval.cluster.messages import Batch, Order
from codeeval.errors import CodeEvalError, SandboxError, StorageError
from codeeval.records import NodeRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from codeeval.cluster.messages import Answer, NodeReport, Refusal
    from codeeval.cluster.nodes import Cluster
    from codeeval.types import Execution, Program

    Vet = Callable[["PinnedPool"], frozenset[str]]
    """Examines a node: returns what came out wrong there, a line each."""

LEAST_BATCH: Final = 8
"""Programs handed over at once, while a node has work and there are more."""
MOST_BATCH: Final = 64
MOST_BATCH_CHARS: Final = 4 << 20
"""Of their texts, unless a single one has more."""
LOOK_S: Final = 1.0
"""Time between two looks at which nodes there are."""
STATE_S: Final = 60.0
"""Time without a node after which what is missing is reported."""
MOST_STARTS: Final = 3
"""Actors that are started on one node, one after the other."""
REMEDY: Final = (
    "Declare the resource where programs may be executed: ray start --address HEAD --resources "
    "'{\"codeeval_exec\": 8}'. `codeeval doctor --ray ADDRESS` lists the nodes."
)


class ClusterPool:
    """Executes programs on all nodes of a cluster; safe to use from any thread.

    A node that is lost costs nothing but time: what it had goes to others, and is counted
    (``Execution.lost_on``). A program that three nodes in a row are lost with is given up. Nodes may join and
    leave at any time.

    Args:
        cluster: has the nodes.
        notes: receives what a user should know, a line each.
        allow_mixed: whether nodes whose sandboxes differ from the first one's take part.
        wait_s: how long there may be no node, before programs are given up.
        computation_s: CPU time that the fixed computation takes on this machine.
        version: codeeval's, here.
    """

    def __init__(
        self,
        cluster: Cluster,
        notes: Callable[[str], None],
        *,
        version: str,
        allow_mixed: bool = False,
        wait_s: float = STATE_S,
        computation_s: float = 0.0,
    ) -> None:
        self._cluster = cluster
        self._notes = notes
        self._version = version
        self._allow_mixed = allow_mixed
        self._wait_s = wait_s
        self._computation_s = computation_s
        self._changed = threading.Condition()
        self._queue: deque[Job] = deque()
        self._links: dict[str, Link] = {}
        self._threads: list[threading.Thread] = []
        self._starts: Counter[str] = Counter()
        self._numbers = itertools.count()
        self._generation = 0
        self._vet: Vet | None = None
        self._common_failures: frozenset[str] | None = None
        self._closing = False
        self._settling_in = True
        self._looked = False
        self._started_s = time.monotonic()
        self._failure: SandboxError | None = None
        self._without_since_s = time.monotonic()
        self._stated = False
        self.report: NodeReport | None = None
        """What the run's nodes execute with."""
        self.records: dict[str, NodeRecord] = {}
        """The nodes so far, by name."""
        self._report: Callable[[Mapping[str, NodeRecord]], None] | None = None

    @property
    def size(self) -> int:
        """Programs that execute at the same time."""
        with self._changed:
            return sum(link.offer.slots for link in self._taking_part())

    @property
    def taking_part(self) -> list[str]:
        """The nodes that execute, or are examined before they do."""
        with self._changed:
            return [link.name for link in self._taking_part()]

    def start(self) -> None:
        """Find the nodes, and wait until those that are there have sandboxes.

        Raises:
            SandboxError: none has, or none was there in time.
        """
        for work in (self._look, self._dispatch):
            thread = threading.Thread(target=work, name="codeeval-cluster", daemon=True)
            self._threads.append(thread)
            thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._failure or self._settled_in())
            waiting = [link for link in self._links.values() if link.state is State.WAITING]
            if waiting:
                self.report = self._common(waiting)
            self._settling_in = False
            for link in waiting:
                self._admit(link)
            if self._failure is None and not self._taking_part():
                self._failure = self._no_nodes()
            failure = self._failure
        if failure is not None:
            self.close()
            raise failure

    def vet_with(self, vet: Vet) -> list[str]:
        """Examine each node before it takes part: those that do so already, and all that join later.

        Failures that all of the first have in common are no node's own, and do not count.

        Args:
            vet: examines a node, and names what came out wrong there.

        Returns:
            The names of those that took part and may no longer.

        Raises:
            SandboxError: none is left, and why.
        """
        with self._changed:
            self._vet, self._common_failures = vet, None
            examined = self._taking_part()
            for link in examined:
                link.state = State.VETTING
        with ThreadPoolExecutor(max(1, len(examined)), "codeeval-vetting") as threads:
            found = list(threads.map(self._findings, examined))
        sound = [failures for failures in found if not isinstance(failures, str)]
        with self._changed:
            self._common_failures = frozenset.intersection(*sound) if sound else frozenset()
            for failure in sorted(self._common_failures):
                self._notes(f"on every node: {failure}")
            for link, failures in zip(examined, found, strict=True):
                self._decide(link, failures)
            for link in self._taking_part():
                if link.state is State.VETTING and link not in examined:  # it joined meanwhile
                    self._examine(link)
            if not self._taking_part():
                raise self._no_nodes()
            return [link.name for link in examined if link.state is State.GONE]

    def report_nodes(self, record: Callable[[Mapping[str, NodeRecord]], None] | None) -> None:
        """Report the nodes: now, and when one joins or is left out, before it executes anything.

        Args:
            record: receives all nodes so far, one call after the other, from any thread; None to stop. If it
                raises a ``StorageError`` later, the run goes on.
        """
        with self._changed:
            if record is not None:
                record(self.records)
            self._report = record

    def submit(self, program: Program) -> Future[Execution]:
        """Queue a program; what becomes of sandboxes and nodes is in the execution."""
        return self._submit(program)

    def submit_alone(self, program: Program) -> Future[Execution]:
        """Queue a program that runs while its node executes no other."""
        return self._submit(program, alone=True)

    def submit_to(self, link: Link, program: Program, *, alone: bool) -> Future[Execution]:
        """Queue a program for one node."""
        return self._submit(program, alone=alone, link=link)

    def renew(self) -> None:
        """Run nothing that is submitted from now on where something has run before."""
        with self._changed:
            self._generation += 1

    def close(self) -> None:
        """End all actors, whatever they are doing; programs without an execution are cancelled."""
        with self._changed:
            self._closing = True
            jobs = [*self._queue]
            self._queue.clear()
            for link in self._links.values():
                jobs += [*link.open.values(), *link.pinned]
                link.open.clear()
                link.pinned.clear()
                link.state = State.GONE
            links = list(self._links.values())
            self._changed.notify_all()
        for job in jobs:
            job.future.cancel()
        closing = [threading.Thread(target=link.actor.close, daemon=True) for link in links]
        for thread in closing:
            thread.start()
        for thread in (*closing, *self._threads):
            if thread is not threading.current_thread():
                thread.join()
        self._cluster.close()

    # -- what the links report

    def opened(self, link: Link, report: NodeReport) -> None:
        """Take note that a node's sandboxes are open."""
        with self._changed:
            link.report = report
            if link.state is not State.STARTING:
                return
            link.state = State.WAITING
            if report.version != self._version:
                self._leave_out(link, f"it has codeeval {report.version}, and this is {self._version}")
            elif not self._settling_in:
                self.report = self.report or report
                self._admit(link)
            self._changed.notify_all()

    def refused(self, link: Link, refusal: Refusal) -> None:
        """Take note that a node has no sandboxes."""
        with self._changed:
            reason = refusal.message if not refusal.remedy else f"{refusal.message}. {refusal.remedy}"
            self._leave_out(link, reason)
            self._changed.notify_all()

    def answered(self, link: Link, answers: Sequence[Answer]) -> None:
        """Hand out what a node has executed."""
        with self._changed:
            jobs = [(link.open.pop(answer.number, None), answer) for answer in answers]
            link.count(len(answers))
            self._changed.notify_all()
        for job, answer in jobs:
            if job is not None:
                execution = answer.execution
                if job.lost_on:
                    execution = msgspec.structs.replace(execution, lost_on=job.lost_on)
                if not execution.task_id:  # the node could not read it
                    execution = msgspec.structs.replace(
                        execution, task_id=job.program.task_id, sample=job.program.sample
                    )
                job.settle(execution)

    def lost(self, link: Link, reason: str) -> None:
        """Give the programs of a node that is gone to others."""
        given_up: list[Job] = []
        with self._changed:
            if link.state is State.GONE:
                return
            had, pinned = list(link.open.values()), list(link.pinned)
            link.open.clear()
            link.pinned.clear()
            link.state = State.GONE
            self._links.pop(link.offer.id, None)
            for job in reversed(had):
                job.lost_on = (*job.lost_on, link.name)
                if len(job.lost_on) >= MOST_LOST or job.link_id:
                    given_up.append(job)
                else:
                    self._queue.appendleft(job)
            given_up += pinned
            self._note_lost(link, reason, len(had))
            self._changed.notify_all()
        for job in given_up:
            names = ", ".join(job.lost_on) or link.name
            job.fail(
                f"the nodes that had the program were lost, one after the other: {names}; the last: {reason}"
            )

    # -- with the lock held

    def _taking_part(self) -> list[Link]:
        return [link for link in self._links.values() if link.state in {State.ADMITTED, State.VETTING}]

    def _settled_in(self) -> bool:
        """Whether every node that was found has started or was left out, and there was one."""
        states = [link.state for link in self._links.values()]
        if not self._looked:
            return False
        if State.STARTING in states:
            return State.WAITING in states and time.monotonic() - self._started_s > self._wait_s
        return bool(states) or any(record.left_out for record in self.records.values())

    def _common(self, waiting: Sequence[Link]) -> NodeReport:
        """Return the report that most nodes agree with; of several the first's."""
        reports = [link.report for link in waiting if link.report is not None]
        kinds = [str(sorted(essence(report).items())) for report in reports]
        most, _ = Counter(kinds).most_common(1)[0]
        return reports[kinds.index(most)]

    def _admit(self, link: Link) -> None:
        """Let a node take part, unless it differs or has to be examined first."""
        if link.state is not State.WAITING or link.report is None or self.report is None:
            return
        differs = differences(self.report, link.report)
        if differs and not self._allow_mixed:
            stated = "; ".join(f"{name}: {text}" for name, text in differs.items())
            self._leave_out(link, f"its sandboxes differ ({stated}); --allow-mixed lets it take part")
            return
        factor = link.report.computation_s / self._computation_s if self._computation_s else 0.0
        self._record(link, NodeRecord(slots=link.offer.slots, differs=differs, cpu_factor=round(factor, 3)))
        if differs:
            self._notes(f"node {link.name} differs: {', '.join(differs)}")
        link.state = State.ADMITTED
        if self._vet is not None:
            self._examine(link)

    def _examine(self, link: Link) -> None:
        """Examine a node in a thread, once it is known what came out wrong on the first ones."""
        link.state = State.VETTING
        if self._common_failures is not None:
            thread = threading.Thread(
                target=self._examined, args=(link,), name="codeeval-vetting", daemon=True
            )
            thread.start()

    def _decide(self, link: Link, failures: frozenset[str] | str) -> None:
        """Let a node take part, or not."""
        if link.state is not State.VETTING:
            return
        own = (
            [failures]
            if isinstance(failures, str)
            else sorted(failures - (self._common_failures or frozenset()))
        )
        if own:
            self._leave_out(link, "; ".join(own))
        else:
            link.state = State.ADMITTED
        self._changed.notify_all()

    def _record(self, link: Link, record: NodeRecord) -> None:
        self.records[link.name] = record
        if self._report is not None:
            with contextlib.suppress(StorageError):  # a full disk ends the run where verdicts are written
                self._report(self.records)

    def _leave_out(self, link: Link, reason: str) -> None:
        """Let a node take no part in this run any more."""
        self._record(link, NodeRecord(slots=link.offer.slots, left_out=reason))
        self._starts[link.offer.id] = MOST_STARTS
        self._links.pop(link.offer.id, None)
        link.state = State.GONE
        ending = threading.Thread(target=link.actor.close, name="codeeval-closing", daemon=True)
        self._threads.append(ending)
        ending.start()
        self._notes(f"node {link.name} is left out: {reason}")

    def _note_lost(self, link: Link, reason: str, had: int) -> None:
        again = self._starts[link.offer.id] < MOST_STARTS
        if not again and link.report is None:
            self._record(link, NodeRecord(slots=link.offer.slots, left_out=reason))
        self._notes(
            f"node {link.name} was lost with {had} programs, which go to others: {reason}"
            + ("" if again else f"; after {MOST_STARTS} actors it gets no other")
        )

    def _no_nodes(self) -> SandboxError:
        left_out = [
            f"\n  {name}: {record.left_out}" for name, record in self.records.items() if record.left_out
        ]
        if left_out:
            return SandboxError("no node of the cluster can take part:" + "".join(left_out), REMEDY)
        return SandboxError(
            f"no node of the cluster has taken part for {self._wait_s:.0f} s: {self._cluster.lacking()}",
            f"{REMEDY} --ray-wait SECONDS waits longer, for an autoscaler.",
        )

    def _submit(
        self, program: Program, *, alone: bool = False, link: Link | None = None
    ) -> Future[Execution]:
        future: Future[Execution] = Future()
        with self._changed:
            job = Job(next(self._numbers), program, future, self._generation)
            job.alone = alone
            failure = self._failure
            if failure is None and not self._closing:
                if link is None:
                    self._queue.append(job)
                elif link.state is State.GONE:
                    failure = SandboxError(f"node {link.name} is gone")
                else:
                    job.link_id = link.offer.id
                    link.pinned.append(job)
                self._changed.notify_all()
            elif failure is None:
                future.cancel()
        if failure is not None:
            future.set_exception(failure)
        else:
            future.add_done_callback(lambda done: self._settled(job) if done.cancelled() else None)
        return future

    def _settled(self, job: Job) -> None:
        """Take back from its node what was cancelled."""
        with self._changed:
            link = next((link for link in self._links.values() if job.number in link.open), None)
        if link is not None and not self._closing:
            link.actor.cancel([job.number])

    def _next_batch(self) -> tuple[Link, list[Job]] | None:
        """Take programs for the node that has the least to do; None where no node has room for any."""
        for link in sorted(self._taking_part(), key=lambda link: link.load):
            credit = link.credit
            source = link.pinned or self._queue
            if credit <= 0 or not source or (source is self._queue and link.state is State.VETTING):
                continue
            if credit < LEAST_BATCH <= len(source) and link.load >= 1:
                continue  # it has work; a little later it takes more at once
            if jobs := self._take(link, source, min(credit, MOST_BATCH)):
                for job in jobs:
                    link.open[job.number] = job
                return link, jobs
        return None

    def _take(self, link: Link, source: deque[Job], most: int) -> list[Job]:
        """Take programs of one generation; of those with a last chance one, where the node has no other."""
        taken: list[Job] = []
        chars = 0
        passed: list[Job] = []
        while source and len(taken) < most and chars < MOST_BATCH_CHARS:
            job = source.popleft()
            if job.future.cancelled():
                continue
            if taken and job.generation != taken[0].generation:
                source.appendleft(job)
                break
            if job.last_chance and any(each.last_chance for each in (*taken, *link.open.values())):
                passed.append(job)
                continue
            taken.append(job)
            chars += job.program.chars
        source.extendleft(reversed(passed))
        return taken

    # -- threads

    def _dispatch(self) -> None:
        """Hand programs over as there is room for them."""
        while True:
            with self._changed:
                batch = self._next_batch()
                while batch is None and not self._closing:
                    self._changed.wait()
                    batch = self._next_batch()
                if batch is None or self._closing:
                    return
            link, jobs = batch
            orders = tuple(Order(job.number, job.program, job.alone) for job in jobs)
            try:
                link.actor.execute(Batch(orders, jobs[0].generation))
            except Exception as error:  # noqa: BLE001 -- whatever it is, the programs go to another node
                self.lost(link, f"{type(error).__name__}: {error}")

    def _look(self) -> None:
        """Look which nodes there are, start actors on new ones, and state the demand."""
        try:
            while not self._closing:
                self._look_once()
                with self._changed:
                    self._changed.wait_for(lambda: self._closing, LOOK_S)
        except Exception as error:  # noqa: BLE001 -- whatever it is, programs must not wait for ever
            self._give_up(SandboxError(f"the cluster does not answer any more: {error}"))

    def _look_once(self) -> None:
        offers = self._cluster.offers()
        with self._changed:
            new = [
                offer
                for offer in offers.values()
                if offer.id not in self._links and self._starts[offer.id] < MOST_STARTS
            ]
        for offer in new:
            link = Link(self, offer, self._cluster.start(offer))
            with self._changed:
                self._starts[offer.id] += 1
                self._links[offer.id] = link
                closing = self._closing
                if closing:
                    link.state = State.GONE
            self._threads.append(link.thread)
            link.thread.start()
        with self._changed:
            self._looked = True
            waiting = len(self._queue)
            without = not any(link.state is not State.STARTING for link in self._links.values())
            self._changed.notify_all()
        self._cluster.demand(waiting or int(without))
        self._watch(without=without)

    def _watch(self, *, without: bool) -> None:
        """State what is missing where no node takes part; give up after the longest wait."""
        now_s = time.monotonic()
        if not without:
            self._without_since_s, self._stated = now_s, False
            return
        since_s = now_s - self._without_since_s
        if since_s >= self._wait_s:
            with self._changed:
                failure = self._no_nodes()
            self._give_up(failure)
        elif since_s >= STATE_S and not self._stated:
            self._stated = True
            self._notes(
                f"no node has taken part for a minute: {self._cluster.lacking()}; waiting up to "
                f"{self._wait_s:.0f} seconds"
            )

    def _give_up(self, failure: SandboxError) -> None:
        with self._changed:
            self._failure = failure
            jobs = [
                *self._queue,
                *(job for link in self._links.values() for job in (*link.open.values(), *link.pinned)),
            ]
            self._queue.clear()
            self._changed.notify_all()
        for job in jobs:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(failure)

    def _examined(self, link: Link) -> None:
        failures = self._findings(link)
        with self._changed:
            self._decide(link, failures)

    def _findings(self, link: Link) -> frozenset[str] | str:
        """Return what comes out wrong on a node, or why that is not known."""
        if self._vet is None:
            return frozenset()
        try:
            return self._vet(PinnedPool(self, link))
        except CodeEvalError as error:
            return f"it could not be examined: {error.message}"
        except Exception as error:  # noqa: BLE001 -- the node is left out, and the run goes on
            return f"it could not be examined: {type(error).__name__}: {error}"


class PinnedPool:
    """One node of a pool, as a pool."""

    def __init__(self, pool: ClusterPool, link: Link) -> None:
        self._pool = pool
        self._link = link

    @property
    def size(self) -> int:
        """Programs that execute at the same time."""
        return self._link.offer.slots

    @property
    def name(self) -> str:
        """The node's."""
        return self._link.name

    def submit(self, program: Program) -> Future[Execution]:
        """Queue a program for the node."""
        return self._pool.submit_to(self._link, program, alone=False)

    def submit_alone(self, program: Program) -> Future[Execution]:
        """Queue a program that runs while the node executes no other."""
        return self._pool.submit_to(self._link, program, alone=True)

    def renew(self) -> None:
        """Run nothing that is submitted from now on where something has run before, on any node."""
        self._pool.renew()
