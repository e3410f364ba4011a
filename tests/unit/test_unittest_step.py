"""The runner's unit tests: what it reports of each, and what a candidate cannot do to them."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from codeeval.sandboxes import images, reports

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNER = images.containers_folder() / "runner"
TOKEN = "0123456789abcdef" * 2
OK = [["test_a", "ok", ""]]

TESTS = """
import unittest
class TestCases(unittest.TestCase):
    def test_a(self):
        self.assertEqual(task_func(2), 4)
"""
SEVERAL = """
import unittest
from unittest.mock import patch, MagicMock, mock_open
class TestCases(unittest.TestCase):
    def test_a_mock(self):
        mock = MagicMock()
        with patch('random.random', return_value=mock):
            self.assertEqual(task_func(0), mock)
    def test_b_file(self):
        with patch('builtins.open', mock_open(read_data='x')):
            self.assertEqual(task_func(1), 'x')
            self.assertEqual(open('nowhere').read(), 'x')
    def test_c_parts(self):
        for value in (2, 3):
            with self.subTest(value=value):
                self.assertEqual(task_func(value), 2)
    @unittest.skip('later')
    def test_d_skipped(self):
        pass
    @patch(__name__ + '.HELPER', 5)
    def test_e_name(self):
        self.assertEqual(task_func(4), 5)
    def test_f_error(self):
        task_func(9)
    @unittest.expectedFailure
    def test_g_failure(self):
        self.assertEqual(1, 2)
    @unittest.expectedFailure
    def test_h_success(self):
        self.assertEqual(1, 1)
"""
SEVERAL_CANDIDATE = """
import random
HELPER = 4
def task_func(x):
    match x:
        case 0: return random.random()
        case 1: return open('f').read()
        case 4: return HELPER
        case 9: return {}['é']
    return x
