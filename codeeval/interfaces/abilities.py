"""What a benchmark or a model may offer beyond what it must.

Nothing is declared: an ability is recognised by its members, all of them, so offering one means writing them.
``codeeval.testing`` reports an ability of which only some members are there.

Of a benchmark, beside ``Benchmark``:

========================  ============================================  ======================================
ability                   members                                       what it changes
========================  ============================================  ======================================
``SpansImages``           ``images``, ``image_of``                      programs run in several images
``LacksReferences``       ``has_reference``                             tasks without a solution are excluded
                                                                        from checks
``ChecksReferences``      ``reference_share``, ``known_failure``        references run before any sample
``NeedsExpectedOutputs``  ``expected_outputs_program``,                 references run first: they give the
                          ``with_expected_outputs``                     expected outputs
``ShipsExpectedOutputs``  ``shipped_execution``                         references need not run where
                                                                        codeeval ships what they gave
``ExcludesProblems``      ``prompts_need_expected_outputs``,            tasks are excluded once their
                          ``is_included``, ``exclusion_notes``          references have run
``HasStubs``              ``stubs``                                     ``doctor`` lists tasks whose tests a
                                                                        stub passes
``ComparesValues``        ``compare``                                   returned values are compared by the
                                                                        benchmark
``ComparesOutputs``       ``compare_output``                            what cases print is compared by the
                                                                        benchmark
``GradesAnswers``         ``grade``                                     answers are graded; nothing is
                                                                        executed
``GivesCompletions``      ``given_completion``                          some tasks bring their completion; no
                                                                        model is asked about them
``RecordsFailures``       ``failure_record``                            ``export`` writes LiveCodeBench's file
``ShowsExamples``         ``examples_shown``, ``examples``,             strategies may execute the prompt's
                          ``example_program``                           examples
``RunsOnInputs``          ``shown_inputs``, ``inputs_program``          strategies may run candidates on
                                                                        inputs of their own
``MultiplEFormat``        ``row_name``, ``row_language``, ``solution``  ``export`` writes MultiPL-E's files
``DerivedBenchmark``      ``origin``                                    ``show`` places it beside its origin's
                                                                        run
``Translatable``          ``to_translate``, ``python_source``           ``translate`` accepts it
``HasLabelledSolutions``  ``labelled_solutions``                        ``audit`` measures how often the judge
                                                                        is wrong
``PublishesSchema``       ``schema``                                    ``explain`` has the JSON Schema of
                                                                        what a user writes
========================  ============================================  ======================================

Of a model, beside ``Model``:

========================  ============================================  ======================================
ability                   members                                       what it changes
========================  ============================================  ======================================
``SupportsBatches``       ``max_batch_items``, ``max_batch_bytes``,     ``--batch`` goes through the
                          ``submit_batch``, ``find_batch``,             provider's batch API
                          ``poll_batch``, ``batch_results``
========================  ============================================  ======================================

A benchmark brings commands of its own through the entry-point group ``codeeval.commands``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Protocol, runtime_checkable

import msgspec

from codeeval.interfaces.batches import SupportsBatches
from codeeval.interfaces.translation import Translatable
from codeeval.types import Completion, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codeeval.interfaces.benchmark import Cheat
    from codeeval.types import CallsStep, Case, Execution, Grade, Match, Problem, Program, Verdict


@runtime_checkable
class SpansImages(Protocol):
    """A benchmark whose programs run in several images: each names its own."""

    @property
    def images(self) -> tuple[str, ...]:
        """All of them; ``image`` is the first."""
        ...

    def image_of(self, problem: Problem) -> str:
        """Return the image that a problem's programs run in."""
        ...


@runtime_checkable
class LacksReferences(Protocol):
    """A benchmark that has no canonical solution of some of its problems."""

    def has_reference(self, problem: Problem) -> bool:
        """Whether ``reference`` gives a solution; where not, it gives an empty completion."""
        ...


