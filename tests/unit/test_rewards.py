"""Reward functions without a trainer or a sandbox: what they read, return and share."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.reward_fakes import (
    FakeEvaluator,
    FakeExecution,
    FakeSandbox,
    FakeSubmission,
    fake_evaluators,
)

from codeeval.errors import CodeEvalError, DataError, SandboxError, UnknownName, UsageError
from codeeval.rewards import trl, verl
from codeeval.rewards.warm import WARM
from codeeval.types import Case, CompletionKind, LimitOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Evaluators that decide by the words of a text."""
    yield from fake_evaluators(monkeypatch)


def message(text: str) -> list[dict[str, str]]:
    """A completion of a chat."""
    return [{"role": "assistant", "content": text}]


def submitted(fake: type[FakeEvaluator | FakeSandbox]) -> list[Any]:
    """Everything that was handed over, in order."""
    return [each for made in fake.made for each in made.submitted]


def run(function: Callable[..., Any], *args: Any, **columns: Any) -> Any:
    """Call a reward function, in an event loop if it is asynchronous."""
    result = function(*args, **columns)
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


TRL = pytest.mark.parametrize("make", [trl.get_code_reward, trl.get_async_code_reward])
VERL = pytest.mark.parametrize("score", [verl.compute_score, verl.acompute_score])


@TRL
def test_rewards_are_in_the_order_of_the_completions(make: Callable[..., Any]) -> None:
    completions = ["wrong", "right", "lost", "right", "wrong"]
    rewards = run(make("one"), completions=completions, task_id=[f"T/{n}" for n in range(5)])
    assert rewards == [0.0, 1.0, None, 1.0, 0.0]
    assert sorted(each.task_id for each in submitted(FakeEvaluator)) == [f"T/{n}" for n in range(5)]


@TRL
def test_chat_messages_and_texts_are_the_same_completion(make: Callable[..., Any]) -> None:
    completions = [
        message("right"),
        "right",
        [{"role": "assistant", "content": [{"type": "text", "text": "rig"}, {"type": "text", "text": "ht"}]}],
        [*message("first try"), {"role": "tool", "content": "lost"}, *message("right")],
        [*message("right"), {"role": "tool", "content": "right"}, {"role": "assistant", "content": None}],
    ]
    rewards = run(make("one"), completions=completions, task_id=["T/0"] * 5)
    assert rewards == [1.0, 1.0, 1.0, 1.0, 0.0]


def test_reasoning_is_no_part_of_the_answer() -> None:
    completions = [
        "<think>right</think>wrong",
        "right</think>wrong",
        "<think>right",
        "<think>no</think>right",
    ]
    assert trl.get_code_reward("one")(completions, task_id=["T/0"] * 4) == [0.0, 0.0, 0.0, 1.0]


def test_the_text_of_other_kinds_is_taken_as_it_is() -> None:
    reward = trl.get_code_reward("one", kind="continuation")
    assert reward(["  <think>right</think>"], task_id=["T/0"]) == [0.0]
    assert submitted(FakeEvaluator) == [
        FakeSubmission("T/0", "  <think>right</think>", CompletionKind.CONTINUATION)
    ]


@TRL
def test_rows_that_say_nothing_to_solve_are_other_rewards_rows(make: Callable[..., Any]) -> None:
    assert run(make("one"), completions=["right"] * 3, task_id=["T/0", None, "T/1"]) == [1.0, None, 1.0]
    tests = ["assert f()", None, ""]
    assert run(make(), completions=["right"] * 3, tests=tests) == [1.0, None, None]


def test_each_row_may_name_its_benchmark() -> None:
    rewards = trl.code_reward(["right", "wrong"], benchmark=["one", "two"], task_id=["T/0", "T/1"])
    assert rewards == [1.0, 0.0]
    assert {each.subject for each in FakeEvaluator.made} == {"one", "two"}


CASES = (Case(stdin="1\n", expected="2\n"), Case(stdin="", expected="0"))


