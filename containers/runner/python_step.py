"""Executes a Python program inside the process that was made for it, and reports how it ended.

The files run one after another as ``exec(program, {})`` would run their concatenation: the first holds the
candidate, the others its tests. So that the candidate does not decide what the tests come to:

* no frame of this process's lies behind the candidate's, and nothing that it can reach leads to one
  (see ``hiding``);
* builtins and the entry point are constants of the tests' code (see ``binding``), which no variable shadows;
* tests have a namespace of their own, which begins as the candidate's, and modules of their own where they
  only read these; names that the two share are exchanged whenever one calls the other;
* what the candidate did to the interpreter is undone before the tests run;
* results of the entry point that carry forged comparisons are refused (see ``guard``).

A script, which brings no tests, runs as the interpreter runs one; its exit status and output decide.

None of this changes what an honest program sees. The completion token is written last. A program bent
on it can still dig it out of its own process's memory: tests that share a process with the code they test
can be made hard to cheat, not impossible.
"""

import _signal
import ast
import atexit
import builtins
import contextlib
import functools
import gc
import json
import os
import stat
import sys
import traceback
from types import CodeType, FunctionType, ModuleType

import binding
import guard
import hiding
import inputs
from guard import ForgedEqualityError, guarded, kept
from renaming import names, rename

__builtins__ = dict(vars(builtins))
"""Of the functions here: a program that patches the builtins does not reach them."""

TOKEN_BYTES = 32
SYNTAX, RAISED, EXITED, FORGED = "syntax", "raised", "exited", "forged"
EXPLANATION_CHARS = 1 << 14
"""Of a traceback; a message or a source line can be so long that it would exceed the output limit."""
GUARDED = " (guarded)"
BUILTIN = " (builtin)"
PRISTINE_BUILTINS = dict(vars(builtins))
private_modules: dict[str, ModuleType] = {}
"""What the tests of this process find in the place of preloaded modules."""

# Held here so that a program that patches the modules does not reach them.
os_write = os.write
os_exit = os._exit
set_trace = sys.settrace
set_profile = sys.setprofile
set_timer = _signal.setitimer
compile_source = compile
FOLDER = os.path.dirname(os.path.abspath(__file__))
IMPORTERS = tuple(
    (name, getattr(sys, name), list(getattr(sys, name))) for name in ("meta_path", "path_hooks")
)
DYNAMIC = frozenset(("eval", "exec", "globals", "locals", "vars", "dir"))
WRAPPED = ("__name__", "__qualname__", "__doc__", "__module__", "__annotations__")
LOOKED_AT = frozenset((*WRAPPED, "__wrapped__", "inspect", "signature", "getdoc", "get_type_hints"))
MISSING = object()
module_dict = vars(ModuleType)["__dict__"].__get__
sys_dict = vars(sys)
TIMERS = _signal.ITIMER_REAL, _signal.ITIMER_VIRTUAL, _signal.ITIMER_PROF


class Preloaded:
    """Modules imported once, before any program, and their attributes as they were then.

    Attributes:
        copies: of each, a module of the tests' own, which the candidate cannot change.
        compiled: names of modules without functions of Python, which such a copy replaces altogether.
    """

    def __init__(self, names: list[str]) -> None:
        for name in names:
            __import__(name)
        self.modules = {name: sys.modules[name] for name in names}
        self.kinds = {name: type(module) for name, module in self.modules.items()}
        self.attributes = {name: dict(vars(module)) for name, module in self.modules.items()}
        self.copies = {name: _copied(name, attributes) for name, attributes in self.attributes.items()}
        self.compiled = {
            name
            for name, attributes in self.attributes.items()
            if not any(type(value) in (FunctionType, type) for value in attributes.values())
        }
        guard.remember()

    def restore(self, name: str) -> None:
        """Put a module back in its place, and give it its attributes back."""
        module = self.modules[name]
        if (now := sys.modules.get(name)) is not module:
            kept.append(now)
            sys.modules[name] = module
        if type(module) is not self.kinds[name]:
            object.__setattr__(module, "__class__", self.kinds[name])
        current = module_dict(module)
        for key, value in self.attributes[name].items():
            if (now := current.get(key)) is not value:
                kept.append(now)
                current[key] = value


