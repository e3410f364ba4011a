"""Logs of other tools as ``codeeval import`` reads them: whole ones, and ones that lack something."""

from __future__ import annotations

import json
import math
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from support.exchanged import PASS_AT_1, mixed_run

import codeeval
from codeeval.cli.main import run_command
from codeeval.errors import DataError, UsageError
from codeeval.types import Outcome

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]
Log = dict[str, Any]  # Any: JSON


def sample(number: int, value: object, epoch: int = 1, **more: object) -> Log:
    output = {
        "choices": [{"message": {"role": "assistant", "content": f"answer {number}"}, "stop_reason": "stop"}]
    }
    made: Log = {"id": f"HumanEval/{number}", "epoch": epoch, "output": output}
    return made | {"scores": {"verify": {"value": value, "explanation": "because"}}} | more


def log(*samples: Log, **more: object) -> Log:
    spec = {
        "task": "inspect_evals/humaneval",
        "model": "openai/gpt",
        "created": "2026-01-02T03:04:05+00:00",
        "model_generate_config": {"temperature": 0.7, "top_p": 0.9, "max_tokens": 99},
        "packages": {"inspect_ai": "0.3"},
    }
    return {"version": 2, "status": "success", "eval": spec, "samples": list(samples)} | more


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def imported(
    path: Path, tmp_path: Path, **options: Any
) -> tuple[codeeval.Run, list[str]]:  # Any: see import_run
    notes: list[str] = []
    run = codeeval.import_run(path, tmp_path / "imported", offline=True, notes=notes.append, **options)
    return run, notes


def test_a_log_of_inspect_becomes_a_run(tmp_path: Path) -> None:
    made = log(
        sample(1, "I", 2), sample(0, "C"), sample(0, 1, 2), sample(1, False),
        results={"scores": [{"name": "verify", "scorer": "verify", "metrics": {"accuracy": {"value": 0.5}}}]},
    )  # fmt: skip
    run, notes = imported(write(tmp_path / "log.json", made), tmp_path)
    assert notes == []
    assert run.metrics["pass@1"].value == 0.5
    assert run.config.plan == {"HumanEval/0": 2, "HumanEval/1": 2}
    assert (run.config.model.spec, run.config.created) == ("openai/gpt", "2026-01-02T03:04:05+00:00")
    assert (run.config.sampling.temperature, run.config.sampling.max_tokens) == (0.7, 99)
    assert run.config.sandbox is not None
    assert run.config.sandbox.launcher == "inspect_ai"
    verdicts = list(run.verdicts())
    assert [each.outcome for each in verdicts] == [Outcome.PASSED] * 2 + [Outcome.WRONG_ANSWER] * 2
    assert "inspect_ai (verify)" in verdicts[0].detail
    assert "because" in verdicts[0].detail
    assert codeeval.score(run).metrics["pass@1"].value == 0.5  # judged anew, the verdicts stay


def test_what_a_log_lacks_is_named_and_the_rest_is_there(tmp_path: Path) -> None:
    made = log(
        sample(0, "C"),
        sample(1, math.nan),
        sample(2, "C", scores=None),
        sample(3, "C", error={"message": "the model's server has gone"}),
        sample(4, "I", output={}),
        sample(999, "C"),
        {"epoch": 1},
        {"id": "HumanEval/5", "scores": {"verify": {"value": {"a": 1}}}},
        status="error",
        results={"scores": [{"name": "verify", "metrics": {"accuracy": {"value": 0.9}}}]},
    )
    made["eval"] = {"task": "humaneval"}
    run, notes = imported(write(tmp_path / "log.json", made), tmp_path)
    said = "\n".join(notes)
    for fact in (
        "status is error", "temperature", "HumanEval/1, HumanEval/2", "server has gone (HumanEval/3)",
        "no output (HumanEval/5, HumanEval/4", "no id", "HumanEval/999", "0.9000",
    ):  # fmt: skip
        assert fact in said
    assert {(each.task_id, each.passed) for each in run.verdicts()} == {
        ("HumanEval/0", True),
        ("HumanEval/4", False),
    }
    assert len(list(run.completions())) == 6
    assert run.config.model.spec == "unknown"
    assert any("temperature" in note for note in run.config.model.notes)


def test_attachments_and_reasoning_are_put_in_their_place(tmp_path: Path) -> None:
    content = [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "attachment://ab"}]
    output = {"choices": [{"message": {"content": content}, "stop_reason": "max_tokens"}]}
    made = log(sample(0, "C", output=output, attachments={"ab": "long \ud800 text"}))
    run, _ = imported(write(tmp_path / "log.json", made), tmp_path)
    (completion,) = run.completions()
    assert (completion.text, completion.reasoning) == ("long \ufffd text", "hm")
    assert completion.finish_reason.value == "length"


