"""Executes a Python program inside the process that was made for it, and reports how it ended.

The files run one after another in one namespace, as ``exec(program, {})`` would run their
concatenation: the first holds the candidate, the others its tests. Between them, what the candidate
did to the interpreter is undone:

* tests see the pristine builtins, whatever the candidate patched or shadowed;
* preloaded modules that tests name get their attributes back;
* results of the entry point that carry forged comparisons are refused (see ``guard``).

A script, which brings no tests, runs as the interpreter runs one; its exit status and output decide.

None of this changes what an honest program sees. The completion token is written last; it is
on the evaluation stack of one frame meanwhile, in no variable, module or closure. A program bent
on it can still dig it out of its own process: tests that share a process with the code they test
can be made hard to cheat, not impossible.
"""

import ast
import atexit
import builtins
import contextlib
import functools
import gc
import json
import os
import sys
import traceback
from types import CodeType, ModuleType

import inputs
from guard import ForgedEqualityError, guarded
from renaming import names, rename

TOKEN_BYTES = 32
SYNTAX, RAISED, EXITED, FORGED = "syntax", "raised", "exited", "forged"
EXPLANATION_CHARS = 1 << 14
"""Of a traceback; a message or a source line can be so long that it would exceed the output limit."""
GUARDED = " (guarded)"
BUILTIN = " (builtin)"
PRISTINE_BUILTINS = dict(vars(builtins))

# Held here so that a program that patches the modules does not reach them.
os_write = os.write
os_exit = os._exit
set_trace = sys.settrace
set_profile = sys.setprofile
compile_source = compile


class Preloaded:
    """Modules imported once, before any program, and their attributes as they were then."""

    def __init__(self, names: list[str]) -> None:
        for name in names:
            __import__(name)
        self.attributes = {name: dict(vars(sys.modules[name])) for name in names}


class Tests:
    """A test file, compiled to use the guarded entry point, and builtins that no global can shadow.

    Attributes:
        code: the compiled file.
        builtins: builtins that it uses, by the names that it knows them by.
        modules: preloaded modules that it uses.
    """

    def __init__(self, name: str, text: str, entry_point: str, preloaded: Preloaded) -> None:
        code = compile_source(text, name, "exec", dont_inherit=True)
        used = names(code)
        renames = {name: name + BUILTIN for name in used & PRISTINE_BUILTINS.keys()}
        self.builtins = {renamed: PRISTINE_BUILTINS[name] for name, renamed in renames.items()}
        self.modules = [module for module in preloaded.attributes if module.partition(".")[0] in used]
        if entry_point:
            renames[entry_point] = entry_point + GUARDED
        self.code = rename(code, text, renames) if renames else code


@functools.lru_cache(maxsize=256)
def compiled_tests(name: str, text: str, entry_point: str, preloaded: Preloaded) -> Tests | None:
    """Compile a test file, which is the benchmark's own and safe to compile in the supervisor."""
    try:
        return Tests(name, text, entry_point, preloaded)
    except (SyntaxError, ValueError):
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

    def _run(self) -> tuple[str, BaseException] | None:
        try:
            code = self._compile()
        except BaseException as error:
            return SYNTAX, error
        namespace: dict = {}
        try:
            exec(code, namespace)
            for part in self.tests:
                exec(_set_stage(part, namespace, self.entry_point, self.loaded), namespace)
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
        atexit._clear()  # noqa: SLF001 -- what preloaded modules registered is not the script's
        gc.enable()
        status, failure = 0, None
        try:
            exec(code, namespace)
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
    named = [step[name] for name in ("program", "inputs") if name in step]
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


def _set_stage(tests: Tests, namespace: dict, entry_point: str, loaded: Preloaded) -> CodeType:
    """Undo what the candidate did, and return the tests' code."""
    set_trace(None)
    set_profile(None)
    for name in tests.modules:
        restore(name, loaded.attributes[name])
    if entry_point in namespace:
        target = namespace[entry_point]
        namespace[entry_point + GUARDED] = guarded(target) if callable(target) else target
    namespace["__builtins__"] = PRISTINE_BUILTINS
    namespace.update(tests.builtins)
    return tests.code


def restore(name: str, attributes: dict) -> None:
    """Give a module its attributes back."""
    module = sys.modules.get(name)
    if not isinstance(module, ModuleType):
        module = sys.modules[name] = ModuleType(name)
    current = vars(module)
    for key, value in attributes.items():
        if current.get(key) is not value:
            current[key] = value


def _explain(error: BaseException) -> None:
    """Print the traceback as the interpreter would, without this file's own frames."""
    try:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        lines = traceback.format_exception(type(error), error, trace, limit=-20)
        sys.stderr.write("".join(lines)[-EXPLANATION_CHARS:])
    except BaseException:
        return


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
    """Let programs import nothing of the runner, neither by chance nor to patch it."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if path != folder]
    for name, module in list(sys.modules.items()):
        if os.path.dirname(getattr(module, "__file__", None) or "") == folder:
            del sys.modules[name]
    sys.modules["__main__"] = ModuleType("__main__")


def set_streams() -> None:
    """Let programs print anything, and lose nothing of their errors when they are killed."""
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.stderr.reconfigure(write_through=True)


if __name__ == "__main__":
    main(sys.argv[1:])
