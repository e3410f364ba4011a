"""Other tools' readers open what is exported; what they write is imported with the score that they give.

Each tool runs in a process of its own: importing it changes logging, signal handlers and much else.
"""

from __future__ import annotations

import importlib.resources
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import jsonschema
import pytest
from support.exchanged import PASS_AT_1, TEXT, mixed_run

import codeeval

if TYPE_CHECKING:
    from pathlib import Path

INSPECT = """
import json, sys
from pathlib import Path
from inspect_ai.log import read_eval_log, read_eval_log_sample
place = sys.argv[1] + "/log.json"
log = read_eval_log(place)
assert log.status == "success", log.status
header = read_eval_log(place, header_only=True)
assert header.eval.model == "fake:model" and header.samples is None
score = header.results.scores[0]
sample = read_eval_log_sample(place, id="HumanEval/2", epoch=2)
print(json.dumps({
    "pass@1": score.metrics["pass@1"].value,
    "values": [each.scores and each.score.value for each in log.samples],
    "completion": sample.output.completion,
    "answer": sample.score.answer,
    "tokens": sample.output.usage.output_tokens,
    "stop": sample.output.stop_reason,
}))

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import CORRECT, INCORRECT, Score, accuracy, scorer
from inspect_ai.solver import generate

@scorer(metrics=[accuracy()])
def verify():
    async def score(state, target):
        return Score(value=CORRECT if "return" in state.output.completion else INCORRECT, explanation="why")
    return score

CODE = "```python\\nreturn 1\\n```"

def said(messages, tools, tool_choice, config):
    text = messages[-1].content
    output = ModelOutput.from_content("mockllm/model", CODE if "a" in text else "nothing")
    output.usage = ModelUsage(input_tokens=3, output_tokens=2, total_tokens=5)
    return output

task = Task(
    name="humaneval",
    dataset=[Sample(id=f"HumanEval/{i}", input=text) for i, text in enumerate(["a", "b", "a"])],
    solver=generate(),
    scorer=verify(),
)
for form in ("eval", "json"):
    (log,) = eval(
        task, model=get_model("mockllm/model", custom_outputs=said), log_dir=sys.argv[1] + "/theirs",
        log_format=form, epochs=2, display="none", temperature=0.5, log_model_api=False,
    )
    assert log.status == "success", log.error
    print(log.location, log.results.scores[0].metrics["accuracy"].value)
"""

READ_LM_EVAL = """
import json, sys
from pathlib import Path
from lm_eval.result_schema import SampleResult
from lm_eval.utils import get_latest_filename, get_results_filenames, get_sample_results_filenames, make_table
names = [str(each) for each in Path(sys.argv[1]).rglob("*") if each.is_file()]
results = json.loads(Path(get_latest_filename(get_results_filenames(names))).read_text())
lines = Path(get_latest_filename(get_sample_results_filenames(names))).read_text().splitlines()
for line in map(json.loads, lines):
    assert set(SampleResult.__annotations__) <= set(line), set(SampleResult.__annotations__) - set(line)
print(json.dumps({"table": make_table(results), "passes": [json.loads(line)["pass@1"] for line in lines]}))
"""

WRITE_LM_EVAL = """
import json, sys
from pathlib import Path
from lm_eval.api.model import LM
from lm_eval.evaluator import simple_evaluate
from lm_eval.loggers import EvaluationTracker

class Fixed(LM):
    def generate_until(self, requests, disable_tqdm=False):
        return ["    pass" if each.doc["task_id"].endswith("1") else "    return 1" for each in requests]
    def loglikelihood(self, requests, disable_tqdm=False):
        raise NotImplementedError
    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        raise NotImplementedError

def pass_at_k(references, predictions):
    return {"pass@1": float("return" in predictions[0][0])}

def build_predictions(resps, docs):
    return [[doc["prompt"] + each for each in found] for found, doc in zip(resps, docs)]

folder = Path(sys.argv[1])
data = folder / "data.jsonl"
data.write_text("".join(
    json.dumps({"task_id": f"HumanEval/{i}", "prompt": f"def f{i}():\\n"}) + "\\n" for i in range(3)
))
config = {
    "task": "humaneval", "dataset_path": "json", "output_type": "generate_until", "test_split": "test",
    "dataset_kwargs": {"data_files": {"test": str(data)}, "cache_dir": str(folder / "cache")},
    "doc_to_text": "{{prompt}}", "doc_to_target": "x",
    "metric_list": [{"metric": pass_at_k, "aggregation": "mean", "higher_is_better": True}],
    "generation_kwargs": {"until": ["\\nclass"], "max_gen_toks": 64, "do_sample": False},
    "filter_list": [
        {"name": "create_test", "filter": [{"function": "custom", "filter_fn": build_predictions}]}
    ],
}
tracker = EvaluationTracker(output_path=str(folder / "out"))
results = simple_evaluate(model=Fixed(), tasks=[config], log_samples=True, bootstrap_iters=0)
samples = results.pop("samples")
tracker.save_results_aggregated(results=results, samples=samples)
tracker.save_results_samples(task_name="humaneval", samples=samples["humaneval"])
print(results["results"]["humaneval"]["pass@1,create_test"])
"""


