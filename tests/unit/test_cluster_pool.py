"""The pool over a cluster's nodes, with nodes that are threads of this process."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

import pytest
from pipeline_fakes import LIMITS

from codeeval.cluster.executor_node import ExecutorNode
from codeeval.cluster.link import LEAST_AHEAD, MOST_AHEAD
from codeeval.cluster.messages import Batch, NodeReport, OpenNode, Order, Refusal, pack, unpack_answers
from codeeval.cluster.nodes import NodeLost, Offer
from codeeval.cluster.pool import MOST_BATCH, ClusterPool
from codeeval.errors import SandboxError, StorageError
from codeeval.pipeline import Verifier
from codeeval.types import (
    Execution,
    Extraction,
    Outcome,
    Program,
    PythonStep,
    SourceFile,
    StepResult,
    StepStatus,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.cluster.messages import Answer
    from codeeval.records import NodeRecord

LONGEST_S = 20.0


class NodeSandboxes:
    """A node's pool: completes every program but those that it is told to hold."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[int] = []
        self.held: list[Future[Execution]] = []
        self.holds = False
        self.renewed = 0

    def submit(self, program: Program) -> Future[Execution]:
        future: Future[Execution] = Future()
        self.seen.append(program.sample)
        if self.holds:
            self.held.append(future)
        else:
            future.set_result(completed(program))
        return future

    submit_alone = submit

    def renew(self) -> None:
        self.renewed += 1


class LocalActor:
    """An ``ExecutorNode`` in this process, which can be killed."""

    def __init__(self, node: ExecutorNode) -> None:
        self.node = node
        self.batches: list[int] = []
        self.killed = threading.Event()

    def opened(self, wait_s: float) -> NodeReport | Refusal | None:  # noqa: ARG002 -- it opens at once
        return self.node.open()

    def execute(self, batch: Batch) -> None:
        self.batches.append(len(batch.orders))
        if not self.killed.is_set():
            self.node.execute([order.number for order in batch.orders], pack(batch))

    def collect(self, wait_s: float) -> Sequence[Answer]:  # noqa: ARG002 -- shorter, to be killed in time
        for _ in range(1000):
            answers = unpack_answers(self.node.collect(0.02))
            if self.killed.is_set():
                raise NodeLost("killed")
            if answers:
                return answers
        return ()

    def cancel(self, numbers: Sequence[int]) -> None:
        self.node.cancel(numbers)

    def close(self) -> None:
        self.killed.set()


class LocalNodes:
    """A cluster whose nodes are made by name."""

    def __init__(self, *names: str, slots: int = 2) -> None:
        self.there = {name: Offer(name, name, slots) for name in names}
        self.reports: dict[str, NodeReport | SandboxError] = {}
        self.sandboxes: dict[str, NodeSandboxes] = {}
        self.actors: dict[str, LocalActor] = {}
        self.demands: list[int] = []
        self.closed = False

    def offers(self) -> Mapping[str, Offer]:
        return dict(self.there)

    def start(self, offer: Offer) -> LocalActor:
        sandboxes = self.sandboxes.setdefault(offer.name, NodeSandboxes(offer.name))

        def opener() -> OpenNode:
            report = self.reports.get(offer.name, REPORT)
            if isinstance(report, SandboxError):
                raise report
            return OpenNode(sandboxes, report, lambda: None)

        actor = self.actors[offer.name] = LocalActor(ExecutorNode(opener, offer.name))
        return actor

    def demand(self, slots: int) -> None:
        self.demands.append(slots)

    def lacking(self) -> str:
        return "1 node, none with codeeval_exec"

    def close(self) -> None:
        self.closed = True


REPORT = NodeReport(
    version="1", launcher="fake", description={"image_id": "a"}, toolchain={"python": "3"}, computation_s=0.02
)
OTHER = NodeReport(version="1", launcher="fake", description={"image_id": "b"}, toolchain={"python": "3"})


def program(sample: int = 0, text: str = "pass") -> Program:
    return Program(
        task_id="T/1",
        sample=sample,
        language="python",
        image="python",
        files=(SourceFile(path="program.py", content=text),),
        steps=(PythonStep(name="run", files=("program.py",), limits=LIMITS),),
        extraction=Extraction(rule="test"),
    )


def completed(of: Program) -> Execution:
    step = StepResult(name="run", status=StepStatus.EXITED, completed=True)
    return Execution(task_id=of.task_id, sample=of.sample, steps=(step,))


class Opened:
    """A started pool and its notes."""

    def __init__(self, cluster: LocalNodes, **options: object) -> None:
        self.notes: list[str] = []
        self.pool = ClusterPool(cluster, self.notes.append, version="1", **options)  # type: ignore[arg-type]
        self.pool.start()


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codeeval.cluster.pool.LOOK_S", 0.02)


@pytest.fixture
def cluster() -> LocalNodes:
    return LocalNodes("a", "b")


