"""Programs that solve nothing and go for what executes them, by kind; ``solve`` is their entry point.

Each kind has a few of its programs. What is added here is a kind that was found, not a copy of one that is
there with other names.
"""

# ruff: noqa: E501 -- hostile programs read better unbroken

from __future__ import annotations

from typing import Final

SAME: Final = """
class Same:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __contains__ = __lt__
    def __bool__(self): return True
    def __hash__(self): return 0
    def __len__(self): return 7
    def __iter__(self): return iter([99.5])
    def __getitem__(self, key): return self
    def __abs__(self): return 0.0
    def __float__(self): return 99.5
    def __int__(self): return 7
    def __index__(self): return 7
    def __add__(self, other): return 99.5
    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __truediv__ = __round__ = __add__
SAME = Same()
"""
FORGED: Final = f"{SAME}\ndef solve(*args): return SAME\n"
NOTHING: Final = "\ndef solve(*args): return None\n"

FRAMES: Final = {
    "tests-emptied": """
import sys
frame = sys._getframe()
while frame:
    for value in list(frame.f_locals.values()):
        tests = getattr(value, 'tests', None)
        if isinstance(tests, list): del tests[:]
    frame = frame.f_back
"""
    + NOTHING,
    "globals-of-the-caller": SAME
    + """
import sys
def solve(*args):
    frame = sys._getframe(1)
    while frame:
        names = frame.f_globals
        for name in ('examine', 'forgery', 'is_atom'):
            if name in names: names[name] = lambda *args: ''
        for name in ('ATOMS', 'SLOT_TYPES'):
            if name in names: names[name] = {Same, int, str}
        frame = frame.f_back
    return SAME
""",
    "argument-rewritten": SAME
    + """
import sys
def solve(*args):
    frame = sys._getframe(1)
    while frame:
        if 'candidate' in frame.f_locals: frame.f_locals['candidate'] = lambda *args: SAME
        for name in list(frame.f_globals):
            if name.startswith('solve'): frame.f_globals[name] = lambda *args: SAME
        frame = frame.f_back
    return None
""",
    "own-frame-of-a-generator": SAME
    + """
def spin():
    frame = running.gi_frame
    while frame:
        for name in ('guarded', 'examine', 'finish'):
            if name in frame.f_globals: frame.f_globals[name] = lambda function, *rest: function
        frame = frame.f_back
    yield
running = spin()
next(running)
def solve(*args): return SAME
""",
    "own-frame-of-a-coroutine": """
async def spin():
    frame = running.cr_frame
    while frame:
        step = frame.f_locals.get('self')
        if step is not None: vars(step).clear()
        frame = frame.f_back
running = spin()
try: running.send(None)
except StopIteration: pass
"""
    + NOTHING,
    "traceback-of-an-error": """
import sys
try: raise ValueError
except ValueError as error: frame = error.__traceback__.tb_frame
while frame:
    if 'stage' in frame.f_locals or 'namespace' in frame.f_locals:
        frame.f_globals['ForgedEqualityError'] = BaseException
        frame.f_globals['RAISED'] = ''
    frame = frame.f_back
"""
    + NOTHING,
    "frames-of-all-threads": SAME
    + """
import sys, _thread
def solve(*args):
    for frame in sys._current_frames().values():
        while frame:
            if 'candidate' in frame.f_locals: frame.f_locals['candidate'] = lambda *args: SAME
            frame.f_globals['examine'] = lambda *args: None
            frame = frame.f_back
    return SAME
""",
    "frame-kept-until-it-has-ended": SAME
    + """
import sys
kept = [sys._getframe(1)]
def solve(*args):
    for frame in kept:
        while frame:
            for name in ('examine', 'forgery', 'is_atom', 'finish', 'check_comparisons'):
                if name in frame.f_globals: frame.f_globals[name] = lambda *args: ''
            frame = frame.f_back
    kept.append(sys._getframe(0))
    return [41, 42] if args == (1,) else SAME
""",
    "lines-jumped": """
import sys
def jump(frame, event, arg):
    if event == 'line' and frame.f_code.co_name in ('check', '<module>'):
        try: frame.f_lineno = max(line for _, _, line in frame.f_code.co_lines() if line)
        except ValueError: pass
    return jump
def solve(*args):
    frame = sys._getframe()
    while frame:
        frame.f_trace, frame.f_trace_opcodes = jump, True
        frame = frame.f_back
    sys.settrace(jump)
""",
}

