"""Programs that solve nothing and try to be taken for ones that do."""

# ruff: noqa: E501 -- hostile programs read better unbroken

from __future__ import annotations

import pytest
from support.sandboxing import Box, commands, program

from codeeval.types import TOKEN_PLACEHOLDER, Outcome

TESTS = """
import math

def check(candidate):
    assert candidate(1) == [41, 42], 'first'
    assert math.isclose(sum(candidate(2)), 99.5)
    assert abs(len(candidate(3)) - 7) < 1e-6 and all(item > 5 for item in candidate(3))

check(solve)
"""
HONEST = "def solve(x):\n    return {1: [41, 42], 2: [99.5], 3: [6] * 7}[x]\n"

EXITS = {
    "sys.exit": "import sys\ndef solve(x): sys.exit(0)",
    "exit": "def solve(x): exit(0)",
    "sys.exit-at-import": "import sys\nsys.exit()",
    "os._exit": "import os\ndef solve(x): os._exit(0)",
    "raise-system-exit": "def solve(x): raise SystemExit",
    "exit-in-eq": """
class Exit:
    def __eq__(self, other): raise SystemExit(0)
    def __radd__(self, other): raise SystemExit(0)
def solve(x): return Exit()
""",
    "exit-in-thread": """
import os, threading, time
def solve(x):
    threading.Thread(target=os._exit, args=(0,)).start()
    time.sleep(60)
""",
    "atexit": """
import atexit, os
atexit.register(os._exit, 0)
def solve(x): return None
""",
    "excepthook": """
import os, sys
sys.excepthook = lambda *_: os._exit(0)
def solve(x): return None
""",
    "exec-of-true": "import os\ndef solve(x): os.execv('/bin/true', ['true'])",
    "signal-handler": """
import os, signal
signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
def solve(x):
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    while True: pass
""",
    "destructor": """
import os
class Last:
    def __del__(self): os._exit(0)
def solve(x):
    Last()
""",
    "child-passes": """
import os
def solve(x):
    if os.fork() == 0: return None
    os.wait()
    os._exit(0)
""",
    "c-exit": "import ctypes\ndef solve(x): ctypes.CDLL(None).exit(0)",
    "c-exit-syscall": "import ctypes\ndef solve(x): ctypes.CDLL(None)._exit(0)",
    "stop-iteration": "def solve(x): raise StopIteration",
    "generator-exit": "def solve(x): raise GeneratorExit",
    "keyboard-interrupt": "def solve(x): raise KeyboardInterrupt",
    "kill-itself": "import os\ndef solve(x): os.kill(os.getpid(), 15)",
    "base-exception": "class Quiet(BaseException):\n    code = 0\ndef solve(x): raise Quiet",
}


@pytest.mark.parametrize("name", EXITS)
def test_early_exit(box: Box, name: str) -> None:
    verdict = box.judge(program(EXITS[name], TESTS, entry_point="solve"))
    assert verdict.outcome in {
        Outcome.INCOMPLETE,
        Outcome.RUNTIME_ERROR,
        Outcome.WRONG_ANSWER,
    }, verdict.detail


