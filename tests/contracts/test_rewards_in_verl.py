"""Reward functions called by verl's own reward managers, as its configuration names them; no training."""

# ruff: noqa: PLC0415 -- verl, Ray and torch, only where they are installed

from __future__ import annotations

import asyncio
import functools
import importlib
import json
import tempfile
import warnings
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.reward_fakes import FakeEvaluator, fake_evaluators
from support.tiny_model import build_tiny_model

from codeeval.errors import SandboxError, UnknownName
from codeeval.rewards import verl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.trainers

SCORED = {
    "right": {"score": 1.0, "acc": 1.0, "outcome": "PASSED"},
    "wrong": {"score": 0.0, "acc": 0.0, "outcome": "WRONG_ANSWER"},
}
TEXTS = ["right", "wrong answer", "right indeed", "wrong"]


@pytest.fixture(scope="module", autouse=True)
def _verl() -> None:
    """Import verl once; what it imports has warnings of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("verl.experimental.reward_loop")
        importlib.import_module("verl.workers.reward_manager")


@pytest.fixture
def _fakes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Evaluators that decide by the words of a text."""
    yield from fake_evaluators(monkeypatch)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The event loop of a reward worker: some managers keep what is bound to their first one."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer (and a model that nobody loads)."""
    return build_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def tokenizer(tiny: Path) -> Any:
    """The tokenizer."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny)


def config(tiny: Path, *overrides: str) -> Any:
    """verl's own configuration of rewards, with overrides as its command line takes them."""
    from omegaconf import OmegaConf

    published = OmegaConf.load(str(files("verl") / "trainer" / "config" / "reward" / "reward.yaml"))
    reward = OmegaConf.merge(published, OmegaConf.from_dotlist(list(overrides)))
    model = {"path": str(tiny), "tokenizer_path": None}
    return OmegaConf.create(
        {"reward": reward, "actor_rollout_ref": {"model": model}, "trainer": {"experiment_name": "test"}}
    )


def batch(tokenizer: Any, texts: Sequence[str], truths: Sequence[object], *sources: str) -> Any:
    """Make what verl's rollout hands to its reward managers: prompts, responses, and each row's columns."""
    import numpy as np
    import torch
    from tensordict import TensorDict
    from verl import DataProto

    prompt = tokenizer.encode("def add")
    coded = [tokenizer.encode(text) for text in texts]
    width = max(map(len, coded))
    responses = torch.tensor([[*ids, *[0] * (width - len(ids))] for ids in coded])
    mask = [[1] * (len(prompt) + len(ids)) + [0] * (width - len(ids)) for ids in coded]
    tensors = {
        "prompts": torch.tensor([prompt] * len(texts)),
        "responses": responses,
        "attention_mask": torch.tensor(mask),
    }
    columns = {
        "data_source": sources or ["one"] * len(texts),
        "reward_model": [{"style": "rule", "ground_truth": truth} for truth in truths],
        "extra_info": [{"index": number} for number in range(len(texts))],
    }
    arrays = {name: np.array(values, dtype=object) for name, values in columns.items()}
    return DataProto(batch=TensorDict(tensors, batch_size=len(texts)), non_tensor_batch=arrays)


def assert_scored(infos: Sequence[dict[str, Any]], texts: Sequence[str]) -> None:
    """Assert that each response has the score of its first word."""
    expected = [SCORED[text.split()[0]] for text in texts]
    assert [{key: info[key] for key in SCORED["right"]} for info in infos] == expected


def documented(language: str) -> str:
    """Return the code in the first block of a language that the document has for verl."""
    section = DOCUMENT.read_text(encoding="utf-8").partition("## verl")[2]
    return section.partition(f"```{language}\n")[2].partition("```")[0]


DOCUMENT = Path(__file__).parents[2] / "docs" / "rewards.md"
PATH = "custom_reward_function.path=pkg://codeeval.rewards.verl"
TRUTHS = [f"T/{number}" for number in range(4)]


