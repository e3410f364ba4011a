"""CRUXEval: predict what a Python function returns, or arguments for which it returns a given value.

Source: Gu et al. 2024, "CRUXEval: A Benchmark for Code Reasoning, Understanding and Execution"
(arXiv:2401.03065), and the authors' code, facebookresearch/cruxeval: prompts.py, inference/tasks/,
openai/openai_prompt.py, evaluation/utils_general.py.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common import literals, mistakes, predictions, python_functions
from codeeval.benchmarks.common.call_values import MalformedError, read_returned, spell_inputs
from codeeval.benchmarks.common.literals import NoLiteralError
from codeeval.benchmarks.cruxeval import answers
from codeeval.datasets import DatasetRef, load_rows
from codeeval.errors import DataError
from codeeval.extraction import NO_CODE_RULE
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems
from codeeval.prompting import Variables
from codeeval.types import (
    Answer,
    CallsStep,
    Completion,
    Extraction,
    Grade,
    Match,
    Mistake,
    Oracle,
    Problem,
    ProblemPayload,
    Program,
    PromptStyle,
    PythonStep,
    Sampling,
    Score,
    SourceFile,
    Step,
    Study,
    Trait,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DATASET: Final = DatasetRef(
    id="cruxeval-org/cruxeval",
    config="default",
    revision="main",
    sha256={"test": "5060035a01e2b22b369c2d5c8679f4c85aa3f2602bab0b70f531c615169641af"},
)
OUTPUT, INPUT, COT = "output", "input", "cot"
OFFICIAL, FIXED = "official", "fixed"
ENTRY: Final = "f"
ACCURACY: Final = "accuracy"
LITERAL, REPEATED = "literal", "repeats the call"
SOLUTION: Final = "solution.py"
INPUTS: Final = "inputs.json"
CALLED: Final = "call_with"
STOP: Final = ("[/ANSWER]",)
SYSTEM: Final = "You are an expert at Python programming, code execution, test case generation, and fuzzing."
"""What chat models are told. Source: openai/openai_prompt.py, ``prompt_openai_general``."""
CHAT_TOKENS: Final = 100
CHAT_TOKENS_COT: Final = 1000
"""Source: openai/openai_run.py, ``run_openai``."""
_SHOWN: Final = 200


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    id: str
    code: str
    input: str
    output: str


class Asked(ProblemPayload, frozen=True, kw_only=True):
    """A call of the function, and what it returns, both as source text."""

    input: str
    output: str


class CruxEval(BenchmarkBase):
    """CRUXEval-O or CRUXEval-I under one set of options.

    Raises:
        UnknownName: a variant, split or protocol that it does not have.
    """

    family = "cruxeval"
    folder = Path(__file__).parent
    variants = (OUTPUT, INPUT, f"{OUTPUT}-{COT}", f"{INPUT}-{COT}")
    protocols = (OFFICIAL, FIXED)
    image = python_functions.IMAGE
    base_sampling = Sampling(temperature=0.2, top_p=0.95, max_tokens=1024, stop=STOP)

    def __init__(self, options: BenchmarkOptions) -> None:
        predicts, _, form = options.variant.partition("-")
        self.predicts = predicts or OUTPUT
        self.cot = form == COT
        super().__init__(options)
        self.name = f"{self.family}:{options.variant or OUTPUT}"

    @property
    def shot_counts(self) -> Sequence[int]:
        """How many worked examples the prompt shows."""
        return (1 if self.cot else 2,)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(
            protocol=self.protocol,
            split=self.split,
            shots=str(self.shots),
            prompt=COT if self.cot else "direct",
        )

    @property
    def sampling(self) -> Sampling:
        """What the authors drew from open models, or from OpenAI's."""
        match self.options.style:
            case PromptStyle.BASE:
                return self.base_sampling
            case PromptStyle.CHAT:
                most = CHAT_TOKENS_COT if self.cot else CHAT_TOKENS
                return Sampling(temperature=0.2, max_tokens=most, stop=STOP)

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems.

        Raises:
            DataError: the dataset is unreachable, a row lacks a field, or its output is no literal.
        """
        loaded = load_rows(DATASET, self.split, source, Row)
        return LoadedProblems(problems=tuple(map(self._problem, loaded.rows)), identity=loaded.identity)

    def _problem(self, row: Row) -> Problem:
        try:
            literals.read(row.output)
        except NoLiteralError as error:
            raise DataError(
                f"{DATASET.id}, {row.id}: the output: {error}", "Fetch the dataset again."
            ) from error
        return Problem(
            task_id=f"cruxeval/{row.id}",
            prompt=row.code,
            entry_point=ENTRY,
            reference=row.output if self.predicts == OUTPUT else f"{ENTRY}({row.input})",
            tests=(),
            payload=Asked(input=row.input, output=row.output),
        )

    @property
    def template_name(self) -> str:
        """One for each of the four prompts, whatever the style."""
        return self.predicts + (f"-{COT}" if self.cot else "")

    def variables(self, problem: Problem) -> Variables:
        """Return the function, the assertion with ``??`` for what is asked, and what chat models are told."""
        asked = problem.payload_of(Asked)
        given = (asked.input, "??") if self.predicts == OUTPUT else ("??", asked.output)
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            tests=(f"assert {ENTRY}({given[0]}) == {given[1]}",),
            system=SYSTEM if self.options.style is PromptStyle.CHAT else "",
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make what decides on the prediction: the published program, or under ``fixed`` values."""
        if self.protocol == OFFICIAL:
            return self._official(problem, completion)
        if self.predicts == OUTPUT:
            return self._graded(problem, completion, predictions.output(completion), LITERAL)
        return self._called(problem, completion)

    def _official(self, problem: Problem, completion: Completion) -> Program:
        """Assemble function + newline + ``assert <output> == <prediction>``, executed in one namespace.

        An output is not executed but wrong where it repeats the call, and an input where it has no ``f(``.

        Source: evaluation/utils_general.py, ``evaluate_score``.
        """
        asked = problem.payload_of(Asked)
        if self.predicts == OUTPUT:
            extraction = answers.output(completion, cot=self.cot)
            if f"{ENTRY}({asked.input})" in extraction.code:
                return self._graded(problem, completion, extraction, REPEATED)
        else:
            extraction = answers.call(completion, cot=self.cot)
            if f"{ENTRY}(" not in extraction.code:
                extraction = Extraction(rule=NO_CODE_RULE)
        text = f"{problem.prompt}\nassert {asked.output} == {extraction.code}\n"
        step = PythonStep(name="run", files=(SOLUTION,), limits=python_functions.LIMITS)
        program = self._program(problem, completion, extraction)
        return _executing(program, {SOLUTION: text}, step, Oracle.COMPLETED)

    def _called(self, problem: Problem, completion: Completion) -> Program:
        """Call the function with the predicted values in the sandbox; what it returns is compared here."""
        extraction = predictions.call(completion, ENTRY)
        inputs = ""
        if extraction.rule != NO_CODE_RULE:
            try:
                inputs = _inputs(extraction.code)
            except (NoLiteralError, TypeError):
                extraction = Extraction(rule=NO_CODE_RULE)
        caller = f"def {CALLED}(values, named):\n    return {ENTRY}(*values, **named)\n"
        files = {SOLUTION: f"{problem.prompt}\n\n\n{caller}", INPUTS: inputs}
        step = CallsStep(
            name="run",
            program=SOLUTION,
            inputs=INPUTS,
            entry_point=CALLED,
            limits=python_functions.LIMITS,
            expected=problem.payload_of(Asked).output,
        )
        return _executing(self._program(problem, completion, extraction), files, step, Oracle.VALUES)

    def _graded(
        self, problem: Problem, completion: Completion, extraction: Extraction, metric: str
    ) -> Program:
        texts = (extraction.code,) if extraction.rule != NO_CODE_RULE else ()
        return msgspec.structs.replace(
            self._program(problem, completion, extraction),
            oracle=Oracle.ANSWER,
            expected=problem.payload_of(Asked).output,
            answers=(Answer(scorer=ACCURACY, metric=metric, rule=extraction.rule, texts=texts),),
        )

    def _program(self, problem: Problem, completion: Completion, extraction: Extraction) -> Program:
        """Make a program in which nothing decides yet."""
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=self.image,
            extraction=extraction,
            study=self._study(problem, completion, extraction),
        )

    def _study(self, problem: Problem, completion: Completion, extraction: Extraction) -> Study:
        found = extraction.code if extraction.rule != NO_CODE_RULE else None
        expected = problem.payload_of(Asked).output if self.predicts == OUTPUT else None
        lines = sum(1 for line in problem.prompt.splitlines() if line.strip())
        wrong = Mistake.NONE if found == expected else mistakes.mistake(completion, found, expected)
        return Study(mistake=wrong, traits=(Trait(name="program_lines", value=lines),))

    def grade(self, program: Program) -> Grade:
        """Compare a predicted literal with what the call returns, as Python's ``==`` does."""
        answer = program.answers[0]
        predicted = answer.texts[0]
        right, detail = False, f"{answer.metric}: {predicted[:_SHOWN]}"
        if answer.metric == LITERAL:
            try:
                right = literals.same(literals.read(predicted), literals.read(program.expected))
                detail = f"predicted {predicted[:_SHOWN]}, returns {program.expected[:_SHOWN]}"
            except NoLiteralError as error:
                detail = f"{error}: {predicted[:_SHOWN]}"
        return Grade(scores=(Score(scorer=ACCURACY, value=float(right)),), detail="" if right else detail)

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what the call returned with the value that was shown, as Python's ``==`` does."""
        lines = values.split("\n")[:-1]
        if len(lines) != 1:
            return Match(matched=False, difference="wrote results that no call has returned" if lines else "")
        try:
            returned = read_returned(lines[0]).value
        except MalformedError:
            return Match(matched=False, difference=f"returned {lines[0][:_SHOWN]}")
        if literals.same(returned, literals.read(step.expected)):
            return Match(matched=True)
        return Match(matched=False, difference=f"returned {lines[0][:_SHOWN]}, not {step.expected[:_SHOWN]}")

    def has_reference(self, problem: Problem) -> bool:
        """Whether there is one: under ``fixed`` not where the dataset's arguments are no literals."""
        if self.protocol == OFFICIAL or self.predicts == OUTPUT:
            return True
        return predictions.call(self.completion(problem, problem.reference), ENTRY).rule != NO_CODE_RULE

    def reference(self, problem: Problem) -> Completion:
        """The dataset's value, or its call."""
        return self.completion(problem, problem.reference if self.has_reference(problem) else "")

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Predictions that know nothing of the function; under ``official`` those that it refuses."""
        asked = problem.payload_of(Asked)
        texts = list(_CHEATS[self.predicts])
        if self.predicts == OUTPUT:
            expected = literals.read(asked.output)
            texts += [
                (f"constant {text}", text)
                for text in _CONSTANTS
                if not literals.same(literals.read(text), expected)
            ]
            texts.append(("the call itself", f"{ENTRY}({asked.input})"))
        else:
            texts.append(("no call", asked.output))
        if self.protocol == FIXED:
            texts += [(name, text.format(value=asked.output)) for name, text in _REFUSED[self.predicts]]
        return [self.cheat(problem, name, text) for name, text in texts]


def _executing(program: Program, files: Mapping[str, str], step: Step, oracle: Oracle) -> Program:
    """Add what decides, unless no prediction was found."""
    if program.extraction.rule == NO_CODE_RULE:
        return program
    return msgspec.structs.replace(
        program,
        files=tuple(SourceFile(path=path, content=text) for path, text in files.items()),
        steps=(step,),
        oracle=oracle,
    )


def _inputs(call: str) -> str:
    """Write a call of literals as the runner reads it: one call, of its values by place and by name.

    Raises:
        NoLiteralError: it is none.
        TypeError: no call in a sandbox can be given such a value.
    """
    match literals.parse(call).body:
        case [ast.Expr(value=ast.Call(args=values, keywords=named))]:
            by_name = {each.arg: literals.value_of(each.value) for each in named}
            return spell_inputs([[list(map(literals.value_of, values)), by_name]])
        case _:
            raise NoLiteralError("no call")


_CONSTANTS: Final = ("None", "True", "False", "0", "1", "-1", "''", "[]", "{}", "()")
_EXIT: Final = "__import__('os')._exit(0)"
_CHEATS: Final = {
    OUTPUT: (("exit", _EXIT), ("gap", "??"), ("empty", ""), ("not a number", "float('nan')")),
    INPUT: (("exit", f"{ENTRY}({_EXIT})"), ("the question", f"{ENTRY}(??)"), ("empty", "")),
}
_REFUSED: Final = {
    OUTPUT: (
        ("or True", "None or True"),
        ("message", "None, 'text'"),
        ("always equal", "type('Same', (), {{'__eq__': lambda self, other: True}})()"),
        ("second statement", "{value}\npass"),
    ),
    INPUT: (
        ("or the value", f"{ENTRY}(??) or {{value}}"),
        ("redefined", f"(lambda {ENTRY}: {ENTRY}(0))(lambda x: {{value}})"),
        ("the value, then a call", f"{{value}} if True else {ENTRY}(0)"),
    ),
}
"""What the published program accepts, or may accept."""
