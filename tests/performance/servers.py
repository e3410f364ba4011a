"""Cost of a request to a server: ``python tests/performance/servers.py [--completions N] [--in-flight N]``.

A server in a process of its own responds to every request after a while. Measured is the CPU time of this
process for each completion, from the prompt to the completion, and how its memory grows. For scale, the same
is done with the SDK's own method, which does nothing of what ours does beside the request. Nothing fails for
being slow.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from codeeval.interfaces import ModelSpec
from codeeval.models.openai.model import OpenAIModel
from codeeval.types import Message, Problem, Prompt, PromptStyle, Role, Sampling

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SERVER = r"""
import asyncio, json, sys
DELAY_S = float(sys.argv[1])
TEXT = "```python\ndef f(x):\n    return x + 1\n```\n" * 10
BODY = json.dumps({
    "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 100, "completion_tokens": 100},
    "id": "x", "object": "chat.completion", "created": 1, "model": "m",
}).encode()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY)

class Connection(asyncio.Protocol):
    open = most = 0
    def connection_made(self, transport):
        self.transport, self.data = transport, b""
    def data_received(self, data):
        self.data += data
        head, end, body = self.data.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if end and len(body) >= length:
            self.data = b""
            Connection.open += 1
            Connection.most = max(Connection.most, Connection.open)
            asyncio.get_running_loop().call_later(DELAY_S, self.answer)
    def answer(self):
        Connection.open -= 1
        self.transport.write(HEAD + BODY)

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(Connection.most, flush=True)

asyncio.run(main())
"""
PROBLEM = Problem(task_id="T/0", prompt="", entry_point="f", reference="", tests=())
TEXT = "Complete this function, please.\n" + "def f(x):\n    # a line of about forty characters\n" * 10
PROMPT = Prompt(
    task_id="T/0",
    style=PromptStyle.CHAT,
    template_hash="",
    messages=(Message(role=Role.USER, content=TEXT),),
)


class Cost(NamedTuple):
    """What completions cost this process."""

    cpu_ms: float
    """For each."""
    wall_s: float
    grown_mb: float
    """By how much the peak of resident memory rose in the second half."""


async def spread(one: Callable[[int], Awaitable[object]], count: int, in_flight: int) -> None:
    """Do something so often, so many at a time."""
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await one(number)

    await asyncio.gather(*(work() for _ in range(in_flight)))


async def measure(one: Callable[[int], Awaitable[object]], count: int, in_flight: int) -> Cost:
    """Measure it, once everything is imported."""
    await spread(one, 20, 2)
    cpu_s, wall_s = time.process_time(), time.monotonic()
    await spread(one, count // 2, in_flight)
    half = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await spread(one, count - count // 2, in_flight)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - half
    return Cost((time.process_time() - cpu_s) / count * 1000, time.monotonic() - wall_s, grown / 1024)


async def ours(url: str, count: int, in_flight: int) -> Cost:
    """Generate with ``openai:``."""
    model = OpenAIModel(ModelSpec(backend="openai", name="m", base_url=url, concurrency=in_flight))
    try:
        return await measure(lambda n: model.complete(PROMPT, Sampling(), range(n, n + 1)), count, in_flight)
    finally:
        await model.aclose()


async def bare(url: str, count: int, in_flight: int) -> Cost:
    """Ask with the SDK's own method."""
    from openai import AsyncOpenAI  # noqa: PLC0415 -- not for --help

    client = AsyncOpenAI(api_key="none", base_url=url, max_retries=0)
    try:
        return await measure(
            lambda _: client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": TEXT}], temperature=0, max_tokens=1024
            ),
            count,
            in_flight,
        )
    finally:
        await client.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--completions", type=int, default=5000)
    parser.add_argument("--in-flight", type=int, default=500)
    parser.add_argument("--delay", type=float, default=0.3, help="of the server, in seconds")
    asked = parser.parse_args()
    for name, way in (("openai:", ours), ("bare SDK", bare)):
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(asked.delay)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        cost = asyncio.run(way(url, asked.completions, asked.in_flight))
        most = server.communicate("")[0].strip()
        sys.stdout.write(
            f"{name:10} {cost.cpu_ms:5.2f} ms CPU a completion, {cost.wall_s:5.1f} s, "
            f"memory {cost.grown_mb:+.1f} MB in the second half, {most} in flight\n"
        )


if __name__ == "__main__":
    main()
