"""BigCodeBench: 1,140 tasks that call functions of 139 libraries, each decided by a class of unit tests.

Source: Zhuo et al. 2024, "BigCodeBench: Benchmarking Code Generation with Diverse Function Calls and Complex
Instructions" (arXiv:2406.15877), and the authors' package bigcodebench 0.2.5.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.benchmarks.bigcodebench import tasks
from codeeval.benchmarks.bigcodebench.tasks import FULL, HARD, SPLIT, SPLITS, Row, Task
from codeeval.benchmarks.bigcodebench.variants import Asked, Variant, parse_variant
from codeeval.benchmarks.common import python_functions, unit_tests
from codeeval.benchmarks.common.sanitising import answered, bigcodebench_rules, sanitised
from codeeval.datasets import available_splits, load_rows
from codeeval.extraction import NO_CODE_RULE
from codeeval.extraction.text import encodable
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.types import (
    Completion,
    CompletionKind,
    CompletionOrigin,
    Extraction,
    Limits,
    Oracle,
    Problem,
    Program,
    PromptStyle,
    Sampling,
    SourceFile,
    UnittestStep,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IMAGE: Final = "python-bigcodebench"
LIMITS: Final = Limits(cpu_s=241.0, wall_s=241.0, memory_bytes=2 << 30)
"""Time: 240 s + 1, as the evaluator's wall time; here the time that a program wanted a core and got none does
not count. Memory: the evaluator allows 30 GiB of addresses; README.md states what the references need."""
MAX_TOKENS: Final = 1280

SPECIAL: Final = ("<|endoftext|>", "<|endofmask|>", "</s>")
STOP: Final = (*SPECIAL, "\nif __name__", "\ndef main(", "\nprint(")
STOP_BASE: Final = (*STOP, "\ndef ", "\nclass ", "\nimport ", "\nfrom ", "\nassert ")
STOP_PREFILLED: Final = (*STOP, "\n```\n")
"""Source: bigcodebench/provider/utility.py, ``EOS``, ``extra_eos_for_direct_completion``; provider/vllm.py"""

_log = logging.getLogger(__name__)


class BigCodeBench(BenchmarkBase):
    """BigCodeBench under one set of options.

    Raises:
        UnknownName: a variant or split that does not exist.
        UsageError: an option that BigCodeBench does not have.
    """

    family = "bigcodebench"
    folder = Path(__file__).parent
    variants = None
    splits = (SPLIT, *SPLITS)
    image = IMAGE
    base_sampling = Sampling(max_tokens=MAX_TOKENS, stop=STOP_BASE)
    chat_sampling = Sampling(max_tokens=MAX_TOKENS, stop=SPECIAL)
    """A chat model stops by itself; ``program`` cuts what went on from a prefill."""
    reference_share = 0.95

    def __init__(self, options: BenchmarkOptions) -> None:
        self.variant: Variant = parse_variant(options.variant)
        if self.variant.asked is Asked.INSTRUCT:  # only chat models are asked so
            options = msgspec.structs.replace(options, style=PromptStyle.CHAT)
        super().__init__(options)
        self.name = f"{self.family}:{self.variant}" if str(self.variant) else self.family
        self._split = self.split

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(
            protocol="official",
            prompt=self.variant.asked.value,
            subset="hard" if self.variant.hard else "full",
            calibrated="yes" if self.variant.calibrated else "no",
            split=self._split,
            shots="0",
        )

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems of the newest version that the protocol knows and the source has.

        Raises:
            DataError: the dataset is unreachable or a row lacks a field.
        """
        dataset = HARD if self.variant.hard else FULL
        self._split = self.options.split or self._newest(source)
        loaded = load_rows(dataset, self._split, source, Row)
        hard = {row.task_id for row in loaded.rows} if self.variant.hard else tasks.hard_ids(source)
        broken = tasks.broken_ids(self._split)
        problems = tuple(
            tasks.task(row, prompt=self._shown(row), hard=row.task_id in hard, broken=row.task_id in broken)
            for row in loaded.rows
        )
        return LoadedProblems(problems=problems, identity=loaded.identity)

    def _newest(self, source: DataSource) -> str:
        splits = available_splits(HARD if self.variant.hard else FULL, source)
        newest = max(set(splits) & set(SPLITS[: SPLITS.index(SPLIT) + 1]), key=SPLITS.index, default=SPLIT)
        if newest != SPLIT:
            _log.warning(
                "the data root has version %s of BigCodeBench, not %s: scores of some tasks differ "
                "(codeeval explain bigcodebench)",
                *(newest, SPLIT),
            )
        return newest

    def _shown(self, row: Row) -> str:
        match self.variant.asked:
            case Asked.COMPLETE:
                return row.complete_prompt
            case Asked.INSTRUCT:
                return row.instruct_prompt
            case never:
                assert_never(never)

    @property
    def template_name(self) -> str:
        """The template for the options."""
        return "base" if self.options.style is PromptStyle.BASE else self.variant.asked.value

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble the solution, calibrated unless the variant states otherwise, and its unit tests.

        Calibrated, what the prompt has above the function stands before the solution, which models leave
        out: code_prompt + newline + ``    pass`` + newline + solution.

        Source: bigcodebench/evaluate.py, ``evaluate``; bigcodebench/eval/__init__.py, ``unsafe_execute``.
        """
        extraction = self._extract(problem, completion)
        calibration = tasks.calibration(problem) if self.variant.calibrated else ""
        files = (
            SourceFile(path="solution.py", content=f"{calibration}{extraction.code}\n"),
            SourceFile(path="tests.py", content=problem.tests[0]),
        )
        step = UnittestStep(
            name="run",
            files=tuple(file.path for file in files),
            limits=LIMITS,
            entry_point=problem.entry_point,
            tests=unit_tests.test_names(problem.tests[0]),
        )
        found = extraction.rule != NO_CODE_RULE
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=IMAGE,
            extraction=extraction,
            files=files if found else (),
            steps=(step,) if found else (),
            oracle=Oracle.TESTS,
        )

    def _extract(self, problem: Problem, completion: Completion) -> Extraction:
        """Find the solution: a file's as it is, a model's as the official generation sanitises it.

        Source: bigcodebench/generate.py, ``codegen``, which sanitises what a model wrote (a base model's with
        the prompt before it); ``evaluate`` runs samples as they are.
        """
        text = encodable(completion.text)
        shown = problem.payload_of(Task).complete_prompt
        match completion.kind:
            case CompletionKind.SOLUTION:
                return Extraction(rule="as-is", code=text)
            case CompletionKind.CONTINUATION if completion.origin is not CompletionOrigin.MODEL:
                return Extraction(rule="as-is", code=shown + text)  # a samples file's
            case CompletionKind.CONTINUATION:
                return sanitised(shown + text, problem.entry_point, bigcodebench_rules())
            case CompletionKind.ANSWER:
                return sanitised(
                    answered(text, self.prompt(problem).prefill, STOP_PREFILLED),
                    problem.entry_point,
                    bigcodebench_rules(),
                )
            case never:
                assert_never(never)

    def known_failure(self, task_id: str) -> str:
        """Return why the task's reference fails in the image: ``environment.jsonl``, ``broken.jsonl``."""
        return tasks.known_failures().get(task_id, "")

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Programs that solve nothing."""
        heading = f"def {problem.entry_point}(*args, **kwargs):\n"
        return (
            *python_functions.cheats(problem, heading, CompletionKind.SOLUTION),
            *unit_tests.cheats(problem),
        )
