"""Strategies over a scripted model: their prompts, their selection, their cost, and what they never see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.strategies import (
    BASE,
    CHAT,
    PROBLEM,
    WARM,
    ScriptedModel,
    ScriptedSource,
    failing,
    make,
    passing,
    prompted,
)

from codeeval.errors import PromptRefused, UnknownName, UsageError
from codeeval.strategies.best_of_n import BestOfN
from codeeval.strategies.calculator import Calculator, compute, wrong_result
from codeeval.strategies.class_methods import ClassMethods, skeleton, written
from codeeval.strategies.dialogue import Dialogue, hint
from codeeval.strategies.majority import Majority, behaviour, normalised
from codeeval.strategies.parameters import parse_strategy
from codeeval.strategies.parsel import Parsel
from codeeval.strategies.plan_search import PlanSearch, observations, subsets
from codeeval.strategies.self_repair import SelfRepair
from codeeval.strategies.think_and_execute import ThinkAndExecute
from codeeval.strategies.trials import Trial
from codeeval.strategies.verify import Verify, share
from codeeval.types import CompletionKind, Message, Outcome, PromptStyle, Role, Sampling

if TYPE_CHECKING:
    from codeeval.strategies.selection import SelectionStrategy
    from codeeval.types import Prompt


async def test_best_of_n_selects_the_first_of_the_best_and_counts_every_candidate() -> None:
    model = ScriptedModel(["a", "b", "c", "d"])
    trials = {
        "a": failing("returned 2", "returned 3"),
        "b": failing("", "returned 3"),
        "c": passing(),
        "d": passing(),
    }
    made = make(BestOfN({"n": "4"}), model, trials)
    [got] = await made.sample(PROBLEM, range(1))
    assert (got.text, got.sample, got.kind) == ("c", 0, CompletionKind.ANSWER)
    assert model.samples == [0, 1, 2, 3]
    assert (got.usage.generations, got.usage.prompt_tokens, got.usage.completion_tokens) == (
        4,
        40,
        1 + 2 + 3 + 4,
    )
    assert (got.usage.extra_prompt_tokens, got.usage.extra_completion_tokens) == (30, 7)
    assert got.usage.latency_s == 2.0
    assert [(turn.chosen, turn.text, turn.passed) for turn in got.trace] == [
        (False, "a", 0), (False, "b", 1), (True, "", 2), (False, "d", 2),
    ]  # fmt: skip


async def test_each_sample_has_completions_of_its_own() -> None:
    model = ScriptedModel("abcdefgh", max_n=3)
    made = make(BestOfN({"n": "4"}), model, dict.fromkeys("abcdefgh", passing()))
    assert made.max_n == 1
    [got] = await made.sample(PROBLEM, range(1, 2))
    assert sorted(model.samples) == [4, 5, 6, 7]
    assert (got.text, got.sample) == ("e", 1)
    assert len(model.prompts) == 2, "three completions in one request, and the one that is left"


async def test_majority_counts_behaviour_and_not_whether_it_is_right() -> None:
    model = ScriptedModel("abcde")
    wrong = failing("returned 7", "")
    trials = {
        "a": passing(),
        "b": wrong,
        "c": failing("raised E", "raised E"),
        "d": failing("raised E", "raised E"),
        "e": wrong,
    }
    [got] = await make(Majority({}), model, trials).sample(PROBLEM, range(1))
    assert got.text == "b"


async def test_what_returns_nothing_votes_only_where_nothing_else_does() -> None:
    crash = failing("raised E", "raised E")
    trials = {"a": crash, "b": crash, "c": passing()}
    [got] = await make(Majority({"n": "3"}), ScriptedModel("abc"), trials).sample(PROBLEM, range(1))
    assert got.text == "c"
    trials = dict.fromkeys("abc", crash)
    [got] = await make(Majority({"n": "3"}), ScriptedModel("abc"), trials).sample(PROBLEM, range(1))
    assert got.text == "a"


def test_without_examples_programs_of_the_same_text_are_one_cluster() -> None:
    def plain(code: str) -> tuple[str, ...]:
        return behaviour(Trial(outcome=Outcome.PASSED, code=code))

    assert plain("def f(x):\n    return x  # so\n") == plain("def f( x ):\n\n    return x")
    assert plain("def f(x): return 1") != plain("def f(x): return 2")
    assert behaviour(Trial(outcome=Outcome.COMPILE_ERROR, code="def")) == ()
    assert normalised("not  python\n at") == "not python at"


def test_addresses_do_not_distinguish_programs() -> None:
    assert behaviour(failing("returned <g at 0x7f01>")) == behaviour(failing("returned <g at 0x7f02>"))


async def test_self_repair_gives_feedback_and_stops_when_the_program_is_right() -> None:
    model = ScriptedModel(["first", "second", "third"])
    trials = {"first": failing("", "returned 5"), "second": passing()}
    [got] = await make(SelfRepair({"rounds": "2"}), model, trials).sample(PROBLEM, range(1))
    assert got.text == "second"
    assert model.samples == [0, 1]
    first, repair = model.prompts
    assert first == CHAT
    assert [message.role for message in repair.messages] == [Role.USER, Role.ASSISTANT, Role.USER]
    assert repair.messages[1].content == "first"
    feedback = repair.messages[2].content
    assert "1 of 2" in feedback
    assert ">>> f(1)" in feedback
    assert "returned 5" in feedback
    assert ">>> f(0)" not in feedback, "an example that passed is no feedback"
    assert (repair.prefill, repair.stop) == (CHAT.prefill, CHAT.stop), "the benchmark extracts code with them"
    assert got.trace[1].prompt == feedback


async def test_self_repair_selects_the_best_and_of_equals_the_last() -> None:
    model = ScriptedModel(["a", "b", "c"])
    trials = {
        "a": failing("", "returned 5"),
        "b": failing("returned 1", "returned 1"),
        "c": failing("", "returned 6"),
    }
    [got] = await make(SelfRepair({}), model, trials).sample(PROBLEM, range(1))
    assert got.text == "c"
    trials["c"] = trials["b"]
    model = ScriptedModel(["a", "b", "c"])
    [got] = await make(SelfRepair({}), model, trials).sample(PROBLEM, range(1))
    assert got.text == "a"
    assert [message.role for message in model.prompts[2].messages].count(Role.ASSISTANT) == 2


async def test_a_failed_sandbox_is_no_feedback() -> None:
    model = ScriptedModel(["a", "b"])
    trials = {"a": Trial(outcome=Outcome.SANDBOX_ERROR, detail="the sandbox died")}
    [got] = await make(SelfRepair({}), model, trials).sample(PROBLEM, range(1))
    assert got.text == "a"
    assert model.samples == [0]
    assert "sandbox" not in prompted(model)
    assert got.trace[0].outcome is Outcome.SANDBOX_ERROR


@pytest.mark.parametrize(
    ("trial", "words"),
    [
        (Trial(outcome=Outcome.COMPILE_ERROR, detail="SyntaxError: bad", code="def"), "SyntaxError: bad"),
        (Trial(outcome=Outcome.NO_CODE, detail="no code found in the completion"), "no code"),
        (Trial(outcome=Outcome.TIMEOUT, detail="used 3 s", code="x", examples=2), "used 3 s"),
    ],
)
@pytest.mark.parametrize("prompt", [CHAT, BASE], ids=["chat", "base"])
async def test_the_feedback_of_what_does_not_run_is_its_error(
    trial: Trial, words: str, prompt: object
) -> None:
    model = ScriptedModel(["a", "b"])
    await make(
        SelfRepair({"rounds": "1"}), model, {"a": trial, "b": passing()}, prompt=prompt, sampling=Sampling()
    ).sample(PROBLEM, range(1))
    assert words in prompted(model)


async def test_a_base_model_continues_the_text_below_its_mistake() -> None:
    model = ScriptedModel(["    return 5\n", "    return 1\n"], style=PromptStyle.BASE)
    trials = {"    return 5\n": failing("returned 5"), "    return 1\n": passing()}
    [got] = await make(SelfRepair({}), model, trials, prompt=BASE).sample(PROBLEM, range(1))
    assert got.kind is CompletionKind.CONTINUATION
    repair = model.prompts[1].text
    assert repair.endswith(BASE.text)
    assert "returned 5" in repair
    assert all(line.startswith("#") for line in repair.removesuffix(BASE.text).splitlines() if line)


async def test_a_repair_that_is_rejected_leaves_the_last_candidate() -> None:
    model = ScriptedModel(["a", "b"], refuse=1)
    [got] = await make(SelfRepair({}), model, {"a": failing("returned 5")}).sample(PROBLEM, range(1))
    assert got.text == "a"
    assert got.usage.generations == 1
    assert "refused" in got.trace[1].detail


async def test_a_rejected_first_prompt_is_raised() -> None:
    with pytest.raises(PromptRefused):
        await make(SelfRepair({}), ScriptedModel("a", refuse=0), {}).sample(PROBLEM, range(1))


async def test_plan_search_makes_observations_then_plans_then_programs() -> None:
    model = ScriptedModel(["1. small\n2. even\n", "plan A", "plan B", "code B", "code B2", "x", "y"])
    sampling = Sampling(stop=("\n```\n",))
    made = make(PlanSearch({"plans": "2"}), model, dict.fromkeys(model.texts, passing()), sampling=sampling)
    [got] = await made.sample(PROBLEM, range(1))
    observe, *plans = [prompt.messages[0].content for prompt in model.prompts[:3]]
    assert "Write f." in observe
    assert "- small" in plans[0]
    assert "- even" not in plans[0]
    assert "- even" in plans[1]
    assert not any(prompt.prefill or prompt.stop for prompt in model.prompts[:3])
    assert [each.stop for each in model.samplings] == [(), (), (), sampling.stop, sampling.stop]
    assert all(prompt.prefill == CHAT.prefill for prompt in model.prompts[3:])
    assert "Write f." in model.prompts[3].messages[0].content
    assert "plan A" in model.prompts[3].messages[0].content
    assert got.usage.generations == 5
    assert got.text in {"code B", "code B2"}
    assert sum(turn.chosen for turn in got.trace) == 1


async def test_one_plan_needs_no_trial() -> None:
    strategy = PlanSearch({"plans": "1"})
    assert not strategy.needs_trials
    [got] = await make(strategy, ScriptedModel("abc"), None).sample(PROBLEM, range(1))
    assert got.text == "c"


def test_observations_are_read_from_lists_and_from_prose() -> None:
    assert observations("Sure:\n1. a b\n2) c\n- d\n* e\n", 3) == ["a b", "c", "d"]
    assert observations("one\ntwo\n\nthree", 4) == ["one two", "three"]
    assert observations("", 4) == []
    found = iter(subsets(["a", "b"]))
    assert [next(found) for _ in range(5)] == [("a",), ("b",), ("a", "b"), (), ("a",)]
    assert next(iter(subsets([]))) == ()


@pytest.mark.parametrize(
    ("trial", "words"),
    [
        (Trial(outcome=Outcome.NO_CODE, detail="no code found"), "There is no code in your answer."),
        (Trial(outcome=Outcome.COMPILE_ERROR, detail="SyntaxError: bad", code="def"), "SyntaxError: bad."),
        (Trial(outcome=Outcome.TIMEOUT, detail="used 3 s", code="x", examples=2), "does not end: used 3 s."),
        (Trial(outcome=Outcome.RUNTIME_ERROR, detail="NameError: g", code="x"), "fails: NameError: g."),
        (failing("", "returned\n5"), "it returned 5."),
        (failing("raised E", "returned 5"), "with an error: it raised E."),
    ],
)
def test_a_hint_is_one_sentence_about_one_thing(trial: Trial, words: str) -> None:
    assert hint(trial).endswith(words)
    assert "\n" not in hint(trial)


@pytest.mark.parametrize("prompt", [CHAT, BASE], ids=["chat", "base"])
async def test_a_dialogue_has_a_hint_a_turn(prompt: Prompt) -> None:
    model = ScriptedModel(["a", "b", "c"], style=prompt.style)
    trials = {"a": failing("", "returned 5"), "b": failing("returned 2", "returned 3"), "c": passing()}
    [got] = await make(Dialogue({}), model, trials, prompt=prompt).sample(PROBLEM, range(1))
    assert got.text == "c"
    assert [turn.step for turn in got.trace] == ["candidate", "hint 1", "hint 2"]
    assert "returned 5" in got.trace[1].prompt
    assert "returned 3" not in prompted(model), "one example a hint"
    assert Dialogue({}).max_generations == 5


async def test_verify_selects_what_the_model_believes_in() -> None:
    texts = ["a", "b", "c", "no. Verdict: no", "x\n**Verdict:** yes", "Verdict: no, wait. Verdict: yes"]
    model = ScriptedModel(texts)
    [got] = await make(Verify({"n": "3"}), model, None).sample(PROBLEM, range(1))
    assert (got.text, got.score, got.usage.generations) == ("b", 1.0, 6)
    assert [turn.step for turn in got.trace[3:]] == [f"judgement of {number}" for number in (1, 2, 3)]
    judged = model.prompts[-1].messages
    assert [message.role for message in judged] == [Role.USER]
    assert "Write f." in judged[0].content
    assert not model.prompts[-1].prefill


async def test_verify_without_a_judgement_is_undecided() -> None:
    model = ScriptedModel(["", "b", "perhaps"])
    [got] = await make(Verify({"n": "2"}), model, None).sample(PROBLEM, range(1))
    assert (got.text, got.score, got.usage.generations) == ("b", 0.5, 3), "an empty answer is not judged"
    model = ScriptedModel(["a", "b", "x", "perhaps"], refuse=2)
    [got] = await make(Verify({"n": "2"}), model, None).sample(PROBLEM, range(1))
    assert (got.text, got.score) == ("a", 0.5)


async def test_the_calculator_corrects_results_and_continues_behind_them() -> None:
    model = ScriptedModel(
        [
            "48/2 = <<48/2=24>>24, 24+48 = <<24+48=62>>62\n#### 62",
            "72, half of it <<72/2=30",
            "36\n#### 36",
        ],
        style=PromptStyle.BASE,
    )
    [got] = await make(Calculator({}), model, None, prompt=BASE).sample(PROBLEM, range(1))
    assert got.text == "48/2 = <<48/2=24>>24, 24+48 = <<24+48=72>>72, half of it <<72/2=36>>36\n#### 36"
    assert (got.kind, got.usage.generations) == (CompletionKind.CONTINUATION, 3)
    assert [prompt.text for prompt in model.prompts[1:]] == [
        BASE.text + "48/2 = <<48/2=24>>24, 24+48 = <<24+48=72>>",
        BASE.text + "48/2 = <<48/2=24>>24, 24+48 = <<24+48=72>>72, half of it <<72/2=36>>",
    ]
    limits = [sampling.max_tokens for sampling in model.samplings]
    assert limits[0] > limits[1] > limits[2] > 0, "what is kept counts against the limit"


async def test_the_calculator_leaves_right_results_and_its_limit() -> None:
    model = ScriptedModel(["<<3*4=12.0>>12 and <<x+1=3>>3, <<5/0=1>>"])
    [got] = await make(Calculator({}), model, None).sample(PROBLEM, range(1))
    assert (got.text, got.usage.generations) == ("<<3*4=12.0>>12 and <<x+1=3>>3, <<5/0=1>>", 1)
    model = ScriptedModel(["<<1+1=3>>", "<<2+2=5>>", "<<3+3=7>>"], style=PromptStyle.BASE)
    [got] = await make(Calculator({"corrections": "1"}), model, None, prompt=BASE).sample(PROBLEM, range(1))
    assert got.text == "<<1+1=2>><<2+2=5>>"


async def test_the_calculator_in_a_conversation_continues_the_answer() -> None:
    model = ScriptedModel(["so <<1+1=3>>3", "so <<1+1=2>>2\n#### 2"])
    [got] = await make(Calculator({}), model, None).sample(PROBLEM, range(1))
    assert got.text == "so <<1+1=2>>2\n#### 2"
    assert model.prompts[1].prefill == "so <<1+1=2>>"
    model = ScriptedModel(["so <<1+1=3>>3", "#### 2"])
    [got] = await make(Calculator({}), model, None).sample(PROBLEM, range(1))
    assert got.text == "so <<1+1=3>>3", "a model that starts anew is not corrected"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("48/2", 24.0),
        ("1,200*3", 3600),
        ("(5+.5)*-2", -11),
        ("2**10", 1024),
        ("7//2", 3),
        ("5/0", None),
        ("9**9**9**9", None),
        ("(-8)**.5", None),
        ("007+1", None),
        ("2 + 2", None),
        ("__import__", None),
        ("1e5", None),
        ("(" * 300, None),
        ("-" * 199 + "1", -1),
        ("9" * 150, None),
    ],
)
def test_arithmetic_is_computed_within_bounds(expression: str, value: float | None) -> None:
    assert compute(expression) == value


def test_an_annotation_that_is_cut_off_gets_its_result() -> None:
    assert wrong_result("a <<10/4") is None
    assert wrong_result("a <<10/4=") == (9, "10/4", "2.5")
    assert wrong_result("<<1/3=0.33>>") == (6, "1/3", "0.3333333333")
    assert wrong_result("<<100*3=$300>>") == (8, "100*3", "300")


async def test_think_and_execute_has_three_stages() -> None:
    model = ScriptedModel(["look at it", "def answer(text): ...", "So the answer is 3."])
    [got] = await make(ThinkAndExecute({}), model, None).sample(PROBLEM, range(1))
    assert (got.text, got.usage.generations) == ("So the answer is 3.", 3)
    analyse, write, execute = model.prompts
    assert all("Write f." in prompt.messages[-1].content for prompt in model.prompts)
    assert "look at it" in write.messages[0].content
    assert "def answer(text): ..." in execute.messages[0].content
    assert execute.messages[0].content.startswith("Write f."), "the benchmark's prompt, and below it the rest"
    assert not analyse.prefill
    assert (execute.prefill, execute.stop) == (CHAT.prefill, CHAT.stop)


def test_the_share_of_judgements() -> None:
    assert share(["Verdict: yes", "verdict - No", "Verdict: YES", "none"]) == pytest.approx(2 / 3)
    assert share(["the verdict is out"]) == 0.5


@pytest.mark.parametrize(
    "strategy",
    [
        BestOfN({}),
        Majority({}),
        SelfRepair({}),
        PlanSearch({}),
        Dialogue({}),
        Verify({"n": "3"}),
        Parsel({}),
        ThinkAndExecute({}),
        Calculator({"corrections": "2"}),
    ],
    ids=lambda s: s.name,
)
async def test_no_prompt_has_hidden_tests(strategy: object) -> None:
    texts = [f"t{i}" for i in range(20)]
    model = ScriptedModel(texts)
    made = make(strategy, model, dict.fromkeys(texts, failing("returned 5", "raised E")))
    await made.sample(PROBLEM, range(2))
    assert model.prompts
    assert "HIDDEN" not in prompted(model)
    assert "REFERENCE" not in prompted(model)


def test_a_strategy_that_needs_trials_needs_a_sandbox() -> None:
    with pytest.raises(UsageError):
        make(BestOfN({}), ScriptedModel("a"), None)


@pytest.mark.parametrize(("strategy", "text"), [(BestOfN({"n": "3"}), "a"), (Majority({"n": "3"}), "b")])
async def test_selection_among_the_samples_of_a_source(strategy: SelectionStrategy, text: str) -> None:
    source = ScriptedSource("xyzabc")
    wrong = failing("returned 3", "returned 3")
    made = make(strategy, source, {"a": failing("", "returned 2"), "b": wrong, "c": wrong})
    [got] = await made.sample(PROBLEM, range(1, 2))
    assert (got.text, got.sample) == (text, 1)
    assert source.samples == [3, 4, 5], "the second sample has the second three"
    assert made.max_n == 1


SKELETON = """\
Please complete the class Pair in the following code.
import math