@pytest.mark.parametrize(
    "cases",
    [
        [{"stdin": "1\n", "expected": "2\n"}, {"stdin": "", "expected": "0"}],
        [{"input": "1\n", "output": "2\n"}, {"input": "", "output": "0"}],
        {"inputs": ["1\n", ""], "outputs": ["2\n", "0"]},
        {"stdin": np.array(["1\n", ""], dtype=object), "expected": np.array(["2\n", "0"], dtype=object)},
        np.array([{"input": "1\n", "output": "2\n"}, {"input": "", "output": "0"}], dtype=object),
        '{"inputs": ["1\\n", ""], "outputs": ["2\\n", "0"]}',
        '[{"input": "1\\n", "output": "2\\n"}, {"input": "", "output": "0"}]',
    ],
)
def test_cases_are_read_in_the_forms_of_datasets(cases: object) -> None:
    reward = trl.get_code_reward(language="rust")
    assert reward(["```rust\n// right\n```"], cases=[cases]) == [1.0]
    assert submitted(FakeSandbox) == [FakeExecution("// right\n", "rust", cases=CASES)]
    scored = verl.compute_score("mine", "```rust\n// right\n```", {"cases": cases, "language": "rust"})
    assert scored == {"score": 1.0, "acc": 1.0, "outcome": "PASSED"}
    assert submitted(FakeSandbox)[1].cases == CASES


def test_tests_are_a_text_or_a_list_of_statements() -> None:
    tests = ["assert f(1) == 2\n", ["assert f(1) == 2", "assert f(2) == 3"]]
    trl.code_reward(["# right"] * 2, tests=tests)
    assert [each.tests for each in submitted(FakeSandbox)] == [
        "assert f(1) == 2\n",
        "assert f(1) == 2\nassert f(2) == 3",
    ]


def test_languages_of_rows_have_sandboxes_of_their_own() -> None:
    columns = {"tests": ["t"] * 3, "language": ["python", "perl", None]}
    assert trl.get_code_reward(language="ruby")(["# right"] * 3, **columns) == [1.0] * 3
    assert [(each.subject, each.submitted[0].language) for each in FakeSandbox.made] == [
        ("python", "python"),
        ("perl", "perl"),
        ("ruby", "ruby"),
    ]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("Sure:\n```python\nright\n```\nas asked", "right\n"),
        ("```py\nx = right\n```\nas in\n```python\nright\n```", "x = right\n"),
        ("```python\nright\n```\nprints\n```\n5\n```", "right\n"),
        ("```\nright\n```", "right\n"),
        ("```python\nright", "right"),
        ("x = right", "x = right\n"),
    ],
)
def test_code_of_an_answer(answer: str, code: str) -> None:
    trl.code_reward([answer], tests=["t"])
    assert [each.code for each in submitted(FakeSandbox)] == [code]


@pytest.mark.parametrize("answer", ["", "  \n", "```python\n\n```", "<think>right"])
def test_an_answer_without_code_fails_and_is_not_executed(answer: str) -> None:
    logged: dict[str, list[str]] = {}
    rewards = trl.code_reward([answer], tests=["t"], log_extra=logged.__setitem__)
    assert rewards == [0.0]
    assert logged == {"code_reward/outcome": ["NO_CODE"]}
    assert not FakeSandbox.made


def test_an_entry_point_finds_the_block_that_defines_it() -> None:
    answer = "```python\ndef f(): return 'right'\n```\nUse it:\n```python\nprint(f())\n```"
    trl.code_reward([answer], tests=["t"], entry_point=["f"])
    assert [each.code for each in submitted(FakeSandbox)] == ["def f(): return 'right'\n"]


@pytest.mark.parametrize(
    ("tests", "function"),
    [
        ("assert add(1, 2) == 3\nassert add(1, 3) == 4", "add"),
        (
            "import math\nfor x in range(3):\n    assert math.isclose(f(x), sqrt) if (sqrt := x) else f(x)",
            "f",
        ),
        ("def check(candidate):\n    assert candidate(1)\ncheck(inc)", "inc"),
        ("try:\n    f()\nexcept ValueError as error:\n    print(error)", "f"),
        ("assert add(1) == subtract(-1)", ""),
        ("stack = Stack()\nassert stack.pop() is None", ""),
        ("assert 1", ""),
        ("assert f(", ""),
        ("assert f(\0)", ""),
    ],
)
def test_the_function_that_tests_are_about_is_found(tests: str, function: str) -> None:
    trl.code_reward(["# right"], tests=[tests])
    assert [each.entry_point for each in submitted(FakeSandbox)] == [function]


def test_a_row_names_its_function_or_none() -> None:
    columns = {"tests": ["assert f(g)"] * 3, "entry_point": ["g", "", None]}
    trl.code_reward(["# right"] * 3, **columns)
    assert [each.entry_point for each in submitted(FakeSandbox)] == ["g", "", ""]


