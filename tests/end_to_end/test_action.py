"""The GitHub Action's steps, run as GitHub runs them: scripts of action.yml, inputs in the environment.

What a step would download is replaced by a stub on the path; ``codeeval`` itself is the real one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml
from support.runs import bits, make_run

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
BASH = shutil.which("bash") or "bash"

RECORD = """\
#!/bin/sh
{ printf '%s' "$(basename "$0")"; for each in "$@"; do printf '\\t%s' "$each"; done; echo; } >> "$CALLS"
"""
GH = (
    RECORD
    + """\
case "$*" in
  *--paginate*) if [ -n "$GH_FAILS" ]; then exit 1; fi; printf '%s' "$GH_FOUND" ;;
esac
"""
)


class Job(NamedTuple):
    """What became of the action."""

    code: int
    out: str
    outputs: dict[str, str]
    summary: str
    calls: list[list[str]]
    """Of the stubs: name and arguments."""


def expand(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ ([^}]+) \}\}", lambda found: values.get(found[1], ""), text)


def holds(condition: str, values: Mapping[str, str]) -> bool:
    """Evaluate a step's condition; ours are comparisons of values with literals, joined by &&."""
    for part in condition.split(" && "):
        found = re.fullmatch(r"(\S+) (==|!=) '([^']*)'", part)
        assert found, f"teach this test to read {part!r}"
        if (values.get(found[1], "") == found[3]) != (found[2] == "=="):
            return False
    return True


