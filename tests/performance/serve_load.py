"""Measures ``codeeval serve`` under 64 clients against ``codeeval execute`` on the same programs, in one run.

    python tests/performance/serve_load.py [--sandbox KIND] [--clients N] [--requests N] [--workers N]
    python tests/performance/serve_load.py --all-time-out   # of verl's tests: 100 programs of 1 GB for 10 s

The command's rate is that of its further samples, without its start. Clients are coroutines of one process
with kept connections, whose CPU time is on the same cores. Growth is the service's resident memory over the
second half of the requests, in bytes a request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.serving import Served, serving

from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.interfaces import BenchmarkOptions, DataSource

COMPLETIONS = 64
TIMES = 11
"""How often the command gets each completion, less the one time that is taken off."""


class Load(NamedTuple):
    """What clients saw."""

    seconds: float
    latencies_s: list[float]
    wrong: int
    growth_bytes: float
    """A request."""

    @property
    def rate(self) -> float:
        return len(self.latencies_s) / self.seconds


def command_rate(sandbox: str, workers: int) -> float:
    """Programs a second of ``codeeval execute``."""
    return COMPLETIONS * (TIMES - 1) / (_command_s(TIMES, sandbox, workers) - _command_s(1, sandbox, workers))


def _command_s(times: int, sandbox: str, workers: int) -> float:
    problems = HumanEval(BenchmarkOptions()).load(DataSource()).problems[:COMPLETIONS]
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder, "samples.jsonl")
        lines = (
            json.dumps({"task_id": problem.task_id, "solution": problem.prompt + problem.reference})
            for _ in range(times)
            for problem in problems
        )
        samples.write_text("\n".join(lines) + "\n")
        code = "from codeeval.cli.main import main; main()"
        arguments = ["--out", f"{folder}/run", "--sandbox", sandbox, "--workers", str(workers), "-q"]
        command = [sys.executable, "-c", code, "execute", "humaneval", str(samples), *arguments]
        for problem in problems:
            command += ["--task", problem.task_id]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start


def bodies() -> list[bytes]:
    """The same programs as requests."""
    found = []
    for problem in HumanEval(BenchmarkOptions()).load(DataSource()).problems[:COMPLETIONS]:
        body = {
            "code": problem.prompt + problem.reference,
            "tests": f"{problem.tests[0]}\ncheck({problem.entry_point})\n",
            "entry_point": problem.entry_point,
        }
        found.append(json.dumps(body).encode())
    return found


async def load(served: Served, clients: int, requests: int) -> Load:
    """Send requests from clients at once, each the next when it has its answer."""
    wanted, latencies, wrong = bodies(), [], 0
    left = iter(range(requests))
    half: list[int] = []

    async def client() -> None:
        nonlocal wrong
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        for number in left:
            if len(latencies) >= requests // 2 and not half:
                half.append(resident(served.process.pid))
            start = time.perf_counter()
            answer = await ask(reader, writer, "/v1/execute", wanted[number % len(wanted)])
            latencies.append(time.perf_counter() - start)
            wrong += answer.get("outcome") != "PASSED"
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    seconds = time.perf_counter() - start
    grown = resident(served.process.pid) - (half[0] if half else 0)
    return Load(seconds, latencies, wrong, grown / max(1, requests - requests // 2))


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes
) -> dict[str, Any]:
    """Send one request on a kept connection, and read its answer."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    answer: dict[str, Any] = json.loads(await reader.readexactly(length))
    return answer


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sandbox", default="docker")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--all-time-out", action="store_true")
    options = parser.parse_args()
    if options.all_time_out:
        all_time_out(options.sandbox)
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("--sandbox", options.sandbox, "--workers", str(options.workers))
        with serving(Path(folder), *arguments) as served:
            asyncio.run(load(served, options.clients, 200))  # warm
            found = asyncio.run(load(served, options.clients, options.requests))
    command = command_rate(options.sandbox, options.workers)
    percentiles = statistics.quantiles(found.latencies_s, n=100)
    say(f"service: {found.rate:.0f} programs/s from {options.clients} clients, {found.wrong} wrong")
    say(f"latency: p50 {percentiles[49] * 1000:.0f} ms, p99 {percentiles[98] * 1000:.0f} ms")
    say(f"memory: {found.growth_bytes:.0f} bytes a request over the second half")
    say(f"command: {command:.0f} programs/s; the service has {found.rate / command:.0%} of that")


if __name__ == "__main__":
    main()