class Pair:
    def __init__(self, a):
        self.a = a

    @staticmethod
    def one(x,
            y):
        \"\"\"Return one.\"\"\"

    def two(self):
        \"\"\"Return two.\"\"\"
"""
ONE = "```python\n@staticmethod\ndef one(x,\n        y):\n    return 1\n\nprint(1)\n```"
TWO = "    def two(self):\n        return 2\n\n    def three(self):\n        return 3\n"


@pytest.mark.parametrize("order", ["incremental", "compositional"])
async def test_a_class_is_written_method_by_method(order: str) -> None:
    model = ScriptedModel([ONE, TWO])
    prompt = msgspec.structs.replace(CHAT, messages=(Message(role=Role.USER, content=SKELETON),))
    made = make(ClassMethods({"order": order}), model, {}, prompt=prompt)
    [got] = await made.sample(PROBLEM, range(1))
    start = "import math\n\nclass Pair:\n    def __init__(self, a):\n        self.a = a"
    one = "    @staticmethod\n    def one(x,\n            y):\n        return 1"
    assert got.text == f"{start}\n\n{one}\n\n    def two(self):\n        return 2\n"
    assert [turn.step for turn in got.trace] == ["one", "two", "class"]
    second = model.prompts[1].messages[0].content
    assert second.startswith("please complete two method in the following class Pair\n\nimport math")
    assert ("        return 1" in second, "            y):\n        pass" in second) == (
        order == "incremental",
        order == "compositional",
    )


async def test_a_prompt_without_a_class_is_refused() -> None:
    with pytest.raises(UsageError, match="classeval"):
        await make(ClassMethods({}), ScriptedModel("a"), {}).sample(PROBLEM, range(1))


def test_a_method_that_an_answer_lacks_stays_a_skeleton() -> None:
    found = skeleton(SKELETON)
    assert found is not None
    assert written(found.methods[1], "I cannot.") == found.methods[1].text


def test_strategy_specs() -> None:
    assert parse_strategy("self-repair") == ("self-repair", {})
    assert parse_strategy("best-of-n: n=5") == ("best-of-n", {"n": "5"})
    assert SelfRepair({"rounds": "3"}).parameters == {"rounds": "3"}
    assert SelfRepair({}).template_hash != PlanSearch({}).template_hash


@pytest.mark.parametrize("text", ["best-of-n:", "best-of-n:n", "x:n=1,n=2", ":n=1", "x:n=", "x:=1"])
def test_malformed_strategy_specs(text: str) -> None:
    with pytest.raises(UsageError):
        parse_strategy(text)


@pytest.mark.parametrize("value", ["0", "1", "many", "-3", "2.5", "1000000"])
def test_parameters_have_bounds(value: str) -> None:
    with pytest.raises(UsageError, match=r"n="):
        BestOfN({"n": value})


def test_a_parameter_that_does_not_exist_gets_the_nearest() -> None:
    with pytest.raises(UnknownName, match="rounds"):
        SelfRepair({"round": "2"})


def test_greedy_sampling_is_refused_where_all_candidates_would_be_the_same() -> None:
    model = ScriptedModel("a")
    for strategy in (BestOfN({}), Majority({}), Verify({})):
        with pytest.raises(UsageError, match="temperature"):
            strategy.check(model.info, Sampling())
        strategy.check(model.info, WARM)
    SelfRepair({}).check(model.info, Sampling())
    with pytest.raises(UsageError, match="plan-search"):
        PlanSearch({}).check(msgspec.structs.replace(model.info, style=PromptStyle.BASE), WARM)
    with pytest.raises(UsageError, match="verify"):
        Verify({}).check(msgspec.structs.replace(model.info, style=PromptStyle.BASE), WARM)
    with pytest.raises(UsageError, match="think-and-execute"):
        ThinkAndExecute({}).check(msgspec.structs.replace(model.info, style=PromptStyle.BASE), WARM)
    with pytest.raises(UnknownName, match="stages"):
        ThinkAndExecute({"stages": "2"})