class Tests:
    """A test file, compiled so that builtins and the entry point are constants of its code.

    Where it binds one of these names itself, that one is renamed instead.

    Attributes:
        code: the compiled file.
        marked: the same with a mark in the place of the entry point, to be filled in.
        entry: what its entry point is to call, see ``guarded_entry``.
        called: what it calls as its entry point.
        looks_at: whether it may look at the function's name or signature.
        shared: whether it runs in the candidate's own namespace, for want of an entry point to guard.
        dynamic: whether it may read names that do not stand in it.
        builtins: builtins that it uses, by the names that it knows them by.
        renamed: the name that it knows the entry point by, if that is no constant.
        restored: preloaded modules that it uses, and that must be as they were.
        private: those that it only reads attributes of, and so gets copies of.
        imports: whether it imports others.
        bound: names that it binds at its top level.
        has_classes: whether it defines classes, whose objects compare as it wants.
        loaded: names that it reads and that are no constants.
        taken: those of them that it does not bind.
    """

    def __init__(self, name: str, text: str, entry_point: str, preloaded: Preloaded) -> None:
        self.name, self.text, self.preloaded = name, text, preloaded
        self.shared = not entry_point
        found = binding.Names(text)
        fixed = (found.loaded & PRISTINE_BUILTINS.keys()) - found.bound - binding.KEPT - {entry_point}
        self.renamed = entry_point + GUARDED if entry_point in found.bound else ""
        if entry_point and not self.renamed:
            if handed := found.parameter(entry_point):
                found.fix({handed[1]}, handed[0], entry_point)
            found.fix({entry_point}, found.tree)
        found.fix(fixed, found.tree)
        code = binding.filled(
            binding.compiled(found.tree, name), {each: PRISTINE_BUILTINS[each] for each in fixed}
        )
        used = names(code)
        renames = {each: each + BUILTIN for each in used & PRISTINE_BUILTINS.keys() & found.bound}
        self.builtins = {renamed: PRISTINE_BUILTINS[each] for each, renamed in renames.items()}
        if self.renamed:
            renames[entry_point] = self.renamed
        self.marked = rename(code, text, renames) if renames else code
        self.entry: list = []
        self.called = guard.guarded_entry(self.entry)
        self.looks_at = not used.isdisjoint(LOOKED_AT)
        self.code = binding.filled(self.marked, {entry_point: self.called})
        modules = [module for module in preloaded.attributes if module.partition(".")[0] in used]
        self.private = [] if self.shared else [module for module in modules if module not in found.others]
        self.restored = [
            each for each in modules if each not in self.private or each not in preloaded.compiled
        ]
        self.imports = not found.imported.issubset(self.private)
        self.dynamic = not found.loaded.isdisjoint(DYNAMIC)
        self.bound = found.top
        self.has_classes = any(isinstance(node, ast.ClassDef) for node in ast.walk(found.tree))
        self.loaded = found.loaded - fixed - {entry_point}
        self.taken = self.loaded - found.bound - set(self.private)


@functools.lru_cache(maxsize=256)
def compiled_tests(name: str, text: str, entry_point: str, preloaded: Preloaded) -> Tests | None:
    """Compile a test file, which is the benchmark's own and safe to compile in the supervisor."""
    try:
        return Tests(name, text, entry_point, preloaded)
    except (SyntaxError, ValueError, RecursionError):
        return None