TOKEN_THIEVES = {
    "frames": """
import os, re, sys
found, frame = [], sys._getframe()
while frame:
    found += re.findall(r'\\b[0-9a-f]{32}\\b', repr(list(frame.f_locals.items())) + repr([vars(v) for v in frame.f_locals.values() if hasattr(v, '__dict__')]))
    frame = frame.f_back
for token in found[:1]:
    os.write(3, token.encode())
    os._exit(0)
def solve(x): return None
""",
    "frames-while-the-error-is-formatted": """
import os, re, sys
class Thief(Exception):
    def __str__(self):
        frame, found = sys._getframe(), []
        while frame:
            found += re.findall(r'\\b[0-9a-f]{32}\\b', repr(frame.f_locals))
            frame = frame.f_back
        if found:
            os.write(3, found[0].encode())
            os._exit(0)
        return ''
def solve(x): raise Thief
""",
    "frames-when-flushing": """
import os, re, sys
class Thief:
    def write(self, text): pass
    def flush(self):
        frame = sys._getframe()
        while frame:
            for token in re.findall(r'\\b[0-9a-f]{32}\\b', repr(frame.f_locals)):
                os.write(3, token.encode())
                os._exit(0)
            frame = frame.f_back
sys.stdout = sys.stderr = Thief()
def solve(x): return None
""",
    "collector": """
import gc, os, re
for item in gc.get_objects():
    try: text = repr(item) if isinstance(item, (dict, list, tuple)) and len(item) < 99 else ''
    except Exception: continue
    for token in re.findall(r"b'([0-9a-f]{32})'", text):
        os.write(3, token.encode())
        os._exit(0)
def solve(x): return None
""",
    "environment-and-arguments": """
import os, re, sys
text = repr(dict(os.environ)) + repr(sys.argv) + open('/proc/self/cmdline').read()
for token in re.findall(r'\\b[0-9a-f]{32}\\b', text):
    os.write(3, token.encode())
    os._exit(0)
def solve(x): return None
""",
    "standard-input": """
import os, re
for token in re.findall(rb'\\b[0-9a-f]{32}\\b', open('/dev/stdin', 'rb').read() + os.pread(0, 99, 0)):
    os.write(3, token)
    os._exit(0)
def solve(x): return None
""",
    "guess": "import os\nos.write(3, b'0' * 32)\nos._exit(0)",
    "print": f"import os\nprint('{TOKEN_PLACEHOLDER}')\nos.write(3, b'{TOKEN_PLACEHOLDER}')\nos._exit(0)",
    "the-runner-itself": """
import os, sys
for name in ('python_step', 'step', 'guard', 'supervisor', '__main__'):
    module = sys.modules.get(name)
    assert not hasattr(module, '_finish') and not hasattr(module, 'examine') and not hasattr(module, 'main'), name
    if name != '__main__':
        try: __import__(name)
        except ImportError: continue
        raise AssertionError(name)
def solve(x): return None
""",
    "wait-for-the-token": """
import os, threading
def watch():
    while True:
        try: os.lseek(3, 0, 0)
        except OSError: pass
threading.Thread(target=watch, daemon=True).start()
def solve(x): return None
""",
}


@pytest.mark.parametrize("name", TOKEN_THIEVES)
def test_token(box: Box, name: str) -> None:
    """The token is in no variable; digging it out of raw memory stays possible (see ``python_step``)."""
    verdict = box.judge(program(TOKEN_THIEVES[name], TESTS, entry_point="solve"))
    assert verdict.outcome in {Outcome.INCOMPLETE, Outcome.RUNTIME_ERROR, Outcome.WRONG_ANSWER}, (
        verdict.detail
    )
    assert verdict.outcome is not Outcome.PASSED


