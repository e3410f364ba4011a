"""HumanEval-X: HumanEval in six languages, to write and to translate.

Source: Zheng et al. 2023, "CodeGeeX: A Pre-Trained Model for Code Generation with Multilingual Benchmarking
on HumanEval-X", and what its authors published, THUDM/CodeGeeX: codegeex/benchmark.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.benchmarks.common import (
    answers,
    any_language,
    frames,
    joining,
    language_cheats,
    python_functions,
    sealed_calls,
    sealing,
    signatures,
)
from codeeval.benchmarks.common.many_languages import ManyLanguages
from codeeval.benchmarks.humaneval_x import programs, rows
from codeeval.benchmarks.humaneval_x.rows import ALL, LANGUAGES, Row, Task
from codeeval.errors import UsageError
from codeeval.extraction import encodable
from codeeval.interfaces import BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.languages import PYTHON, language
from codeeval.types import (
    CallsStep,
    Completion,
    CompletionKind,
    Extraction,
    Match,
    Problem,
    Program,
    Prompt,
    PromptStyle,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.prompting import Variables

_TO: Final = "-to-"


class HumanEvalBased(ManyLanguages):
    """What HumanEval-X and HumanEvalPack share: languages, programs and cheats."""

    folder = Path(__file__).parent
    protocols = sealing.PROTOCOLS
    reference_kind = CompletionKind.SOLUTION
    target: str
    """The configuration whose programs run, or all of them."""

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self.languages = tuple(LANGUAGES[each] for each in rows.languages(self.target))

    def loaded(self, problems: Sequence[Problem], loaded: LoadedProblems) -> LoadedProblems:
        """Return problems in groups: the languages of all, and under the sealed protocol what is sealed."""
        made = [
            msgspec.structs.replace(each, groups=(each.language,)) if self.target == ALL else each
            for each in problems
        ]
        if self.protocol == sealing.SEALED:
            made = [self._sealed_group(each) for each in made]
        return msgspec.structs.replace(loaded, problems=tuple(made))

    def _sealed_group(self, problem: Problem) -> Problem:
        if problem.language == PYTHON.id:
            return python_functions.grouped((problem,), lambda each: self._layout(each, ""))[0]
        return msgspec.structs.replace(problem, groups=(*problem.groups, sealing.NOT_SEALED))

    def variables(self, problem: Problem) -> Variables:
        """Return what templates may name."""
        task = problem.payload_of(Task)
        return msgspec.structs.replace(
            super().variables(problem), prompt=task.shown, context=task.context, follow_up=task.instruction
        )

    def prompt(self, problem: Problem) -> Prompt:
        """Render the prompt, with the stop sequences of the language for base style."""
        stop = problem.stop if self.options.style is PromptStyle.BASE else ()
        return self.template.render(self.variables(problem), self.options.style, stop)

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Assemble what the evaluator adds, the solution, and the tests.

        A continuation is cut where its function ends and follows the problem's head; a solution stands as it
        is.
        """
        found = self._found(problem, completion)
        parts = problem.payload_of(Task).parts
        if problem.language == PYTHON.id:
            layout = self._layout(problem, found.solution)
            return python_functions.program(problem, completion, found.extraction, layout, self.protocol)
        source = programs.source(found.solution, problem.tests[0], problem.language, parts)
        entry, steps = frames.adapted(programs.FRAMES[problem.language])
        return any_language.program(problem, completion, entry, found.extraction, f"{source}\n", steps=steps)

    def _layout(self, problem: Problem, solution: str) -> python_functions.Layout:
        parts = problem.payload_of(Task).parts
        source = programs.source(solution, problem.tests[0], problem.language, parts)
        return python_functions.Layout(solution=f"{source}\n", tests=problem.tests[0])

    def _found(self, problem: Problem, completion: Completion) -> answers.Found:
        text = encodable(completion.text)
        match completion.kind:
            case CompletionKind.CONTINUATION:
                code = programs.function(text, problem.language, problem.payload_of(Task).parts)
                rule = "as-is" if code == text else "as-is+cut"
                return answers.Found(Extraction(rule=rule, code=code), problem.prompt + code)
            case CompletionKind.SOLUTION:
                return answers.Found(Extraction(rule="as-is", code=text), text)
            case CompletionKind.ANSWER:
                return answers.find(text, problem, language(problem.language))
            case _:
                assert_never(completion.kind)

    def reference(self, problem: Problem) -> Completion:
        """Return the whole canonical solution: a continuation would lose the helpers after its function."""
        return self.completion(problem, problem.prompt + problem.reference)

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what sealed calls in Python returned with what the tests expect."""
        return sealed_calls.compare(step, values)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Programs that solve nothing; where something is to be fixed, the program with its bug."""
        head = problem.prompt.rstrip() + "\n"
        if problem.language == PYTHON.id:
            made = python_functions.cheats(problem, head, CompletionKind.SOLUTION)
        else:
            end = programs.FRAMES[problem.language].end
            made = [language_cheats.whole(each, head) for each in language_cheats.cheats(problem, end)]
        buggy = problem.payload_of(Task).buggy
        return (*made, *([self.cheat(problem, "buggy", buggy)] if buggy else []))


