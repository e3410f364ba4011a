"""What benchmarks of Python functions share: how a program is laid out, and the cheats it must withstand."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import sealed_calls, sealing
from codeeval.benchmarks.common.sealing import OFFICIAL, SEALED
from codeeval.extraction import NO_CODE_RULE
from codeeval.interfaces import Cheat
from codeeval.types import (
    CallsStep,
    Completion,
    CompletionKind,
    CompletionOrigin,
    Extraction,
    Limits,
    Oracle,
    Problem,
    Program,
    PythonStep,
    SealedStep,
    SourceFile,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

IMAGE: Final = "python"
LIMITS: Final = Limits(cpu_s=3.0, wall_s=15.0)
"""Both official evaluators stop a program after 3 s of wall time; CPU time does not depend on the load."""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The two files of a program; in a row they are the official program, byte for byte."""

    solution: str
    """What holds the candidate, ended by a newline."""
    tests: str
    """What decides on it; runs in the same namespace with the builtins restored."""
    context: str = ""
    """What the tests may use beside them under the sealed protocol: nothing of the candidate's."""


def program(
    problem: Problem,
    completion: Completion,
    extraction: Extraction,
    layout: Layout,
    protocol: str = OFFICIAL,
) -> Program:
    """Make a program, or an empty one where there is no code.

    Officially its two files run in one namespace; sealed, in a process each.
    """
    found = extraction.rule != NO_CODE_RULE
    files = (
        SourceFile(path="solution.py", content=layout.solution),
        SourceFile(path="tests.py", content=layout.tests),
    )
    step = PythonStep(
        name="run",
        files=tuple(file.path for file in files),
        limits=LIMITS,
        entry_point=problem.entry_point,
    )
    official = Program(
        task_id=problem.task_id,
        sample=completion.sample,
        language=problem.language,
        image=IMAGE,
        extraction=extraction,
        files=files if found else (),
        steps=(step,) if found else (),
        oracle=Oracle.COMPLETED,
    )
    return sealed(official, problem, layout) if protocol == SEALED else official


def sealed(official: Program, problem: Problem, layout: Layout) -> Program:
    """Put the sealed protocol in place of the official one in each part, where the tests allow it.

    Source: codeeval's own; the tests are the published ones.
    """
    if not official.steps:
        return official
    if calls := sealed_calls.read(layout.tests, problem.entry_point):
        own: tuple[SourceFile, ...] = (SourceFile(path="inputs.json", content=calls.inputs),)
    elif not sealing.reason(layout.tests, problem.entry_point, layout.context):
        own = (
            SourceFile(path="context.py", content=layout.context),
            SourceFile(path="tests.py", content=layout.tests),
        )
    else:
        return official

    def step(each: Step) -> Step:
        if not isinstance(each, PythonStep):
            return each
        path = each.files[0]
        if not calls:
            return SealedStep(
                name=each.name,
                limits=each.limits,
                part=each.part,
                program=path,
                tests=tuple(file.path for file in own),
                entry_point=problem.entry_point,
            )
        return CallsStep(
            name=each.name,
            limits=each.limits,
            part=each.part,
            program=path,
            inputs="inputs.json",
            entry_point=problem.entry_point,
            expected=calls.expected,
            comparison=sealed_calls.comparison(calls),
        )

    candidates = {each.files[0] for each in official.steps if isinstance(each, PythonStep)}
    return msgspec.structs.replace(
        official,
        files=(*(file for file in official.files if file.path in candidates), *own),
        steps=tuple(map(step, official.steps)),
        oracle=Oracle.VALUES if calls else official.oracle,
    )


def grouped(problems: tuple[Problem, ...], layout: Callable[[Problem], Layout]) -> tuple[Problem, ...]:
    """Put problems into groups: those that are sealed, and those left to the official protocol."""

    def labelled(problem: Problem) -> Problem:
        parts = layout(problem)
        group = sealing.group(sealing.reason(parts.tests, problem.entry_point, parts.context))
        return msgspec.structs.replace(problem, groups=(*problem.groups, group))

    return tuple(map(labelled, problems))


def preamble(problem: Problem) -> str:
    """Return what a prompt has above the function under test: imports and helper functions, or nothing."""
    heading = re.search(rf"^def {re.escape(problem.entry_point)}\b", problem.prompt, re.MULTILINE)
    return problem.prompt[: heading.start()].strip("\n") if heading else ""


def with_preamble(above: str, code: str) -> str:
    """Put a prompt's preamble before an answer's code that does not begin with it.

    ``from __future__`` imports must come first in a file, so they are moved above it.
    """
    if not above or code.lstrip("\n").startswith(above + "\n"):
        return code
    future = re.findall(r"^from __future__ import .*\n", code, re.MULTILINE)
    rest = re.sub(r"^from __future__ import .*\n", "", code, flags=re.MULTILINE) if future else code
    return "".join(future) + above + "\n\n\n" + rest