def test_an_archive_is_read_the_last_of_a_name_counts(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    header = log()
    del header["samples"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps(header))
        archive.writestr("samples/HumanEval/0_epoch_1.json", json.dumps(sample(0, "I")))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("samples/HumanEval/0_epoch_1.json", json.dumps(sample(0, "C")))
    run, _ = imported(path, tmp_path)
    assert run.metrics["pass@1"].value == 1.0


@pytest.mark.parametrize("cut", [20, -30])
def test_a_torn_archive_is_an_error(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.json", "{}")
    path.write_bytes(path.read_bytes()[:cut])
    assert run_command(["import", str(path), "--out", str(tmp_path / "out")]) == 4


def test_a_member_longer_than_it_says_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", " " * (1 << 20))
    data = path.read_bytes().replace((1 << 20).to_bytes(4, "little"), (1 << 10).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"header\.json cannot be unpacked"):
        imported(path, tmp_path)


def line(number: int, value: float, *texts: str, **more: object) -> Log:
    return {
        "doc_id": number,
        "doc": {"task_id": f"HumanEval/{number}"},
        "arguments": {"gen_args_0": {"arg_0": "def f", "arg_1": {}}},
        "resps": [[f"raw {text}" for text in texts]],
        "filtered_resps": [list(texts)],
        "filter": "create_test",
        "metrics": ["pass@1"],
        "pass@1": value,
    } | more


def lm_eval(folder: Path, *lines: Log, results: Log | None = None) -> Path:
    folder.mkdir()
    path = folder / "samples_humaneval_2026-01-02T03-04-05.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    if results is not None:
        write(folder / "results_2026-01-02T03-04-05.json", results)
    return path


def test_samples_of_lm_eval_become_a_run(tmp_path: Path) -> None:
    results = {
        "results": {"humaneval": {"pass@1,create_test": 0.5}},
        "configs": {
            "humaneval": {"generation_kwargs": {"until": ["\nclass"], "max_gen_toks": 77, "do_sample": False}}
        },
        "model_name": "org/model",
        "lm_eval_version": "0.4",
    }
    path = lm_eval(tmp_path / "out", line(1, 0.0, "b", "c"), line(0, 1.0, "a"), results=results)
    run, notes = imported(path.parent, tmp_path)
    assert notes == []
    assert run.metrics["pass@1"].value == 0.5
    assert run.config.model.spec == "org/model"
    assert (run.config.sampling.stop, run.config.sampling.max_tokens) == (("\nclass",), 77)
    assert [(each.text, each.kind.value) for each in run.completions()] == [
        ("a", "solution"), ("b", "solution"), ("c", "solution"),
    ]  # fmt: skip


def test_what_samples_of_lm_eval_lack_is_named(tmp_path: Path) -> None:
    lacking = {"doc": {}, "resps": [["x"]], "filter": "create_test"}
    path = lm_eval(
        tmp_path / "out",
        line(0, 1.0, "a"),
        line(1, 0.5, "b", "c"),
        line(2, 1.0),
        line(3, 1.0, "d", doc={}),
        lacking,
        line(4, 1.0, "e", filter="none"),
        line(5, 1.0, "f") | {"pass@1": None},
    )
    run, notes = imported(path, tmp_path)
    said = "\n".join(notes)
    for fact in (
        "results_2026",
        "not which",
        "no response (HumanEval/2)",
        "neither",
        "create_test, none",
        "no pass@1",
    ):
        assert fact in said
    assert {each.task_id: each.passed for each in run.verdicts()} == {
        "HumanEval/0": True,
        "HumanEval/3": True,
    }
    assert run.config.plan == {f"HumanEval/{i}": n for i, n in {0: 1, 1: 2, 3: 1, 5: 1}.items()}


def test_raw_responses_continue_the_prompt_or_answer_it(tmp_path: Path) -> None:
    asked = {"gen_args_0": {"arg_0": '[{"role": "user", "content": "?"}]'}}
    path = lm_eval(
        tmp_path / "out", line(0, 1.0, "a", filter="none"), line(1, 1.0, "b", filter="none", arguments=asked)
    )
    run, _ = imported(path, tmp_path)
    assert [(each.text, each.kind.value) for each in run.completions()] == [
        ("raw a", "continuation"), ("raw b", "answer"),
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["inspect", "lm-eval"])
def test_a_run_that_went_out_comes_back_with_its_score(tmp_path: Path, form: str) -> None:
    ours = mixed_run(tmp_path / "run")
    path = codeeval.export(ours, form, tmp_path / "log", offline=True)
    if form == "inspect":
        run, _ = imported(path, tmp_path)
        assert run.metrics["pass@1"].value == PASS_AT_1
        assert [each.text for each in run.completions()] == [
            each.text for each in codeeval.load_run(ours).completions()
        ]
    else:
        run, notes = imported(path, tmp_path)
        assert "HumanEval/2" in "\n".join(notes)  # of which one of two passed
        assert run.metrics["pass@1"].value == pytest.approx(2 / 3)
    contrast = codeeval.compare(ours, run)
    assert contrast.benchmarks[0].contrasts[0].metrics[0].difference == pytest.approx(0.0)


def test_bad_input_is_named_and_nothing_is_written(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"

    def refused(path: Path, code: int, fact: str, *more: str) -> None:
        assert run_command(["import", str(path), "--out", str(out), "--offline", *more]) == code
        assert fact in capsys.readouterr().err
        assert not out.exists()

    good = write(tmp_path / "log.json", log(sample(0, "C")))
    refused(tmp_path / "absent.json", 4, "absent.json")
    refused(write(tmp_path / "a.json", [1]), 4, "list")
    refused(write(tmp_path / "b.json", {"results": {}}), 4, "`eval`")
    refused(write(tmp_path / "c.json", log()), 4, "no samples")
    refused(good, 4, "verify", "--scorer", "other")
    refused(write(tmp_path / "d.json", log(sample(0, "C")) | {"eval": {"task": "arc"}}), 2, "--benchmark")
    refused(write(tmp_path / "e.json", log({"id": "Q1", "output": {}})), 4, "Q1")
    (tmp_path / "f.json").write_bytes(b'{"eval": \xff')
    refused(tmp_path / "f.json", 4, "UTF-8")
    broken = lm_eval(tmp_path / "lm", line(0, 1.0, "a"))
    broken.write_text(broken.read_text() + "{\n")
    refused(broken, 4, f"{broken.name}:2")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", 4, "0 logs")
    imported(good, tmp_path)
    with pytest.raises(UsageError, match="imported"):
        imported(good, tmp_path)