class LabelledSolution(msgspec.Struct, frozen=True, kw_only=True):
    """A solution of which somebody else has established whether it is right."""

    name: str
    completion: Completion
    outcomes: tuple[Outcome, ...] = ()
    """Those that are right for it: one that must pass and may take too long has two. None where it must fail,
    in whatever way."""
    language: str = ""
    """Id; empty for one that the benchmark has sandboxes for anyway."""

    @property
    def must_pass(self) -> bool:
        """Whether any outcome but PASSED is the judge's error."""
        return self.outcomes == (Outcome.PASSED,)

    @property
    def may_pass(self) -> bool:
        """Whether PASSED is no error."""
        return Outcome.PASSED in self.outcomes


@runtime_checkable
class HasLabelledSolutions(Protocol):
    """A benchmark whose dataset has right and wrong solutions, labelled by another judge."""

    def labelled_solutions(self, problem: Problem) -> Sequence[LabelledSolution]:
        """Return them all, in a fixed order; none where a problem has none."""
        ...


@runtime_checkable
class MultiplEFormat(Protocol):
    """A benchmark whose programs are prompt + completion + newline + tests, in one of several languages.

    Its runs can be written in the files of MultiPL-E's scripts.
    """

    def row_name(self, problem: Problem) -> str:
        """What the dataset calls the problem, whatever else runs beside it."""
        ...

    def row_language(self, problem: Problem) -> str:
        """What the dataset calls the problem's language."""
        ...

    def solution(self, problem: Problem, completion: Completion) -> str:
        """What stands before the newline and the tests; empty where no code was found."""
        ...


@runtime_checkable
class ComparesValues(Protocol):
    """A benchmark that decides itself whether what calls returned is right (``Oracle.VALUES``)."""

    def compare(self, step: CallsStep, values: str) -> Match:
        """Compare what calls returned with ``step.expected``; pure, and never raises.

        Args:
            step: as the benchmark made it.
            values: one line a call; hostile text, and fewer or more lines than calls where the program
                ended early or wrote lines of its own.
        """
        ...


@runtime_checkable
class HasStubs(Protocol):
    """A benchmark for which stubs can be made: programs that do none of a task's work.

    One that passes shows that the task's tests are too weak; the doctor lists it.
    """

    def stubs(self, problem: Problem) -> Sequence[Cheat]:
        """Return the stubs of a problem."""
        ...


@runtime_checkable
class ComparesOutputs(Protocol):
    """A benchmark that decides itself whether what a case printed is right (``Oracle.CASES``)."""

    def compare_output(self, case: Case, output: str) -> Match:
        """Compare what a case printed with ``case.expected``; pure, and never raises.

        Called where ``Program.comparison`` has a name that ``judging.comparisons`` does not know.

        Args:
            case: as the benchmark made it.
            output: hostile text, up to the output limit.
        """
        ...


@runtime_checkable
class NeedsExpectedOutputs(Protocol):
    """A benchmark whose expected results are what its references give: those run first."""

    def expected_outputs_program(self, problem: Problem) -> Program:
        """Make the program that runs the problem's reference."""
        ...

    def with_expected_outputs(self, problem: Problem, execution: Execution) -> Problem:
        """Return the problem with what its reference gave.

        Raises:
            DataError: the reference failed, and how.
        """
        ...


@runtime_checkable
class ShipsExpectedOutputs(Protocol):
    """A benchmark whose expected outputs are part of codeeval, for the datasets and tools that it knows."""

    def shipped_execution(self, program: Program, toolchain: Mapping[str, str]) -> Execution | None:
        """Return what running a reference gave when the table was made; None where it must be run.

        Args:
            program: from ``expected_outputs_program``.
            toolchain: versions of the tools in the sandbox.
        """
        ...


@runtime_checkable
class ExcludesProblems(Protocol):
    """A benchmark that asks nothing of some problems, which shows only when their references have run."""

    prompts_need_expected_outputs: ClassVar[bool]
    """Whether prompts show what the references gave, so that nothing can be asked before they have run."""

    def is_included(self, problem: Problem) -> bool:
        """Whether something can be asked of a problem that ``with_expected_outputs`` returned."""
        ...

    def exclusion_notes(self, chosen: Sequence[Problem]) -> Sequence[str]:
        """Report in a line each which problems were excluded, of all and of the chosen, how many and why."""
        ...