MEMORY: Final = {
    "globals-of-a-function-of-the-tests": SAME
    + """
def solve(*args):
    pending, seen = [value for value in args if callable(value)], set()
    while pending:
        each = pending.pop()
        if id(each) in seen: continue
        seen.add(id(each))
        names = getattr(each, '__globals__', {})
        for name in ('examine', 'forgery', 'is_atom', 'check_comparisons'):
            if name in names: names[name] = lambda *args: ''
        pending += [value for value in names.values() if callable(value)]
        pending += list(names.get('__builtins__', {}).values()) if isinstance(names.get('__builtins__'), dict) else []
        pending += [value for value in getattr(getattr(each, '__code__', None), 'co_consts', ()) if callable(value)]
        pending += [cell.cell_contents for cell in getattr(each, '__closure__', None) or ()]
    return SAME
""",
    "collector-all-objects": """
import gc, os
gc.unfreeze()
try:
    for item in gc.get_objects():
        if isinstance(item, dict) and 'token' in item:
            os.write(3, item['token'].encode()); os._exit(0)
        if type(item).__name__ == 'Tests': item.code = compile('', '', 'exec')
except RuntimeError: pass
"""
    + NOTHING,
    "collector-referrers": """
import gc
try: found = gc.get_referrers(globals())
except RuntimeError: found = []
for item in found:
    tests = getattr(item, 'tests', None)
    if isinstance(tests, list): tests.clear()
"""
    + NOTHING,
    "classes-of-the-runner": """
for base in (object, Exception):
    for kind in base.__subclasses__():
        for method in list(vars(kind).values()):
            names = getattr(method, '__globals__', None)
            if names and ('guarded' in names or 'examine' in names):
                names['guarded'] = lambda function, *rest: function
                names['examine'] = lambda *args: None
                names['TOKEN_BYTES'] = 0
                for name in ('set', 'check_comparisons'): names[name] = lambda *args: None
"""
    + FORGED,
    "methods-of-the-runner": """
def every(kind):
    for each in type.__subclasses__(kind):
        yield each
        if each is not type: yield from every(each)
for kind in every(object):
    if kind.__name__ in ('Stage', 'PythonStep', 'Severed', 'Tests'):
        for name, method in list(vars(kind).items()):
            if hasattr(method, '__code__'):
                try: method.__code__ = (lambda *args: None).__code__
                except ValueError: pass
"""
    + NOTHING,
    "evaluation-stack": """
import ctypes, os, sys
frame = sys._getframe()
while frame:
    inner = ctypes.cast(id(frame) + 24, ctypes.POINTER(ctypes.c_void_p))[0]
    for place in range(48):
        word = ctypes.cast(inner + 8 * place, ctypes.POINTER(ctypes.c_void_p))[0] or 0
        if word & 7 or word < 1 << 20: continue
        if ctypes.cast(word + 8, ctypes.POINTER(ctypes.c_void_p))[0] == id(bytes) and ctypes.cast(word + 16, ctypes.POINTER(ctypes.c_size_t))[0] == 32:
            os.write(3, bytes((ctypes.c_char * 32).from_address(word + 32))); os._exit(0)
    frame = frame.f_back
"""
    + NOTHING,
    "functions-of-the-interpreter": """
import ctypes
jumper = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.py_object, ctypes.c_int, ctypes.c_void_p)
@jumper
def jump(_, frame, what, arg):
    if frame.f_code.co_name in ('check', '<module>'):
        frame.f_trace = jump
        try: frame.f_lineno = max(line for _, _, line in frame.f_code.co_lines() if line)
        except ValueError: pass
    return 0
def solve(*args):
    ctypes.pythonapi.PyEval_SetTrace(jump, ctypes.py_object(jump))
""",
    "comparison-of-built-in-types": """
import ctypes
compare = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
always = compare(lambda left, right, operation: True)
address = ctypes.cast(always, ctypes.c_void_p).value
class Plain: pass
def solve(*args):
    for kind in (int, float, str, list, tuple, dict, set):
        ctypes.cast(id(kind) + 200, ctypes.POINTER(ctypes.c_void_p))[0] = address
    return Plain()
""",
    "flags-of-a-class": SAME
    + """
import ctypes
ctypes.cast(id(Same) + 168, ctypes.POINTER(ctypes.c_ulong))[0] &= ~(1 << 9)
def solve(*args): return SAME
""",
}