"""


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


STEP = {"kind": "unittest", "files": ["solution.py", "tests.py"], "entry_point": "task_func"}


class Ended(NamedTuple):
    code: int
    report: str
    stderr: str
    tests: list[list[str]] | None


def cold(tmp_path: Path, candidate: str, tests: str = TESTS) -> Ended:
    """Start the step as a cold sandbox does."""
    for name, source in (("solution.py", candidate), ("tests.py", tests)):
        (tmp_path / name).write_text(source, "utf-8")
    reader, writer = os.pipe()
    done = subprocess.run(
        [
            *(sys.executable, str(RUNNER / "unittest_step.py"), str(writer), json.dumps(STEP)),
            "random,unittest,unittest.mock",
        ],
        cwd=tmp_path,
        input=TOKEN,
        capture_output=True,
        text=True,
        pass_fds=[writer],
        check=False,
        timeout=60,
    )
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        report = pipe.read()
    reported = reports.unit_tests(report, TOKEN.encode())
    tests_reported = reported and [[each.name, each.status, each.trace] for each in reported]
    return Ended(done.returncode, report.decode(), done.stderr, tests_reported)


def test_an_honest_candidate(tmp_path: Path, runner: Path) -> None:
    ended = cold(tmp_path, "def task_func(x):\n    return 2 * x\n")
    assert (ended.code, ended.tests) == (0, OK)


def test_how_each_test_ends(tmp_path: Path, runner: Path) -> None:
    ended = cold(tmp_path, SEVERAL_CANDIDATE, SEVERAL)
    assert ended.tests is not None
    assert {name: status for name, status, _ in ended.tests} == {
        "test_a_mock": "ok",
        "test_b_file": "ok",
        "test_c_parts": "fail",
        "test_d_skipped": "skipped",
        "test_e_name": "ok",
        "test_f_error": "error",
        "test_g_failure": "expected failure",
        "test_h_success": "unexpected success",
    }
    traces = {name: trace for name, _, trace in ended.tests}
    assert traces["test_d_skipped"] == "later"
    assert traces["test_f_error"].endswith("KeyError: 'é'\n")
    assert "unittest_step" not in "".join(traces.values())


def test_the_namespace_is_the_official_one(tmp_path: Path, runner: Path) -> None:
    candidate = (
        "def task_func(x):\n    return (__name__, __file__, os.sep, sys.argv[0] != '', len(environ) > 0)\n"
    )
    expected = "('__test__', '__test__.py', '/', True, True)"
    ended = cold(tmp_path, candidate, TESTS.replace("task_func(2), 4", f"task_func(2), {expected}"))
    assert ended.tests == OK


@pytest.mark.filterwarnings("default")
def test_assertions_that_python_has_dropped(tmp_path: Path, runner: Path) -> None:
    tests = TESTS.replace(
        "self.assertEqual(task_func(2), 4)",
        "self.assertEquals(task_func(2), 4)\n"
        "        self.assertDictContainsSubset({'a': 1}, {'a': 1, 'b': 2})",
    )
    assert cold(tmp_path, "def task_func(x):\n    return 4\n", tests).tests == OK
    wrong = tests.replace("{'a': 1}, ", "{'c': 1}, ")
    ended = cold(tmp_path, "def task_func(x):\n    return 4\n", wrong)
    assert ended.tests is not None
    assert ended.tests[0][1] == "fail"


def test_tests_know_builtins_that_the_candidate_shadows(tmp_path: Path, runner: Path) -> None:
    tests = TESTS.replace(
        "self.assertEqual(task_func(2), 4)", "self.assertTrue(isinstance(task_func(2), str))"
    )
    shadowed = "def isinstance(*args):\n    return True\ndef task_func(x):\n    return x\n"
    assert cold(tmp_path, shadowed, tests).tests[0][1] == "fail"  # type: ignore[index]


@pytest.mark.parametrize(
    ("candidate", "report"),
    [
        ("def task_func(x:\n", "syntax\nSyntaxError"),
        ("import nothing_of_this_name\n", "raised\nModuleNotFoundError\nNo module named"),
        ("raise SystemExit(0)\n", "exited\nSystemExit\n0"),
        ("import unittest\nclass TestCases(unittest.TestCase): pass\nimport os\nos._exit(0)\n", ""),
    ],
)
def test_without_results(tmp_path: Path, candidate: str, report: str, runner: Path) -> None:
    ended = cold(tmp_path, candidate)
    assert ended.tests is None
    assert ended.report.startswith(report)


BODIES = {
    "skip": "import unittest\nraise unittest.SkipTest('no')",
    "stop": "from unittest import case\nraise case._ShouldStop",
    "exit": "raise SystemExit(0)",
    "interrupt": "raise KeyboardInterrupt",
    "hard exit": "import os\nos._exit(0)",
    "disarmed class": "import unittest\nunittest.TestCase.assertEqual = lambda *args: None",
    "disarmed test": "import sys\nsys._getframe(2).f_locals['self'].assertEqual = lambda *args: None",
    "changed code": (
        "import unittest\ndef no(self, first, second, msg=None): pass\n"
        "unittest.TestCase.assertEqual.__wrapped__.__code__ = no.__code__"
    ),
    "changed method": (
        "import sys\ntype(sys._getframe(2).f_locals['self']).test_a = lambda self: None\nreturn 0"
    ),
    "expected": (
        "import sys\ntype(sys._getframe(2).f_locals['self']).__unittest_expecting_failure__ = True\nreturn 0"
    ),
    "reported by itself": (
        "import sys\nframe = sys._getframe()\n"
        "while 'result' not in frame.f_locals: frame = frame.f_back\n"
        "frame.f_locals['result'].addSuccess(frame.f_locals['self'])\nraise SystemExit"
    ),
    "forgotten": (
        "import sys\nframe = sys._getframe()\n"
        "while 'result' not in frame.f_locals: frame = frame.f_back\n"
        "frame.f_locals['result'].addFailure = lambda *args: None\nreturn 0"
    ),
    "mock": "from unittest.mock import MagicMock\nreturn MagicMock()",
    "anything": "from unittest.mock import ANY\nreturn ANY",
    "equal": "class Same:\n    def __eq__(self, other): return True\nreturn Same()",
    "equal and caught": "class Same:\n    def __eq__(self, other): return True\nreturn [Same()]",
}
MODULES = {
    "no tests": "import unittest\nunittest.TestLoader.testMethodPrefix = 'none'",
    "other runner": "import unittest\nunittest.TestCase.run = lambda self, result: result.addSuccess(self)",
    "other suite": "import unittest\nunittest.TestSuite.run = lambda self, result, debug=False: result",
    "other code": (
        "import unittest\ndef run(self, result): pass\nunittest.TestCase.run.__code__ = run.__code__"
    ),
    "other module": (
        "import sys, types, unittest\n"
        "sys.modules['unittest'] = types.SimpleNamespace(TestCase=unittest.TestCase)"
    ),
    "other results": "import unittest\nunittest.TestResult.addFailure = lambda *args: None",
    "new attribute": (
        "import unittest\nunittest.TestCase.__init_subclass__ = "
        "classmethod(lambda cls: setattr(cls, 'test_a', lambda self: None))"
    ),
    "other class builder": (
        "import builtins, unittest\nclass TestCases(unittest.TestCase):\n    def test_a(self): pass\n"
        "builtins.__build_class__ = lambda *args, **kwargs: TestCases"
    ),
    "tracer": "import sys\nsys.settrace(lambda *args: None)\nsys.setprofile(lambda *args: None)",
}


LOADED = "import unittest\nALMOST = unittest.TestCase.assertAlmostEqual"
REPLACED = {
    "builtin of an assertion": (
        "assertAlmostEqual(r, 4)",
        "import unittest.case as c\nc.round = lambda *a: 0\nreturn 1.0",
    ),
    "defaults": ("assertAlmostEqual(r, 4)", "ALMOST.__defaults__ = (None, None, 1e18)\nreturn 1.0"),
    "from a thread": (
        "assertAlmostEqual(r, 4)",
        (
            "import threading, time, unittest.case as c\ndef later():\n    for _ in range(3000):\n"
            "        c.round = lambda *a: 0\n        time.sleep(1e-4)\n        vars(c).pop('round', None)\n"
            "threading.Thread(target=later, daemon=True).start()\ntime.sleep(0.01)\nreturn 1.0"
        ),
    ),
    "what an assertion imports": (
        "assertCountEqual(r, [4])",
        "import collections\ncollections.Counter = lambda *a: 0\nreturn []",
    ),
    "function of a module": (
        "assertTrue(os.path.exists('nowhere'))",
        "import os\nos.path.exists = lambda path: True",
    ),
    "function that decodes": (
        "assertEqual(json.loads(r), [4])",
        "import json\njson.loads = lambda text: [4]\nreturn ''",
    ),
    "module that is loaded when it is read": (
        "assertIsNone(np.testing.assert_allclose(r, 4.0))",
        "import numpy\nnumpy.testing.assert_allclose = lambda *a: None\nreturn 1.0",
    ),
    "method of a class": (
        "assertEqual(r.most_common(), [4])",
        "from collections import Counter\nCounter.most_common = lambda self: [4]\nreturn Counter()",
    ),
    "method that a class inherits": (
        "assertEqual(r.get(1), 4)",
        "from collections import Counter\nCounter.get = lambda self, key: 4\nreturn Counter()",
    ),
    "method of a subclass of a value": (
        "assertTrue(r.startswith('a'))",
        "class Text(str):\n    def startswith(self, text): return True\nreturn Text()",
    ),
    "every method of a value": (
        "assertTrue(r.startswith('a'))",
        "class Text(str):\n    def __getattribute__(self, name): return bool\nreturn Text()",
    ),
}


@pytest.mark.parametrize("name", REPLACED)
def test_what_tests_rely_on_is_put_back(tmp_path: Path, name: str, runner: Path) -> None:
    check, body = REPLACED[name]
    tests = (
        "import unittest, os, json\nimport numpy as np\nclass TestCases(unittest.TestCase):\n"
        f"    def test_a(self):\n        r = task_func(2)\n        self.{check}\n"
    )
    body = "".join(f"    {line}\n" for line in body.splitlines())
    ended = cold(tmp_path, f"{LOADED}\ndef task_func(x):\n{body}", tests)
    assert ended.tests != OK


def test_an_object_that_cannot_be_asked_for_its_class(monkeypatch: pytest.MonkeyPatch, runner: Path) -> None:
    """As Django's settings before they are configured."""

    class Settings:
        @property
        def __class__(self) -> type:
            raise RuntimeError

    module = ModuleType("lazy")
    vars(module).update(settings=Settings(), ask=len)
    monkeypatch.setitem(sys.modules, "lazy", module)
    found = importlib.import_module("reliance").Reliance({"settings", "ask"})
    assert (vars(module), "ask") in found.places
    assert (vars(module), "settings") not in found.places


