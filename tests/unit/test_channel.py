"""Frames between host and runner: cut anywhere, late, malformed."""

from __future__ import annotations

import json
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sandboxing import SMALL_SANDBOX, commands, program

from codeeval.errors import SandboxError
from codeeval.sandboxes.channel import MAX_FRAME_BYTES, Channel, runner_config
from codeeval.types import Program, StepStatus


def frame(value: object) -> bytes:
    body = json.dumps(value).encode()
    return struct.pack(">I", len(body)) + body


GREETING = frame({"toolchain": {"python": "3.13"}})


def reply(stdout: str = "", *, error: str = "", retire: bool = False) -> bytes:
    steps = [{"name": "run", "status": "exited", "stdout": stdout}]
    return frame({"steps": steps, "error": error, "retire": retire})


class Pieces:
    """A stream that hands out its bytes in given pieces and keeps what is written."""

    def __init__(self, data: bytes, sizes: list[int] | None = None) -> None:
        self.data = data
        self.sizes = list(sizes or ())
        self.written = bytearray()
        self.timeouts: list[float] = []

    def write(self, data: bytes | bytearray) -> None:
        self.written += data

    def read(self, size: int) -> bytes:
        size = min(size, self.sizes.pop(0)) if self.sizes else size
        piece, self.data = self.data[:size], self.data[size:]
        return piece

    def set_timeout(self, seconds: float) -> None:
        self.timeouts.append(seconds)

    def requests(self) -> list[dict[str, object]]:
        found, rest = [], bytes(self.written)
        while rest:
            (size,) = struct.unpack_from(">I", rest)
            found.append(json.loads(rest[4 : 4 + size]))
            rest = rest[4 + size :]
        return found


@given(texts=st.lists(st.text(max_size=30), max_size=5), sizes=st.lists(st.integers(1, 40), max_size=60))
def test_frames_survive_any_cut(texts: list[str], sizes: list[int]) -> None:
    stream = Pieces(GREETING + b"".join(map(reply, texts)), sizes)
    channel = Channel(stream, "test")
    assert channel.toolchain == {"python": "3.13"}
    wanted = [msgspec.structs.replace(program("pass"), sample=n) for n in range(len(texts))]
    channel.send(wanted)
    for sample, text in enumerate(texts):
        execution = channel.receive()
        assert (execution.sample, execution.error) == (sample, "")
        assert execution.steps[0].stdout == text
        assert execution.steps[0].status is StepStatus.EXITED


@given(source=st.text(st.characters(), max_size=50), stdin=st.text(st.characters(), max_size=50))
def test_any_text_reaches_the_runner(source: str, stdin: str) -> None:
    """Lone surrogates included, which UTF-8 alone cannot carry."""
    stream = Pieces(GREETING)
    Channel(stream, "test").send([program(source, "x", stdin=stdin)])
    (request,) = stream.requests()
    assert request["files"] == [["candidate.py", source], ["tests.py", "x"]]
    assert request["stdin"] == stdin


def test_a_lone_surrogate_reaches_the_runner() -> None:
    stream = Pieces(GREETING)
    Channel(stream, "test").send([program("x = '\ud800'"), program("y")])
    assert [request["files"] for request in stream.requests()] == [
        [["candidate.py", "x = '\ud800'"]],
        [["candidate.py", "y"]],
    ]


def test_what_a_request_holds() -> None:
    stream = Pieces(GREETING)
    Channel(stream, "test").send([program("a", entry_point="f", expected="secret answer"), program("b")])
    first, second = stream.requests()
    assert set(first) == {"token", "files", "steps", "stdin", "cumulative", "cases", "stop_at_failure"}
    assert first["token"] != second["token"]
    assert len(str(first["token"])) == 32
    (step,) = msgspec.convert(first["steps"], list[dict[str, object]])
    assert (step["kind"], step["argv"], step["entry_point"]) == ("python", ["candidate.py"], "f")
    assert step["limits"] == {
        "cpu_s": 1.0, "wall_s": 3.0, "memory_bytes": 128 << 20, "output_bytes": 256 << 10,
    }  # fmt: skip
    assert b"secret answer" not in stream.written


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a//b", "", "a/.."])
def test_files_stay_inside(path: str) -> None:
    stream = Pieces(GREETING)
    with pytest.raises(SandboxError, match="outside"):
        Channel(stream, "test").send([commands(("true",), files={path: ""})])
    assert not stream.written


@pytest.mark.parametrize("data", [b"", GREETING[:-1], struct.pack(">I", MAX_FRAME_BYTES + 1)])
def test_a_malformed_greeting(data: bytes) -> None:
    with pytest.raises(SandboxError, match="container 1"):
        Channel(Pieces(data), "container 1")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        reply()[:-1],
        struct.pack(">I", 3) + b"{}x",
        frame({}),
        frame([]),
        frame({"steps": [{"name": "run", "status": "unknown"}], "error": "", "retire": False}),
        struct.pack(">I", 0xFFFFFFFF),
        frame({"steps": None, "error": "", "retire": False}),
    ],
)
def test_a_malformed_response(data: bytes) -> None:
    channel = Channel(Pieces(GREETING + data), "container 1")
    channel.send([program("pass")])
    with pytest.raises(SandboxError, match="container 1"):
        channel.receive()


def test_retired_stays() -> None:
    channel = Channel(Pieces(GREETING + reply(retire=True) + reply()), "test")
    channel.send([program("a"), program("b")])
    channel.receive()
    assert channel.retired
    channel.receive()
    assert channel.retired


def test_waits_as_long_as_all_requests_may_take() -> None:
    stream = Pieces(GREETING + reply() + reply())
    channel = Channel(stream, "test")
    wanted = [program("a"), commands(("cc",), ("./main",))]
    channel.send(wanted)
    channel.receive()
    channel.receive()
    three_steps, two_steps = stream.timeouts[-2:]
    assert three_steps - two_steps == pytest.approx(3.0)
    assert two_steps > 6.0


class Broken(Pieces):
    def write(self, data: bytes | bytearray) -> None:  # noqa: ARG002 -- as its base
        raise BrokenPipeError("gone")

    def read(self, size: int) -> bytes:
        if not self.data:
            raise TimeoutError("timed out")
        return super().read(size)


def test_a_broken_stream() -> None:
    channel = Channel(Broken(GREETING), "container 1")
    with pytest.raises(SandboxError, match="container 1"):
        channel.send([program("pass")])


def test_a_late_response() -> None:
    class Late(Broken):
        write = Pieces.write

    channel = Channel(Late(GREETING), "container 1")
    wanted: Program = program("pass")
    channel.send([wanted])
    with pytest.raises(SandboxError, match="timed out"):
        channel.receive()


def test_limits_without_a_control_group() -> None:
    bare = json.loads(runner_config(SMALL_SANDBOX, uid=None, control_group=False))
    grouped = json.loads(runner_config(SMALL_SANDBOX, uid=20_000, control_group=True))
    assert (bare["uid"], bare["memory_bytes"], bare["processes"]) == (
        None, SMALL_SANDBOX.memory_bytes, SMALL_SANDBOX.processes,
    )  # fmt: skip
    assert (grouped["uid"], grouped["memory_bytes"], grouped["processes"]) == (20_000, None, None)