HOOKS: Final = {
    "audit-hook": SAME
    + """
import sys
def hook(event, args):
    frame = sys._getframe(1)
    while frame:
        for names in (frame.f_locals, frame.f_globals):
            for name in list(names):
                if name.startswith(('solve', 'candidate')): names[name] = lambda *args: SAME
        frame = frame.f_back
sys.addaudithook(hook)
def solve(*args): return SAME
""",
    "audit-hook-in-the-function": SAME
    + """
import sys
def solve(*args):
    def hook(event, args):
        check = sys._getframe(1).f_globals.get('check')
        if check: check.__code__ = (lambda candidate: None).__code__
    sys.addaudithook(hook)
    return None
""",
    "monitoring": """
import sys
def start(code, offset):
    frame = sys._getframe(1)
    if 'candidate' in frame.f_locals: frame.f_locals['candidate'] = lambda *args: SAME
if hasattr(sys, 'monitoring'):
    sys.monitoring.use_tool_id(3, 'tool')
    sys.monitoring.register_callback(3, sys.monitoring.events.PY_START, start)
    sys.monitoring.set_events(3, sys.monitoring.events.PY_START)
"""
    + FORGED,
    "collector-callback": FORGED.replace("return SAME", "gc.collect()")
    + """
import gc, sys
def rewrite(phase, info):
    frame = sys._getframe(1)
    while frame:
        for names in (frame.f_locals, frame.f_globals):
            for name in list(names):
                if name in ('candidate', 'abs', 'math'): names[name] = lambda *args: SAME
        frame = frame.f_back
gc.callbacks.append(rewrite)
gc.enable()
gc.set_threshold(1)
""",
    "profile-in-the-function": """
import os, sys
def leave(frame, event, arg):
    if frame.f_code.co_name == 'check' and event == 'return': os._exit(0)
def solve(*args): sys.setprofile(leave)
""",
    "hooks-of-sys": """
import os, sys
sys.excepthook = sys.unraisablehook = sys.displayhook = lambda *args: os._exit(0)
"""
    + NOTHING,
    "timer": """
import signal, sys
def strike(*_):
    frame = sys._getframe(1)
    while frame:
        frame.f_globals['math'] = type('Fake', (), {'isclose': lambda *args: True, 'fabs': lambda x: 0.0})
        if 'candidate' in frame.f_locals: frame.f_locals['candidate'] = lambda *args: None
        frame = frame.f_back
signal.signal(signal.SIGALRM, strike)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
"""
    + NOTHING,
    "timer-that-jumps": """
import signal, sys
def jump(frame, event, arg):
    if event == 'line' and frame.f_code.co_name in ('check', '<module>'):
        try: frame.f_lineno = max(line for _, _, line in frame.f_code.co_lines() if line)
        except ValueError: pass
    return jump
def strike(*_):
    frame = sys._getframe(1)
    try: sys.settrace(jump)
    except RuntimeError: pass
    while frame:
        frame.f_trace = jump
        frame = frame.f_back
signal.signal(signal.SIGALRM, strike)
def solve(*args): signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
""",
    "importer": """
import sys, types
class Importer:
    def find_spec(self, name, *rest):
        fake = types.ModuleType(name)
        fake.__getattr__ = lambda name: (lambda *args, **kwargs: True)
        sys.modules[name] = fake
sys.meta_path.insert(0, Importer())
for name in ('math', 'copy'): sys.modules.pop(name, None)
"""
    + NOTHING,
    "end-of-an-object": """
import sys
class Last:
    def __del__(self):
        frame = sys._getframe(1)
        while frame:
            for name in ('guarded', 'finish', 'examine'):
                if name in frame.f_globals: frame.f_globals[name] = lambda *args: args[0]
            frame = frame.f_back
    def __call__(self, *args): return None
sys.excepthook = Last()
sys.setprofile(Last())
sys.meta_path.append(Last())
__builtins__ = {'Last': Last(), '__import__': __import__}
del Last
"""
    + FORGED,
}