def until(condition: object) -> None:
    deadline = time.monotonic() + LONGEST_S
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_all_nodes_take_part_in_batches(cluster: LocalNodes) -> None:
    opened = Opened(cluster, computation_s=0.01)
    futures = [opened.pool.submit(program(number)) for number in range(2000)]
    wait(futures, LONGEST_S)
    found = [future.result() for future in futures]
    opened.pool.close()
    assert [each.sample for each in found] == list(range(2000))
    assert {each.node for each in found} == {"a", "b"}
    batches = [size for actor in cluster.actors.values() for size in actor.batches]
    assert max(batches) <= MOST_BATCH
    assert len(batches) < 1000, "batches of one"
    assert {name: record.cpu_factor for name, record in opened.pool.records.items()} == {"a": 2.0, "b": 2.0}
    assert cluster.closed


def test_a_node_gets_little_in_advance(cluster: LocalNodes) -> None:
    """Programs that take long are not queued where others could execute them."""
    opened = Opened(cluster)
    for sandboxes in cluster.sandboxes.values():
        sandboxes.holds = True
    futures = [opened.pool.submit(program(number)) for number in range(200)]
    until(lambda: all(len(each.seen) == LEAST_AHEAD * 2 for each in cluster.sandboxes.values()))
    time.sleep(0.1)
    assert all(len(each.seen) == LEAST_AHEAD * 2 < MOST_AHEAD for each in cluster.sandboxes.values())
    until(lambda: any(cluster.demands))
    opened.pool.close()
    assert all(future.cancelled() for future in futures)


def test_what_a_lost_node_had_goes_to_others_and_is_counted(cluster: LocalNodes) -> None:
    opened = Opened(cluster)
    cluster.sandboxes["a"].holds = True
    verdicts = [Verifier(opened.pool).submit(program(number)) for number in range(50)]
    until(lambda: cluster.sandboxes["a"].seen)
    lost = set(cluster.sandboxes["a"].seen)
    del cluster.there["a"]
    cluster.actors["a"].killed.set()
    wait(verdicts, LONGEST_S)
    opened.pool.close()
    for future in verdicts:
        verdict = future.result()
        assert (verdict.outcome, verdict.node) == (Outcome.PASSED, "b")
        assert verdict.attempts == 1 + (verdict.sample in lost)
    assert any("node a was lost" in note for note in opened.notes)


def test_a_node_that_closes_answers_for_nothing_that_it_ended() -> None:
    """It may close with its raylet, and the driver hears of that later: the programs are for other nodes."""
    sandboxes = NodeSandboxes("a")
    sandboxes.holds = True

    def end() -> None:
        sandboxes.held[0].cancel()
        sandboxes.held[1].set_result(Execution(task_id="T/1", sample=1, error="the sandbox is gone"))

    node = ExecutorNode(lambda: OpenNode(sandboxes, REPORT, end), "a")
    node.open()
    node.execute([0, 1], Batch((Order(0, program(0)), Order(1, program(1)))))
    node.close()
    node.execute([2], Batch((Order(2, program(2)),)))
    sandboxes.held[2].cancel()
    assert unpack_answers(node.collect(0.05)) == ()


def test_an_actor_that_died_is_started_again() -> None:
    cluster = LocalNodes("a")
    opened = Opened(cluster)
    first = cluster.actors["a"]
    first.killed.set()
    until(lambda: cluster.actors["a"] is not first)
    assert opened.pool.submit(program()).result(LONGEST_S).node == "a"
    opened.pool.close()