def test_what_honest_programs_change_may_stay(tmp_path: Path, runner: Path) -> None:
    candidate = (
        "import sys, io, json, numpy as np\nfrom collections import Counter\nsys.stdout = io.StringIO()\n"
        "class Kinds(Counter):\n    def most_common(self, n=None): return super().most_common(n)\n"
        "def task_func(x):\n    np.seterr(all='ignore')\n    print(x)\n    return Kinds([x, x])\n"
    )
    tests = (
        "import sys, unittest, json\nfrom unittest.mock import patch\nclass TestCases(unittest.TestCase):\n"
        "    def test_a(self):\n        with patch('json.loads', return_value=5):\n"
        "            self.assertEqual(task_func(2).most_common(), [(2, 2)])\n"
        "            self.assertEqual(json.loads(''), 5)\n"
        "        self.assertEqual(sys.stdout.getvalue(), '2\\n')\n"
    )
    assert cold(tmp_path, candidate, tests).tests == OK


@pytest.mark.parametrize("name", BODIES)
def test_no_body_passes(tmp_path: Path, name: str, runner: Path) -> None:
    body = "".join(f"    {line}\n" for line in BODIES[name].splitlines())
    assert cold(tmp_path, f"def task_func(x):\n{body}").tests != OK


@pytest.mark.parametrize("name", MODULES)
def test_no_module_passes(tmp_path: Path, name: str, runner: Path) -> None:
    candidate = f"{MODULES[name]}\ndef task_func(x):\n    return 0\n"
    assert cold(tmp_path, candidate).tests != OK


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_did_is_undone_for_a_right_answer(tmp_path: Path, name: str, runner: Path) -> None:
    """An honest program that happens to patch these passes: the tests ran as they should."""
    candidate = f"{MODULES[name]}\ndef task_func(x):\n    return 4\n"
    ended = cold(tmp_path, candidate)
    assert ended.tests == OK, ended


