"""What HumanEval Pro, MBPP Pro and BigCodeBench-Lite Pro have in common: rows, prompts and assembly."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, assert_never

import msgspec

from codeeval.benchmarks.common import python_functions, sealed_calls, sealing
from codeeval.benchmarks.common.stubs import stub, stubs
from codeeval.benchmarks.pro.official import FENCE, OPENING, first_fence, sanitised, wants_one_answer
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import DataError
from codeeval.extraction import NO_CODE_RULE, Target, extract
from codeeval.interfaces import BenchmarkBase, Cheat, DataSource, LoadedProblems, Scoring
from codeeval.languages import PYTHON
from codeeval.prompting import Variables
from codeeval.types import (
    CallsStep,
    Completion,
    CompletionKind,
    Extraction,
    Limits,
    Match,
    Oracle,
    Problem,
    Program,
    PythonStep,
    Sampling,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COT: Final = "cot"
RAW, SANITISED = "raw", "sanitised"
INTACT: Final = "intact"
"""The tasks whose prompt names the function under test (the others are solved by chance at best), whose
reference solution passes whatever the version of Python, and whose tests want more than one answer."""
STOP: Final = (FENCE, "<|endoftext|>", "<|endofmask|>", "</s>", "<|EOT|>")
"""The official ends of text, and the fence at which eval/inference.py cuts what it has generated."""
TESTS: Final = "tests.py"


class ProRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the three datasets have it."""

    id: int | str
    raw_problem: str
    raw_solution: str
    new_problem: str
    new_solution: str
    test_code: str