def tool(script: str, path: Path) -> str:
    """Run a script with another tool in it, and return what it prints."""
    file = path.parent / "script.py"  # not -c: Inspect looks for its source
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(file), str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(path.parent), "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mixed_run(tmp_path_factory.mktemp("exchanged") / "run")


@pytest.fixture(scope="module")
def of_inspect(run: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What Inspect finds in our log, and where it wrote its own with which accuracy: one process for all."""
    folder = tmp_path_factory.mktemp("inspect") / "logs"
    folder.mkdir()
    codeeval.export(run, "inspect", folder / "log.json", offline=True)
    return tool(INSPECT, folder).splitlines()


@pytest.mark.readers
def test_inspect_reads_our_log(of_inspect: list[str]) -> None:
    found = json.loads(of_inspect[0])
    assert found["pass@1"] == PASS_AT_1
    assert found["values"] == ["C", "C", "I", "I", "C", "I", "C", None]
    assert found["completion"] == TEXT.format("HumanEval/2", 1)
    assert found["answer"].endswith("return '\"'\n")
    assert (found["tokens"], found["stop"]) == (3, "stop")


@pytest.mark.readers
def test_logs_of_inspect_give_its_score(of_inspect: list[str], tmp_path: Path) -> None:
    assert len(of_inspect) == 3
    for line in of_inspect[1:]:
        location, accuracy = line.split()
        out = tmp_path / location.rpartition(".")[2]
        notes: list[str] = []
        imported = codeeval.import_run(location, out, offline=True, notes=notes.append)
        assert imported.metrics["pass@1"].value == pytest.approx(float(accuracy)) == pytest.approx(2 / 3)
        assert imported.config.plan == {f"HumanEval/{i}": 2 for i in range(3)}
        assert imported.config.sampling.temperature == 0.5
        first = next(imported.completions())
        assert first.text == "```python\nreturn 1\n```"
        assert first.usage.completion_tokens == 2
        assert notes == ["the log does not state top_p, max_tokens: run.json has defaults there"]


@pytest.mark.readers
def test_lm_eval_reads_our_results(run: Path, tmp_path: Path) -> None:
    codeeval.export(run, "lm-eval", tmp_path / "out", offline=True)
    found = json.loads(tool(READ_LM_EVAL, tmp_path / "out"))
    assert found["passes"] == [1.0, 0.0, 0.5, 1.0]
    assert f"{PASS_AT_1:.4f}"[:5] in found["table"]


@pytest.mark.readers
def test_samples_of_lm_eval_give_its_score(tmp_path: Path) -> None:
    (tmp_path / "lm").mkdir()
    reported = float(tool(WRITE_LM_EVAL, tmp_path / "lm").splitlines()[-1])
    notes: list[str] = []
    imported = codeeval.import_run(
        tmp_path / "lm" / "out", tmp_path / "run", offline=True, notes=notes.append
    )
    assert imported.metrics["pass@1"].value == pytest.approx(reported) == pytest.approx(2 / 3)
    assert next(each.text for each in imported.completions()) == "def f0():\n    return 1"
    assert not [note for note in notes if "reports" in note]


@pytest.mark.readers
def test_every_eval_ever_takes_our_record(run: Path, tmp_path: Path) -> None:
    codeeval.export(run, "every-eval-ever", tmp_path / "eee", offline=True)
    schemas = importlib.resources.files("every_eval_ever.schemas")

    def check(name: str, text: str) -> None:
        jsonschema.validate(json.loads(text), json.loads(schemas.joinpath(name).read_text("utf-8")))

    for path in (tmp_path / "eee").rglob("*.json"):
        check("eval.schema.json", path.read_text("utf-8"))
    (samples,) = (tmp_path / "eee").rglob("*_samples.jsonl")
    lines = samples.read_text("utf-8").splitlines()
    assert len(lines) == 7
    for line in lines:
        check("instance_level_eval.schema.json", line)


@pytest.mark.trackers
def test_trackers_record_a_run_offline(run: Path, tmp_path: Path) -> None:
    script = (
        "import sys, codeeval; from pathlib import Path; out = Path(sys.argv[1]);"
        f"[codeeval.export({str(run)!r}, name, out / name) for name in ('wandb', 'mlflow')];"
        "import mlflow; client = mlflow.MlflowClient(f'sqlite:///{out}/mlflow/mlflow.db');"
        "found = client.search_runs([client.get_experiment_by_name('codeeval').experiment_id])[0];"
        "print(found.data.metrics['pass_at_1'], found.data.params['dataset.id'], found.info.status,"
        " client.list_artifacts(found.info.run_id)[0].path)"
    )
    said = tool(script, tmp_path).splitlines()[-1].split()
    assert said == [str(PASS_AT_1), '"openai/openai_humaneval"', "FINISHED", "samples.parquet"]
    (record,) = (tmp_path / "wandb").rglob("*.wandb")
    assert b"pass@1.low" in record.read_bytes()
