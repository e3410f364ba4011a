"""The action, the workflow and the examples of docs/ci.md are what GitHub and GitLab accept, and agree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from codeeval.gating import Check, Decision, Plan, gate, parse_drop, read_plan
from codeeval.records import RunDirectory
from codeeval.sandboxes import images

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
BASELINE = ROOT / "docs" / "baselines" / "humaneval-smollm2"
BLOCKS = {
    block.splitlines()[0].removeprefix("# "): block
    for block in re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
}
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/gate.yml").read_text("utf-8"))


def check(schema: str, path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_has_an_example_of_each() -> None:
    assert set(BLOCKS) == {"gate.yml", ".github/workflows/model.yml", ".gitlab-ci.yml"}


def test_the_action_and_the_workflow_are_valid() -> None:
    check("github-actions", ROOT / "action.yml")
    check("github-workflows", ROOT / ".github/workflows/gate.yml")


@pytest.mark.parametrize(
    ("name", "schema"),
    [(".github/workflows/model.yml", "github-workflows"), (".gitlab-ci.yml", "gitlab-ci")],
)
def test_the_examples_are_valid(name: str, schema: str, tmp_path: Path) -> None:
    path = tmp_path / "example.yml"
    path.write_text(BLOCKS[name], "utf-8")
    check(schema, path)


def test_the_plan_is_read(tmp_path: Path) -> None:
    path = tmp_path / "gate.yml"
    path.write_text(BLOCKS["gate.yml"], "utf-8")
    plan = read_plan(path)
    assert [each.max_drop for each in plan.checks] == [0.02, 0.03, 0.02]


def action_steps() -> list[dict[str, Any]]:
    example: dict[str, Any] = yaml.safe_load(BLOCKS[".github/workflows/model.yml"])
    steps = WORKFLOW["jobs"]["smollm2"]["steps"] + example["jobs"]["gate"]["steps"]
    return [each for each in steps if each.get("uses", "").startswith(("./", "OWNER/codeeval@"))]


def test_the_action_is_used_with_inputs_that_it_has() -> None:
    assert len(action_steps()) == 2
    for step in action_steps():
        assert set(step["with"]) <= set(ACTION["inputs"])
    outputs = set(re.findall(r"steps\.gate\.outputs\.([\w-]+)", PAGE + str(WORKFLOW)))
    assert outputs <= set(ACTION["outputs"])


def test_the_exit_codes_are_those_of_the_gate() -> None:
    documented = {
        (words, int(code)) for code, words in re.findall(r"^\| (\d) \| ([a-z ]+) \|", PAGE, re.MULTILINE)
    }
    assert documented == {(decision.value, decision.exit_code) for decision in Decision}


def test_the_workflow_runs_the_tasks_of_the_baseline() -> None:
    step = action_steps()[0]["with"]
    assert ROOT / step["baseline"] == BASELINE
    with RunDirectory.open(BASELINE) as run:
        tasks = list(run.config.plan)
        assert run.config.model.spec == step["model"]
        assert run.config.benchmark == step["benchmark"]
    assert re.findall(r"--task (\S+)", step["run-arguments"]) == tasks
    (listed,) = re.findall(r"for i in ([\d ]+);", PAGE)
    assert [f"HumanEval/{i}" for i in listed.split()] == tasks
    assert len(tasks) == 20


def test_the_baseline_passes_its_own_gate() -> None:
    drop = parse_drop(action_steps()[0]["with"]["max-drop"])
    result = gate(Plan(checks=(Check(baseline=BASELINE, candidate=BASELINE, max_drop=drop),)))
    assert result.decision is Decision.NOT_WORSE


def test_the_baseline_names_no_machine() -> None:
    for path in BASELINE.iterdir():
        assert not re.search(r"/(tmp|home|root|work|Users)/", path.read_text("utf-8")), path
    assert not (BASELINE / ".lock").exists()


PUBLISH = ROOT / ".github/workflows/publish.yml"


def test_the_workflow_of_a_release_is_valid() -> None:
    check("github-workflows", PUBLISH)


def test_a_release_trusts_only_pinned_actions_and_no_stored_secret() -> None:
    text = PUBLISH.read_text("utf-8")
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert len(used) > 10
    assert not [name for name, _ in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name)]
    assert all(re.fullmatch(r" # v\d+\.\d+\.\d+", version) for _, version in used)
    assert "secrets." not in text
    jobs: dict[str, Any] = yaml.safe_load(text)["jobs"]
    writers = {name for name, job in jobs.items() if "write" in job.get("permissions", {}).values()}
    assert writers == {"images", "pypi", "record"}


def test_scripts_of_a_release_parse_and_take_no_expression() -> None:
    """What an event says (a tag's name) must reach a script as a variable, or it could be a command."""
    jobs: dict[str, Any] = yaml.safe_load(PUBLISH.read_text("utf-8"))["jobs"]
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert len(scripts) >= 8
    for script in scripts:
        assert "${{" not in script
        done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_what_a_release_records_is_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workflow's own lines, on a copy of the table that has the last release's record."""
    jobs: dict[str, Any] = yaml.safe_load(PUBLISH.read_text("utf-8"))["jobs"]
    steps = {step.get("name"): step["run"] for job in jobs.values() for step in job["steps"] if "run" in step}
    shutil.copytree(images.containers_folder(), tmp_path / "containers")
    monkeypatch.setattr(images, "containers_folder", lambda: tmp_path / "containers")
    table = tmp_path / "containers" / "images.toml"
    record = steps["Record the digest"].replace("mkdir recorded", "mkdir -p recorded")
    replace = steps["Put the digests of this release in the place of the last one's"]
    for release in ("1", "2"):
        for name in ("python", "rust"):
            reference = f"ghcr.io/owner/{name}@sha256:{release * 64}"
            env = {**os.environ, "NAME": name, "TAG": images.tag(name)[-16:], "REFERENCE": reference}
            subprocess.run(["bash", "-euc", record], cwd=tmp_path, env=env, check=True)
        subprocess.run(["bash", "-euc", replace], cwd=tmp_path, check=True)
        published = {name: image.published for name, image in images.catalogue().images.items()}
        assert {name for name, each in published.items() if each} == {"python", "rust"}
        assert published["rust"] == images.Published(
            tag=images.tag("rust")[-16:], reference=f"ghcr.io/owner/rust@sha256:{release * 64}"
        )
    assert table.read_text("utf-8").count("published]") == 2


def test_the_build_context_is_that_of_the_command(tmp_path: Path) -> None:
    jobs: dict[str, Any] = yaml.safe_load(PUBLISH.read_text("utf-8"))["jobs"]
    (script,) = (
        step["run"] for step in jobs["images"]["steps"] if step.get("name", "").startswith("Put the build")
    )
    shutil.copytree(ROOT / "containers", tmp_path / "containers")
    for name in ("rust", "perl"):
        shutil.rmtree(tmp_path / "context", ignore_errors=True)
        env = {**os.environ, "NAME": name}
        subprocess.run(["bash", "-euc", script], cwd=tmp_path, env=env, check=True)
        context = tmp_path / "context"
        made = {
            str(path.relative_to(context)): path.read_bytes() for path in context.rglob("*") if path.is_file()
        }
        assert made == images.context_files(name)
