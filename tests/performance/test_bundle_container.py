"""A bundle that was made here is used in a container that has nothing else, and no network.

A minute of CPU time, most of it for 80 packages: test_bundled_runs.py is for the gate.
"""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.distributions import build_distributions
from support.offline import watch

import codeeval
from codeeval.sandboxes import images

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.docker, pytest.mark.bubblewrap]

CAPABILITIES = (
    *("--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--security-opt", "systempaths=unconfined"),
)
"""What bubblewrap needs to make namespaces inside of a container."""
COMMANDS = """
set -eu
mkdir -p /there/home && cd /there
export HOME=/there/home
tar -xf /io/bundle.tar
(cd codeeval-bundle && sha256sum -c --quiet SHA256SUMS)
{python} -m venv venv
venv/bin/pip install --quiet --no-index --no-compile --find-links codeeval-bundle/wheels \\
    -r codeeval-bundle/requirements.txt
rm -r codeeval-bundle
venv/bin/codeeval unbundle /io/bundle.tar --data-root /there/data
export CODEEVAL_DATA_ROOT=/there/data PYTHONPATH=/io
touch asked
for benchmark in {benchmarks}; do
    venv/bin/codeeval run $benchmark --model reference: --offline --sandbox bubblewrap \\
        --workers 1 --limit {limit} --out "/io/runs/$benchmark"
done
code=0
venv/bin/codeeval run mbpp --model reference: --offline --out none 2>/io/missing || code=$?
echo $code >/io/code
cp asked /io/asked
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_distributions(tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist"))


def use(folder: Path, benchmarks: tuple[str, ...], limit: int) -> None:
    """Install and run in a container: of this machine it has the system and this Python, and nothing else."""
    watch(folder, Path("/there/asked"))
    base = Path(sysconfig.get_config_var("installed_base"))
    interpreter = base / "bin" / f"python{sysconfig.get_python_version()}"
    (folder / "commands.sh").write_text(
        COMMANDS.format(python=interpreter, benchmarks=" ".join(benchmarks), limit=limit)
    )
    mounts = {Path("/usr"), base, Path("/etc/ld.so.cache")}
    shown = [option for path in sorted(mounts) for option in ("--volume", f"{path}:{path}:ro")]
    command = ["docker", "run", "--rm", "--network", "none", *CAPABILITIES, *shown]
    command += ["--volume", f"{folder}:/io", "--entrypoint", "bash", images.tag("bash"), "/io/commands.sh"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def check(folder: Path, benchmarks: tuple[str, ...], limit: int) -> None:
    for name in benchmarks:
        metrics = json.loads((folder / "runs" / name / "metrics.json").read_text())
        assert metrics["outcomes"]["PASSED"] == metrics["samples"] == limit, name
    assert (folder / "asked").read_text() == "", "nothing was asked of a network"
    assert (folder / "code").read_text() == "4\n"
    missing = (folder / "missing").read_text()
    assert "google-research-datasets/mbpp" in missing
    assert "--data-root" in missing


@pytest.mark.data
@pytest.mark.slow
def test_a_bundle_runs_in_three_languages_without_network(
    wheel: Path, tmp_path: Path, demand_image: Callable[[str], None]
) -> None:
    for image in ("python", "rust", "jvm", "bash"):
        demand_image(image)
    benchmarks = ("humaneval", "multipl-e:humaneval-rs", "multipl-e:humaneval-java")
    codeeval.bundle(*benchmarks, out=tmp_path / "bundle.tar", wheels=[wheel])
    use(tmp_path, benchmarks, 8)
    check(tmp_path, benchmarks, 8)