@pytest.mark.usefixtures("_fakes")
@pytest.mark.parametrize("function", ["compute_score", "acompute_score"])
@pytest.mark.parametrize("manager", ["naive", "dapo", "gdpo", "rate_limited"])
def test_reward_managers_load_and_call_both_functions(
    tiny: Path, tokenizer: Any, loop: asyncio.AbstractEventLoop, manager: str, function: str
) -> None:
    from verl.trainer.ppo.reward import load_reward_manager

    settings = config(
        tiny,
        PATH,
        f"custom_reward_function.name={function}",
        "custom_reward_function.reward_kwargs.workers=3",
        "custom_reward_function.reward_kwargs.limits.cpu_s=5",
        "custom_reward_function.reward_kwargs.limits.wall_s=9.5",
        f"reward_manager.name={manager}",
    )
    rows = batch(tokenizer, TEXTS, TRUTHS)

    async def score() -> list[dict[str, Any]]:
        managing = load_reward_manager(settings, tokenizer)
        return await asyncio.gather(*(managing.run_single(rows[n : n + 1]) for n in range(4)))

    results = loop.run_until_complete(score())
    assert [each["reward_score"] for each in results] == [1.0, 0.0, 1.0, 0.0]
    assert_scored([each["reward_extra_info"] for each in results], TEXTS)
    [made] = FakeEvaluator.made
    assert made.options["workers"] == 3
    assert (made.options["limits"].cpu_s, made.options["limits"].wall_s) == (5.0, 9.5)


@pytest.mark.usefixtures("_fakes")
@pytest.mark.parametrize("manager", ["naive", "dapo", "batch"])
def test_older_reward_managers_score_a_batch(tokenizer: Any, manager: str) -> None:
    from verl.workers.reward_manager import get_reward_manager_cls

    function = verl.compute_score_batch if manager == "batch" else verl.compute_score
    managing = get_reward_manager_cls(manager)(tokenizer, 0, compute_score=function)
    result = managing(batch(tokenizer, TEXTS, TRUTHS), return_dict=True)
    assert result["reward_tensor"].sum(dim=1).tolist() == [1.0, 0.0, 1.0, 0.0]
    infos = result["reward_extra_info"]
    assert_scored([{key: infos[key][row] for key in SCORED["right"]} for row in range(4)], TEXTS)


@pytest.mark.usefixtures("_fakes")
def test_a_failed_sandbox_is_no_score_unless_asked_for(tokenizer: Any) -> None:
    from verl.workers.reward_manager import get_reward_manager_cls

    naive = get_reward_manager_cls("naive")
    rows = batch(tokenizer, ["right", "lost"], TRUTHS[:2])
    with pytest.raises(SandboxError):
        naive(tokenizer, 0, compute_score=verl.compute_score)(rows)
    given = functools.partial(verl.compute_score, sandbox_error_score=0.5)
    assert naive(tokenizer, 0, compute_score=given)(rows).sum(dim=1).tolist() == [1.0, 0.5]


@pytest.mark.usefixtures("_fakes")
def test_validation_metrics_are_made_of_what_is_returned() -> None:
    from verl.trainer.ppo.metric_utils import process_validation_metrics

    scored = [verl.compute_score("one", text, "T/0") for text in TEXTS]
    infos = {key: [each[key] for each in scored] for key in scored[0]}
    metrics = process_validation_metrics(["one"] * 4, ["a"] * 4, infos)
    assert metrics["one"]["acc"]["mean@4"] == 0.5
    assert "outcome" not in metrics["one"]