class PythonStep:
    """A step that is ready to be executed in a child of the process that prepared it."""

    def __init__(self, step: dict, texts, loaded: Preloaded, report: int) -> None:
        self.texts = texts
        self.name, *tests = step["files"]
        self.entry_point = step["entry_point"]
        self.script = step.get("script", False)
        self.arguments = step.get("arguments", ())
        self.loaded = loaded
        self.tests = [self.compiled(name, self.texts[name]) for name in tests]
        self.test_names = tests
        self.report = report
        self.request: dict = {}

    def compiled(self, name: str, text: str) -> Tests | None:
        """Compile a file of tests."""
        return compiled_tests(name, text, self.entry_point, self.loaded)

    def begin(self, token: str, become) -> None:
        """Read the candidate, in its own process so that no other one's memory has it, and be the program.

        Args:
            token: proves that the tests have ended.
            become: takes from this process what is the supervisor's.
        """
        self.text = self.texts[self.name]
        self.request["token"] = token
        become()

    def execute(self) -> None:
        """Run the files in order, report the token if the last one ends well, else why not, and exit."""
        if self.script:
            self._execute_script()
        finish(self.report, self.request.pop("token").encode(), self._run())

    def rehearse(self) -> None:
        """Execute a program of the runner's own, in this process."""
        self.begin("", _stay)
        if failure := self._run():
            raise failure[1]

    def _run(self) -> tuple[str, BaseException] | None:
        try:
            code = self._compile()
        except BaseException as error:
            return SYNTAX, error
        namespace: dict = {"__builtins__": vars(builtins)}
        try:
            hiding.call(exec, code, namespace)
            own: dict = {}
            for part in self.tests:
                stage = _set_stage(part, namespace, own, self.text, self.entry_point)
                guard.own_codes.update(binding.codes(stage) if part.has_classes else ())
                hiding.call(exec, stage, namespace if part.shared else own)
            if self.tests:
                guard.check_comparisons()
        except ForgedEqualityError as error:
            return FORGED, error
        except SystemExit as error:
            return EXITED, error
        except BaseException as error:
            return RAISED, error
        return None

    def _execute_script(self) -> None:
        """Run the file as the interpreter runs a script, threads and exit handlers included, and exit.

        Nothing is to be proved: its exit status and what it prints decide.
        """
        self.request.pop("token")
        name, text = self.name, self.text
        sys.argv[:] = [name, *self.arguments]
        namespace = vars(sys.modules["__main__"])
        namespace.update(__file__=name, __builtins__=builtins)
        try:
            code = compile_source(text, name, "exec", dont_inherit=True)
        except BaseException as error:
            finish(self.report, b"", (SYNTAX, error))
        hiding.permit_inspection()
        atexit._clear()  # noqa: SLF001 -- what preloaded modules registered is not the script's
        gc.enable()
        status, failure = 0, None
        try:
            hiding.call(exec, code, namespace)
        except SystemExit as error:
            status = _exit_status(error.code)
        except BaseException as error:
            failure = RAISED, error
        with contextlib.suppress(BaseException):
            if "threading" in sys.modules:
                sys.modules["threading"]._shutdown()  # noqa: SLF001 -- as the interpreter does
        with contextlib.suppress(BaseException):
            atexit._run_exitfuncs()  # noqa: SLF001 -- as the line above
        if failure:
            finish(self.report, b"", failure)
        flush()
        os_exit(status)

    def _compile(self) -> CodeType:
        if None in self.tests:
            raise SyntaxError("the test file does not compile by itself")
        try:
            return compile_source(self.text, self.name, "exec", dont_inherit=True)
        except SyntaxError as error:
            tests = [self.texts[name] for name in self.test_names]
            return _compile_before_tests(self.name, self.text, tests, error)


def finish(report: int, token: bytes, failure: tuple[str, BaseException] | None) -> None:
    """Report how the program ended, and exit."""
    if failure is None:
        flush()
        os_write(report, token)
        os_exit(0)
    token = b""  # what follows calls the program's own methods
    kind, error = failure
    _explain(error)
    flush()
    try:
        text = str(error)
    except BaseException:
        text = ""
    os_write(report, f"{kind}\n{type(error).__name__}\n{text[:1000]}".encode("utf-8", "replace"))
    os_exit(1)


