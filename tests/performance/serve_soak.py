"""Has a service live through hostile programs, clients and accidents, and checks every answer.

    python tests/performance/serve_soak.py [--minutes N] [--clients N] [--sandbox KIND] [--workers N]

Clients send honest, endless, memory-hungry, forking and flooding programs; some disconnect, send half a
request, or read slowly; sandboxes are killed now and then. Each honest program prints a number of its own, so
a lost, doubled or swapped answer shows. At the end the service drains, and nothing of it may be left. Exits
with 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from serve_load import ask, resident, say
from support.serving import Served, serving

ENDLESS = "while True: pass"
WAITS = "import time\ntime.sleep(60)"
HUNGRY = "x = []\nwhile True: x.append(bytearray(1 << 24))"
FORKS = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
FLOODS = "while True: print('x' * 65536)"
KILL_S = 20.0
MINUTE_S = 60.0
REMOVAL_S = 30.0
KINDS = (
    "honest",
    "honest",
    "honest",
    "wrong",
    "endless",
    "waits",
    "hungry",
    "forks",
    "floods",
    "leaves",
    "half",
    "slow",
)


class Soak:
    """Clients of one service, and what they saw."""

    def __init__(self, served: Served, until_s: float) -> None:
        self.served = served
        self.until_s = until_s
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.number = 0
        self.resident: list[int] = []
        """Bytes of the service, minute by minute."""

    async def client(self, seed: int) -> None:
        """Send one request after another."""
        chance = random.Random(seed)
        while time.monotonic() < self.until_s:
            kind = chance.choice(KINDS)
            self.number += 1
            try:
                await self.one(kind, self.number, chance)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                self.wrong.append(f"{kind}: no answer: {error!r}")
            self.seen[kind] += 1

    async def one(self, kind: str, number: int, chance: random.Random) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.served.port)
        try:
            async with asyncio.timeout(90):
                match kind:
                    case "leaves" | "half":
                        body = json.dumps({"code": WAITS, "run_timeout": 60}).encode()
                        head = f"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
                        writer.write(head.encode() + (body if kind == "leaves" else body[:10]))
                        await writer.drain()
                        await asyncio.sleep(chance.random() * 3)
                    case "slow":
                        code = f"print({number} * 10 ** 9 + 7)\nprint('x' * 900_000)"
                        answer = await self.ask_slowly(reader, writer, code)
                        self.check(kind, answer, number)
                    case _:
                        code = {
                            "honest": f"print({number} * 10 ** 9 + 7)",
                            "wrong": f"print({number} * 10 ** 9 + 7)\nraise SystemExit(3)",
                            "endless": ENDLESS,
                            "waits": WAITS,
                            "hungry": HUNGRY,
                            "forks": FORKS,
                            "floods": FLOODS,
                        }[kind]
                        clock = "cpu" if kind in ("honest", "wrong") else "wall"  # a loaded machine is slow
                        body = {"code": code, "run_timeout": 2, "memory_limit_MB": 256, "limit": clock}
                        self.check(
                            kind, await ask(reader, writer, "/run_code", json.dumps(body).encode()), number
                        )
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def ask_slowly(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, code: str
    ) -> dict[str, Any]:
        body = json.dumps({"code": code}).encode()
        writer.write(
            f"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        left = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        received = b""
        while left:
            part = await reader.read(min(left, 1 << 16))
            received += part
            left -= len(part)
            await asyncio.sleep(0.02)
        answer: dict[str, Any] = json.loads(received)
        return answer

    def check(self, kind: str, answer: dict[str, Any], number: int) -> None:
        """Compare an answer with the only one that is right, or with an honest refusal."""
        if "detail" in answer:
            self.seen["refused"] += 1
            if "loaded" not in answer["detail"] and "waiting" not in answer["detail"]:
                self.wrong.append(f"{kind}: {answer}")
            return
        if answer["status"] == "SandboxError":
            self.seen["sandbox error"] += 1
            return
        run = answer["run_result"]
        printed = f"{number * 10**9 + 7}"
        right = {
            "honest": lambda: run["stdout"] == f"{printed}\n" and answer["status"] == "Success",
            "slow": lambda: run["stdout"].startswith(f"{printed}\n") and len(run["stdout"]) > 900_000,
            "wrong": lambda: run["stdout"] == f"{printed}\n" and run["return_code"] == 3,
            "endless": lambda: run["status"] == "TimeLimitExceeded",
            "waits": lambda: run["status"] == "TimeLimitExceeded",
            "hungry": lambda: answer["status"] == "Failed",
            "forks": lambda: answer["status"] == "Failed",
            "floods": lambda: answer["status"] == "Failed",
        }[kind]()
        if not right:
            self.wrong.append(f"{kind}: {str(answer)[:300]}")

    async def watch_memory(self) -> None:
        """Note the service's memory each minute."""
        while time.monotonic() + MINUTE_S < self.until_s:
            await asyncio.sleep(MINUTE_S)
            self.resident.append(resident(self.served.process.pid))
            mib = self.resident[-1] / (1 << 20)
            say(f"{len(self.resident)} min: {mib:.1f} MiB, {self.number} requests")

    async def kill_sandboxes(self, sandbox: str) -> None:
        """Kill one of the service's sandboxes now and then."""
        while time.monotonic() + KILL_S < self.until_s:
            await asyncio.sleep(KILL_S)
            if pids := sandboxes_of(self.served.process.pid, sandbox):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(random.choice(pids), signal.SIGKILL)
                    self.seen["killed sandboxes"] += 1