def test_two_executions_have_two_tokens(box: Box) -> None:
    files = {"main.sh": f"echo {TOKEN_PLACEHOLDER}\nprintf %s {TOKEN_PLACEHOLDER} >&3\n"}
    tokens = [box.judge(commands(("sh", "main.sh"), files=files)).stdout.strip() for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert all(len(token) == 32 for token in tokens)
    stolen = {"main.sh": f"printf %s {tokens[0]} >&3\n"}
    assert box.judge(commands(("sh", "main.sh"), files=stolen)).outcome is Outcome.RUNTIME_ERROR


SABOTAGE = {
    "patched-abs": "import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.all = lambda x: True\nbuiltins.len = lambda x: 7\nbuiltins.sum = lambda x: 99.5\ndef solve(x): return [41, 42]",
    "shadowed-abs": "abs = lambda x: 0\nall = any = lambda x: True\nlen = lambda x: 7\nsum = lambda x: 99.5\ndef solve(x): return [41, 42]",
    "patched-isclose": "import math\nmath.isclose = lambda *a, **k: True\nmath.fsum = None\ndef solve(x): return [41, 42] if x == 1 else [6] * 7",
    "replaced-math": "import sys, types\nsys.modules['math'] = types.SimpleNamespace(isclose=lambda *a: True)\ndef solve(x): return [41, 42] if x == 1 else [6] * 7",
    "replaced-builtins": "__builtins__ = {'abs': lambda x: 0, 'all': lambda x: True, 'len': lambda x: 7, '__import__': __import__}\ndef solve(x): return [41, 42] if x == 1 else [99.5]",
    "patched-import": "import builtins\nclass M:\n    isclose = staticmethod(lambda *a: True)\nbuiltins.__import__ = lambda *a, **k: M\ndef solve(x): return [41, 42] if x == 1 else [6] * 7",
    "import-hook": "import sys\nclass Hook:\n    def find_spec(self, *a): raise SystemExit(0)\nsys.meta_path.insert(0, Hook())\nsys.modules.pop('math', None)\ndef solve(x): return None",
    "assertion-error": "import builtins\nclass Quiet(Exception): pass\nbuiltins.AssertionError = Quiet\ndef solve(x): return None",
    "check-defined": "def check(candidate): pass\ndef solve(x): return None",
    "check-replaced-when-called": "def solve(x):\n    globals()['check'] = lambda c: None\n    return None",
    "trace": """
import sys
def tracer(frame, event, arg):
    if frame.f_code.co_name == '<module>' and event == 'line':
        frame.f_lineno = frame.f_lineno + 6
    if frame.f_code.co_name == 'check':
        return skip
    return tracer
def skip(frame, event, arg):
    if event == 'line' and frame.f_lineno < 7:
        try: frame.f_lineno = frame.f_code.co_firstlineno + 3
        except ValueError: pass
    return skip
sys.settrace(tracer)
def solve(x): return None
""",
    "trace-of-the-caller": """
import sys
def skip(frame, event, arg):
    if event == 'line' and frame.f_code.co_name == 'check':
        try: frame.f_lineno = frame.f_code.co_firstlineno + 3
        except ValueError: pass
    return skip
def solve(x):
    frame = sys._getframe()
    while frame:
        frame.f_trace = skip
        frame = frame.f_back
    sys.settrace(skip)
    return [41, 42]
""",
    "profile": "import os, sys\nsys.setprofile(lambda *a: os._exit(0))\ndef solve(x): return None",
    "code-replaced": """
import sys
def solve(x):
    check = globals().get('check')
    if check: check.__code__ = (lambda candidate: None).__code__
    return None
""",
    "no-asserts": "import sys, builtins\nbuiltins.__debug__ if True else 0\ndef solve(x): return None",
    "optimised": "__debug__\ndef solve(x): return None",
    "recursion-limit": "import sys\nsys.setrecursionlimit(60)\ndef solve(x): return None",
    "stdout-closed": "import sys\nsys.stdout = None\ndef solve(x): return None",
    "stdout-replaced": "import io, sys\nsys.stdout = io.StringIO()\nsys.stderr = None\ndef solve(x): return None",
}


@pytest.mark.parametrize("name", SABOTAGE)
def test_sabotage(box: Box, name: str) -> None:
    verdict = box.judge(program(SABOTAGE[name], TESTS, entry_point="solve"))
    assert verdict.outcome in {Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR, Outcome.INCOMPLETE}, (
        verdict.detail
    )


FORGERIES = {
    "always-equal": "class F:\n    def __eq__(self, o): return True\n    def __radd__(self, o): return 99.5\n    def __len__(self): return 7\n    def __iter__(self): return iter([9])\ndef solve(x): return F()",
    "mock-any": "from unittest.mock import ANY\ndef solve(x): return ANY",
    "magic-mock": "from unittest.mock import MagicMock\ndef solve(x): return MagicMock(__eq__=lambda *a: True)",
    "list-subclass": "class L(list):\n    def __eq__(self, o): return True\ndef solve(x): return L([99.5])",
    "nested": "class F(int):\n    def __eq__(self, o): return True\n    __hash__ = int.__hash__\ndef solve(x): return [F(), F()]",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgery(box: Box, name: str) -> None:
    verdict = box.judge(program(FORGERIES[name], TESTS, entry_point="solve"))
    assert verdict.outcome is Outcome.WRONG_ANSWER
    assert verdict.detail.startswith("forged comparison")


def test_globals_changed_when_called(box: Box) -> None:
    source = (
        "def solve(x):\n    globals().update(abs=lambda x: 0, all=lambda x: True, len=lambda x: 7)\n"
        "    return [41, 42] if x == 1 else [99.5]\n"
    )
    assert box.outcome(source, TESTS, entry_point="solve") is not Outcome.PASSED


def test_the_honest_solution_passes(box: Box) -> None:
    """Or no test above would show anything."""
    assert box.outcome(HONEST, TESTS, entry_point="solve") is Outcome.PASSED