def test_three_nodes_in_a_row_are_a_sandbox_error(cluster: LocalNodes) -> None:
    """A program that ends its nodes is given up; those that were beside it get their verdict elsewhere."""
    cluster.there["c"] = Offer("c", "c", 2)
    cluster.there["d"] = Offer("d", "d", 2)
    opened = Opened(cluster)
    deadly = 7

    def end(name: str) -> None:
        sandboxes = cluster.sandboxes[name]
        sandboxes.holds = True
        until(lambda: deadly in sandboxes.seen or finished.done())
        if deadly in sandboxes.seen:
            del cluster.there[name]
            cluster.actors[name].killed.set()

    for sandboxes in cluster.sandboxes.values():
        sandboxes.holds = True
    finished = Verifier(opened.pool).submit(program(deadly))
    threads = [threading.Thread(target=end, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    verdict = finished.result(LONGEST_S)
    for thread in threads:
        thread.join()
    opened.pool.close()
    assert verdict.outcome is Outcome.SANDBOX_ERROR
    assert verdict.attempts == 4
    assert sum(deadly in each.seen for each in cluster.sandboxes.values()) == 3


def test_a_node_that_joins_takes_part(cluster: LocalNodes) -> None:
    """It is made known before it executes anything, and a full disk does not keep it out."""
    opened = Opened(cluster)
    before = opened.pool.size
    told: list[tuple[set[str], int]] = []

    def tell(nodes: Mapping[str, NodeRecord]) -> None:
        told.append((set(nodes), opened.pool.size))
        if "c" in nodes:
            raise StorageError("no space left")

    opened.pool.report_nodes(tell)
    cluster.there["c"] = Offer("c", "c", 4)
    until(lambda: opened.pool.size == before + 4)
    assert told == [({"a", "b"}, before), ({"a", "b", "c"}, before)]
    opened.pool.report_nodes(None)
    cluster.there["d"] = Offer("d", "d", 1)
    until(lambda: opened.pool.size == before + 5)
    opened.pool.close()
    assert len(told) == 2
    assert {"c", "d"} <= opened.pool.records.keys()


def test_a_node_that_differs_is_left_out(cluster: LocalNodes) -> None:
    cluster.there["c"] = Offer("c", "c", 2)
    cluster.reports["b"] = OTHER
    opened = Opened(cluster)
    opened.pool.close()
    assert "image_id: b, not a" in opened.pool.records["b"].left_out
    assert not opened.pool.records["a"].left_out


def test_mixed_nodes_take_part_where_that_is_allowed(cluster: LocalNodes) -> None:
    cluster.there["c"] = Offer("c", "c", 2)
    cluster.reports["b"] = OTHER
    opened = Opened(cluster, allow_mixed=True)
    assert opened.pool.size == 6
    opened.pool.close()
    assert opened.pool.records["b"].differs == {"image_id": "b, not a"}


def test_another_version_is_left_out(cluster: LocalNodes) -> None:
    cluster.reports["b"] = NodeReport(version="2", launcher="fake", description={}, toolchain={})
    opened = Opened(cluster, allow_mixed=True)
    opened.pool.close()
    assert "codeeval 2" in opened.pool.records["b"].left_out


def test_no_node_has_sandboxes(cluster: LocalNodes) -> None:
    cluster.reports = dict.fromkeys("ab", SandboxError("no image python", "Build it."))
    with pytest.raises(SandboxError, match=r"a: no image python. Build it"):
        Opened(cluster)
    assert cluster.closed


def test_the_resource_is_never_granted() -> None:
    with pytest.raises(SandboxError, match="none with codeeval_exec"):
        Opened(LocalNodes(), wait_s=0.1)


def test_all_nodes_leave_during_a_run(cluster: LocalNodes) -> None:
    opened = Opened(cluster, wait_s=0.3)
    for sandboxes in cluster.sandboxes.values():
        sandboxes.holds = True
    future = opened.pool.submit(program())
    cluster.there.clear()
    for actor in cluster.actors.values():
        actor.killed.set()
    with pytest.raises(SandboxError, match="none with codeeval_exec"):
        future.result(LONGEST_S)
    with pytest.raises(SandboxError):
        opened.pool.submit(program()).result(LONGEST_S)
    opened.pool.close()


def test_examined_nodes(cluster: LocalNodes) -> None:
    """What fails on all nodes is no node's own; a node with more failures is left out, one that joins too."""
    cluster.there["c"] = Offer("c", "c", 2)
    opened = Opened(cluster)
    failures = {name: frozenset({"everywhere"}) for name in "abe"} | {
        name: frozenset({"everywhere", "a cheat passed"}) for name in "cd"
    }

    def vet(pool: object) -> frozenset[str]:
        assert pool.submit(program()).result(LONGEST_S).node == pool.name  # type: ignore[attr-defined]
        return failures[pool.name]  # type: ignore[attr-defined]

    assert opened.pool.vet_with(vet) == ["c"]
    cluster.there |= {name: Offer(name, name, 2) for name in "de"}
    until(lambda: "d" in opened.pool.records and opened.pool.records["d"].left_out)
    until(lambda: sorted(opened.pool.taking_part) == ["a", "b", "e"])
    opened.pool.close()
    assert opened.pool.records["c"].left_out == "a cheat passed"


def test_cancelled_programs_are_taken_back(cluster: LocalNodes) -> None:
    opened = Opened(cluster)
    for sandboxes in cluster.sandboxes.values():
        sandboxes.holds = True
    futures = [opened.pool.submit(program(number)) for number in range(4)]
    until(lambda: sum(len(each.held) for each in cluster.sandboxes.values()) == 4)
    for future in futures:
        future.cancel()
    until(lambda: all(held.cancelled() for each in cluster.sandboxes.values() for held in each.held))
    opened.pool.close()


def test_renewed_before_later_programs(cluster: LocalNodes) -> None:
    opened = Opened(cluster)
    opened.pool.submit(program()).result(LONGEST_S)
    assert not any(each.renewed for each in cluster.sandboxes.values())
    opened.pool.renew()
    wait([opened.pool.submit(program(number)) for number in range(100)], LONGEST_S)
    opened.pool.close()
    assert all(each.renewed == 1 for each in cluster.sandboxes.values() if len(each.seen) > 1)


def test_texts_that_utf8_cannot_hold(cluster: LocalNodes) -> None:
    opened = Opened(cluster)
    assert not opened.pool.submit(program(text="'\ud800'")).result(LONGEST_S).error
    opened.pool.close()
