"""What one language's entry says: how it is recognised, stored, compiled, run, and what its tools print."""

from __future__ import annotations

import re

import msgspec

from codeeval.types import (
    CommandMode,
    CommandStep,
    Forbidden,
    Limits,
    Outcome,
    PythonStep,
    SourceFile,
    Step,
)


class SelfTest(msgspec.Struct, frozen=True, kw_only=True):
    """A program whose outcome is known; ``codeeval sandbox check`` runs it under the real limits."""

    name: str
    source: str
    """The program; where its tests end, the language's epilogue is put in if it has the shape for it."""
    outcome: Outcome
    stdin: str = ""
    stdout: str = ""
    """Standard output that a self-test which must pass prints; empty where its completion token decides."""
    cpu_s: float = 0.0
    """CPU limit in place of the language's, so that an endless loop is soon over; 0 for the language's."""
    memory_bytes: int = 0
    """Memory limit in place of the language's, so that a memory bomb is soon over; 0 for the language's."""


class Epilogue(msgspec.Struct, frozen=True, kw_only=True):
    """Code that proves that a test program came to its end, and where it is put.

    It writes ``TOKEN_PLACEHOLDER``, which the runner replaces by an unguessable token, to descriptor 3 (or
    ``/dev/fd/3``). Its place is the end of the program, unless one of the two fields says otherwise.
    """

    code: str
    closings: int = 0
    """How many closing braces, counted from the program's end, it stands before: 1 within ``main``, 2 within
    the ``main`` of a class."""
    instead_of: str = ""
    """The tests' own last statement whose place it takes: one that ends the process."""
    needs: str = ""
    """A declaration that it needs at the top level before it, if the program may lack that (the prompts of
    MultiPL-E have it)."""


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """What a compiler of ours lacks though a benchmark's own has it."""

    pattern: str
    """What it prints where a program uses that."""
    name: str
    """Stands before the message in the verdict's detail, so that such failures can be counted."""


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What a language's tools print when a program fails: regular expressions, searched in both streams.

    They only tell failures apart; no mark makes a program pass.
    """

    syntax: tuple[str, ...] = ()
    """The program does not compile, where that comes out when it is run."""
    memory: tuple[str, ...] = ()
    """Memory ran out."""
    assertion: tuple[str, ...] = ()
    """A test did not hold."""
    lacks: tuple[Lack, ...] = ()


class Cheats(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a function's body that solves nothing: benchmarks must not let it pass.

    ``end`` ends the function where MultiPL-E's tests leave that to the solution.
    """

    stub: str
    """Fails where it is called: a function whose body is missing."""
    leave: str
    """Ends the process with status 0."""
    forge: str
    """Writes a text (``%s``) where the completion token goes, and leaves."""
    end: str = ""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command line and what it may use."""

    argv: tuple[str, ...]
    """The plain command, as MultiPL-E's evaluator has it; what ``--cold`` runs."""
    fast: tuple[str, ...] = ()
    """A faster way to the same verdict; empty where ``argv`` is the fastest."""
    mode: CommandMode = CommandMode.PLAIN
    """How a warm sandbox runs it: FORKED and SERVED name a warm tool by the first word."""
    limits: Limits

    def named(self, name: str) -> Command:
        """Return the command with a program's name put in."""
        argv, fast = (tuple(_named(each, name) for each in line) for line in (self.argv, self.fast))
        return msgspec.structs.replace(self, argv=argv, fast=fast)

    def step(
        self, name: str, forbidden: tuple[Forbidden, ...] = (), arguments: tuple[str, ...] = ()
    ) -> CommandStep:
        """Return the step that runs it."""
        return CommandStep(
            name=name,
            argv=(*(self.fast or self.argv), *arguments),
            cold_argv=(*self.argv, *arguments) if self.fast else (),
            mode=self.mode,
            limits=self.limits,
            forbidden=forbidden,
        )


class PythonFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the runner executes itself: no command is started."""

    path: str
    limits: Limits


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """How a program that reads standard input is stored, compiled and run, where test programs differ.

    ``{name}`` in the file's name and in commands is what the program calls its main class or procedure,
    ``{lower}`` the same in lower case.
    """

    source_name: str
    compile: Command | None = None
    run: Command
    names: tuple[str, ...] = ()
    """Regular expressions: the group of the first that matches the source is the name."""
    name: str = "Main"
    """Where none matches."""
    support: tuple[SourceFile, ...] = ()
    """Files that lie beside the program, in place of the language's."""

    def name_of(self, source: str) -> str:
        """Return what a program calls its main class or procedure."""
        found = (re.search(pattern, source, re.MULTILINE | re.DOTALL) for pattern in self.names)
        return next((match[1] for match in found if match), self.name)


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """How one language is recognised, stored, compiled and run."""

    id: str
    title: str
    fences: tuple[str, ...]
    """Info strings of Markdown fences that mean this language, lower case."""
    source_name: str
    """File name that a program's source gets."""
    image: str
    compile: Command | None = None
    run: Command | PythonFile
    support: tuple[SourceFile, ...] = ()
    """Files that lie beside every program."""
    epilogue: Epilogue | None = None
    """None where the runner itself writes the token (Python)."""
    forbidden: tuple[Forbidden, ...] = ()
    """What a program that ended with status 0 may not have printed: how the language's test frame says
    that a test failed where its exit status does not."""
    marks: Marks = Marks()
    cheats: Cheats | None = None
    """None where no benchmark of functions in it needs them."""
    script: Script | None = None
    """None where a program that reads standard input is run as a test program is."""
    self_tests: tuple[SelfTest, ...]

    def steps(self) -> tuple[Step, ...]:
        """Return the steps that compile and run a program which brings its tests."""
        run: Step
        if isinstance(self.run, PythonFile):
            run = PythonStep(name="run", files=(self.run.path,), limits=self.run.limits)
        else:
            run = self.run.step("run", self.forbidden)
        return (run,) if self.compile is None else (self.compile.step("compile"), run)

    def script_files(self, source: str) -> tuple[SourceFile, ...]:
        """Return the files of a program which reads standard input and prints."""
        if self.script is None:
            return (SourceFile(path=self.source_name, content=source), *self.support)
        path = _named(self.script.source_name, self.script.name_of(source))
        return (SourceFile(path=path, content=source), *self.script.support)

    def script_steps(self, source: str, arguments: tuple[str, ...] = ()) -> tuple[Step, ...]:
        """Return the steps that compile and run such a program.

        What it prints is its own business, so no rule about that fails it.

        Args:
            source: the program.
            arguments: what it is given on its command line.
        """
        if self.script:
            name = self.script.name_of(source)
            compiling = self.script.compile.named(name) if self.script.compile else None
            running: Command | PythonFile = self.script.run.named(name)
        else:
            compiling, running = self.compile, self.run
        run: Step
        if isinstance(running, PythonFile):
            run = PythonStep(
                name="run", files=(running.path,), limits=running.limits, script=True, arguments=arguments
            )
        else:
            run = running.step("run", arguments=arguments)
        return (run,) if compiling is None else (compiling.step("compile"), run)


def _named(text: str, name: str) -> str:
    """Put a program's name into a file's or a command's."""
    return text.replace("{name}", name).replace("{lower}", name.lower())
