"""Executes a Python program, calls one of its functions with given inputs, and reports what it returned.

What the calls ought to return never comes here: the host compares. So a result that claims to equal
everything, a patched builtin or an early exit gain nothing, and neither does writing to the report: a forged
result must be right like any other.

The report is a line ``ready`` when the program is loaded, then one line a call, in order (see ``values``),
then ``!`` and why it ended, unless every call has returned. The first call that fails is the last. A call
that takes long has its CPU time before its value: ``@1.25 [1,2]``.
"""

import ast
import functools
import re
import sys
import time

import python_step
import values
import watch
from frames import Arena
from python_step import EXITED, RAISED, SYNTAX, os_exit, os_write

REPORT_BYTES = 8 << 20
"""Of all calls of a part; the longest of the references of EvalPlus has half of it."""
WHOLE_REPORT_BYTES = 32 << 20
"""Of all calls, where long values come whole; below ``job.REPLY_BYTES``."""
READY = "ready\n"
FAILED = "!"
SLOW_S = 0.25
"""CPU time from which a call is reported as slow."""
WAIT_FACTOR = 5
"""Wall time that a call may take, in units of the CPU time that it may."""
cpu_time = time.process_time
LINE_END = re.compile(b"\n")


@functools.lru_cache(maxsize=8)
def inputs_of(text: str) -> list:
    """Read inputs in the supervisor: a fork owns a copy, so what a candidate does to them stays with it."""
    return values.load(text)


class Prelude:
    """What the benchmark lets every program begin with: its imports are done here, the rest in each process.

    A star import touches hundreds of objects, and after a fork copies the pages that they are on. Only what
    is loaded is imported here: that changes nothing but the namespace.

    Attributes:
        namespace: that the imports made. A fork owns a copy.
        code: of what comes after them.
    """

    def __init__(self, name: str, text: str) -> None:
        body = ast.parse(text).body
        count = next((number for number, each in enumerate(body) if not _is_loaded(each)), len(body))
        imports, rest = (ast.Module(part, type_ignores=[]) for part in (body[:count], body[count:]))
        self.namespace: dict = {}
        exec(compile(imports, name, "exec", dont_inherit=True), self.namespace)
        self.code = compile(rest, name, "exec", dont_inherit=True)


def _is_loaded(statement: ast.stmt) -> bool:
    """Whether a statement imports what is loaded already."""
    match statement:
        case ast.Import(names=names):
            return all(each.name in sys.modules for each in names)
        case ast.ImportFrom(module=str(module), names=[ast.alias(name="*")], level=0):
            return module in sys.modules
        case _:
            return False


@functools.lru_cache(maxsize=8)
def prelude_of(name: str, text: str) -> Prelude:
    """Read a prelude in the supervisor."""
    return Prelude(name, text)


class CallsStep(python_step.PythonStep):
    """A step that is ready to be executed in a child of the process that prepared it."""

    def __init__(self, step: dict, texts, loaded: python_step.Preloaded, report: int) -> None:
        super().__init__(step | {"files": [step["program"]]}, texts, loaded, report)
        prelude = step["prelude"]
        self.prelude = prelude_of(prelude, texts[prelude] if prelude else "")
        self.inputs = inputs_of(texts[step["inputs"]])
        self.whole = step["whole"]

    def execute(self) -> None:
        """Run the program and the calls, report, and exit; nothing is to be proved."""
        self.request.pop("token")
        if self.whole:
            values.keep_whole()
        failure = self._run_calls()
        if failure is None:
            python_step.flush()
            os_exit(0)
        os_write(self.report, FAILED.encode())
        python_step.finish(self.report, b"", failure)

    def _run_calls(self) -> tuple[str, BaseException] | None:
        try:
            code = self._compile()
        except BaseException as error:
            return SYNTAX, error
        namespace = self.prelude.namespace
        try:
            exec(self.prelude.code, namespace)
            exec(code, namespace)
            if self.entry_point not in namespace:
                return RAISED, NameError(f"name {self.entry_point!r} is not defined")
            self._write(READY)
            self._call_all(namespace[self.entry_point])
        except SystemExit as error:
            return EXITED, error
        except BaseException as error:
            return RAISED, error
        return None

    def _call_all(self, function) -> None:
        spell, write = values.spell, self._write
        for arguments in self.inputs:
            began = cpu_time()
            result = spell(function(*arguments))
            took = cpu_time() - began
            write(f"{result}\n" if took < SLOW_S else f"@{took:.3f} {result}\n")

    def _write(self, text: str) -> None:
        data = text.encode("ascii", "backslashreplace")
        written = os_write(self.report, data)
        while written < len(data):  # a signal came between
            written += os_write(self.report, data[written:])


class CallsWatch(watch.Watch):
    """Watches a step's calls as they are reported, each against its own limit."""

    def __init__(self, step: dict, host: int, pipes: tuple[int, int, int], arena: Arena) -> None:
        report_bytes = WHOLE_REPORT_BYTES if step["whole"] else REPORT_BYTES
        super().__init__(step["limits"], host, pipes, arena, report_bytes)
        self.call_cpu_s = step["call_cpu_s"]
        self.reported = self.seen = 0
        self.used_s = self.used_before_s = 0.0
        self.since = 0.0

    def _has_read(self, pipe: int, data: memoryview, *, is_too_much: bool) -> None:
        if pipe != self.report_pipe:
            return
        self.reported += sum(1 for _ in LINE_END.finditer(data))
        if is_too_much:
            self._fire("output_limit")

    def _usage(self) -> tuple[float, int]:
        used = super()._usage()
        self.used_s = used[0]
        return used

    def _check(self, now: float) -> None:
        super()._check(now)
        if self.fired or not self.reported or not self.call_cpu_s:
            return
        if self.reported != self.seen:
            self.seen, self.used_before_s, self.since = self.reported, self.used_s, now
            return
        limit_s = self.call_cpu_s[min(self.reported - 1, len(self.call_cpu_s) - 1)]
        if self.used_s - self.used_before_s > limit_s:
            self._fire("cpu_limit")
        elif now - self.since > WAIT_FACTOR * limit_s + self.starved():
            self._fire("wall_limit")


if __name__ == "__main__":
    python_step.main(sys.argv[1:], CallsStep)