def _exit_status(code: object) -> int:
    """Return the exit status that ``sys.exit`` was called for; a text goes to standard error."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    with contextlib.suppress(BaseException):
        sys.stderr.write(f"{code}\n")
    return 1


def files_of(step: dict) -> list[str]:
    """Return the files that a step of Python reads itself; a command has none."""
    named = [step[name] for name in ("program", "prelude", "inputs") if name in step]
    return [*step.get("files", ()), *named, *step.get("tests", ())]


def _compile_before_tests(name: str, text: str, tests: list[str], error: SyntaxError) -> CodeType:
    """Compile a candidate that parses only when its tests follow, such as one that ends in a backslash.

    Raises:
        SyntaxError: ``error``, if it does not parse then either, or a statement spans the seam.
    """
    try:
        tree = ast.parse("".join((text, *tests)))
    except (SyntaxError, ValueError):
        raise error from None
    lines = text.count("\n")
    body = [node for node in tree.body if node.lineno <= lines]
    if body and body[-1].end_lineno > lines:
        raise error
    return compile_source(ast.Module(body, type_ignores=[]), name, "exec", dont_inherit=True)


def _set_stage(tests: Tests, candidate: dict, own: dict, source: str, entry_point: str) -> CodeType:
    """Undo what the candidate did, make everything ready for its tests, and return their code.

    Args:
        tests: a file of tests.
        candidate: the candidate's namespace.
        own: the tests'.
        source: the candidate's text.
        entry_point: the function that the tests call.
    """
    _undo(tests)
    if tests.shared:
        kept.append(candidate.get("__builtins__"))
        candidate["__builtins__"] = PRISTINE_BUILTINS
        candidate.update(tests.builtins)
        return tests.code
    for name in tests.private:
        private_modules[name] = tests.preloaded.copies[name]
    exchange = _exchange(tests, candidate, own, source)
    if tests.dynamic:
        own.update(candidate)
    for name in tests.loaded & candidate.keys():
        own[name] = _lent(name, candidate[name], exchange)
    own.update(tests.builtins)
    own["__builtins__"] = TESTS_BUILTINS
    if entry_point not in candidate:
        return _without_entry_point(tests)
    target = candidate[entry_point]
    if tests.renamed:
        own[tests.renamed] = guarded(target, exchange) if callable(target) else target
        return tests.marked
    if not callable(target):
        return binding.filled(tests.marked, {entry_point: target})
    tests.entry[:] = target, exchange
    if tests.looks_at:
        _wraps(tests.called, target)
    return tests.code


def _wraps(called, target) -> None:
    """Let tests that look at the function itself see its name, docstring and signature."""
    for name in WRAPPED:
        if (value := getattr(target, name, MISSING)) is not MISSING:
            setattr(called, name, value)
    called.__wrapped__ = target


def _lent(name: str, value: object, exchange) -> object:
    """Return what the tests see of something that the candidate defined."""
    if name in private_modules:
        return private_modules[name]
    return guarded(value, exchange) if type(value) is FunctionType else value


def _exchange(tests: Tests, candidate: dict, own: dict, source: str):
    """Return what keeps names alike that candidate and tests share; None where there are none.

    It is called before and after the candidate is. Each sees what the other has bound since.
    """
    given = [name for name in tests.bound if name in source]
    taken = tests.taken
    if not given and not taken:
        return None
    before = {name: own.get(name, MISSING) for name in given}
    before.update({name: candidate.get(name, MISSING) for name in taken})

    def exchange() -> None:
        for name in given:
            if (value := own.get(name, MISSING)) is not before[name]:
                kept.append(before[name])
                before[name] = value
                _set(candidate, name, value)
        for name in taken:
            if (value := candidate.get(name, MISSING)) is not before[name]:
                kept.append(before[name])
                before[name] = value
                _set(own, name, _lent(name, value, exchange))

    return exchange


def _set(namespace: dict, name: str, value: object) -> None:
    kept.append(namespace.get(name))
    if value is MISSING:
        namespace.pop(name, None)
    else:
        namespace[name] = value


def _undo(tests: Tests) -> None:
    """Undo what a candidate did to the interpreter that would let it look on, or act, while its tests run."""
    guard.quieten()
    for timer in TIMERS:
        set_timer(timer, 0)
    for name in tests.restored:
        tests.preloaded.restore(name)
    if tests.imports:
        for name, current, importers in IMPORTERS:
            if sys_dict.get(name) is not current:
                kept.append(sys_dict.get(name))
                sys_dict[name] = current
            if len(current) != len(importers) or not all(map(guard.identical, current, importers)):
                kept.extend(current)
                current[:] = importers


def _copied(name: str, attributes: dict) -> ModuleType:
    """Make a module of the tests' own, which nobody else can change."""
    module = ModuleType(name)
    vars(module).update(attributes)
    return module


def _import(name, globals=None, locals=None, fromlist=(), level=0):  # noqa: A002 -- as the builtin has them
    """Import as ``__import__`` does, but find the tests' own modules."""
    if name in private_modules and not level and (fromlist or "." not in name):
        return private_modules[name]
    return PRISTINE_BUILTINS["__import__"](name, globals, locals, fromlist, level)


_import = FunctionType(
    _import.__code__,
    {"__builtins__": {}, "private_modules": private_modules, "PRISTINE_BUILTINS": dict(PRISTINE_BUILTINS)},
    "__import__",
    _import.__defaults__,
)  # a program that finds it finds nothing else by it
TESTS_BUILTINS = PRISTINE_BUILTINS | {"__import__": _import}
"""Builtins of tests with a namespace of their own."""


