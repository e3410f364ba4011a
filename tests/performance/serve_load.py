"""Measures ``codeeval serve`` under 64 clients against ``codeeval execute`` on the same programs, in one run.

    python tests/performance/serve_load.py [--sandbox KIND] [--clients N] [--requests N] [--rounds N]
    python tests/performance/serve_load.py --all-time-out   # of verl's tests: 100 programs of 1 GB for 10 s

The two take turns, round by round, so that whatever else loads the machine is the same for both. The start of
the command is taken off its time. Clients are coroutines of one process with kept connections, whose CPU time
is on the same cores. Growth is the service's resident memory over the second half of the rounds, a request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.serving import Served, serving

from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.interfaces import BenchmarkOptions, DataSource

if TYPE_CHECKING:
    from codeeval.types import Problem

COMPLETIONS = 64


class Round(NamedTuple):
    """What one round of requests took, and the command for as many programs."""

    seconds: float
    cpu_s: float
    """Of the service's process."""
    client_cpu_s: float
    resident_bytes: int
    """Of the service's process, when the round ended."""
    command_s: float
    """Of the command, for as many programs."""
    command_cpu_s: float


class Cost(NamedTuple):
    """Of a command."""

    seconds: float
    cpu_s: float


class Command:
    """``codeeval execute`` on the same programs, ``times`` each."""

    def __init__(self, sandbox: str, workers: int) -> None:
        self._options = ["--sandbox", sandbox, "--workers", str(workers), "-q"]
        self._problems = HumanEval(BenchmarkOptions()).load(DataSource()).problems[:COMPLETIONS]

    def cost(self, times: int) -> Cost:
        """What all completions cost beyond a first time, so that the command's start is taken off."""
        start, found = self._run(1), self._run(times + 1)
        return Cost(found.seconds - start.seconds, found.cpu_s - start.cpu_s)

    def _run(self, times: int) -> Cost:
        with tempfile.TemporaryDirectory() as folder:
            samples = Path(folder, "samples.jsonl")
            lines = (
                json.dumps({"task_id": problem.task_id, "solution": f"{program_of(problem)}\n# {number}"})
                for number in range(times)
                for problem in self._problems
            )
            samples.write_text("\n".join(lines) + "\n")
            code = "from codeeval.cli.main import main; main()"
            command = [sys.executable, "-c", code, "execute", "humaneval", str(samples)]
            command += ["--out", f"{folder}/run", *self._options]
            for problem in self._problems:
                command += ["--task", problem.task_id]
            start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        return Cost(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def program_of(problem: Problem) -> str:
    """A program that passes; a run executes identical ones once, so the command's have a number each."""
    return problem.prompt + problem.reference


def bodies() -> list[bytes]:
    """The same programs as requests."""
    found = []
    for problem in HumanEval(BenchmarkOptions()).load(DataSource()).problems[:COMPLETIONS]:
        body = {
            "code": program_of(problem),
            "tests": f"{problem.tests[0]}\ncheck({problem.entry_point})\n",
            "entry_point": problem.entry_point,
        }
        found.append(json.dumps(body).encode())
    return found


class Clients:
    """Clients of a service, each of which sends its next request when it has an answer."""

    def __init__(self, served: Served, count: int) -> None:
        self._served = served
        self._count = count
        self._requests = [request_of("/v1/execute", body) for body in bodies()]
        self.latencies_s: list[float] = []
        self.wrong = 0

    async def send(self, requests: int) -> None:
        """Send requests, all clients at once."""
        left = iter(range(requests))

        async def client() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._served.port)
            for number in left:
                start = time.perf_counter()
                writer.write(self._requests[number % len(self._requests)])
                answer = await read_answer(reader)
                self.latencies_s.append(time.perf_counter() - start)
                self.wrong += b'"outcome":"PASSED"' not in answer
            writer.close()

        await asyncio.gather(*(client() for _ in range(self._count)))


