"""ClassEval: 100 Python classes to complete, each method with unit tests of its own.

Source: Du et al. 2023, "ClassEval: A Manually-Crafted Benchmark for Evaluating LLMs on Class-level Code
Generation", and what its authors published, FudanSELab/ClassEval: generation/inference_pipeline.py,
classeval_evaluation/test_pipeline.py, release 1.0.0 (commit 6934e93).
"""

from __future__ import annotations

import ast
import functools
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.benchmarks.common import unit_tests
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import DataError
from codeeval.extraction import encodable
from codeeval.extraction import text as prose
from codeeval.interfaces import BenchmarkBase, Cheat, DataSource, LoadedProblems, Scoring
from codeeval.types import (
    Completion,
    CompletionKind,
    Extraction,
    Limits,
    Oracle,
    Problem,
    ProblemPayload,
    Program,
    Sampling,
    SourceFile,
    UnittestStep,
    WorkFolder,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DATASET: Final = DatasetRef(
    id="FudanSELab/ClassEval",
    config="default",
    revision="main",
    sha256={"test": "5127e848b0b512ac25b37268a6172bb8f5479424bd60af0571be8c813fa0480c"},
)
LIBRARIES: Final = "python-bigcodebench"
"""The image that has what some classes import."""
STANDARD: Final = "python-unittest"
"""The one for all others: a fork of it takes a third of the time."""
_IMPORTED: Final = re.compile(r"^[ \t]*(?:from[ \t]+(\w+)|import[ \t]+([^#\n]+))", re.MULTILINE)
LIMITS: Final = Limits(cpu_s=5.0, wall_s=25.0)
"""Of the tests of one class. Source: test_pipeline.py, ``run_unit_test``, which has 5 s of wall time."""
_MARKS: Final = ("### Response:", "@@ Response:", "[/INST]")
"""What ends a prompt that a model's output repeats; the text up to the next one is its answer."""
_CODE: Final = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        *(r"```python(.*?)```", r"```ruby(.*?)```", r"```scss(.*?)```", r"```python(.*?)", r"```(.*?)```"),
        r"\[PYTHON\](.*?)\[/PYTHON\]",
    )
)
"""Where the official evaluator finds code, in its order; of a fence that is not closed it takes nothing."""
_MODULE: Final = "__file__ = os.path.abspath(__file__); del sys, os, environ\n"
"""Makes the module that tests run in what the official evaluator imports: it has its whole path, and none of
the names that BigCodeBench's has."""
_STATIC: Final = "@staticmethod"
_INDENT: Final = "    "


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """What a row states of a method."""

    method_name: str
    test_class: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    task_id: str
    skeleton: str
    test: str
    solution_code: str
    import_statement: tuple[str, ...]
    class_name: str
    test_classes: tuple[str, ...]
    methods_info: tuple[Method, ...]


class Task(ProblemPayload, frozen=True, kw_only=True):
    """What a problem has beyond ``Problem``."""

    suites: dict[str, str]
    """Name of a class of tests -> the file of tests without the others, that class as ``TestCases``."""


class ClassEval(BenchmarkBase):
    """ClassEval under one set of options.

    Raises:
        UsageError: an option that ClassEval does not have.
    """

    family = "classeval"
    folder = Path(__file__).parent
    image = STANDARD
    images = (STANDARD, LIBRARIES)
    base_sampling = chat_sampling = Sampling(max_tokens=2048)
    """Greedy. Source: generation/README.md; 5 samples at temperature 0.2 for pass@3 and pass@5."""
    scoring = Scoring(unit="method", partial=True)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(split=self.split, shots="0")

    def image_of(self, problem: Problem) -> str:
        """Return the image of a problem's reference; another solution's depends on what it imports."""
        return _image(f"{problem.setup}{problem.reference}\n{problem.tests[0]}")

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems.

        Raises:
            DataError: the dataset is unreachable, or a row lacks a field or a class of tests that it names.
        """
        loaded = load_rows(DATASET, "test", source, Row)
        problems = tuple(
            Problem(
                task_id=row.task_id,
                prompt=row.skeleton,
                entry_point=row.class_name,
                reference=row.solution_code,
                tests=(row.test,),
                setup="".join(f"{line}\n" for line in row.import_statement),
                payload=Task(suites=_suites(row)),
            )
            for row in loaded.rows
        )
        return LoadedProblems(problems=problems, identity=loaded.identity)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble the class's imports, the code, and the tests, which run class by class.

        Source: test_pipeline.py, ``gen_code_list``, ``gen_py_file``.
        """
        extraction = _extract(problem, completion)
        solution = SourceFile(path="solution.py", content=f"{_MODULE}{problem.setup}{extraction.code}\n")
        suites = problem.payload_of(Task).suites
        files = {name: SourceFile(path=f"{name}.py", content=text) for name, text in suites.items()}
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=_image(f"{solution.content}\n{problem.tests[0]}"),
            extraction=extraction,
            files=(solution, *files.values()),
            steps=tuple(
                UnittestStep(
                    name="run",
                    part=name,
                    files=(solution.path, file.path),
                    limits=LIMITS,
                    tests=unit_tests.test_names(file.content),
                )
                for name, file in files.items()
            ),
            oracle=Oracle.TESTS,
            joint=True,
            work_folder=WorkFolder.SHARED,
        )

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Classes that do nothing, and those that go for the unit tests."""
        define = functools.partial(_define, problem.entry_point)
        return (
            self.cheat(problem, "skeleton", problem.prompt),
            self.cheat(problem, "exit-on-import", f"{define('    pass')}\nimport sys\nsys.exit(0)\n"),
            *unit_tests.cheats(problem, define),
        )


def _image(program: str) -> str:
    """Return the image that a program needs: the small one where it imports Python's own modules alone."""
    names = (
        name.split()[0].partition(".")[0]
        for of, listed in _IMPORTED.findall(program)
        for name in (of or listed).split(",")
        if name.strip()
    )
    return STANDARD if all(name in sys.stdlib_module_names for name in names) else LIBRARIES