def _without_entry_point(tests: Tests) -> CodeType:
    """Compile tests that are to miss the entry point, and to name it when they do."""
    found = binding.Names(tests.text)
    fixed = (found.loaded & PRISTINE_BUILTINS.keys()) - found.bound - binding.KEPT
    found.fix(fixed, found.tree)
    code = binding.compiled(found.tree, tests.name)
    return binding.filled(code, {each: PRISTINE_BUILTINS[each] for each in fixed})


def _explain(error: BaseException) -> None:
    """Print the traceback as the interpreter would."""
    try:
        sys.stderr.write(explanation(error))
    except BaseException:
        return


def explanation(error: BaseException) -> str:
    """Return the end of an exception's traceback, without the runner's own frames."""
    try:
        trace = error.__traceback__
        while trace is not None and os.path.dirname(trace.tb_frame.f_code.co_filename) == FOLDER:
            trace = trace.tb_next
        lines = traceback.format_exception(type(error), error, trace, limit=-20)
        return without_own_frames("".join(lines))[-EXPLANATION_CHARS:]
    except BaseException:  # its own methods failed
        return ""


def without_own_frames(trace: str) -> str:
    """Take the runner's frames out of a traceback."""
    if FOLDER not in trace:
        return trace
    lines, own = [], False
    for line in trace.splitlines(keepends=True):
        own = line.startswith(f'  File "{FOLDER}/') or (own and line.startswith("    "))
        if not own:
            lines.append(line)
    return "".join(lines)


def flush() -> None:
    """Lose nothing of what was printed."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BaseException):  # the program may have closed or replaced it
            stream.flush()


def main(argv: list[str], kind: type[PythonStep] = PythonStep) -> None:
    """Cold start: ``python_step.py REPORT_FD STEP PRELOAD``, the step as JSON; stdin starts with the token.

    The same code as the forked path, reached by starting an interpreter for the program alone.
    """
    report, text, names = argv
    step = json.loads(text)
    sys.argv[:] = ["program.py"]
    token = os.read(0, TOKEN_BYTES).decode()
    _forget_what_was_read()
    set_streams()
    loaded = Preloaded([name for name in names.split(",") if name])
    hide_runner()
    program = kind(step, Files(), loaded, int(report))
    program.begin(token, _stay)
    del token
    program.execute()


class Files:
    """The texts of a program that was started in its folder, by path."""

    def __getitem__(self, path: str) -> str:
        with open(path, encoding="utf-8", errors="surrogatepass", newline="") as file:
            return file.read()

    def forget(self, path: str) -> None:
        """Let nobody else read a text."""
        os.unlink(path)


def _stay(*_args, **_options) -> None:
    """Be the program already: this process was started for it."""


def _forget_what_was_read() -> None:
    """Put a file without the token in the place of standard input, which may be opened again by name."""
    if stat.S_ISFIFO(os.fstat(0).st_mode):  # the input is what another program prints, and is read only once
        return
    rest = bytearray()
    while chunk := os.read(0, 1 << 16):
        rest += chunk
    file = inputs.nameless(lambda file: write_all(file, rest))
    os.dup2(file, 0)
    os.close(file)


def write_all(file: int, data: bytes | bytearray) -> None:
    """Write to a file until all is written."""
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def hide_runner() -> None:
    """Let programs find nothing of the runner, neither by chance nor to patch it."""
    sys.path[:] = [path for path in sys.path if path != FOLDER]
    own = {
        name: module
        for name, module in sys.modules.items()
        if os.path.dirname(getattr(module, "__file__", None) or "") == FOLDER
    }
    for name, module in own.items():
        del sys.modules[name]
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == module.__name__:
                hiding.hide(value)
    sys.modules["__main__"] = ModuleType("__main__")
    libraries = any(os.path.basename(module.__file__) == "unittest_step.py" for module in own.values())
    hiding.refuse_inspection(hiding.SEARCHING if libraries else hiding.INSPECTING)


def set_streams() -> None:
    """Let programs print anything, and lose nothing of their errors when they are killed."""
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.stderr.reconfigure(write_through=True)


if __name__ == "__main__":
    main(sys.argv[1:])