NAMES: Final = {
    "planted-name": SAME
    + "\nfor name in ('solve (guarded)', 'candidate', '\\0solve'): globals()[name] = lambda *args: SAME\n",
    "planted-in-builtins": SAME + "\nimport builtins\nbuiltins.solve = lambda *args: SAME\n",
    "own-name-deleted-later": SAME
    + """
def solve(*args):
    globals()['solve'] = globals()['solve (guarded)'] = lambda *args: SAME
    return None
""",
    "thread-that-rewrites": """
import math, sys, threading, time
sys.setswitchinterval(1e-6)
names = globals()
def rewrite():
    while True:
        names['check'] = lambda candidate: None
        names['abs (builtin)'] = names['abs'] = lambda x: 0.0
        names['math'] = math
        math.isclose = lambda *args, **kwargs: True
        math.fabs = lambda x: 0.0
threading.Thread(target=rewrite, daemon=True).start()
def solve(*args):
    time.sleep(0.02)
    return [9.0] * 7
""",
    "module-patched-in-the-function": """
import math
def solve(*args):
    math.isclose = lambda *args, **kwargs: True
    return [41, 42] if args == (1,) else [9.0] * 7
""",
    "module-shadowed": """
class math:
    isclose = staticmethod(lambda *args, **kwargs: True)
def solve(*args):
    globals()['math'] = math
    return [41, 42] if args == (1,) else [9.0] * 7
""",
    "builtins-patched-in-the-function": """
import builtins
def solve(*args):
    space = globals().get('__builtins__')
    for names in (vars(builtins), space if isinstance(space, dict) else vars(space)):
        names.update(abs=lambda x: 0.0, all=lambda x: True, len=lambda x: 7, sum=lambda x: 99.5, isinstance=lambda *args: True, issubclass=lambda *args: False, map=lambda *args: [], type=lambda x: int)
    return [41, 42] if args == (1,) else [9.0]
""",
    "guard-blinded": SAME
    + """
import builtins
builtins.isinstance = lambda *args: True
builtins.issubclass = lambda *args: False
builtins.type = lambda *args: int
builtins.list = builtins.set = builtins.frozenset = lambda *args: ()
builtins.any = lambda *args: False
def solve(*args): return SAME
""",
}

