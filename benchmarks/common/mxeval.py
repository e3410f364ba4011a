"""What MBXP and HumanEval-XL share: how their programs are put together, compiled, run and finished.

Source: amazon-science/mxeval, mxeval/execution.py (``check_correctness_*``), and the rows' tests; what
HumanEval-XL's authors published is a copy of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from codeeval.benchmarks.common import (
    answers,
    any_language,
    frames,
    language_cheats,
    python_functions,
    sealed_calls,
    sealed_programs,
)
from codeeval.benchmarks.common.frames import Frame
from codeeval.extraction import encodable
from codeeval.interfaces import BenchmarkBase, Cheat
from codeeval.languages import PYTHON, Epilogue, language
from codeeval.types import TOKEN_PLACEHOLDER, CompletionKind, Extraction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.types import CallsStep, Case, Completion, Execution, Match, Problem, Program

_DRIVERS: Final = "mbxp"
"""What the drivers of the sealed protocol call these programs."""

_TYPESCRIPT: Final = (
    *("sh", "-c"),
    # where types are missing tsc exits with 1 or 2, and writes the program all the same
    "tsc main.ts --target es5 --lib es2016 || test -f main.js",
)
FRAMES: Final = {
    "cpp": Frame(
        language="cpp",
        epilogue=Epilogue(
            code=f"""\
    {{
        FILE* done = fopen("/dev/fd/3", "w");
        fputs("{TOKEN_PLACEHOLDER}", done);
        fclose(done);
    }}
    return 0;""",
            instead_of="    return 0;",
        ),
        end="\n}\n",
    ),
    "csharp": Frame(
        language="csharp",
        epilogue=Epilogue(code="", closings=3),
        replaced={"main.cs": ("main.cs", "CompareNetObjects.cs")},
        stand_ins={"CompareNetObjects.cs": "CompareNetObjects.cs"},
        end="\n        }\n",
    ),
    "go": Frame(
        language="go",
        source_name="main.go",
        script=True,
        epilogue=Epilogue(code=f'	codeevalDone("{TOKEN_PLACEHOLDER}")', closings=1),
        replaced={"main.go": ("main.go", "codeeval_done.go")},
        stand_ins={"codeeval_done.go": "codeeval_done.go.txt"},
        end="\n}\n",
    ),
    "java": Frame(
        language="java",
        epilogue=Epilogue(code="", closings=2),
        replaced={"Problem": ("Main",)},
        end="\n    }\n}\n",
    ),
    "javascript": Frame(
        language="javascript",
        epilogue=Epilogue(code=f"require('fs').writeSync(3, '{TOKEN_PLACEHOLDER}');"),
        stand_ins={"node_modules/lodash/index.js": "lodash.js"},
        end="}\n",
    ),
    "kotlin": Frame(language="kotlin", end="\n}\n"),
    "perl": Frame(language="perl", forbidden=(), end="\n}\n"),
    "php": Frame(language="php", epilogue=Epilogue(code=""), end="}\n"),
    "ruby": Frame(
        language="ruby",
        epilogue=Epilogue(code=f"IO.for_fd(3, 'w', autoclose: false).syswrite('{TOKEN_PLACEHOLDER}')\n"),
        end="end\n",
    ),
    "scala": Frame(
        language="scala",
        epilogue=Epilogue(code="", closings=1),
        replaced={"Problem": ("Main",)},
        forbidden=(),
        end="\n    }\n",
    ),
    "swift": Frame(language="swift", end="\n}\n"),
    "typescript": Frame(
        language="typescript",
        epilogue=Epilogue(code=f"(eval('require') as any)('fs').writeSync(3, '{TOKEN_PLACEHOLDER}');\n"),
        compile=_TYPESCRIPT,
        end="}\n",
    ),
}
"""Language id -> frame."""


class MxevalBased(BenchmarkBase):
    """Prompt + completion + tests, nothing between; a solution stands in place of prompt + completion."""

    reference_kind = CompletionKind.CONTINUATION

    def grouped(self, problem: Problem) -> Problem:
        """Return a problem with the groups that the protocol adds; ``load`` calls it for each."""
        return problem

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble prompt + completion + tests; a solution or an answer stands in place of the first two.

        Source: mxeval/execution.py, ``check_correctness_helper``.
        """
        found = _found(problem, completion)
        if problem.language == PYTHON.id:
            return python_functions.program(
                problem, completion, found.extraction, _layout(problem, found.solution), self.protocol
            )
        entry, steps = frames.adapted(FRAMES[problem.language])
        return any_language.program(problem, completion, entry, found.extraction, found.solution, steps=steps)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Continuations of the prompt that solve nothing, and those that defeat the published tests."""
        if problem.language == PYTHON.id:
            return python_functions.cheats(problem, "", CompletionKind.CONTINUATION)
        stubs = language_cheats.cheats(problem, FRAMES[problem.language].end)
        return (*stubs, *sealed_programs.cheats(problem, _DRIVERS))


def _found(problem: Problem, completion: Completion) -> answers.Found:
    text = encodable(completion.text)
    as_is = Extraction(rule="as-is", code=text)
    match completion.kind:
        case CompletionKind.CONTINUATION:
            return answers.Found(as_is, problem.prompt + text)
        case CompletionKind.SOLUTION:
            return answers.Found(as_is, text)
        case CompletionKind.ANSWER:
            return answers.find(text, problem, language(problem.language))
        case _:
            assert_never(completion.kind)


def _layout(problem: Problem, solution: str = "") -> python_functions.Layout:
    return python_functions.Layout(
        solution=f"{solution}\n",
        tests=f"{problem.tests[0]}\ncheck({problem.entry_point})",
        context=python_functions.preamble(problem),
    )


class SealedMxevalBased(MxevalBased):
    """The sealed protocol: candidates and expected values in programs of their own."""

    def grouped(self, problem: Problem) -> Problem:
        """Return a problem in a group: that of the sealed ones, or of those left to the official protocol."""
        if problem.language == PYTHON.id:
            return python_functions.grouped((problem,), _layout)[0]
        return sealed_programs.grouped((problem,), _DRIVERS)[0]

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble the solution and a driver that prints what the tests' calls return."""
        official = super().program(problem, completion)
        if problem.language == PYTHON.id:
            return official
        entry = frames.adapted(FRAMES[problem.language]).language
        solution = _found(problem, completion).solution
        return sealed_programs.sealed(official, problem, solution, _DRIVERS, entry)

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what sealed calls in Python returned with what the tests expect."""
        return sealed_calls.compare(step, values)

    def compare_output(self, case: Case, output: str) -> Match:
        """Compare what sealed calls returned with what the tests expect."""
        return sealed_programs.compare(case, output)

    def expected_outputs_program(self, problem: Problem) -> Program:
        """Make the program that prints what the tests expect; without steps where nothing is sealed."""
        if problem.language == PYTHON.id:
            return sealed_programs.expected_outputs_program(problem, _DRIVERS)
        frame = FRAMES[problem.language]
        entry, steps = frames.adapted(frame)
        return sealed_programs.expected_outputs_program(problem, _DRIVERS, entry, steps, frame.end)

    def with_expected_outputs(self, problem: Problem, execution: Execution) -> Problem:
        """Return the problem with what its tests expect.

        Raises:
            DataError: the program that prints it ran out of time.
        """
        return sealed_programs.with_expected_outputs(problem, execution, _DRIVERS)
