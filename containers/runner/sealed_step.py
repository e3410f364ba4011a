"""Executes a Python program in one process and the tests that decide on it in another.

The candidate's process has neither the tests, in memory or elsewhere, nor the descriptor that the completion
token is written to. The tests call the function by its name; what stands behind that name sends the arguments
through a pipe and makes a value of what comes back (see ``values``): data, whose comparisons are the
interpreter's own. A candidate that ends its process, answers out of turn or writes anything else can only
make the tests fail.

The tests' process is never made dumpable: nobody can trace it, or open its memory or descriptors.
"""

import builtins
import contextlib
import fcntl
import os
import signal
import sys

import python_step
import values
from cleaning import PR_SET_DUMPABLE, prctl
from python_step import EXITED, RAISED, SYNTAX, compile_source, os_exit, write_all

READER, WRITER = 3, 4
"""The candidate's ends of the pipes, in place of the report."""
TESTS_READER, TESTS_WRITER = 4, 5
LAST_FD = 1 << 16
ABOVE = 64
"""Of all descriptors that have a place."""
LINE_BYTES = 64 << 20
CHUNK = 1 << 16
GO = b"go"
READY, VALUE, CHANGED, FAILED, NOT_COMPILED = b"+", b"=", b"~", b"!", b"?"
MUTABLE = (list, dict, set, bytearray)


class RemoteTraceback(Exception):
    """Where in the candidate an exception was raised."""

    def __init__(self, text: str) -> None:
        super().__init__(text)

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class CandidateError(Exception):
    """An exception of a class that the candidate or a library defines."""


class SealedStep(python_step.PythonStep):
    """A step that is ready to be executed in a child of the process that prepared it."""

    def __init__(self, step: dict, texts, loaded: python_step.Preloaded, report: int) -> None:
        super().__init__(
            {"files": [step["program"]], "entry_point": step["entry_point"]}, texts, loaded, report
        )
        self.test_names = step["tests"]

    def begin(self, token: str, become) -> None:
        """Start the candidate's process, and be the tests'."""
        self.text = self.texts[self.name]
        values.keep_whole()
        theirs, writer = os.pipe()
        reader, their_writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                _move((theirs, READER), (their_writer, WRITER))
                become(WRITER + 1)
                Candidate(self.name, self.text, self.entry_point).serve()
            finally:
                os._exit(127)
        self.test_texts = [(name, self.texts[name]) for name in self.test_names]
        for name in self.test_names:
            self.texts.forget(name)
        self.request["token"] = token
        _move((reader, TESTS_READER), (writer, TESTS_WRITER))
        become(TESTS_WRITER + 1, traceable=False)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        send(TESTS_WRITER, GO)

    def execute(self) -> None:
        """Run the tests, report the token if they end well, else why not, and exit."""
        python_step.finish(self.report, self.request.pop("token").encode(), self._run())

    def _run(self) -> tuple[str, BaseException] | None:
        candidate = RemoteFunction(self.pid)
        namespace: dict = {}
        try:
            candidate.wait_until_loaded()
            for name, text in self.test_texts:
                namespace[self.entry_point] = candidate
                exec(compile_source(text, name, "exec", dont_inherit=True), namespace)
        except SystemExit as error:
            return EXITED, error
        except BaseException as error:
            return RAISED if candidate.compiles else SYNTAX, error
        return None


class RemoteFunction:
    """The candidate as the tests see it.

    Args:
        pid: of its process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.compiles = True
        self._answers = Lines(TESTS_READER)

    def __call__(self, *args, **kwargs):
        """Call it in its own process.

        Raises:
            TypeError: an argument is no value, but a function, for example.
            Exception: the candidate raised one of its class, or of one that is not built in (CandidateError).
        """
        send(TESTS_WRITER, values.spell([args, kwargs]).encode("ascii"))
        answer = self._answer(VALUE, CHANGED)
        if type(answer) is not ChangedArguments:
            return answer
        for argument, changed in zip((*args, *kwargs.values()), answer.arguments, strict=True):
            _change(argument, changed)
        return answer.value

    def wait_until_loaded(self) -> None:
        """Wait until its module has been executed; raises what that raised."""
        self._answer(READY)

    def _answer(self, *wanted: bytes):
        line = self._answers.next()
        if line is None:
            self._end_alike()
        kind, text = line[:1], line[1:]
        if kind in wanted:
            return self._read(kind, text)
        self.compiles = kind != NOT_COMPILED
        if kind not in (FAILED, NOT_COMPILED):
            raise CandidateError("the candidate's process answered out of turn")
        raise self._exception(values.revive(text))

    def _read(self, kind: bytes, text: bytes):
        if kind == READY:
            return None
        value = values.revive(text)
        if kind == VALUE:
            return value
        if type(value) is not list or len(value) != 2 or type(value[1]) is not list:
            raise CandidateError("the candidate's process sent a malformed answer")
        return ChangedArguments(*value)

    def _exception(self, failure: object) -> BaseException:
        """Make an exception of the candidate's account of it."""
        if not isinstance(failure, list) or len(failure) != 3 or {*map(type, failure)} != {str}:
            return CandidateError("the candidate's process sent a malformed account of an exception")
        name, text, trace = failure
        kind = vars(builtins).get(name)
        try:
            error = kind(text) if issubclass(kind, BaseException) else CandidateError(f"{name}: {text}")
        except TypeError:  # no class, or one that wants other arguments
            error = CandidateError(f"{name}: {text}")
        error.__cause__ = RemoteTraceback(trace)
        return error

    def _end_alike(self) -> None:
        """End this process as the candidate's has ended: by the same signal, or with the same exit status."""
        _, status = os.waitpid(self._pid, 0)
        python_step.flush()
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            with contextlib.suppress(OSError):  # two signals have no handler
                signal.signal(-code, signal.SIG_DFL)
            os.kill(os.getpid(), -code)
        os_exit(max(code, 0))