def test_a_solution_is_the_program() -> None:
    trl.get_code_reward(kind="solution")(["```right"], tests=["t"])
    assert [each.code for each in submitted(FakeSandbox)] == ["```right"]


ROW = {"task_id": ["T/0"]}


@pytest.mark.parametrize(
    ("completions", "columns", "error"),
    [
        (["right"], {}, UsageError),
        (["right"], {"benchmark": ["one"]}, UsageError),
        (["right"], {"task_id": ["T/0"]}, UsageError),
        (["right"] * 2, {"benchmark": ["one", "one"], "task_id": ["T/0"]}, UsageError),
        (["right"], {"tests": "assert f()"}, UsageError),
        (["right"], {"benchmark": ["three"], **ROW}, UnknownName),
        (["right"], {"benchmark": ["one"], "task_id": ["T/99"]}, UnknownName),
        (["right"], {"benchmark": ["one"], "task_id": [7]}, DataError),
        (["right"], {"tests": ["t"], "language": ["cobol-85"]}, UnknownName),
        (["right"], {"tests": [7]}, DataError),
        (["right"], {"tests": ["t"], "cases": ['[{"input": "", "output": ""}]']}, DataError),
        (["right"], {"tests": [["t", 7]]}, DataError),
        (["right"], {"cases": ["{not json"]}, DataError),
        (["right"], {"cases": [7]}, DataError),
        (["right"], {"cases": [["1"]]}, DataError),
        (["right"], {"cases": [[{"input": "1"}]]}, DataError),
        (["right"], {"cases": [[{"input": 1, "output": "1"}]]}, DataError),
        (["right"], {"cases": [{"inputs": ["1"], "outputs": []}]}, DataError),
        (["right"], {"cases": [{"inputs": "1", "outputs": ["1"]}]}, DataError),
        (["right"], {"cases": [{"inputs": ["1"], "outputs": ["1"], "fn_name": "f"}]}, DataError),
        ([7], {"tests": ["t"]}, DataError),
        ([[{"role": "user", "content": "right"}]], {"tests": ["t"]}, DataError),
        ([[{"role": "assistant", "content": 7}]], {"tests": ["t"]}, DataError),
        ([["right"]], {"tests": ["t"]}, DataError),
    ],
)
def test_malformed_rows_are_errors_and_not_zeros(
    completions: list[Any], columns: dict[str, Any], error: type[CodeEvalError]
) -> None:
    with pytest.raises(error):
        trl.code_reward(completions, **columns)
    with pytest.raises(error):
        asyncio.run(trl.async_code_reward(completions, **columns))


def test_own_tests_refuse_continuations() -> None:
    with pytest.raises(UsageError):
        trl.get_code_reward(kind="continuation")(["right"], tests=["t"])