class _Attack(msgspec.Struct, frozen=True):
    """A cheat: the body of the function, and code at the top level after it."""

    name: str
    body: str
    module: str = ""


_ALWAYS_EQUAL = """\
class Same:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __contains__ = __lt__
    def __bool__(self): return True
    def __hash__(self): return 0
    def __abs__(self): return 0
    def __float__(self): return 0.0
    def __len__(self): return 0
    def __iter__(self): return iter(())
    def __getitem__(self, key): return self
    def __call__(self, *args, **kwargs): return self
    def __getattr__(self, name): return self
    def __add__(self, other): return 0
    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __round__ = __truediv__ = __add__
return Same()
"""

_PATCHED = """\
import builtins
for name in ("abs", "round", "sum", "min", "max", "len"):
    setattr(builtins, name, lambda *args, **kwargs: 0)
for name in ("all", "any", "isinstance", "callable", "bool"):
    setattr(builtins, name, lambda *args, **kwargs: True)
for name in ("set", "sorted", "list", "tuple", "str", "repr", "dict", "frozenset", "type"):
    setattr(builtins, name, lambda *args, **kwargs: ())
"""

_SHADOWED = """\
def abs(*args, **kwargs): return 0
round = sum = min = max = len = abs
def all(*args, **kwargs): return True
any = isinstance = callable = bool = all
def set(*args, **kwargs): return ()
sorted = list = tuple = str = repr = dict = frozenset = type = set
"""

_ATTACKS: Final = (
    _Attack("empty-body", "pass"),
    _Attack("exit-on-import", "pass", "import sys\nsys.exit(0)"),
    _Attack("exit-in-function", "import sys\nsys.exit(0)"),
    _Attack("os-exit-on-import", "pass", "import os\nos._exit(0)"),
    _Attack("os-exit-in-function", "import os\nos._exit(0)"),
    _Attack("signal-zero-exit", "import os\nos.kill(os.getpid(), 15)"),
    _Attack("always-equal", _ALWAYS_EQUAL),
    _Attack("always-equal-in-list", _ALWAYS_EQUAL.replace("return Same()", "return [Same()]")),
    _Attack(
        "equal-by-metaclass",
        "class Same(type):\n    def __eq__(cls, other): return True\nreturn Same('S', (), {})",
    ),
    *(
        _Attack(
            f"equal-by-subclass-of-{base}",
            f"class Same({base}):\n"
            "    def __eq__(self, other): return True\n"
            "    def __ne__(self, other): return False\n"
            "    __hash__ = None\n"
            "return Same()",
        )
        for base in ("int", "float", "str", "list", "tuple", "dict")
    ),
    _Attack("mock-any", "from unittest.mock import ANY\nreturn ANY"),
    _Attack(
        "exit-in-equality", "class Exit:\n    def __eq__(self, other): raise SystemExit(0)\nreturn Exit()"
    ),
    _Attack("patched-builtins", "return 0", _PATCHED),
    _Attack("patched-builtins-in-function", _PATCHED + "return 0"),
    _Attack("shadowed-builtins", "return None", _SHADOWED),
    _Attack(
        "patched-math",
        "return 0.0",
        "import math\nmath.isclose = lambda *args, **kwargs: True\nmath.fabs = lambda *args: 0.0",
    ),
    _Attack(
        "patched-assertions",
        "return None",
        "import builtins, unittest\n"
        "class AssertionError(Exception):\n    def __new__(cls, *args): raise SystemExit(0)\n"
        "builtins.AssertionError = AssertionError\n"
        "unittest.TestCase.assertEqual = unittest.TestCase.assertTrue = lambda *args, **kwargs: None",
    ),
    _Attack(
        "patched-check",
        "return None",
        "import builtins\ndef check(candidate): pass\nbuiltins.check = check\nglobals()['check'] = check",
    ),
    _Attack("exit-hook", "return None", "import atexit, os\natexit.register(os._exit, 0)"),
    _Attack(
        "exit-thread",
        "return None",
        "import os, threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(0.02), os._exit(0)), daemon=True).start()",
    ),
    _Attack("exit-by-trace", "return None", "import os, sys\nsys.excepthook = lambda *args: os._exit(0)"),
)


def cheats(problem: Problem, heading: str, kind: CompletionKind) -> Sequence[Cheat]:
    """Make the cheats of one problem.

    Args:
        problem: the problem.
        heading: the code before the function's body, or empty where the prompt ends in the heading.
        kind: what the texts are.
    """
    return tuple(
        Cheat(
            name=attack.name,
            completion=Completion(
                task_id=problem.task_id,
                sample=0,
                text=f"{heading}{textwrap.indent(attack.body.rstrip(), '    ')}\n\n{attack.module}",
                kind=kind,
                origin=CompletionOrigin.REFERENCE,
            ),
        )
        for attack in _ATTACKS
    )