class ChangedArguments:
    """What a call returned, and what it left its arguments as."""

    def __init__(self, value: object, arguments: list) -> None:
        self.value = value
        self.arguments = arguments


def _change(argument: object, changed: object) -> None:
    """Do to an argument what the candidate did to its copy."""
    if type(argument) is not type(changed) or not isinstance(argument, MUTABLE) or argument == changed:
        return
    if isinstance(argument, (list, bytearray)):
        argument[:] = changed
    else:
        argument.clear()
        argument.update(changed)


class Candidate:
    """The function under test, in a process of its own."""

    def __init__(self, name: str, text: str, entry_point: str) -> None:
        self._name = name
        self._text = text
        self._entry_point = entry_point

    def serve(self) -> None:
        """Load it, and answer calls until the tests have ended."""
        calls = Lines(READER)
        calls.next()  # GO
        try:
            code = compile_source(self._text, self._name, "exec", dont_inherit=True)
        except BaseException as error:
            self._fail(NOT_COMPILED, error)
        try:
            namespace: dict = {}
            exec(code, namespace)
            exec(compile_source(self._entry_point, "tests.py", "eval"), namespace)  # or it is not defined
            function = namespace[self._entry_point]
        except BaseException as error:
            self._fail(FAILED, error)
        python_step.flush()
        send(WRITER, READY)
        while (line := calls.next()) is not None:
            try:
                answer = self._call(function, line)
            except BaseException as error:
                answer = FAILED + self._account(error)
            python_step.flush()
            send(WRITER, answer)
        os_exit(0)

    def _call(self, function, line: bytes) -> bytes:
        """Call the function; tests may look at what it made of its arguments."""
        args, kwargs = values.revive(line)
        value = function(*args, **kwargs)
        given = [*args, *kwargs.values()]
        changeable = any(isinstance(each, MUTABLE) for each in given)
        if changeable and values.spell([tuple(args), kwargs]).encode("ascii") != line:
            return CHANGED + values.spell([value, given]).encode("ascii")
        return VALUE + values.spell(value).encode("ascii")

    def _fail(self, kind: bytes, error: BaseException) -> None:
        python_step.flush()
        send(WRITER, kind + self._account(error))
        os_exit(1)

    def _account(self, error: BaseException) -> bytes:
        """State an exception: the name of its class, its text, and where it was raised."""
        try:
            text = str(error)[:1000]
        except BaseException:
            text = ""
        shown = python_step.explanation(error)
        return values.spell([type(error).__name__[:200], text, shown]).encode("ascii")


class Lines:
    """Reads lines from a pipe."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._rest = b""

    def next(self) -> bytes | None:
        """Wait for a line; None at the end of the stream.

        Raises:
            CandidateError: it is too long.
        """
        parts, size = [self._rest], len(self._rest)
        while b"\n" not in parts[-1]:
            part = os.read(self._pipe, CHUNK)
            if not part:
                return None
            parts.append(part)
            size += len(part)
            if size > LINE_BYTES:
                raise CandidateError(f"a value of more than {LINE_BYTES >> 20} MiB")
        line, _, self._rest = b"".join(parts).partition(b"\n")
        return line


def send(pipe: int, line: bytes) -> None:
    """Send a line."""
    write_all(pipe, line + b"\n")


def _move(*moves: tuple[int, int]) -> None:
    """Put descriptors in their places, which may be each other's, and close all that lie above."""
    above = [fcntl.fcntl(source, fcntl.F_DUPFD, ABOVE) for source, _ in moves]
    for descriptor, (_, target) in zip(above, moves, strict=True):
        os.dup2(descriptor, target)
    os.closerange(moves[-1][1] + 1, LAST_FD)  # or none would see the end of the other's stream


if __name__ == "__main__":
    python_step.main(sys.argv[1:], SealedStep)