def test_an_error_takes_what_waits_out_of_the_queue() -> None:
    with pytest.raises(UnknownName):
        trl.get_code_reward("one")(["right"] * 30, task_id=["T/0"] * 29 + ["T/99"])
    [made] = FakeEvaluator.made
    made.__exit__()
    assert len(made.submitted) == 29
    assert made.decided < 29


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "essay"},
        {"workers": "many"},
        {"limits": {"cpu_s": "long"}},
        {"limits": {"cpu_s": 1, "wall_s": 2, "seconds": 3}},
        {"worker": 3},
        {"language": 3},
    ],
)
def test_wrong_options_are_refused_before_any_sandbox_starts(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        trl.get_code_reward("one", **options)
    with pytest.raises(UsageError):
        verl.compute_score("one", "right", "T/0", **options)
    assert not FakeEvaluator.made


def test_options_reach_the_sandboxes() -> None:
    limits = {"cpu_s": 1.5, "wall_s": 3}
    own = {"workers": 3, "sandbox": "docker", "limits": limits, "protocol": "sealed"}
    trl.get_code_reward("one", data_root="/data", **own)(["right"], **ROW)
    verl.compute_score("m", "# right", {"tests": "assert f() == 1"}, **own)
    [evaluator], [sandbox] = FakeEvaluator.made, FakeSandbox.made
    made = {"workers": 3, "sandbox": "docker", "limits": LimitOptions(cpu_s=1.5, wall_s=3.0)}
    assert evaluator.options == {**made, "protocol": "sealed", "data_root": "/data"}
    assert sandbox.submitted[-1].protocol == "sealed"
    assert sandbox.options == made


@TRL
def test_trl_logs_outcomes_and_the_share_of_sandbox_errors(make: Callable[..., Any]) -> None:
    extra: dict[str, list[str]] = {}
    metrics: dict[str, float] = {}
    run(
        make("one", name="passes"),
        completions=["right", "lost", "wrong", "right"],
        task_id=["T/0", "T/0", "T/0", None],
        log_extra=extra.__setitem__,
        log_metric=metrics.__setitem__,
    )
    assert extra == {"passes/outcome": ["PASSED", "SANDBOX_ERROR", "WRONG_ANSWER", ""]}
    assert metrics == {"passes/sandbox_errors": pytest.approx(1 / 3)}


def test_columns_may_have_any_name() -> None:
    columns = {"self": [1], "name": ["x"], "settings": [2], "samples": [3], "prompts": ["p"]}
    assert trl.get_code_reward("one")(completions=["right"], **ROW, **columns) == [1.0]
    assert asyncio.run(trl.get_async_code_reward("one")(completions=["right"], **ROW, **columns)) == [1.0]


@TRL
def test_reward_functions_can_be_pickled(make: Callable[..., Any]) -> None:
    copy = pickle.loads(pickle.dumps(make("one", name="mine", workers=2)))
    assert copy.__name__ == "mine"
    assert run(copy, completions=["right"], **ROW) == [1.0]
    assert FakeEvaluator.made[0].options["workers"] == 2


@VERL
@pytest.mark.parametrize(
    ("data_source", "ground_truth", "extra_info", "options"),
    [
        ("one", "T/3", None, {}),
        ("one", "T/3", {"task_id": None, "index": 5}, {}),
        ("one", "anything", {"task_id": "T/3"}, {}),
        ("mine", "T/3", {"benchmark": "one"}, {}),
        ("mine", "T/3", {"num_turns": 1, "tests": "of another form"}, {"benchmark": "one"}),
    ],
)
def test_verl_rows_name_their_task(
    score: Callable[..., Any],
    data_source: str,
    ground_truth: object,
    extra_info: dict[str, Any] | None,
    options: dict[str, Any],
) -> None:
    scored = run(score, data_source, "right", ground_truth, extra_info, **options)
    assert scored == {"score": 1.0, "acc": 1.0, "outcome": "PASSED"}
    assert [(each.subject, each.submitted[0].task_id) for each in FakeEvaluator.made] == [("one", "T/3")]


@VERL
@pytest.mark.parametrize(
    ("ground_truth", "extra_info"),
    [
        ({"cases": [{"input": "1\n", "output": "2\n"}], "comparison": "floats"}, None),
        ('{"inputs": ["1\\n"], "outputs": ["2\\n"], "comparison": "floats"}', {}),
        ("", {"cases": [{"input": "1\n", "output": "2\n"}], "language": None, "comparison": "floats"}),
        ({"inputs": ["1\n"], "outputs": ["2\n"]}, {"comparison": "floats", "language": "python"}),
    ],
)
def test_verl_rows_bring_their_own_tests(
    score: Callable[..., Any], ground_truth: object, extra_info: dict[str, Any] | None
) -> None:
    assert run(score, "mine", "# wrong", ground_truth, extra_info)["score"] == 0.0
    assert submitted(FakeSandbox) == [
        FakeExecution("# wrong\n", "python", cases=CASES[:1], comparison="floats")
    ]


@VERL
@pytest.mark.parametrize(
    ("data_source", "ground_truth", "error"),
    [
        ("mine", "T/0", UnknownName),
        ("one", "T/99", UnknownName),
        ("one", "", DataError),
        ("one", None, DataError),
        ("one", 7, DataError),
        ("mine", "{tests", DataError),
        ("mine", {"cases": 7}, DataError),
        ("mine", {"tests": ""}, DataError),
    ],
)
def test_malformed_verl_rows_are_errors_and_not_zeros(
    score: Callable[..., Any], data_source: str, ground_truth: object, error: type[CodeEvalError]
) -> None:
    with pytest.raises(error):
        run(score, data_source, "right", ground_truth)


@VERL
def test_verl_scores_no_program_whose_sandbox_failed(score: Callable[..., Any]) -> None:
    with pytest.raises(SandboxError):
        run(score, "one", "lost", "T/0")
    scored = run(score, "one", "lost", "T/0", sandbox_error_score=0.5)
    assert scored == {"score": 0.5, "acc": 0.5, "outcome": "SANDBOX_ERROR"}


def test_verl_batches_keep_their_order() -> None:
    scored = verl.compute_score_batch(
        data_sources=["one"] * 3,
        solution_strs=["wrong", "right", "wrong"],
        ground_truths=["T/0", "T/1", "T/2"],
        extra_infos=[{}, None, {"rollout_reward_scores": {}}],
    )
    assert [each["score"] for each in scored] == [0.0, 1.0, 0.0]
    with pytest.raises(UsageError):
        verl.compute_score_batch(["one"], ["right"], ["T/0"], [])


def test_threads_and_functions_share_one_evaluator() -> None:
    rewards = [trl.get_code_reward("one"), trl.get_async_code_reward("one", name="other")]
    with ThreadPoolExecutor(8) as threads:
        results = threads.map(lambda n: run(rewards[n % 2], completions=["right"], **ROW), range(16))
        assert list(results) == [[1.0]] * 16
        assert verl.compute_score("one", "right", "T/0")["score"] == 1.0
    assert len(FakeEvaluator.made) == 1
    trl.get_code_reward("one", workers=2)(["right"], **ROW)
    assert len(FakeEvaluator.made) == 2


def test_an_event_loop_goes_on_while_rewards_are_computed() -> None:
    async def main() -> int:
        ticks = 0
        rewards = asyncio.create_task(trl.get_async_code_reward("one")(completions=["right"], **ROW))
        while not rewards.done():
            ticks += 1
            await asyncio.sleep(0.001)
        assert rewards.result() == [1.0]
        return ticks

    assert asyncio.run(main()) > 5


def test_close_ends_the_sandboxes_and_a_later_reward_starts_new_ones() -> None:
    reward = trl.get_code_reward("one")
    reward(["right"], **ROW)
    trl.close()
    trl.close()
    assert [each.closed for each in FakeEvaluator.made] == [1]
    assert reward(["right"], **ROW) == [1.0]
    assert [each.closed for each in FakeEvaluator.made] == [1, 0]


def in_child(answers: Any) -> None:
    """Compute a reward in a child process, and report whose evaluator did."""
    inherited = len(FakeEvaluator.made)
    rewards = trl.get_code_reward("one")(["right"], **ROW)
    answers.put((rewards, [each.pid == os.getpid() for each in FakeEvaluator.made[inherited:]]))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_has_an_evaluator_of_its_own_and_leaves_its_parents_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeEvaluator, "closings", tmp_path / "closings")
    trl.get_code_reward("one")(["right"], **ROW)
    release, held = threading.Event(), threading.Event()

    def hold() -> None:
        with WARM._lock:
            held.set()
            release.wait(20)

    holder = threading.Thread(target=hold)  # a fork copies a lock that another thread holds, for ever
    holder.start()
    held.wait(10)
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=in_child, args=(answers,))
    child.start()
    assert answers.get(timeout=20) == ([1.0], [True])
    child.join(20)
    release.set()
    holder.join()
    assert child.exitcode == 0
    assert (tmp_path / "closings").read_text() == f"{child.pid} closed that of {child.pid}\n"
    assert [each.closed for each in FakeEvaluator.made] == [0]
    assert trl.get_code_reward("one")(["right"], **ROW) == [1.0]
    assert len(FakeEvaluator.made) == 1


def test_a_process_that_ends_closes_its_evaluators() -> None:
    script = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "import codeeval\n"
        "from support.reward_fakes import FakeEvaluator, FakeSubmission\n"
        "from codeeval.rewards import trl\n"
        "class Noisy(FakeEvaluator):\n"
        "    def __exit__(self, *about): super().__exit__(*about); print('closed')\n"
        "codeeval.Evaluator, codeeval.Submission = Noisy, FakeSubmission\n"
        "print(trl.get_code_reward('one')(['right'], task_id=['T/0']))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["[1.0]", "closed", ""]


def test_importing_reward_functions_loads_neither_trainers_nor_engines() -> None:
    script = "import sys, codeeval.rewards.trl, codeeval.rewards.verl; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {"torch", "trl", "verl", "ray", "numpy", "docker", "datasets", "jinja2", "openai"}
    assert not heavy & {name.split(".")[0] for name in done.stdout.split()}