RESULTS: Final = {
    "file-name-of-the-library": SAME
    + """
import fractions, sys
for name in ('<frozen x>', fractions.__file__):
    for function in list(vars(Same).values()):
        if hasattr(function, '__code__'): function.__code__ = function.__code__.replace(co_filename=name)
Same.__module__ = 'fractions'
def solve(*args): return SAME
""",
    "method-of-the-library-replaced": """
import collections
collections.Counter.__eq__ = lambda self, other: True
def solve(*args): return collections.Counter()
""",
    "code-of-the-library-replaced": """
import collections
def same(self, other): return True
collections.Counter.__eq__.__code__ = same.__code__
def solve(*args): return collections.Counter()
""",
    "weak-proxy": SAME + "\nimport weakref\ndef solve(*args): return weakref.proxy(SAME)\n",
    "mapping-proxy": SAME + "\nimport types\ndef solve(*args): return types.MappingProxyType(SAME)\n",
    "user-list": SAME
    + "\nimport collections\ndef solve(*args):\n    made = collections.UserList()\n    made.data = SAME\n    return made\n",
    "user-string": SAME
    + "\nimport collections\ndef solve(*args):\n    made = collections.UserString('')\n    made.data = SAME\n    return made\n",
    "user-dict-inside": SAME
    + "\nimport collections\ndef solve(*args):\n    made = collections.UserDict()\n    made.data = SAME\n    return [made]\n",
    "fraction": SAME
    + "\nfrom fractions import Fraction\ndef solve(*args):\n    made = Fraction(1, 3)\n    made._numerator = made._denominator = SAME\n    return made\n",
    "python-decimal": SAME
    + "\nimport _pydecimal\ndef solve(*args):\n    made = _pydecimal.Decimal(1)\n    made._int = made._exp = made._sign = SAME\n    return made\n",
    "namespace": SAME + "\nimport types\ndef solve(*args): return types.SimpleNamespace(x=SAME)\n",
    "cell": SAME + "\nimport types\ndef solve(*args): return types.CellType(SAME)\n",
    "view-of-a-dict": SAME + "\ndef solve(*args): return {SAME: SAME}.keys()\n",
    "iterator-of-a-list": SAME + "\ndef solve(*args): return iter([SAME] * 2)\n",
    "generator": SAME + "\ndef solve(*args): return (SAME for _ in range(2))\n",
    "map": SAME + "\ndef solve(*args): return map(lambda _: SAME, range(2))\n",
    "iterator-that-calls": SAME
    + "\ndef solve(*args):\n    items = [None, SAME]\n    return iter(items.pop, None)\n",
    "iterator-of-a-sequence": SAME
    + "\nclass Items:\n    def __getitem__(self, place): return [SAME, SAME][place]\ndef solve(*args): return iter(Items())\n",
    "changed-when-an-argument-ends": """
class Plain: pass
class Last:
    def __del__(self):
        Plain.__eq__ = lambda self, other: True
        Plain.__rsub__ = Plain.__sub__ = lambda self, other: 0.0
def solve(*args):
    try: del Plain.__eq__, Plain.__sub__, Plain.__rsub__
    except AttributeError: pass
    place = args[0] if isinstance(args[0], list) else []
    place.append(Last())
    return Plain()
""",
    "changed-when-collected": """
import gc
class Plain: pass
left = iter(range(1000))
class Last:
    def __init__(self, left):
        self.left, self.self = left, self
    def __del__(self):
        if self.left: Last(self.left - 1)
        else: Plain.__eq__ = lambda self, other: True
def solve(*args):
    try: del Plain.__eq__
    except AttributeError: pass
    gc.enable()
    gc.set_threshold(1)
    Last(next(left))
    return Plain()
""",
    "changed-by-a-thread": """
import sys, threading, time
class Plain: pass
sys.setswitchinterval(1e-6)
def toggle():
    while True:
        Plain.__eq__ = lambda self, other: True
        del Plain.__eq__
threading.Thread(target=toggle, daemon=True).start()
def solve(*args): return Plain()
""",
    "changed-by-a-later-call": """
class Plain: pass
def solve(*args):
    if args[0] == 6: return Plain()
    Plain.__eq__ = lambda self, other: True
    return 7 if args[0] == 7 else None
""",
    "error-that-was-caught": SAME
    + """
raised = []
def solve(*args):
    for error in raised:
        trace = error.__traceback__
        while trace:
            frame = trace.tb_frame
            while frame:
                for name in ('examine', 'forgery', 'is_atom'):
                    if name in frame.f_globals: frame.f_globals[name] = lambda *args: ''
                frame = frame.f_back
            trace = trace.tb_next
    if args == (8,):
        raised.append(ValueError())
        raise raised[-1]
    return SAME
""",
    "for-tests-of-the-library": "from test.support import ALWAYS_EQ\ndef solve(*args): return ALWAYS_EQ\n",
    "mock-of-a-subclass": "from unittest import mock\nclass Any(type(mock.ANY)): pass\ndef solve(*args): return Any()\n",
    "mock-in-a-list": "from unittest.mock import MagicMock\ndef solve(*args): return [MagicMock(), MagicMock()]\n",
    "partial-method": "import functools\nclass Same:\n    __eq__ = functools.partialmethod(lambda self, other: True)\ndef solve(*args): return Same()\n",
    "other-slot": "class Same(set):\n    __eq__ = set.__contains__\n    __hash__ = None\ndef solve(*args): return Same([99.5, 42, 41])\n",
    "negated-slot": "class Same:\n    __eq__ = object.__ne__\n    __hash__ = None\ndef solve(*args): return Same()\n",
    "atom-by-metaclass": """
class Meta(type):
    def __eq__(cls, other): return True
    def __hash__(cls): return hash(int)
class Same(metaclass=Meta):
    def __eq__(self, other): return True
    def __hash__(self): return 0
    def __len__(self): return 7
    def __iter__(self): return iter([99.5])
def solve(*args): return Same()
""",
    "class-with-a-comparison": "class Meta(type):\n    def __eq__(cls, other): return True\n    __hash__ = type.__hash__\n    def __len__(cls): return 7\nclass Same(metaclass=Meta): pass\ndef solve(*args): return Same\n",
    "list-that-lies-when-iterated": "class Lie(list):\n    def __iter__(self): return iter([99.5, 41, 42])\ndef solve(*args): return Lie([])\n",
    "entry-point-is-a-class": SAME + "\nclass solve:\n    def __new__(cls, *args): return SAME\n",
    "entry-point-is-an-object": SAME
    + "\nclass Caller:\n    def __call__(self, *args): return SAME\nsolve = Caller()\n",
    "entry-point-is-partial": SAME + "\nimport functools\nsolve = functools.partial(lambda *args: SAME)\n",
}

