"""Frames between host and runner: cut anywhere, late, malformed."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sandboxing import SMALL, SMALL_SANDBOX, commands, program

from codeeval.errors import SandboxError
from codeeval.sandboxes.channel import MAX_FRAME_BYTES, Channel
from codeeval.sandboxes.protocol import runner_config
from codeeval.types import (
    TOKEN_PLACEHOLDER,
    Case,
    Checker,
    Comparison,
    Oracle,
    Program,
    SourceFile,
    StepStatus,
)


def frame(value: object, data: bytes = b"") -> bytes:
    body = json.dumps(value).encode()
    return struct.pack(">II", len(body), len(data)) + body + data


def result(stdout: str = "", *, exit_code: int = 0, **changes: object) -> dict[str, object]:
    sizes = [len(stdout.encode()), 0, 0]
    made = {"name": "run", "kind": "python", "part": 0, "status": "exited", "exit_code": exit_code}
    return made | {"sizes": sizes} | changes


GREETING = frame({"toolchain": {"python": "3.13"}})


def reply(stdout: str = "", *, error: str = "", retire: bool = False) -> bytes:
    message = {"frame": "reply", "steps": [result(stdout)], "error": error, "retire": retire}
    return frame(message, stdout.encode())


def case_reply(stdout: str, *, exit_code: int = 0) -> bytes:
    return frame({"frame": "case", "result": result(stdout, exit_code=exit_code)}, stdout.encode())


def last_reply() -> bytes:
    return frame({"frame": "reply", "steps": [], "error": "", "retire": False})


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

    def requests(self) -> list[dict[str, Any]]:
        """What was sent, the sizes of its data replaced by the texts."""
        found, rest = [], bytes(self.written)
        while rest:
            size, data_size = struct.unpack_from(">II", rest)
            message = json.loads(rest[8 : 8 + size])
            rest = rest[8 + size :]
            found.append(
                with_texts(message, rest[:data_size]) if data_size or "files" in message else message
            )
            rest = rest[data_size:]
        return found


def with_texts(message: dict[str, Any], data: bytes) -> dict[str, Any]:
    texts = io.BytesIO(data)

    def text(size: int) -> str:
        return texts.read(size).decode("utf-8", "surrogatepass")

    def read(files: list[tuple[str, list[int]]]) -> list[list[object]]:
        return [[path, TOKEN_PLACEHOLDER.join(map(text, sizes))] for path, sizes in files]

    message["files"] = read(message["files"])
    message["stdin"] = text(message["stdin"])
    for case in message["cases"]:
        case["stdin"] = text(case["stdin"])
        case["files"] = read(case["files"])
    assert not texts.read()
    return message


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
    assert request["files"] == [["candidate.py", source]]
    assert request["shared"] == [["tests.py", "x"]]
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
    assert set(first) == {
        *("tokens", "shared", "files", "steps", "stdin", "cumulative", "cases", "stop_at_failure"),
        *("interactive", "work_folder"),
    }
    assert first["tokens"] != second["tokens"]
    assert [len(token) for token in first["tokens"]] == [32]
    (step,) = msgspec.convert(first["steps"], list[dict[str, object]])
    assert (step["kind"], step["files"], step["entry_point"]) == ("python", ["candidate.py"], "f")
    assert step["limits"] == {
        "cpu_s": 1.0, "wall_s": 3.0, "memory_bytes": 128 << 20, "output_bytes": 256 << 10, "strict": False,
    }  # fmt: skip
    assert b"secret answer" not in stream.written


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a//b", "", "a/.."])
def test_files_stay_inside(path: str) -> None:
    stream = Pieces(GREETING)
    with pytest.raises(SandboxError, match="outside"):
        Channel(stream, "test").send([commands(("true",), files={path: ""})])
    assert not stream.written


@pytest.mark.parametrize("data", [b"", GREETING[:-1], struct.pack(">II", MAX_FRAME_BYTES, 1)])
def test_a_malformed_greeting(data: bytes) -> None:
    with pytest.raises(SandboxError, match="container 1"):
        Channel(Pieces(data), "container 1")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        reply()[:-1],
        struct.pack(">II", 3, 0) + b"{}x",
        frame({}),
        frame([]),
        frame({"steps": [{"name": "run", "status": "unknown"}], "error": "", "retire": False}),
        struct.pack(">I", 0xFFFFFFFF),
        frame({"frame": "reply", "steps": None, "error": "", "retire": False}),
        frame({"steps": [], "error": "", "retire": False}),
        case_reply("no such case"),
        frame({"frame": "reply", "steps": [result("longer")], "error": "", "retire": False}, b"short"),
        frame({"frame": "reply", "steps": [result(sizes=[2, -1, 0])], "error": "", "retire": False}, b"x"),
        frame({"frame": "reply", "steps": [result(part=1)], "error": "", "retire": False}),
    ],
)
def test_a_malformed_response(data: bytes) -> None:
    channel = Channel(Pieces(GREETING + data), "container 1")
    channel.send([program("pass")])
    with pytest.raises(SandboxError, match="container 1"):
        channel.receive()


CASES = (Case(stdin="1", expected="secret 1"), Case(stdin="2", expected="secret 2", limits=SMALL), Case())


def with_cases(**changes: object) -> Program:
    return msgspec.structs.replace(program("x"), oracle=Oracle.CASES, cases=CASES, **changes)


def test_what_a_request_holds_of_cases() -> None:
    stream = Pieces(GREETING)
    file = SourceFile(path="input.txt", content="text")
    wanted = with_cases()
    wanted = msgspec.structs.replace(wanted, cases=(*wanted.cases, Case(files=(file,))))
    Channel(stream, "test").send([wanted])
    (request,) = stream.requests()
    cases = msgspec.convert(request["cases"], list[dict[str, object]])
    assert [case["stdin"] for case in cases] == ["1", "2", "", ""]
    assert [case["limits"] is None for case in cases] == [True, False, True, True]
    assert cases[3]["files"] == [["input.txt", "text"]]
    assert all(set(case) == {"stdin", "limits", "files"} for case in cases)
    assert b"secret" not in stream.written


def test_answers_on_cases_come_before_the_last() -> None:
    answers = case_reply("secret 1") + case_reply("secret 2") + case_reply("") + last_reply()
    stream = Pieces(GREETING + answers + reply("next"))
    channel = Channel(stream, "test")
    channel.send([with_cases(), program("y")])
    first, second = channel.receive(), channel.receive()
    assert [result.stdout for result in first.cases] == ["secret 1", "secret 2", ""]
    assert first.steps == second.cases == ()
    assert second.steps[0].stdout == "next"
    assert len(stream.requests()) == 2, "nothing was stopped"


@pytest.mark.parametrize(
    ("changes", "second", "stops"),
    [
        ({}, case_reply("wrong"), True),
        ({}, case_reply("secret 2"), False),
        ({"stop_at_failure": False}, case_reply("wrong"), False),
        ({"comparison": Comparison(name="the benchmark's own")}, case_reply("wrong"), False),
        ({"checker": Checker(language="c", image="gcc", files=(), steps=())}, case_reply("wrong"), False),
    ],
)
def test_a_wrong_output_stops_the_program_once(
    changes: dict[str, object], second: bytes, stops: bool
) -> None:
    stream = Pieces(GREETING + case_reply("secret 1") + second + case_reply("") + last_reply())
    channel = Channel(stream, "test")
    channel.send([with_cases(**changes)])
    assert len(channel.receive().cases) == 3
    request, *others = stream.requests()
    assert others == ([{"stop": request["tokens"][0]}] if stops else [])


def test_a_runner_that_is_gone_after_its_last_answer_loses_nothing() -> None:
    stream = Gone(GREETING + case_reply("wrong") + last_reply())
    channel = Channel(stream, "test")
    channel.send([with_cases()])
    assert [result.stdout for result in channel.receive().cases] == ["wrong"]


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


class Gone(Pieces):
    """Takes the first program and nothing after it."""

    def write(self, data: bytes | bytearray) -> None:
        if self.written:
            raise BrokenPipeError("gone")
        super().write(data)


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


def test_a_frame_of_a_conversation_is_no_answer_to_a_program_that_has_none() -> None:
    for message in ({"frame": "ready"}, {"frame": "said", "last": False}, {"frame": "waiting", "heard": 0}):
        channel = Channel(Pieces(GREETING + frame(message)), "container 1")
        channel.send([program("x")])
        with pytest.raises(SandboxError, match="malformed"):
            channel.receive()
