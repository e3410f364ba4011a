"""F* proof synthesis: from a definition's type and context, its definition; F* is the judge.

Source: Chakraborty et al. 2024, "Towards Neural Synthesis for SMT-Assisted Proof-Oriented Programming", and
FStarLang/fstar_dataset, fstar_harness.py.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from codeeval.benchmarks.fstar import rows, snippets
from codeeval.benchmarks.fstar.answers import extract
from codeeval.benchmarks.fstar.retrieval import Corpus, premises
from codeeval.extraction import NO_CODE_RULE
from codeeval.interfaces import BenchmarkBase, BenchmarkOptions, Cheat, DataSource, LoadedProblems, Scoring
from codeeval.prompting import Variables
from codeeval.types import (
    Completion,
    CompletionKind,
    Extraction,
    Limits,
    Problem,
    ProblemPayload,
    Program,
    ProofStep,
    Sampling,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.benchmarks.fstar.rows import Row
    from codeeval.prompting import Example

IMAGE: Final = "fstar"
CONTEXTS: Final = ("none", "file", "retrieved")
VARIANTS: Final = (*CONTEXTS, *(f"v1-{context}" for context in CONTEXTS))
STOP: Final = ("\nval ", "\nlet ", "\n(*", "\n#", "\ntype ", "\nopen ", "\nmodule ")
"""Where a base model has left the definition."""
LIMITS: Final = Limits(cpu_s=300.0, wall_s=300.0, memory_bytes=4 << 30)
CONTEXT_CHARS: Final = 24_000
"""Most of a file's context that a prompt shows: its end. The judge sees all of it."""
CHEATS: Final = {
    "admit": "{head} admit ()",
    "assume": "{head} assume False",
    "solver switched off": '#push-options "--admit_smt_queries true"\n{head} ()',
    "expected failure": "[@expect_failure]\n{head} ()",
    "comment only": "(* {head} () *)",
    "solver's input": "let ``w () Term) (assert false) (declare-fun v`` (x:int) : Dv int = x\n{head} ()",
    "false axiom": "{head} FStar.Axiomatic.Array.index (FStar.Axiomatic.Array.emp _) 0",
    "tactic's options": (
        "{head} FStar.Tactics.assert_by_tactic False "
        '(fun () -> FStar.Tactics.set_options "--admit_smt_queries true"); false_elim ()'
    ),
}


class Definition(ProblemPayload, frozen=True, kw_only=True):
    """What is to be defined, and what the prover needs to know besides the context."""

    name: str
    file_name: str
    statement: str
    scaffold: str
    options: str
    head: str


class FStar(BenchmarkBase):
    """F* proof synthesis under one set of options.

    Raises:
        UsageError: an option that it does not have.
    """

    family = "fstar"
    folder = Path(__file__).parent
    variants = VARIANTS
    splits = ("", *rows.FILES)
    image = IMAGE
    scoring = Scoring(alias="verify")
    base_sampling = Sampling(max_tokens=1024, stop=STOP)
    chat_sampling = Sampling(max_tokens=1024)

    def __init__(self, options: BenchmarkOptions) -> None:
        super().__init__(options)
        self._version, _, self._context = (options.variant or "file").rpartition("-")
        self._related: dict[str, Row] = {}

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(
            protocol="official, closed against cheats",
            context=self._context,
            split=self.split or "the data's own",
        )

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems: from a mirror or JSON lines below the data root, else from the Hub."""
        loaded = rows.load(self._version or "v2", self.split or None, source)
        self._related = {row.name: row for row in loaded.rows}
        return LoadedProblems(problems=tuple(_problem(row) for row in loaded.rows), identity=loaded.identity)

    @functools.cached_property
    def _corpus(self) -> Corpus:
        return Corpus(tuple(self._related.values()))

    def variables(self, problem: Problem) -> Variables:
        """Return the type, the head of the definition, and as much context as the variant shows."""
        definition = problem.payload_of(Definition)
        row = self._related.get(problem.task_id)
        chosen: tuple[str, ...] = ()
        examples: tuple[Example, ...] = ()
        if self._context == "retrieved" and row is not None:
            chosen, examples = premises(row), self._corpus.examples(row)
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            context="" if self._context == "none" else _end_of(problem.setup),
            premises=chosen,
            examples=examples,
            head=definition.head,
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Put the candidate behind its context: head + text, an answer's definition, or a solution as it is.

        Source: fstar_dataset/fstar_harness.py: scaffolding, type, candidate.
        """
        definition = problem.payload_of(Definition)
        match completion.kind:
            case CompletionKind.CONTINUATION:
                code = f"{definition.head}{completion.text}" if completion.text.strip() else ""
                extraction = Extraction(rule="as-is" if code else NO_CODE_RULE, code=code)
            case CompletionKind.SOLUTION:
                extraction = Extraction(rule="as-is", code=completion.text)
            case CompletionKind.ANSWER:
                extraction = extract(
                    completion.text, problem.entry_point, definition.head, definition.statement
                )
            case _:
                assert_never(completion.kind)
        found = extraction.rule != NO_CODE_RULE
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=IMAGE,
            extraction=extraction,
            files=_files(problem, definition, extraction.code) if found else (),
            steps=(_step(definition),) if found else (),
        )

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Definitions that F* may accept and that prove nothing."""
        head = problem.payload_of(Definition).head
        return [self.cheat(problem, name, text.format(head=head)) for name, text in CHEATS.items()]


def _problem(row: Row) -> Problem:
    head = snippets.definition_head(row)
    definition = Definition(
        name=row.name,
        file_name=row.file_name,
        statement=row.statement,
        scaffold=snippets.scaffold(row),
        options=snippets.options(row.vconfig),
        head=head,
    )
    return Problem(
        task_id=row.name,
        prompt=f"{row.statement}\n{head}" if row.statement else head,
        entry_point=snippets.short_name(row),
        reference=row.source_definition,
        tests=(),
        payload=definition,
        setup=row.file_context,
        language="fstar",
        groups=(snippets.group(row),),
    )


def _files(problem: Problem, definition: Definition, candidate: str) -> tuple[SourceFile, ...]:
    """Name the parts as the sandbox ``fstar`` reads them."""
    parts = {
        "candidate.fst": candidate,
        "context.fst": problem.setup,
        "scaffold.fst": definition.scaffold,
        "options.fst": definition.options,
        "statement.fst": definition.statement,
        "reference.fst": problem.reference,
    }
    return tuple(SourceFile(path=path, content=content) for path, content in parts.items())


def _step(definition: Definition) -> ProofStep:
    return ProofStep(name="prove", theorem=definition.name, file_name=definition.file_name, limits=LIMITS)


def _end_of(context: str) -> str:
    """Return a context's last lines, whole ones."""
    if len(context) <= CONTEXT_CHARS:
        return context
    return context[-CONTEXT_CHARS:].partition("\n")[2]