def _define(name: str, body: str) -> str:
    """Return a class that answers to every method with a function's body."""
    return (
        f"class {name}:\n    def __init__(self, *args, **kwargs): pass\n"
        "    def __getattr__(self, name):\n        def method(*args, **kwargs):\n"
        f"{textwrap.indent(body, '        ')}\n        return method\n"
    )


def _extract(problem: Problem, completion: Completion) -> Extraction:
    """Find the code as the official evaluator does; a solution is taken as it is.

    Source: test_pipeline.py, ``extract_code``, without its rule for InCoder.
    """
    text = encodable(completion.text)
    match completion.kind:
        case CompletionKind.SOLUTION:
            return Extraction(rule="as-is", code=text)
        case CompletionKind.CONTINUATION:
            text = problem.prompt + text
        case CompletionKind.ANSWER:
            text = prose.without_thinking(text)
        case _:
            assert_never(completion.kind)
    text = text.rstrip()
    mark = next((mark for mark in _MARKS if mark in text), None)
    if mark:
        text = text.split(mark)[1]
    found = next((match for pattern in _CODE if (match := pattern.search(text))), None)
    if found:
        return Extraction(rule="fence", code=_static(found[1]))
    return Extraction(rule="bare", code=_static(_bare(text.split("\n"))))


def _bare(lines: list[str]) -> str:
    """Return the lines from the first class on, and imports before it, the class moved to the margin."""
    start = next((n for n, line in enumerate(lines) if line.strip().startswith("class")), len(lines))
    removed = {line for line in lines[:start] if not line.strip().startswith(("import", "from"))}
    depth = _depth(lines[start]) if start < len(lines) else 0
    kept = (line for line in lines if line not in removed)
    return "\n".join(" " * (_depth(line) - depth) + line.lstrip() if depth else line for line in kept)


def _static(code: str) -> str:
    """Make methods static that name neither ``self`` nor ``cls`` in their first line, and no others.

    Source: test_pipeline.py, ``add_static_statement``.
    """
    lines = []
    for line in code.split("\n"):
        if _STATIC in line:
            continue
        defines = line.strip().startswith("def ") and _depth(line) == len(_INDENT)
        if defines and "self" not in line and "cls" not in line:
            lines.append(f"{_INDENT}{_STATIC}")
        lines.append(line)
    return "\n".join(lines)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _suites(row: Row) -> dict[str, str]:
    """Take a file of tests apart.

    Raises:
        DataError: it does not parse, or lacks a class that the row names.
    """
    remedy = "Fetch the dataset again."
    try:
        tree = ast.parse(row.test)
    except (SyntaxError, ValueError) as error:
        raise DataError(f"{row.task_id}: its tests do not parse: {error}", remedy) from error
    lines = row.test.splitlines(keepends=True)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    found = {}
    for name in map(str.strip, row.test_classes):  # one has a blank before it
        if name not in classes:
            raise DataError(f"{row.task_id}: its tests lack the class {name}", remedy)
        kept = list(lines)
        for other, node in classes.items():
            if other != name:
                kept[node.lineno - 1 : node.end_lineno] = [""] * (_end(node) - node.lineno + 1)
        at = classes[name].lineno - 1
        kept[at] = kept[at].replace(name, unit_tests.SUITE, 1)
        found[name] = "".join(kept)
    return found


def _end(node: ast.ClassDef) -> int:
    return node.end_lineno or node.lineno