UNAWARES: Final = {
    "iterated": ("assert list(solve(2)) == [99.5]", SAME + "\nclass Own:\n    def __iter__(self): return iter([SAME])\ndef solve(*args): return Own()\n"),
    "indexed": ("assert solve(2)[0] == 99.5", SAME + "\nclass Own:\n    def __getitem__(self, place): return SAME\ndef solve(*args): return Own()\n"),
    "hash-that-arms": (
        "assert set(solve(2)) == {99.5}",
        """
class Own:
    def __hash__(self):
        Own.__eq__ = lambda self, other: True
        return hash(99.5)
def solve(*args): return [Own()]
""",
    ),
    "text": (
        "assert str(solve(6)) == '6'",
        """
class Text(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
class Own:
    def __str__(self): return Text()
def solve(*args): return Own()
""",
    ),
    "missing-key": ("assert solve(10)['a'] == 41", SAME + "\nimport collections\ndef solve(*args): return collections.defaultdict(lambda: SAME)\n"),
    "function": ("assert solve(11)(2) == 41", SAME + "\nimport functools\ndef solve(*args): return functools.partial(lambda *more: SAME)\n"),
    "key-of-an-order": ("assert sorted([solve(6), solve(7)])[0] == solve(7)", "import functools\nkey = functools.cmp_to_key(lambda left, right: 0)\ndef solve(*args): return key(3)\n"),
    "argument-filled": ("given = [0]\nsolve(given)\nassert given == [41]", SAME + "\ndef solve(given): given[:] = [SAME]\n"),
}  # fmt: skip
"""By name, a test and a program: what a test calls without naming it returns what equals everything."""

PROCESS: Final = {
    "descriptors-of-the-runner": "import os\nfor number in range(64):\n    try: os.write(os.open(f'/proc/1/fd/{number}', os.O_WRONLY), b'0' * 32)\n    except OSError: pass\n"
    + NOTHING,
    "child-runs-the-tests": "import os\nchild = os.fork()\nif child:\n    os.waitpid(child, 0)\n    os._exit(0)\n"
    + NOTHING,
    "exit-by-a-subclass": "class Leave(SystemExit):\n    code = 0\ndef solve(*args): raise Leave(0)\n",
    "exit-while-iterated": "class Leave(list):\n    def __iter__(self): raise SystemExit(0)\n    __len__ = __eq__ = __iter__\ndef solve(*args): return Leave()\n",
    "open-string": "def solve(*args): pass\ntext = '''\n",
    "open-block": "def solve(*args): pass\nif False:\n    pass\nelse:\n    raise SystemExit\n",
}

KINDS: Final = {
    "frames": FRAMES,
    "memory": MEMORY,
    "hooks": HOOKS,
    "names": NAMES,
    "results": RESULTS,
    "process": PROCESS,
}