def run_action(folder: Path, inputs: Mapping[str, str], **env: str) -> Job:
    """Run all steps in ``folder``; a step that fails ends the job, as it does on GitHub."""
    assert set(inputs) <= set(ACTION["inputs"])
    values = {f"inputs.{name}": str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
    values |= {f"inputs.{name}": value for name, value in inputs.items()}
    values["github.event.pull_request.number"] = env.pop("NUMBER", "")
    stubs, temporary = folder / ".stubs", folder / ".temp"
    for made in (stubs, temporary):
        made.mkdir()
    for name, text in (("python", RECORD), ("gh", GH)):
        (stubs / name).write_text(text, "utf-8")
        (stubs / name).chmod(0o755)
    (stubs / "codeeval").symlink_to(Path(sys.executable).with_name("codeeval"))
    files = {name: folder / f".{name}" for name in ("CALLS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.touch()
    base = {
        "PATH": f"{stubs}:/usr/bin:/bin",
        "HOME": str(folder),
        "RUNNER_TEMP": str(temporary),
        "GITHUB_ACTION_PATH": "/the/action",
        "GITHUB_REPOSITORY": "owner/name",
        "GH_FAILS": "",
        "GH_FOUND": "",
        **{name: str(file) for name, file in files.items()},
        **{name: os.environ[name] for name in ("CODEEVAL_CACHE_DIR",) if name in os.environ},
        **env,
    }
    code, out, outputs = 0, "", {}
    for step in ACTION["runs"]["steps"]:
        if not holds(step.get("if", "true == 'true'"), {**values, "true": "true"}):
            continue
        files["GITHUB_OUTPUT"].write_text("", "utf-8")
        done = subprocess.run(
            [BASH, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=folder,
            env=base | {name: expand(text, values) for name, text in step.get("env", {}).items()},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        out += done.stdout + done.stderr
        found = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text("utf-8").splitlines())
        outputs |= found
        values |= {f"steps.{step.get('id')}.outputs.{name}": value for name, value in found.items()}
        if code := done.returncode:
            break
    calls = [line.split("\t") for line in files["CALLS"].read_text("utf-8").splitlines()]
    return Job(code, out, outputs, files["GITHUB_STEP_SUMMARY"].read_text("utf-8"), calls)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_run(tmp_path / "base", "bench", bits("1" * 120 + "0" * 80))
    make_run(tmp_path / "runs" / "candidate", "bench", bits("1" * 120 + "0" * 80))
    make_run(tmp_path / "bad", "bench", bits("0" * 200))
    make_run(tmp_path / "few", "bench", bits("1010"))
    return tmp_path


def test_it_installs_itself_and_passes(folder: Path) -> None:
    job = run_action(folder, {"baseline": "base"})
    assert job.code == 0, job.out
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    assert job.calls == [["python", *install, "/the/action[local]"]]
    assert (job.outputs["decision"], job.outputs["exit-code"]) == ("pass", "0")
    assert job.summary.startswith("## ✅ ")
    for name in ("junit", "sarif", "markdown"):
        assert Path(job.outputs[name]).stat().st_size > 100
    assert "::notice title=codeeval bench" in job.out


def test_a_regression_fails_after_all_is_reported(folder: Path) -> None:
    job = run_action(
        folder, {"baseline": "base", "candidate": "bad", "comment": "true", "install": "false"}, NUMBER="7"
    )
    assert (job.code, job.outputs["decision"]) == (1, "regression")
    assert job.summary.startswith("## ❌")
    listing, post = job.calls
    assert listing[:4] == ["gh", "api", "--paginate", "repos/owner/name/issues/7/comments"]
    body = f"body=@{job.outputs['markdown']}.comment"
    assert post == [
        "gh",
        "api",
        "--silent",
        "--method",
        "POST",
        "repos/owner/name/issues/7/comments",
        "--field",
        body,
    ]
    text = Path(body.removeprefix("body=@")).read_text("utf-8")
    assert text.startswith("<!-- codeeval gate -->\n## ❌ ")


def test_an_earlier_comment_is_replaced(folder: Path) -> None:
    job = run_action(
        folder,
        {"baseline": "base", "comment": "true", "install": "false"},
        NUMBER="7",
        GH_FOUND="41\n42\n",
    )
    assert job.code == 0, job.out
    assert job.calls[1][4:6] == ["PATCH", "repos/owner/name/issues/comments/41"]


def test_a_comment_that_is_not_allowed_changes_nothing(folder: Path) -> None:
    job = run_action(
        folder, {"baseline": "base", "comment": "true", "install": "false"}, NUMBER="7", GH_FAILS="1"
    )
    assert job.code == 0
    assert "::warning title=codeeval::" in job.out


@pytest.mark.parametrize(("on", "code"), [("fail", 2), ("pass", 0)])
def test_an_undecided_gate_fails_unless_allowed(folder: Path, on: str, code: int) -> None:
    inputs = {"baseline": "base", "candidate": "few", "install": "false", "on-cannot-tell": on}
    job = run_action(folder, inputs)
    assert (job.code, job.outputs["decision"]) == (code, "cannot-tell")


@pytest.mark.parametrize("on", ["fail", "pass"])
def test_an_error_is_never_a_pass(folder: Path, on: str) -> None:
    inputs = {"baseline": "base", "candidate": "absent", "install": "false", "on-cannot-tell": on}
    job = run_action(folder, inputs)
    assert (job.code, job.outputs["decision"], job.outputs["exit-code"], job.summary) == (4, "error", "4", "")


def test_every_setting_reaches_the_gate(folder: Path) -> None:
    job = run_action(
        folder,
        {
            "baseline": "base",
            "candidate": "bad",
            "max-drop": "70pp",
            "alpha": "0.01",
            "min": "pass@1=0.0\n\npass@1=0\n",
            "gate-arguments": " --metric pass@1\n--json ",
            "install": "false",
        },
    )
    assert job.code == 0, job.out
    result, _ = json.JSONDecoder().raw_decode(job.out)
    assert result["alpha"] == 0.01
    (check,) = result["checks"]
    assert (check["drops"][0]["max_drop"], check["floors"][0]["least"]) == (0.7, 0.0)


def test_a_plan_takes_the_place_of_the_settings(folder: Path) -> None:
    (folder / "gate.yml").write_text("checks: [{baseline: base, candidate: bad}]", "utf-8")
    job = run_action(folder, {"config": "gate.yml", "baseline": "ignored", "install": "false"})
    assert job.code == 1


def test_no_input_is_run_as_code(folder: Path) -> None:
    evil = "\"; touch owned; echo $(touch owned) `touch owned` 'x"
    names = [
        "baseline",
        "candidate",
        "max-drop",
        "alpha",
        "min",
        "gate-arguments",
        "package",
        "pull",
        "history",
    ]
    for name in names:
        case = folder / f"case-{name}"
        case.mkdir()
        run_action(case, {"baseline": "base", name: evil})
        assert not (case / "owned").exists()
    scripts = "".join(step["run"] for step in ACTION["runs"]["steps"])
    assert "${{" not in scripts


@pytest.mark.bubblewrap
def test_it_runs_a_benchmark_first(folder: Path) -> None:
    inputs = {
        "benchmark": "humaneval",
        "model": "reference:",
        "run-arguments": "--sandbox bubblewrap\n  --task HumanEval/0 --task HumanEval/1 --quiet",
        "candidate": "made",
        "min": "pass@1=1",
        "install": "false",
    }
    job = run_action(folder, inputs)
    assert job.code == 0, job.out
    assert len((folder / "made" / "verdicts.jsonl").read_text("utf-8").splitlines()) == 2


SUITE = """\
name = "two"
models = ["reference:"]
defaults = {sandbox = "bubblewrap", offline = true, data_root = "."}

[[benchmarks]]
name = "humaneval"
limit = 2
min = {"pass@1" = 1}

[[benchmarks]]
name = "gsm8k"
min = {"pass@1" = 1}
"""


@pytest.mark.bubblewrap
def test_a_suite_with_a_benchmark_that_cannot_run(folder: Path) -> None:
    """The others have gone on, the gate cannot tell, and the history keeps that."""
    (folder / "suite.toml").write_text(SUITE, "utf-8")
    inputs = {
        "benchmark": "suite.toml",
        "run-arguments": "--quiet",
        "candidate": "made",
        "candidate-model": "reference",
        "history": "kept.jsonl",
        "install": "false",
    }
    job = run_action(folder, inputs)
    assert (job.code, job.outputs["decision"], job.outputs["answer"]) == (2, "cannot-tell", "cannot-tell")
    assert len((folder / "made/humaneval--reference/verdicts.jsonl").read_text("utf-8").splitlines()) == 2
    assert "gsm8k" in job.summary
    (line,) = (folder / "kept.jsonl").read_text("utf-8").splitlines()
    assert [each["benchmark"] for each in json.loads(line)["absent"]] == ["gsm8k"]


def test_the_steps_are_in_an_order_that_concludes_last() -> None:
    names = [step["name"] for step in ACTION["runs"]["steps"]]
    assert names[-1] == "Conclude"
    assert all(step["shell"] == "bash" for step in ACTION["runs"]["steps"])
