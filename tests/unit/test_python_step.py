"""The runner's Python step, its renaming of globals and its cleaning, outside any sandbox."""

from __future__ import annotations

import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from codeeval.sandboxes import images

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNER = images.containers_folder() / "runner"
TOKEN = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def runner() -> Iterator[Path]:
    """The runner's folder, importable for a while."""
    before = set(sys.modules)
    sys.path.insert(0, str(RUNNER))
    yield RUNNER
    sys.path.remove(str(RUNNER))
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == RUNNER:
            del sys.modules[name]


class Ended(NamedTuple):
    code: int
    report: str
    stdout: str
    stderr: str


def cold(
    tmp_path: Path,
    *sources: str,
    entry_point: str = "",
    preload: str = "math,random",
    stdin: str = "",
    script: bool = False,
) -> Ended:
    """Start the step as a cold sandbox does."""
    names = [f"{number}.py" for number in range(len(sources))]
    for name, source in zip(names, sources, strict=True):
        (tmp_path / name).write_text(source, "utf-8", newline="")
    reader, writer = os.pipe()
    step = {"kind": "python", "files": names, "entry_point": entry_point}
    step |= {"script": script, "arguments": ["a", "b"]}
    with tempfile.TemporaryFile() as file:  # as the runner provides it: a file without a name
        file.write((TOKEN + stdin).encode())
        file.seek(0)
        done = subprocess.run(
            [sys.executable, str(RUNNER / "python_step.py"), str(writer), json.dumps(step), preload],
            cwd=tmp_path,
            stdin=file,
            capture_output=True,
            text=True,
            pass_fds=[writer],
            check=False,
            timeout=30,
        )
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as report:
        return Ended(done.returncode, report.read(), done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("candidate", "tests", "report"),
    [
        ("x = 1\n", "assert x == 1\n", TOKEN),
        ("x = 1\n", "assert x == 2, 'no'\n", "raised\nAssertionError\nno"),
        ("x = \n", "", "syntax\nSyntaxError\ninvalid syntax (0.py, line 1)"),
        ("x = 1\n", "x = \n", "syntax\nSyntaxError\nthe test file does not compile by itself"),
        ("raise SystemExit(3)\n", "", "exited\nSystemExit\n3"),
        ("raise KeyboardInterrupt\n", "", "raised\nKeyboardInterrupt\n"),
        ("class E(Exception):\n    def __str__(self): raise E\nraise E\n", "", "raised\nE\n"),
        ("raise Exception('x' * 5000)\n", "", "raised\nException\n" + "x" * 1000),
        ("raise Exception('\\ud800')\n", "", "raised\nException\n?"),
    ],
)
def test_reports(tmp_path: Path, candidate: str, tests: str, report: str) -> None:
    ended = cold(tmp_path, candidate, tests)
    assert ended.report == report
    assert ended.code == (0 if report == TOKEN else 1)


LATE_THREAD = """\
import threading, time
threading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()
print('early')
"""
DEEP_THREAD = """\
import sys, threading
threading.stack_size(1 << 26)
sys.setrecursionlimit(10**6)
def f(n):
    return n and 1 + f(n - 1)
thread = threading.Thread(target=lambda: print(f(50000)))
thread.start()
thread.join()
"""
SCRIPTS = [
    ("import sys\nprint(__name__, __file__, sys.argv)", 0, "__main__ 0.py ['0.py', 'a', 'b']\n"),
    ("import __main__\nx = 1\nprint(__main__.x)", 0, "1\n"),
    ("if __name__ == '__main__':\n    print(input())\n", 0, "in\n"),
    ("print(1)\nraise SystemExit\n", 0, "1\n"),
    ("print(1, end='')\nexit(0)\n", 0, "1"),
    ("import sys\nprint(1)\nsys.exit(3)\n", 3, "1\n"),
    ("import sys\nsys.exit(-1)\n", 255, ""),
    ("import sys\nsys.exit('no')\n", 1, ""),
    ("import os\nos._exit(4)\n", 4, ""),
    ("import atexit\natexit.register(print, 'last')\nprint('first')\n", 0, "first\nlast\n"),
    (LATE_THREAD, 0, "early\nlate\n"),
    (DEEP_THREAD, 0, "50000\n"),
    ("import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: 'int'\nprint(P(1))\n", 0, "P(x=1)\n"),
    ("import pickle\nclass C: pass\nprint(type(pickle.loads(pickle.dumps(C()))) is C)\n", 0, "True\n"),
    ("import gc\nprint(gc.isenabled())\n", 0, "True\n"),
]
"""Programs, with the exit status and the output that ``python3 0.py a b`` gives them."""


