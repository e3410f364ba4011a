"""VerilogEval: 156 modules of HDLBits to complete, each simulated beside a reference module.

Source: Liu et al. 2023, "VerilogEval: Evaluating Large Language Models for Verilog Code Generation", and what
its authors published, NVlabs/verilog-eval (release 1.0): verilog_eval/execution.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from codeeval.benchmarks.common import any_language, frames, language_cheats
from codeeval.benchmarks.common.frames import Frame
from codeeval.benchmarks.verilog_eval import rows
from codeeval.errors import DataError
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.extraction import text as prose
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.languages import Epilogue
from codeeval.prompting import Variables
from codeeval.types import (
    TOKEN_PLACEHOLDER,
    Completion,
    CompletionKind,
    Extraction,
    Forbidden,
    Problem,
    ProblemPayload,
    Program,
    Sampling,
    StreamName,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LANGUAGE: Final = "verilog"
_COUNTED: Final = '$display("Mismatches: %1d in %1d samples", stats1.errors, stats1.clocks);'
"""The last statement of the tests' ``final`` block."""
_COMPILE: Final = (
    "iverilog -Wall -Winfloop -Wno-timescale -g2012 -s tb -o main.vvp main.sv 2> warnings; status=$?; "
    "cat warnings >&2; test $status -eq 0 -a ! -s warnings"
)
"""The official command line; whoever is warned fails there too."""
FRAME: Final = Frame(
    language=LANGUAGE,
    epilogue=Epilogue(
        code=f"{_COUNTED}\n\t\tif (stats1.errors == 0 && codeeval_ended)\n"
        f'\t\t\t$fwrite($fopen("/dev/fd/3", "w"), "{TOKEN_PLACEHOLDER}");',
        instead_of=_COUNTED,
    ),
    compile=("sh", "-c", _COMPILE),
    forbidden=(
        Forbidden(name="samples that differ", stream=StreamName.STDOUT, pattern=r"^Mismatches: [1-9]\d* in"),
        Forbidden(name="wrote to standard error", stream=StreamName.STDERR, pattern=r"[\s\S]"),
    ),
)
_BENCH: Final = "module tb();"
_FINISH: Final = "$finish;"
_END: Final = "endmodule"


class Task(ProblemPayload, frozen=True, kw_only=True):
    """What a problem has beyond ``Problem``."""

    description: str


class VerilogEval(BenchmarkBase):
    """VerilogEval with one of its two sets of descriptions.

    Raises:
        UsageError: an option that it does not have.
    """

    family = "verilog-eval"
    folder = Path(__file__).parent
    variants = ("", *rows.SETS)
    image = LANGUAGE
    reference_kind = CompletionKind.CONTINUATION
    base_sampling = chat_sampling = Sampling(temperature=0.8, top_p=0.95, max_tokens=1024)
    """Source: the paper, section IV.A: 20 samples a problem."""

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self._set = options.variant or rows.HUMAN
        self.name = f"{self.family}:{self._set}"

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(split=self.split, shots="0")

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems.

        Raises:
            DataError: the rows are unreachable, lack a field, or have tests of another form.
        """
        loaded = rows.load(self._set, source)
        return LoadedProblems(problems=tuple(map(_problem, loaded.rows)), identity=loaded.identity)

    def variables(self, problem: Problem) -> Variables:
        """Return the description and the module's head."""
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            context=problem.payload_of(Task).description,
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble tests + newline + head + newline + completion.

        Source: execution.py, ``check_correctness``.
        """
        extraction, solution = _found(problem, completion)
        entry, steps = frames.adapted(FRAME)
        return any_language.program(
            problem, completion, entry, extraction, solution, steps=steps, tests_first=True
        )

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Modules that do nothing, and those that go for the tests around them."""
        moves = {
            "prints-success": '    initial begin\n        $display("Mismatches: 0 in 1 samples");\n'
            "        $finish;\n    end\n",
            "resets-counts": "    final tb.stats1.errors = 0;\n",
            "uses-reference": "    reference_module it (.*);\n",
        }
        return (
            *language_cheats.cheats(problem),
            *(self.cheat(problem, name, f"{text}{_END}\n") for name, text in moves.items()),
        )


def _problem(row: rows.Row) -> Problem:
    for part in (_COUNTED, _BENCH, _FINISH):
        if row.test.count(part) != 1:
            raise DataError(f"{row.task_id}: its tests do not have {part!r} once", "Fetch the rows again.")
    # A simulation that the candidate ended is none that the tests ended.
    tests = row.test.replace(_FINISH, f"begin tb.codeeval_ended = 1; {_FINISH} end")
    tests = tests.replace(_BENCH, f"{_BENCH}\n\tbit codeeval_ended = 0;")
    return Problem(
        task_id=row.task_id,
        prompt=row.head,
        entry_point="top_module",
        reference=row.canonical_solution,
        tests=(tests,),
        language=LANGUAGE,
        payload=Task(description=row.description.strip()),
    )


def _found(problem: Problem, completion: Completion) -> tuple[Extraction, str]:
    """Return the code and the module; a completion or a body alone continues the head."""
    text = encodable(completion.text)
    match completion.kind:
        case CompletionKind.CONTINUATION:
            return Extraction(rule="as-is", code=text), f"{problem.prompt}\n{text}"
        case CompletionKind.SOLUTION:
            return Extraction(rule="as-is", code=text), text
        case CompletionKind.ANSWER:
            extraction = _answer(prose.without_thinking(text))
            whole = f"module {problem.entry_point}" in " ".join(extraction.code.split())
            return extraction, extraction.code if whole else f"{problem.prompt}\n{extraction.code}"
        case _:
            assert_never(completion.kind)


def _answer(text: str) -> Extraction:
    """Return the first block in which a module ends, else the first; without one all that is a module."""
    blocks = list(prose.blocks(text, lambda _: False))
    if blocks:
        block = next((each for each in blocks if _END in each.code), blocks[0])
        return Extraction(rule="fence" if block.closed else "open-fence", code=block.code)
    return Extraction(rule="bare", code=text) if _END in text else Extraction(rule=NO_CODE_RULE)