def test_a_forgery_that_a_test_catches_is_reported(tmp_path: Path, runner: Path) -> None:
    tests = TESTS.replace(
        "self.assertEqual(task_func(2), 4)", "with self.assertRaises(Exception):\n            task_func(2)"
    )
    forged = "class Same:\n    def __eq__(self, other): return True\ndef task_func(x):\n    return Same()\n"
    ended = cold(tmp_path, forged, tests)
    assert ended.report.startswith("forged\nForgedEqualityError\nreturned a Same with its own __eq__")


def test_what_a_result_leads_to_is_examined(tmp_path: Path, runner: Path) -> None:
    tests = TESTS.replace("task_func(2), 4", "task_func(2).title, 'x'")
    forged = (
        "class Same:\n    def __eq__(self, other): return True\n"
        "class Axes:\n    title = Same()\ndef task_func(x):\n    return Axes()\n"
    )
    assert cold(tmp_path, forged, tests).report.startswith("forged\n")
    honest = forged.replace("title = Same()", "title = 'x'")
    assert cold(tmp_path, honest, tests).tests == OK


def test_a_result_that_lies_about_its_class(tmp_path: Path, runner: Path) -> None:
    tests = TESTS.replace("assertEqual(task_func(2), 4)", "assertIsInstance(task_func(2), dict)")
    forged = "class Lie:\n    __class__ = dict\ndef task_func(x):\n    return Lie()\n"
    assert cold(tmp_path, forged, tests).report.startswith("forged\n")


@pytest.mark.parametrize(
    "report",
    [
        b"",
        b"tt",
        b"t[]",
        b"t[]tx",
        b"t[]t[]t",
        b"t{}t"[:2],
        b't[["a","fine",""]]t',
        b't[["a","ok"]]t',
        b't[["a","ok",3]]t',
        b"t[3]t",
        b"tnullt",
        b"t" + b"[" * 5000 + b"]" * 5000 + b"t",
        b"t\xff\xfet",
    ],
)
def test_malformed_reports(report: bytes) -> None:
    assert reports.unit_tests(report, b"t") is None


def test_reports_stay_small(runner: Path) -> None:
    unit_tests: Any = importlib.import_module("unit_tests")
    reported = [(f"test_{number}" * 50, "fail", "\u2028" * 5000) for number in range(1000)]
    packed = unit_tests.pack(reported)
    assert len(packed) < unit_tests.REPORT_BYTES
    unpacked = reports.unit_tests(b"junk" + TOKEN.encode() + packed + TOKEN.encode(), TOKEN.encode())
    assert unpacked
    assert len(unpacked) == 1000
    assert {len(each.name) for each in unpacked} == {unit_tests.NAME_CHARS}