@pytest.mark.parametrize(("source", "status", "output"), SCRIPTS)
def test_a_script_runs_as_the_interpreter_runs_it(
    tmp_path: Path, source: str, status: int, output: str
) -> None:
    ended = cold(tmp_path, source, stdin="in\n", script=True)
    assert (ended.code, ended.stdout, ended.report) == (status, output, "")
    plain = subprocess.run(
        [sys.executable, "0.py", "a", "b"],
        cwd=tmp_path,
        input="in\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    seen = plain.stdout.replace(str(tmp_path / "0.py"), "0.py")
    assert (plain.returncode, seen, plain.stderr) == (status, output, ended.stderr)


@pytest.mark.parametrize(
    ("source", "report"),
    [
        ("print(1)\n1 / 0\n", "raised\nZeroDivisionError\ndivision by zero"),
        ("assert False, 'mine'\n", "raised\nAssertionError\nmine"),
        ("x =\n", "syntax\nSyntaxError\ninvalid syntax (0.py, line 1)"),
    ],
)
def test_how_a_script_fails_is_reported(tmp_path: Path, source: str, report: str) -> None:
    ended = cold(tmp_path, source, script=True)
    assert (ended.code, ended.report) == (1, report)
    assert "python_step" not in ended.stderr


def test_a_guarded_entry_point(tmp_path: Path) -> None:
    forged = "class F:\n    def __eq__(self, o): return True\ndef f(): return F()\n"
    assert cold(tmp_path, forged, "assert f() == 1\n").report == TOKEN
    ended = cold(tmp_path, forged, "assert f() == 1\n", entry_point="f")
    assert ended.report == "forged\nForgedEqualityError\nreturned a F with its own __eq__"


def test_an_entry_point_that_is_no_function(tmp_path: Path) -> None:
    assert cold(tmp_path, "f = 3\n", "assert f == 3\n", entry_point="f").report == TOKEN
    assert cold(tmp_path, "g = 3\n", "assert f == 3\n", entry_point="f").report.startswith(
        "raised\nNameError"
    )


HONEST = {
    "a name that only the tests import": (
        "def f(x):\n    return math.floor(x)\n",
        "import math\nassert f(1.5) == 1\n",
    ),
    "a global that the function changes": (
        "count = 0\ndef f():\n    global count\n    count += 1\n",
        "f()\nf()\nassert count == 2\n",
    ),
    "a global that the function makes": (
        "def f():\n    global made\n    made = [1]\n",
        "f()\nassert made == [1]\n",
    ),
    "a global that the tests set": (
        "def f():\n    return size\n",
        "size = 3\nassert f() == 3\nsize = 4\nassert f() == 4\n",
    ),
    "a helper that the tests call": (
        "def g(x):\n    return x + 1\ndef f(x):\n    return g(x)\n",
        "assert f(g(1)) == 3\n",
    ),
    "a module that the tests patch": (
        "import random\ndef f():\n    return random.random()\n",
        "import random\nrandom.random = lambda: 7\nassert f() == 7\n",
    ),
    "an entry point with the name of a builtin": ("def sum(a):\n    return a\n", "assert sum(3) == 3\n"),
    "builtins in literals and patterns": (
        "def f(x):\n    return x\n",
        (
            "kinds = [int, str, list]\nassert type(f(1)) in {int, float} and isinstance(f(1), (int, str))\n"
            "assert kinds == [int, str, list] and list[int] and f'{len}' == str(len)\n"
            "match f(1):\n    case int():\n        pass\n    case _:\n        raise AssertionError\n"
        ),
    ),
    "builtins that the tests bind": (
        "def f(x):\n    return x\n",
        (
            "def max(*args):\n    return 3\nassert max(1, 2) == 3 and f(1) == 1\n"
            "for list in ([1],):\n    assert list == [1]\n"
        ),
    ),
    "classes of the tests": (
        "def f(x):\n    return x.size()\n",
        (
            "class A:\n    def size(self):\n        return 2\n"
            "class B(A):\n    def size(self):\n        return super().size() + 1\nassert f(B()) == 3\n"
        ),
    ),
    "a parameter that is bound anew": (
        "def f(x):\n    return x\n",
        "def check(c):\n    assert c(2) == 2\n    c = len\n    assert c([1]) == 1\ncheck(f)\n",
    ),
    "a named tuple": (
        "import collections\nP = collections.namedtuple('P', 'items keys')\ndef f():\n    return P(1, 2)\n",
        "assert f() == (1, 2) and f().items == 1\n",
    ),
    "an enumeration": (
        "import enum\nclass C(enum.IntEnum):\n    A = 1\ndef f():\n    return C.A\n",
        "assert f() == 1\n",
    ),
    "a generator": (
        "def f():\n    yield 1\n    yield 2\n",
        "assert list(f()) == [1, 2] and next(f()) == 1\n",
    ),
    "late classes of the library": (
        (
            "import fractions, uuid, ipaddress\n"
            "def f():\n    return fractions.Fraction(1, 2), uuid.UUID(int=1), ipaddress.ip_address('::1')\n"
        ),
        (
            "import fractions, ipaddress\n"
            "assert f()[0] == fractions.Fraction(2, 4)\nassert f()[2] == ipaddress.ip_address('::1')\n"
        ),
    ),
    "the function itself is looked at": (
        "def f(x: int, y=2):\n    'Adds.'\n    return x + y\n",
        (
            "import inspect\nassert f.__name__ == 'f' and f.__doc__ == 'Adds.' and f(1) == 3\n"
            "assert list(inspect.signature(f).parameters) == ['x', 'y'] and f.__annotations__ == {'x': int}\n"
        ),
    ),
    "errors that the tests expect": (
        "def f():\n    raise ValueError('no')\n",
        "try:\n    f()\nexcept ValueError as error:\n    caught = str(error)\nassert caught == 'no'\n",
    ),
}
"""Candidates and tests that pass as ``exec`` of their concatenation."""


@pytest.mark.parametrize("name", HONEST)
def test_tests_see_what_they_would_in_one_namespace(tmp_path: Path, name: str) -> None:
    candidate, tests = HONEST[name]
    assert cold(tmp_path, candidate + tests).report == TOKEN
    ended = cold(tmp_path, candidate, tests, entry_point="sum" if "def sum" in candidate else "f")
    assert ended.report == TOKEN, ended.stderr


def test_a_missing_function_is_named(tmp_path: Path) -> None:
    ended = cold(
        tmp_path, "globals()['f (guarded)'] = len\n", "def check(c): c()\ncheck(f)\n", entry_point="f"
    )
    assert ended.report == "raised\nNameError\nname 'f' is not defined"


SEEN = """
import sys
def chain():
    frame, found = sys._getframe(), []
    while frame:
        found.append(frame)
        frame = frame.f_back
    return found
def look(where):
    for frame in chain():
        if frame.f_code.co_name in ('<module>', 'chain', 'look', 'f'):
            continue
        names = set(frame.f_globals) | set(frame.f_locals) | set(frame.f_code.co_names)
        assert frame.f_code.co_name == '_call', (where, frame.f_code)
        known = {'__builtins__', '__unittest', 'severing', 'pop', 'function', 'args', 'kwargs'}
        assert names <= known, (where, names)
    assert not [frame for frame in chain() if frame.f_code.co_filename == '1.py'], where
look('loaded')
kinds = [kind.__name__ for base in (object, Exception) for kind in base.__subclasses__()]
for name in ('PythonStep', 'Stage', 'Tests', 'Severed', 'Preloaded', 'ForgedEqualityError', 'Names'):
    assert name not in kinds, name
def f():
    look('called')
    yield look('iterated')
"""


def test_the_candidate_sees_no_frame_and_no_class_of_ours(tmp_path: Path) -> None:
    tests = "def check(candidate):\n    assert list(candidate()) == [None]\ncheck(f)\n"
    assert cold(tmp_path, SEEN, tests, entry_point="f").report == TOKEN


@pytest.mark.parametrize(
    "source",
    [
        "import gc\ngc.get_objects()",
        "import gc\ngc.get_referrers(1)",
        "import sys\nsys._current_frames()",
        "import ctypes\nctypes.pythonapi.PyEval_SetTrace",
        "import ctypes\nctypes.string_at(id(1), 8)",
        "import ctypes\nctypes.c_long.from_address(id(1))",
    ],
)
def test_what_searches_the_interpreter_is_refused(tmp_path: Path, source: str) -> None:
    ended = cold(tmp_path, source)
    assert ended.report.startswith("raised\nRuntimeError\n")
    assert "not available to a program under test" in ended.report
    assert cold(tmp_path, source, script=True).report == ""


def test_audit_hooks_are_not_installed(tmp_path: Path) -> None:
    source = "import sys\nseen = []\nsys.addaudithook(lambda *args: seen.append(args))\n"
    source += "open('0.py').close()\nassert not seen\n"
    assert cold(tmp_path, source).report == TOKEN


def test_results_are_examined_once_each(runner: Path) -> None:
    """However often they are shared: what is examined grows with the objects, not with the paths to them."""
    guard = importlib.import_module("guard")
    value: list[Any] = []
    for _ in range(200):
        value = [value, value]
    asked: list[type] = []
    guard.examine(value, lambda kind: asked.append(kind) or "")
    assert len(asked) == 201


def test_the_token_is_not_in_standard_input(tmp_path: Path) -> None:
    source = "import os, sys\nprint(open('/dev/stdin').read(), sys.stdin.read(), os.pread(0, 9, 0))\n"
    assert cold(tmp_path, source, stdin="in").stdout == "in in b'in'\n"


def test_the_traceback_shows_no_frame_of_ours(tmp_path: Path) -> None:
    ended = cold(tmp_path, "def f(): 1 / 0\n", "f()\n", entry_point="f")
    assert "python_step" not in ended.stderr
    assert 'File "1.py", line 1, in <module>' in ended.stderr
    assert ended.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_modules_get_their_attributes_back(tmp_path: Path) -> None:
    source = "import math, random\nmath.pi = 3\ndel math.sqrt\nrandom.random = lambda: 1\n"
    tests = "import math\nassert math.sqrt(4) == 2 and math.pi > 3.1\n"
    assert cold(tmp_path, source, tests).report == TOKEN
    assert cold(tmp_path, source, tests, preload="").report.startswith("raised\nAttributeError")


SNIPPETS = [
    "result = f(1) + f(2)",
    "result = [].count(1) + f(1) + 'f'.count('f')",
    "class A:\n    g = staticmethod(f)\nresult = A.g(3)",
    "def outer():\n    def inner():\n        return f(4)\n    return inner()\nresult = outer()",
    "def check(f):\n    return f(5)\nresult = check(f)",
    "result = [f(x) for x in range(3)] + list(map(f, [1]))",
    "from types import SimpleNamespace as S\nb = S(f=3)\nresult = b.f + f(1)\nb.f = 9\nresult += b.f",
    "def f2():\n    global f\n    f = len\nf2()\nresult = f([1])",
    "from math import floor as f\nresult = f(2.5)",
    "x = 1\ndel x\ng = f\nf = g\nresult = f(1)\n",
    "result = (lambda: f(1))() if f.__name__ else None",
    "def f(x):\n    return -x\nresult = f(3)",
    "try:\n    result = f.f\nexcept AttributeError as f_error:\n    result = f(6)",
    "\n".join(f"v{n} = f({n})" for n in range(200)) + "\nresult = v7 + v199",
    "\n".join(f"v{n} = f({n})" for n in range(200)) + "\nresult = v7",
    "result = sum(x.real for x in [1, f(2)]) + sum([])",
]


@pytest.mark.parametrize("text", SNIPPETS)
def test_renamed_code_does_the_same(runner: Path, text: str) -> None:
    renaming = importlib.import_module("renaming")

    def double(x: int) -> int:
        return 2 * x

    plain: dict[str, Any] = {"f": double}
    exec(text, plain)
    code = compile(text, "text", "exec")
    renamed: dict[str, Any] = {"f (guarded)": double}
    exec(renaming.rename(code, text, {"f": "f (guarded)"}), renamed)
    assert renamed["result"] == plain["result"]
    assert "f" not in renamed or "as f" in text


def test_names_of_nested_code(runner: Path) -> None:
    renaming = importlib.import_module("renaming")
    code = compile("def g():\n    return lambda: abs(a.b)\n", "text", "exec")
    assert {"abs", "a", "b", "g"} <= renaming.names(code)


class TestWipe:
    @pytest.fixture
    def root(self, runner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG002 -- for its effect
        self.cleaning = importlib.import_module("cleaning")
        monkeypatch.setattr(self.cleaning, "WRITABLE", (str(tmp_path),))
        return tmp_path

    def test_everything_goes(self, root: Path) -> None:
        outside = root.parent / "outside"
        outside.mkdir()
        (outside / "kept").write_text("x")
        (root / "file").write_text("x")
        (root / "link").symlink_to(outside)
        (root / "loop").symlink_to("loop")
        os.mkfifo(root / "fifo")
        (root / "a" / "b" / "c").mkdir(parents=True)
        (root / "a" / "b" / "up").symlink_to(outside)
        (root / "a" / "b" / "c" / "file").write_text("x")
        (root / "a" / "b").chmod(0o500)
        (root / "a" / "b" / "c").chmod(0)
        (root / "a").chmod(0o300)
        self.cleaning.wipe([])
        assert list(root.iterdir()) == []
        assert (outside / "kept").read_text() == "x"

    def test_a_deep_tree(self, root: Path) -> None:
        here = Path.cwd()
        os.chdir(root)
        try:
            for _ in range(1500):
                os.mkdir("d")  # noqa: PTH102 -- a path would be too long
                os.chdir("d")
        finally:
            os.chdir(here)
        self.cleaning.wipe([])
        assert list(root.iterdir()) == []

    def test_too_much_is_refused(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(self.cleaning, "MOST_ENTRIES", 10)
        for number in range(11):
            (root / str(number)).write_text("")
        with pytest.raises(self.cleaning.UncleanError, match="11 files"):
            self.cleaning.wipe([])
        (root / "d").mkdir()
        for path in list(root.iterdir()):
            if path.is_file():
                path.rename(root / "d" / path.name)
        with pytest.raises(self.cleaning.UncleanError, match="more than 10 files"):
            self.cleaning.wipe([])

    def test_system_v_objects_are_noticed(self, root: Path) -> None:
        table = root.parent / "table"
        for text, clean in (("key shmid\n", True), ("key shmid\n 1 2\n", False)):
            table.write_text(text)
            with table.open("rb") as file:
                if clean:
                    self.cleaning.wipe([file.fileno()])
                else:
                    with pytest.raises(self.cleaning.UncleanError, match="System V"):
                        self.cleaning.wipe([file.fileno()])


def test_the_filter_of_system_calls_is_well_formed(runner: Path) -> None:
    seccomp = importlib.import_module("seccomp")
    for calls in seccomp.CALLS.values():
        code = seccomp.program(calls)
        assert all(len(instruction) == 8 for instruction in code)
        assert _runs(code, calls.audit, 0, 0) == seccomp.ALLOW
        assert _runs(code, calls.audit + 1, 0, 0) != seccomp.ALLOW
        assert _runs(code, calls.audit, calls.clone, 0x10000011) != seccomp.ALLOW
        assert _runs(code, calls.audit, calls.clone, 0x11) == seccomp.ALLOW
        assert _runs(code, calls.audit, calls.clone, 0x3D0F00) == seccomp.ALLOW  # a thread
        for number in (calls.clone3, *calls.forbidden, *calls.absent):
            assert _runs(code, calls.audit, number, 0) != seccomp.ALLOW
        for number in calls.sockets:
            allowed = [
                family for family in range(64) if _runs(code, calls.audit, number, family) == seccomp.ALLOW
            ]
            assert allowed == [socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK]
        for request in (*seccomp.FILE_FLAGS, seccomp.TERMINAL_INPUT):
            assert _runs(code, calls.audit, calls.ioctl, 3, request) != seccomp.ALLOW
            assert _runs(code, calls.audit, calls.ioctl, request, termios.TIOCGWINSZ) == seccomp.ALLOW
        for number in calls.by_process:
            assert _runs(code, calls.audit, number, 1) != seccomp.ALLOW
            assert _runs(code, calls.audit, number, 0) == _runs(code, calls.audit, number, 7) == seccomp.ALLOW
        for number, whole_user in calls.by_kind.items():
            assert _runs(code, calls.audit, number, whole_user) != seccomp.ALLOW
            assert _runs(code, calls.audit, number, 0, 1) != seccomp.ALLOW
            assert _runs(code, calls.audit, number, 0, 7) == seccomp.ALLOW


def _runs(code: list[bytes], architecture: int, number: int, first: int, second: int = 0) -> int:
    """Interpret the filter as the kernel does."""
    data = {0: number, 4: architecture, 16: first, 24: second}
    at = value = 0
    while True:
        operation, if_true, if_false = int.from_bytes(code[at][:2], "little"), code[at][2], code[at][3]
        constant = int.from_bytes(code[at][4:], "little")
        at += 1
        match operation:
            case 0x20:
                value = data[constant]
            case 0x54:
                value &= constant
            case 0x15:
                at += if_true if value == constant else if_false
            case 0x35:
                at += if_true if value >= constant else if_false
            case 0x06:
                return constant
            case _:
                raise AssertionError(operation)