class SelfInvoking(BenchmarkBase):
    """What the three have in common.

    Raises:
        UsageError: an option that the benchmark does not have.
    """

    folder = Path(__file__).parent
    dataset: ClassVar[DatasetRef]
    variants: ClassVar[tuple[str, ...]] = (COT,)
    splits = ("train",)
    image = python_functions.IMAGE
    reference_kind = CompletionKind.CONTINUATION
    base_sampling = Sampling(max_tokens=4096, stop=STOP)
    chat_sampling = Sampling(temperature=0.2, max_tokens=4096)
    """Source: README.md; eval/run_api.py."""
    most_shots: ClassVar[int] = 1
    shown_line: ClassVar[int] = 0
    """Which line of the tests the 1-shot prompt shows. Source: eval/utils.py, ``map_*_problem_1shot``."""
    fragile: ClassVar[frozenset[str]] = frozenset()
    """Tasks whose reference solution fails under some versions of Python or of a library; see the card."""
    protocols: ClassVar[tuple[str, ...]] = sealing.PROTOCOLS
    layout: ClassVar[str] = ""
    """What the names of its templates begin with."""
    limits: ClassVar[Limits] = python_functions.LIMITS
    scoring = Scoring(parts=(RAW, SANITISED), best_of=True)

    @property
    def shot_counts(self) -> Sequence[int]:
        """How many tests the prompt can show: none where it asks for a chain of thought."""
        return range(1 if self.options.variant else self.most_shots + 1)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(
            protocol=self.protocol,
            split=self.split,
            shots=str(self.shots),
            prompt=self.options.variant or "direct",
        )

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems.

        Raises:
            DataError: no function that the tests call is defined by a row's solution.
        """
        loaded = load_rows(self.dataset, "train", source, ProRow)
        problems = tuple(self._problem(row) for row in loaded.rows)
        if self.protocol == sealing.SEALED:
            problems = python_functions.grouped(problems, _layout)
        return LoadedProblems(problems=problems, identity=loaded.identity)

    def _problem(self, row: ProRow) -> Problem:
        defined = set(re.findall(r"^(?:def|class) (\w+)", row.new_problem + row.new_solution, re.MULTILINE))
        called = re.findall(r"([^\W\d]\w*)\(", row.test_code)
        entry_point = next((name for name in called if name in defined), "")
        if not entry_point:
            raise DataError(
                f"{self.dataset.id}, row {row.id}: the tests call nothing that the solution defines",
                "Fetch the dataset again.",
            )
        named = re.search(rf"\b{entry_point}\b", row.raw_problem + row.new_problem)
        intact = named and str(row.id) not in self.fragile and not wants_one_answer(row.test_code)
        return Problem(
            task_id=str(row.id),
            prompt=row.raw_problem,
            follow_up=row.new_problem,
            entry_point=entry_point,
            reference=row.raw_solution + row.new_problem + row.new_solution,
            tests=(row.test_code,),
            groups=(INTACT,) if intact else (),
        )

    def origin(self, task_id: str) -> str:
        """Return the id of the task that this one was made from, in the benchmark that it was made from."""
        return task_id

    @property
    def template_name(self) -> str:
        """The template for the options."""
        return "-".join(filter(None, (self.options.variant, self.layout, self.options.style.value)))

    def variables(self, problem: Problem) -> Variables:
        """Return both problems; with one shot it shows one of the tests."""
        shown = problem.tests[0].split("\n")[self.shown_line : self.shown_line + self.shots]
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            follow_up=problem.follow_up,
            entry_point=problem.entry_point,
            tests=tuple(shown),
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble first problem + completion, or a solution as it is, + newline + tests; raw and sanitised.

        The two are parts, each in a place of its own; where sanitising changes nothing, one run decides on
        both.

        Source: eval/harness.py, ``main`` and ``evaluation``.
        """
        extraction = _extraction(problem, completion)
        raw, cut = (self._assembled(problem, completion.kind, code) for code in _both(extraction.code))
        texts = {RAW: raw, SANITISED: cut} if raw != cut else {"": raw}
        files = [
            SourceFile(path=f"{part or 'solution'}.py", content=text + "\n") for part, text in texts.items()
        ]
        steps = [
            PythonStep(
                name="run",
                files=(file.path, TESTS),
                limits=self.limits,
                entry_point=problem.entry_point,
                part=part,
            )
            for part, file in zip(texts, files, strict=True)
        ]
        found = extraction.rule != NO_CODE_RULE
        official = Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=self.image,
            extraction=extraction,
            files=(*files, SourceFile(path=TESTS, content=problem.tests[0])) if found else (),
            steps=tuple(steps) if found else (),
            oracle=Oracle.COMPLETED,
        )
        if self.protocol != sealing.SEALED:
            return official
        return python_functions.sealed(official, problem, _layout(problem))

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what sealed calls returned with what the tests expect."""
        return sealed_calls.compare(step, values)

    def _assembled(self, problem: Problem, kind: CompletionKind, code: str) -> str:
        match kind:
            case CompletionKind.CONTINUATION:
                return self._finished(problem.prompt + code)
            case CompletionKind.ANSWER | CompletionKind.SOLUTION:
                return self._finished(code)
            case _:
                assert_never(kind)

    def _finished(self, code: str) -> str:
        return code

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Programs that solve nothing; a last line that sanitising removes makes both parts run.

        None where the tests want one answer only, which a program may give that solves nothing.
        """
        if wants_one_answer("\n".join(problem.tests)):
            return []
        heading = f"def {problem.entry_point}(*args, **kwargs):\n"
        return [
            Cheat(name=cheat.name, completion=msgspec.structs.replace(cheat.completion, text=text))
            for cheat in python_functions.cheats(problem, heading, CompletionKind.SOLUTION)
            for text in (f"{cheat.completion.text}\n# Test\n",)
        ]

    def stubs(self, problem: Problem) -> Sequence[Cheat]:
        """Functions that do none of the work, and the first problem's solution alone in the place of both."""
        first, _, _ = problem.reference.partition(problem.follow_up)
        alone = problem.prompt + first
        return (
            *stubs(problem, problem.tests[0]),
            *(
                stub(problem, f"{name} alone", f"{alone}\n{problem.entry_point} = {name}\n")
                for name in re.findall(r"^def (\w+)", alone, re.MULTILINE)[-1:]
            ),
        )


def _layout(problem: Problem) -> python_functions.Layout:
    return python_functions.Layout(solution="", tests=problem.tests[0])


def _extraction(problem: Problem, completion: Completion) -> Extraction:
    target = Target(entry_point=problem.entry_point, fences=PYTHON.fences)
    match completion.kind:
        case CompletionKind.CONTINUATION | CompletionKind.SOLUTION:
            return extract(completion.text, completion.kind, target)
        case CompletionKind.ANSWER:
            code = extract(first_fence(completion.text), CompletionKind.SOLUTION, target).code
            if not code.strip():
                return Extraction(rule=NO_CODE_RULE)
            return Extraction(rule="first-fence" if OPENING in completion.text else "no-fence", code=code)
        case _:
            assert_never(completion.kind)


def _both(code: str) -> tuple[str, str]:
    return code, sanitised(code)