def request_of(path: str, body: bytes) -> bytes:
    """Return a request as it is sent on a kept connection."""
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    """Read the body of an answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    return await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes
) -> dict[str, Any]:
    """Send one request on a kept connection, and read its answer."""
    writer.write(request_of(path, body))
    answer: dict[str, Any] = json.loads(await read_answer(reader))
    return answer


def cpu_s(pid: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def all_time_out(sandbox: str) -> None:
    """Run verl's own code on 100 programs that take 1 GB and spin, 32 at a time."""
    from verl.utils.reward_score.sandbox_fusion.utils import check_correctness  # noqa: PLC0415 -- this one

    code = "data = [0] * (125 << 20)\nwhile True: pass"
    cases = {"inputs": [""] * 100, "outputs": [""] * 100}
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), "--sandbox", sandbox, "--workers", "16") as served,
    ):
        start = time.perf_counter()
        results, _ = check_correctness(
            f"{served.url}/run_code", cases, code, 10, 1024, "python", threading.Semaphore(32)
        )
    seconds = time.perf_counter() - start
    say(f"100 programs of 1 GB for 10 s: {results.count(-3)} timed out, {seconds:.0f} s")
    sys.exit(results != [-3] * 100)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def measure(options: argparse.Namespace) -> tuple[Clients, list[Round]]:
    """Have the service and the command take turns."""
    command = Command(options.sandbox, options.workers)
    times = max(1, options.requests // options.rounds // COMPLETIONS)
    fewer = max(1, times // options.command_share)
    arguments = ("--sandbox", options.sandbox, "--workers", str(options.workers))
    rounds = []
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), *arguments) as served:
        pid = served.process.pid
        asyncio.run(Clients(served, options.clients).send(200))  # warm
        clients = Clients(served, options.clients)
        for _ in range(options.rounds):
            start, before, own = time.perf_counter(), cpu_s(pid), time.process_time()
            asyncio.run(clients.send(times * COMPLETIONS))
            seconds, own = time.perf_counter() - start, time.process_time() - own
            used, held = cpu_s(pid) - before, resident(pid)
            cost, scale = command.cost(fewer), times / fewer
            rounds.append(Round(seconds, used, own, held, cost.seconds * scale, cost.cpu_s * scale))
            say(describe(rounds[-1], times * COMPLETIONS))
    return clients, rounds


def describe(found: Round, programs: int) -> str:
    """One round, as a line."""
    spent = (found.cpu_s, found.client_cpu_s, found.command_cpu_s)
    service_ms, client_ms, command_ms = (1000 * seconds / programs for seconds in spent)
    return (
        f"service {programs / found.seconds:.0f}/s, {service_ms:.2f} ms of CPU each, "
        f"clients {client_ms:.2f} ms, {found.resident_bytes / (1 << 20):.1f} MiB; "
        f"command {programs / found.command_s:.0f}/s, {command_ms:.2f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sandbox", default="docker")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--command-share", type=int, default=1, help="the command gets 1 in N of the programs"
    )
    parser.add_argument("--all-time-out", action="store_true")
    options = parser.parse_args()
    if options.all_time_out:
        all_time_out(options.sandbox)
    clients, rounds = measure(options)
    programs = len(clients.latencies_s)
    service = programs / sum(each.seconds for each in rounds)
    command = programs / sum(each.command_s for each in rounds)
    middle = (len(rounds) - 1) // 2
    grown = rounds[-1].resident_bytes - rounds[middle].resident_bytes
    later = programs * (len(rounds) - 1 - middle) / len(rounds)
    percentiles = statistics.quantiles(clients.latencies_s, n=100)
    say(f"service: {service:.0f} programs/s from {options.clients} clients")
    say(f"{programs} answers, {clients.wrong} wrong")
    say(f"latency: p50 {percentiles[49] * 1000:.0f} ms, p99 {percentiles[98] * 1000:.0f} ms")
    say(f"memory: {grown / max(1.0, later):.0f} bytes a request over the second half")
    say(f"command: {command:.0f} programs/s; the service has {service / command:.0%} of that")


if __name__ == "__main__":
    main()