class HumanEvalX(HumanEvalBased):
    """HumanEval-X under one set of options.

    Raises:
        UsageError: an option that it does not have, or no language.
        UnknownName: a language that it does not have.
    """

    family = "humaneval-x"
    variants = (*LANGUAGES, ALL, *(f"{a}{_TO}{b}" for a in LANGUAGES for b in LANGUAGES if a != b))
    base_sampling = Sampling(temperature=0.8, top_p=0.95, max_tokens=1024)
    chat_sampling = Sampling(temperature=0.8, top_p=0.95, max_tokens=1024)
    """Source: codegeex/benchmark/README.md and the paper, section 4.1: the best of three temperatures counts
    there; 0.8 is the one of pass@100."""

    def __init__(self, options: BenchmarkOptions) -> None:
        if not options.variant:
            raise UsageError(
                "humaneval-x: which language?",
                f"Write humaneval-x:LANGUAGE ({', '.join(LANGUAGES)} or {ALL}), or cpp-to-java to translate.",
            )
        self._from, _, to = options.variant.partition(_TO)
        self.target = to or self._from
        self._translates = bool(to)
        super().__init__(options)

    @property
    def template_name(self) -> str:
        """The template of the task in the chosen style."""
        return f"{'translate' if self._translates else 'write'}-{self.options.style.value}"

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems of the language; to translate, those of the other one too."""
        read, identity = rows.load(rows.X_ID, self.target, source)
        from_: dict[str, str] = {}
        if self._translates:
            others, of_others = rows.load(rows.X_ID, self._from, source)
            title = language(LANGUAGES[self._from]).title
            from_ = {_number(row): f"{title}:\n{_whole(row)}" for _, row in others}
            identity = joining.joined([of_others, identity])
        problems = [
            self._problem(row, LANGUAGES[config], from_.get(_number(row), "")) for config, row in read
        ]
        return self.loaded(problems, LoadedProblems(problems=(), identity=identity))

    def _problem(self, row: Row, id_: str, translated: str) -> Problem:
        head = f"{row.prompt}{row.declaration}" if id_ == "rust" else row.prompt
        return Problem(
            task_id=row.task_id,
            prompt=head,
            entry_point=row.entry_point or signatures.entry_point(row.declaration),
            reference=row.canonical_solution,
            tests=(programs.tests(row.test, id_),),
            language=id_,
            stop=programs.STOP.get(id_, ()),
            payload=Task(
                shown=row.declaration if translated else head,
                context=translated,
                parts=programs.Parts(
                    pack=False, import_=row.import_, setup=row.test_setup, declaration=row.declaration
                ),
            ),
        )


def _number(row: Row) -> str:
    return row.task_id.rpartition("/")[2]


def _whole(row: Row) -> str:
    """Return a solution as the other language's prompt shows it: without its docstring."""
    return f"{row.declaration}\n{row.canonical_solution.rstrip()}\n"