def test_the_documented_options_are_verls(
    tiny: Path, tokenizer: Any, loop: asyncio.AbstractEventLoop
) -> None:
    from omegaconf import OmegaConf
    from verl.trainer.ppo.reward import load_reward_manager

    command = documented("sh").replace("\\\n", " ").split()
    overrides = [word for word in command if word.lstrip("+").startswith("reward.")]
    assert len(overrides) >= 4
    published = OmegaConf.create({"reward": config(tiny).reward})
    for override in overrides:
        key = override.partition("=")[0]
        absent = OmegaConf.select(published, key.lstrip("+"), default="absent") == "absent"
        assert absent == key.startswith("+"), override
    ours = [override.lstrip("+").removeprefix("reward.") for override in overrides]

    async def load() -> Any:
        return load_reward_manager(config(tiny, *ours), tokenizer)

    manager = loop.run_until_complete(load())  # outside a loop it makes one, and never closes it
    assert manager.compute_score.args == (verl.acompute_score, {"workers": 16})


@pytest.mark.bubblewrap
def test_the_documented_rows_are_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.chdir(tmp_path)
    exec(documented("python"), {"tasks": [("Add.", "assert add(2, 3) == 5"), ("Other.", "assert False")]})
    rows = datasets.load_dataset("parquet", data_files="train.parquet", cache_dir=str(tmp_path))["train"]
    try:
        scores = [
            verl.compute_score(
                row["data_source"],
                ADD.format("+"),
                row["reward_model"]["ground_truth"],
                row["extra_info"],
                sandbox="bubblewrap",
            )["score"]
            for row in rows
        ]
    finally:
        verl.close()
    assert scores == [1.0, 0.0]


SQUARES = "```python\nfor number in range(int(input())):\n    print(number ** {})\n```"
ADD = "```python\ndef add(a, b):\n    return a {} b\n```"


@pytest.fixture
def ray_cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Ray on this machine alone, which leaves no file behind and sends nothing anywhere."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    with (
        warnings.catch_warnings(),
        tempfile.TemporaryDirectory(
            prefix="ray-", ignore_cleanup_errors=True
        ) as folder,  # short, for its sockets
    ):
        warnings.simplefilter("ignore")
        import ray

        ray.init(
            num_cpus=2,
            object_store_memory=100 << 20,
            include_dashboard=False,
            log_to_driver=False,
            _node_ip_address="127.0.0.1",
            _temp_dir=folder,
        )
        yield ray
        ray.shutdown()


@pytest.mark.bubblewrap
def test_reward_workers_are_ray_actors_with_sandboxes_of_their_own(
    tiny: Path, tokenizer: Any, ray_cluster: Any
) -> None:
    """verl's reward loop from end to end, in real sandboxes; an error reaches the trainer as what it is."""
    from verl.experimental.reward_loop import RewardLoopManager

    overrides = [
        PATH,
        "custom_reward_function.name=acompute_score",
        "custom_reward_function.reward_kwargs.sandbox=bubblewrap",
        "custom_reward_function.reward_kwargs.workers=2",
        "num_workers=1",
    ]
    manager = RewardLoopManager(config(tiny, *overrides))
    squares = {"inputs": ["3\n", "1\n"], "outputs": ["0\n1\n4\n", "0\n"]}
    tests = {"tests": "assert add(2, 3) == 5"}
    rows = [
        ("humaneval", "HumanEval/53", ADD.format("+"), "PASSED"),
        ("humaneval", "HumanEval/53", ADD.format("-"), "WRONG_ANSWER"),
        ("mine", tests, ADD.format("+"), "PASSED"),
        ("mine", json.dumps(tests), ADD.format("-"), "WRONG_ANSWER"),
        ("mine", squares, SQUARES.format(2), "PASSED"),
        ("mine", squares, SQUARES.format(3), "WRONG_ANSWER"),
    ]
    sources, truths, texts, outcomes = zip(*rows, strict=True)
    scored = manager.compute_rm_score(batch(tokenizer, texts, truths, *sources))
    assert scored.non_tensor_batch["outcome"].tolist() == list(outcomes)
    assert scored.batch["rm_scores"].sum(dim=1).tolist() == [1.0, 0.0] * 3
    with pytest.raises(UnknownName):
        manager.compute_rm_score(batch(tokenizer, ["right"], ["T/0"], "no-such-benchmark"))