class ShownExample(msgspec.Struct, frozen=True, kw_only=True):
    """An example of right behaviour that a prompt shows, and a test made of it."""

    text: str
    """As the prompt shows it."""
    check: str
    """Python statements that raise where the program behaves otherwise; empty where the example is a case."""


@runtime_checkable
class ShowsExamples(Protocol):
    """A benchmark whose prompts show examples that can be executed: all that a strategy may try."""

    examples_shown: str
    """Which they are, in words; goes into ``run.json``."""

    def examples(self, problem: Problem) -> tuple[ShownExample, ...]:
        """Read the examples off the prompt, and off nothing else; none where it shows none."""
        ...

    def example_program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that would be scored, with the examples in place of the tests.

        Its unit tests are named ``test_0000`` and so on, one an example; or it has a case for each. Without
        examples it is merely executed.
        """
        ...


@runtime_checkable
class RunsOnInputs(Protocol):
    """A benchmark whose programs can be run on inputs that it does not have: what they print is compared."""

    def shown_inputs(self, problem: Problem) -> tuple[str, ...]:
        """Return the inputs of the examples that the prompt shows, and no other; none where it shows none."""
        ...

    def inputs_program(self, problem: Problem, completion: Completion, inputs: Sequence[str]) -> Program:
        """Make the program that would be scored, with a case for each of these inputs and all of them run."""
        ...


@runtime_checkable
class GradesAnswers(Protocol):
    """A benchmark that grades answers itself, without executing anything (``Oracle.ANSWER``)."""

    def grade(self, program: Program) -> Grade:
        """Compare ``program.answers`` with ``program.expected``; pure, never raises, and bounded in time.

        Called only where some scorer found an answer; a scorer that found none gives 0.
        """
        ...


@runtime_checkable
class GivesCompletions(Protocol):
    """A benchmark some of whose tasks are solved already: what is there is scored, and no model is asked."""

    def given_completion(self, problem: Problem) -> Completion | None:
        """Return the task's completion, as sample 0; None where a model must write it."""
        ...


@runtime_checkable
class RecordsFailures(Protocol):
    """A benchmark whose runs can be written as LiveCodeBench's runner does, for its self-repair."""

    def failure_record(self, problem: Problem, verdict: Verdict) -> Mapping[str, object]:
        """Return what that runner's metadata would say of a sample; values that JSON has."""
        ...


@runtime_checkable
class ChecksReferences(Protocol):
    """A benchmark that is not to be scored where too few of its references pass."""

    reference_share: float
    """Least share of the selected tasks."""

    def known_failure(self, task_id: str) -> str:
        """Say why the task's reference fails in the benchmark's own image; empty where it should pass."""
        ...


@runtime_checkable
class DerivedBenchmark(Protocol):
    """A benchmark whose tasks were made from another's."""

    def origin(self, task_id: str) -> str:
        """Return the id, in that benchmark, of the task that this one was made from."""
        ...


@runtime_checkable
class PublishesSchema(Protocol):
    """A benchmark whose tasks a user writes."""

    def schema(self) -> Mapping[str, object]:
        """Return the JSON Schema of a task."""
        ...


BENCHMARK_ABILITIES: Final = (
    SpansImages,
    LacksReferences,
    ChecksReferences,
    NeedsExpectedOutputs,
    ShipsExpectedOutputs,
    ExcludesProblems,
    HasStubs,
    ComparesValues,
    ComparesOutputs,
    GradesAnswers,
    GivesCompletions,
    RecordsFailures,
    ShowsExamples,
    RunsOnInputs,
    MultiplEFormat,
    DerivedBenchmark,
    Translatable,
    HasLabelledSolutions,
    PublishesSchema,
)
MODEL_ABILITIES: Final = (SupportsBatches,)
