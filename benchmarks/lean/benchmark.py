"""Lean 4 theorems in miniF2F's shape: from a statement, its proof; Lean is the judge.

Source: Zheng, Han and Polu 2022, "miniF2F"; deepseek-ai/DeepSeek-Prover-V1.5 for the Lean 4 protocol.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from codeeval.benchmarks.lean import rows
from codeeval.benchmarks.lean.answers import declaration, extract, preamble
from codeeval.extraction import NO_CODE_RULE
from codeeval.interfaces import BenchmarkBase, Cheat, DataSource, LoadedProblems, Scoring
from codeeval.lexing.lean import statement
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

    from codeeval.benchmarks.lean.rows import Row

IMAGE: Final = "lean"
STOP: Final = ("\ntheorem ", "\nlemma ", "\nexample ", "\ndef ", "\n/--", "\n#", "\nend ", "\n```")
"""Where a base model has left the proof."""
LIMITS: Final = Limits(cpu_s=300.0, wall_s=300.0, memory_bytes=8 << 30)
"""Source: DeepSeek-Prover-V1.5, configs: ``lean_timeout = 300``."""
CHEATS: Final = {
    "sorry": "{head} := by sorry",
    "admit": "{head} := by admit",
    "axiom": "axiom done : False\n{head} := done.elim",
    "native_decide": "{head} := by native_decide",
    "kernel switched off": "set_option debug.skipKernelTC true\n{head} := by sorry",
    "own syntax": 'macro "done" : tactic => `(tactic| sorry)\n{head} := by done',
    "end of file": "{head} := by sorry\n#exit",
    "silenced": "#guard_msgs (drop all) in\n{head} := by sorry",
    "another statement": "theorem {name} : True := trivial",
    "comment only": "/- {head} := by trivial -/",
}


class Theorem(ProblemPayload, frozen=True, kw_only=True):
    """What is to be proved."""

    name: str
    stated: str
    """Up to ``:=``."""
    informal: str


class Lean(BenchmarkBase):
    """Theorems of Lean 4 under one set of options.

    Raises:
        UsageError: an option that it does not have.
    """

    family = "lean"
    folder = Path(__file__).parent
    variants = ("", rows.MINIF2F, rows.FILES)
    splits = ("", *rows.SPLITS)
    image = IMAGE
    scoring = Scoring(alias="verify")
    base_sampling = Sampling(max_tokens=2048, stop=STOP)
    chat_sampling = Sampling(max_tokens=2048)

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        return self.stated(protocol="closed against cheats", split=self.split or "the data's own")

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems: of the copy that the variant names, else what the data root or Hub has."""
        if self.options.variant:
            loaded = rows.load_named(self.options.variant, self.split or rows.SPLITS[0], source)
        else:
            loaded = rows.load(self.split or None, source)
        return LoadedProblems(problems=tuple(_problem(row) for row in loaded.rows), identity=loaded.identity)

    def variables(self, problem: Problem) -> Variables:
        """Return the header, the informal statement, and the statement up to where the proof begins."""
        theorem = problem.payload_of(Theorem)
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            context=problem.setup,
            premises=(theorem.informal,) if theorem.informal else (),
            head=f"{theorem.stated.rstrip()} := by",
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make a declaration of the theorem: statement + text, an answer's, or a solution as it is."""
        theorem = problem.payload_of(Theorem)
        match completion.kind:
            case CompletionKind.CONTINUATION:
                head = declaration(theorem.stated).rstrip()
                code = f"{head} := by{completion.text}" if completion.text.strip() else ""
                extraction = Extraction(rule="as-is" if code else NO_CODE_RULE, code=code)
            case CompletionKind.SOLUTION:
                rule = "as-is" if completion.text.strip() else NO_CODE_RULE
                extraction = Extraction(rule=rule, code=completion.text)
            case CompletionKind.ANSWER:
                extraction = extract(completion.text, theorem.name, theorem.stated, problem.setup)
            case _:
                assert_never(completion.kind)
        found = extraction.rule != NO_CODE_RULE
        return Program(
            task_id=problem.task_id,
            sample=completion.sample,
            language=problem.language,
            image=IMAGE,
            extraction=extraction,
            files=_files(problem, theorem, extraction.code) if found else (),
            steps=(ProofStep(name="prove", theorem=theorem.name, limits=LIMITS),) if found else (),
        )

    def has_reference(self, problem: Problem) -> bool:
        """Whether the row has a proof; the copies of miniF2F have none."""
        return bool(problem.reference)

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Proofs that Lean may be content with and that prove nothing."""
        theorem = problem.payload_of(Theorem)
        head = declaration(theorem.stated).rstrip()
        return [
            self.cheat(problem, name, text.replace("{head}", head).replace("{name}", theorem.name))
            for name, text in CHEATS.items()
        ]


def _problem(row: Row) -> Problem:
    found = statement(row.formal_statement)
    name, end = (found.name, found.end) if found else ("", len(row.formal_statement))
    stated = row.formal_statement[:end].rstrip()
    proof = row.formal_proof
    if proof and not proof.lstrip().startswith(("theorem", "lemma")):
        proof = f"{declaration(stated)} := {proof.strip().removeprefix(':=').lstrip()}"
    return Problem(
        task_id=row.task_id,
        prompt=f"{stated} := by",
        entry_point=name,
        reference=proof,
        tests=(),
        payload=Theorem(name=name, stated=stated, informal=row.informal),
        setup=row.header,
        language="lean",
        groups=(row.split,) if row.split else (),
    )


def _files(problem: Problem, theorem: Theorem, candidate: str) -> tuple[SourceFile, ...]:
    """Name the parts as the sandbox ``lean`` reads them."""
    own = preamble(theorem.stated)
    if own and candidate.startswith(own):  # a solution that repeats the whole problem
        candidate = candidate[len(own) :].lstrip()
    parts = {"candidate.lean": candidate, "header.lean": problem.setup, "statement.lean": theorem.stated}
    return tuple(SourceFile(path=path, content=content) for path, content in parts.items())