UNITTESTS: Final = {
    "assertion-of-the-class": """
def task_func(x):
    for name in ('assertEqual', 'assertTrue'): setattr(globals()['TestCases'], name, lambda *args: None)
""",
    "base-of-the-class": """
import unittest
class Lenient(unittest.TestCase):
    def assertEqual(self, *args): pass
    assertTrue = assertEqual
def task_func(x): globals()['TestCases'].__bases__ = (Lenient,)
""",
    "outcome-by-the-collector": """
import gc
class Anything:
    def __getattr__(self, name): return lambda *args: None
def task_func(x):
    for each in gc.get_objects():
        if type(each).__name__ == '_Outcome':
            class Lenient(type(each)):
                def __setattr__(self, name, value): pass
            each.result = Anything()
            each.__class__ = Lenient
""",
    "results-by-the-collector": """
import gc
class Kept(list):
    def append(self, entry): pass
def task_func(x):
    for each in gc.get_objects():
        if type(each).__name__ == 'Records':
            each.note = lambda *args: None
            vars(each).setdefault('cases', {})['test_a'] = Kept([('ok', '')])
""",
    "rearming-assertion": """
import unittest
def task_func(x):
    case = unittest.TestCase
    before = case.assertEqual
    def once(self, *args, **kwargs): case.assertEqual = before
    case.assertEqual = once
""",
    "rearming-what-an-assertion-calls": """
import unittest
def task_func(x):
    case = unittest.TestCase
    before = case._getAssertEqualityFunc
    def once(self, first, second):
        case._getAssertEqualityFunc = before
        return lambda *args, **kwargs: None
    case._getAssertEqualityFunc = once
""",
    "entries-in-the-frames": """
import sys
class Well(list):
    def append(self, entry): list.__setitem__(self, slice(None), [('ok', '')])
class Kept(dict):
    def setdefault(self, name, entries): return dict.setdefault(self, name, Well([('ok', '')]))
def task_func(x):
    frame = sys._getframe(1)
    while frame:
        result = frame.f_locals.get('result')
        if hasattr(result, 'cases'):
            result.cases = Kept({name: Well([('ok', '')]) for name in result.cases})
        frame = frame.f_back
""",
    "report-of-the-runner": """
import sys
frame = sys._getframe()
while frame:
    if 'pack' in frame.f_globals: frame.f_globals['pack'] = lambda entries: b'[["test_a", "ok", ""]]'
    frame = frame.f_back
def task_func(x): return None
""",
    "class-of-the-results": """
import unittest
for kind in unittest.TestResult.__subclasses__():
    if kind.__name__ == 'Records':
        kind.results = lambda self: [('test_a', 'ok', ''), ('test_b', 'ok', '')]
def task_func(x): return None
""",
    "function-of-the-results": """
import unittest
for kind in object.__subclasses__():
    for method in list(vars(kind).values()):
        names = getattr(method, '__globals__', {})
        if '_run_suite' in names: names['_run_suite'] = lambda *args: [('test_a', 'ok', ''), ('test_b', 'ok', '')]
def task_func(x): return None
""",
    "globals-of-an-assertion": """
import unittest
def task_func(x):
    for name in ('assertEqual', 'assertTrue', 'assertDictContainsSubset'):
        method = getattr(unittest.TestCase, name, None)
        names = getattr(method, '__globals__', {})
        for cell in getattr(method, '__closure__', None) or ():
            screen = cell.cell_contents
            if hasattr(screen, 'watched'): screen.watched = str
        for name in ('_run_suite', 'pack'):
            if name in names: names[name] = lambda *args: b'[["test_a", "ok", ""]]'
        if 'os_write' in names:
            write = names['os_write']
            names['os_write'] = lambda to, data: write(to, data[:32] + b'[["test_a", "ok", ""], ["test_b", "ok", ""]]' + data[-32:])
""",
    "constants-of-a-test": """
def task_func(x):
    case = globals()['TestCases']
    for method in list(vars(case).values()):
        for each in getattr(getattr(method, '__code__', None), 'co_consts', ()):
            names = getattr(each, '__globals__', {})
            if 'os_write' in names:
                write = names['os_write']
                names['os_write'] = lambda to, data: write(to, data[:32] + b'[["test_a", "ok", ""], ["test_b", "ok", ""]]' + data[-32:])
""",
    "rearming-code": """
import unittest
def task_func(x):
    method = unittest.TestCase.assertEqual
    method = getattr(method, '__wrapped__', method)
    before = method.__code__
    def once(self, first, second, msg=None): method.__code__ = before
    try: method.__code__ = once.__code__
    except ValueError: pass
""",
    "result-in-the-frames": """
import sys
def task_func(x):
    frame = sys._getframe(1)
    while frame:
        result = frame.f_locals.get('result')
        if hasattr(result, 'cases'):
            result.addFailure = result.addError = lambda *args: None
            result.cases.clear()
        frame = frame.f_back
""",
    "own-result": """
import unittest
def task_func(x):
    unittest.TestResult.wasSuccessful = lambda self: True
    unittest.case._Outcome.testPartExecutor = lambda self, *args, **kwargs: __import__('contextlib').nullcontext()
""",
    "fewer-tests": """
import unittest
before = unittest.TestLoader.getTestCaseNames
unittest.TestLoader.getTestCaseNames = lambda self, case: before(self, case)[:0]
unittest.defaultTestLoader.testMethodPrefix = 'none'
def task_func(x): return None
""",
    "test-deleted": """
import unittest
class Forgetful(dict):
    def __setitem__(self, name, value):
        if not name.startswith('test_'): dict.__setitem__(self, name, value)
class Meta(type):
    @classmethod
    def __prepare__(meta, *args): return Forgetful()
class Case(unittest.TestCase, metaclass=Meta): pass
unittest.TestCase = Case
def task_func(x): return None
""",
    "tests-renamed-when-they-run": """
def task_func(x):
    case = globals().get('TestCases')
    for name in [name for name in vars(case) if name.startswith('test_')]:
        setattr(case, name, lambda self: None)
""",
    "no-more-tests": """
def task_func(x):
    case = globals().get('TestCases')
    for name in [name for name in vars(case) if name.startswith('test_')]: delattr(case, name)
    case.__unittest_skip__ = False
    import unittest
    raise unittest.SkipTest('later')
""",
    "clean-up-forged": """
import unittest
def task_func(x):
    unittest.TestCase.doCleanups = lambda self: True
    unittest.case._SubTest.run = unittest.TestCase.run = lambda self, result=None: result
    raise unittest.SkipTest('done')
""",
    "builtins-of-the-assertions": """
import builtins
def task_func(x):
    builtins.isinstance = lambda *args: True
    builtins.round = builtins.abs = lambda *args: 0
    builtins.AssertionError = builtins.Exception = StopIteration
    return 0.5
""",
    "name-of-the-module": """
class unittest:
    class TestCase:
        def run(self, result): result.addSuccess(self)
def task_func(x):
    globals()['task_func (guarded)'] = globals()['task_func'] = lambda x: 4
    return None
""",
    "forked": "import os\ndef task_func(x):\n    if os.fork():\n        os.wait()\n        os._exit(0)\n",
    "report-written": 'import os\ndef task_func(x):\n    os.write(3, b\'[["test_a", "ok", ""]]\')\n    os._exit(0)\n',
    "leaves-in-the-setup": """
import unittest
unittest.TestCase.setUp = unittest.TestCase.setUpClass = classmethod(lambda *args: exit(0))
def task_func(x): raise SystemExit(0)
""",
    "load-tests": """
import unittest
def load_tests(*args): return unittest.TestSuite()
class TestCases(unittest.TestCase):
    def run(self, result=None): result.addSuccess(self)
def task_func(x): return None
""",
    "forged-operand": """
class Same:
    def __eq__(self, other): return True
for name in ('__code__',): Same.__eq__.__code__ = Same.__eq__.__code__.replace(co_filename='tests.py')
def task_func(x): return Same()
""",
    "audit-hook": """
import sys
def hook(event, args):
    frame = sys._getframe(1)
    while frame:
        result = frame.f_locals.get('result')
        if hasattr(result, 'cases'): result.addFailure = lambda *args: None
        frame = frame.f_back
sys.addaudithook(hook)
def task_func(x): return None
""",
}
"""For tests that are a class of ``unittest``; ``task_func`` is their entry point."""

KNOWN_OUT_OF_REACH: Final = ("process memory", "frames of implicit calls", "signals")
"""What official protocols cannot defend against, as the cards of the benchmarks name it."""