def sandboxes_of(pid: int, sandbox: str) -> list[int]:
    """First processes of a service's sandboxes."""
    if sandbox == "docker":
        command = ["docker", "ps", "-q", "--filter", "label=io.codeeval.owner"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        found = []
        for container in listed:
            inspect = [
                "docker",
                "inspect",
                "-f",
                '{{.State.Pid}} {{index .Config.Labels "io.codeeval.owner"}}',
                container,
            ]
            words = subprocess.run(inspect, capture_output=True, text=True, check=False).stdout.split()
            if len(words) == 2 and f":{pid}:" in words[1]:
                found.append(int(words[0]))
        return found
    children = Path(f"/proc/{pid}/task").glob("*/children")
    pids = [int(each) for file in children for each in file.read_text("ascii").split()]
    return [each for each in pids if "bwrap" in Path(f"/proc/{each}/comm").read_text("utf-8")]


def still_there(pid: int) -> list[int]:
    """Sandboxes that a service that has ended left; an engine may be about to remove them."""
    deadline = time.monotonic() + REMOVAL_S
    while (left := sandboxes_of(pid, "docker")) and time.monotonic() < deadline:
        time.sleep(0.5)
    return left


async def soak(served: Served, options: argparse.Namespace) -> Soak:
    found = Soak(served, time.monotonic() + 60 * options.minutes)
    clients = (found.client(seed) for seed in range(options.clients))
    await asyncio.gather(*clients, found.kill_sandboxes(options.sandbox), found.watch_memory())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--sandbox", default="docker")
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("--sandbox", options.sandbox, "--workers", str(options.workers))
        with serving(Path(folder), *arguments) as served:
            served.run_code("print(1)")
            before = resident(served.process.pid)
            found = asyncio.run(soak(served, options))
            after = resident(served.process.pid)
            pid = served.process.pid
            say(json.dumps(dict(found.seen), indent=2))
            say(f"{len(found.wrong)} wrong answers")
            began = time.monotonic()
            status = served.end(within_s=300.0)  # an engine that is loaded removes containers slowly
            say(f"ended after {time.monotonic() - began:.0f} s with {status}")
            defects = [line for line in served.log.splitlines() if '"problem": "defect"' in line]
    left = still_there(pid) if options.sandbox == "docker" else []
    say(f"resident memory of the service: {before >> 20} MiB, then {after >> 20} MiB")
    say(f"{len(left)} sandboxes left; {len(defects)} defects")
    for line in (found.wrong + defects)[:20]:
        say(f"  {line}")
    sys.exit(bool(status or left or defects or found.wrong))


if __name__ == "__main__":
    main()
