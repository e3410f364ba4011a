"""What ``codeeval export`` writes of a run's results, read back as others read it."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
from pathlib import Path

import jsonschema
import pyarrow.parquet as pq
import pytest
import yaml
from huggingface_hub import ModelCard
from support.exchanged import OUTCOMES, PASS_AT_1, TEXT, mixed_run
from support.runs import make_run

import codeeval
from codeeval.cli.main import run_command
from codeeval.errors import UnknownName
from codeeval.formats.sample_table import SampleRow
from codeeval.records import METRICS, VERDICTS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mixed_run(tmp_path_factory.mktemp("exported") / "run")


def test_parquet_has_a_row_a_sample_with_types(run: Path, tmp_path: Path) -> None:
    assert codeeval.export(run, "parquet", tmp_path / "out.parquet") == tmp_path / "out.parquet"
    table = pq.read_table(tmp_path / "out.parquet")
    assert tuple(table.column_names) == SampleRow.__struct_fields__
    rows = table.to_pylist()
    assert [(row["task_id"], row["outcome"]) for row in rows] == [
        (task, outcome.value) for task, found in OUTCOMES.items() for outcome in found
    ]
    assert rows[0]["completion"] == TEXT.format("HumanEval/0", 0)
    assert rows[-1]["passed"] is None
    assert rows[-1]["reward"] is None
    assert table.schema.field("peak_rss_bytes").type == "int64"
    assert not table.schema.field("task_id").nullable


def test_csv_has_the_same_rows(run: Path, tmp_path: Path) -> None:
    codeeval.export(run, "csv", tmp_path / "out.csv")
    codeeval.export(run, "parquet", tmp_path / "out.parquet")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert rows == [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in table
    ]


def test_a_table_longer_than_a_row_group_is_whole(tmp_path: Path) -> None:
    tasks = {f"T/{i}": [OUTCOMES["HumanEval/0"][0]] for i in range(4100)}
    made = make_run(tmp_path / "run", "long", tasks)
    file = pq.ParquetFile(codeeval.export(made, "parquet"))
    assert file.num_row_groups == 2
    assert file.read(["task_id"]).column(0).to_pylist() == list(tasks)


def test_every_column_is_documented() -> None:
    text = (DOCS / "export.md").read_text(encoding="utf-8")
    table = text.split("## The table")[1].split("\n## ")[0]
    documented = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", table, flags=re.MULTILINE)))
    assert tuple(documented) == SampleRow.__struct_fields__


def test_a_run_without_verdicts_has_rows_without_them(tmp_path: Path) -> None:
    made = mixed_run(tmp_path / "run")
    (made / VERDICTS).unlink()
    (made / METRICS).unlink()
    rows = pq.read_table(codeeval.export(made, "parquet")).to_pylist()
    assert {(row["outcome"], row["passed"], row["wall_s"]) for row in rows} == {(None, None, None)}
    for form in ("model-index", "lm-eval", "every-eval-ever"):
        assert run_command(["export", str(made), "--format", form, "--offline"]) == 4
    assert not (made / "model-index.yaml").exists()


def test_the_model_index_is_one_that_the_hub_reads(run: Path, tmp_path: Path) -> None:
    block = codeeval.export(run, "model-index", tmp_path / "block.yaml")
    assert block is not None
    card = ModelCard(f"---\n{block.read_text('utf-8')}---\n# A model\n")
    (result,) = card.data.eval_results
    assert card.data.model_name == "model"
    assert (result.dataset_type, result.metric_type) == ("openai/openai_humaneval", "pass@1")
    assert result.metric_value == pytest.approx(PASS_AT_1)
    assert result.metric_args["low"] < PASS_AT_1 < result.metric_args["high"]
    assert "revision" not in yaml.safe_load(block.read_text())["model-index"][0]["results"][0]["dataset"]


def test_an_inspect_log_has_a_score_for_each_judged_sample(run: Path, tmp_path: Path) -> None:
    first, again = tmp_path / "log.json", tmp_path / "again.json"
    codeeval.export(run, "inspect", first, offline=True)
    codeeval.export(run, "inspect", again, offline=True)
    assert first.read_bytes() == again.read_bytes()
    log = json.loads(first.read_text())
    values = [each["scores"] and each["scores"]["codeeval"]["value"] for each in log["samples"]]
    assert values == ["C", "C", "I", "I", "C", "I", "C", None]
    assert log["samples"][1]["epoch"] == 2
    assert log["samples"][0]["scores"]["codeeval"]["answer"].endswith(
        "def f(): # HumanEval/0, 0\n    return '\"'\n"
    )
    score = log["results"]["scores"][0]
    assert (score["scored_samples"], score["unscored_samples"]) == (7, 1)
    assert score["metrics"]["pass@1"]["value"] == PASS_AT_1


def test_every_eval_ever_links_samples_to_the_record(run: Path, tmp_path: Path) -> None:
    codeeval.export(run, "every-eval-ever", tmp_path / "eee", offline=True)
    (record,) = (tmp_path / "eee").rglob("*.json")
    (samples,) = (tmp_path / "eee").rglob("*.jsonl")
    made = json.loads(record.read_text())
    linked = made["detailed_evaluation_results"]
    assert linked["file_path"] == str(samples.relative_to(tmp_path / "eee"))
    assert linked["checksum"] == hashlib.sha256(samples.read_bytes()).hexdigest()
    rows = [json.loads(line) for line in samples.read_text().splitlines()]
    assert (linked["total_rows"], len(rows)) == (7, 7)
    assert {row["evaluation_id"] for row in rows} == {made["evaluation_id"]}
    (result,) = made["evaluation_results"]
    assert {row["evaluation_result_id"] for row in rows} == {result["evaluation_result_id"]}
    assert result["score_details"]["score"] == PASS_AT_1
    assert result["metric_config"]["metric_parameters"] == {"k": 1}
    assert [row["evaluation"]["is_correct"] for row in rows] == [True, True, False, False, True, False, True]
    # every value of these objects must be text
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    jsonschema.validate(made["model_info"]["additional_details"], schema)
    jsonschema.validate(result["generation_config"]["additional_details"], schema)


def test_what_is_no_format_or_no_place_is_an_error(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="parquet"):
        codeeval.export(run, "parqet")
    assert run_command(["export", str(run), "--format", "csv", "--out", str(tmp_path)]) == 2
    assert run_command(["export", str(run), "--format", "csv", "--out", str(tmp_path / "no" / "x")]) == 7
    assert run_command(["export", str(tmp_path), "--format", "csv"]) == 4


@pytest.mark.parametrize("tracker", ["wandb", "mlflow"])
def test_a_tracker_that_is_not_installed_is_named(
    run: Path, tracker: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, tracker, None)
    assert run_command(["export", str(run), "--format", tracker, "--out", str(run / "t")]) == 2
    assert f"codeeval[{tracker}]" in capsys.readouterr().err
