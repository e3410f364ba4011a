"""Records a run with an experiment tracker: Weights & Biases, or MLflow.

Both get the scores with their intervals, the counts of outcomes, the run's settings, and its samples as
Parquet.
"""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from codeeval.errors import StorageError, UsageError
from codeeval.formats.sample_table import write_parquet
from codeeval.records import flatten

if TYPE_CHECKING:
    from codeeval.metrics import Metrics
    from codeeval.records import RunConfig, RunDirectory

_PROJECT: Final = "codeeval"
_LONGEST_PARAMETER: Final = 500
"""Characters of a parameter that every MLflow server takes."""


def log_to_wandb(directory: RunDirectory, metrics: Metrics, out: Path | None) -> int:
    """Record a run with Weights & Biases, and return its samples.

    Args:
        directory: the run.
        metrics: its scores.
        out: a folder for an offline run, which ``wandb sync`` uploads later; None: as wandb's own settings
            say.

    Raises:
        UsageError: wandb is not installed, or refuses.
        StorageError: the folder cannot be written.
    """
    wandb = _library("wandb", "wandb")
    config = directory.config
    offline = {"mode": "offline", "dir": str(_folder(out))} if out else {}
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "samples.parquet"
        rows = write_parquet(directory, table)
        try:
            run = wandb.init(
                project=_PROJECT,
                name=f"{config.benchmark} {config.model.spec}",
                job_type="evaluation",
                config=_parameters(config),
                settings=wandb.Settings(silent=True, console="off"),
                **offline,
            )
            run.summary.update(_numbers(metrics))
            artifact = wandb.Artifact(f"samples-{run.id}", type="samples")
            artifact.add_file(str(table))
            run.log_artifact(artifact)
            run.finish()
        except (wandb.Error, ValueError) as error:
            raise UsageError(
                f"wandb: {error}", "Log in with `wandb login`, or name a folder: --out."
            ) from error
    return rows


def log_to_mlflow(directory: RunDirectory, metrics: Metrics, out: Path | None) -> int:
    """Record a run with MLflow, and return its samples.

    Args:
        directory: the run.
        metrics: its scores.
        out: a folder for a database of MLflow's (``mlflow.db``) and artifacts; None: the server of its own
            settings (``MLFLOW_TRACKING_URI``).

    Raises:
        UsageError: MLflow is not installed, or refuses.
        StorageError: the folder cannot be written.
    """
    mlflow = _library("mlflow", "mlflow-skinny")
    config = directory.config
    uri = f"sqlite:///{_folder(out).resolve() / 'mlflow.db'}" if out else None
    artifacts = (out.resolve() / "artifacts").as_uri() if out else None
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "samples.parquet"
        rows = write_parquet(directory, table)
        try:
            client = mlflow.MlflowClient(tracking_uri=uri)
            found = client.get_experiment_by_name(_PROJECT)
            experiment = found.experiment_id if found else client.create_experiment(_PROJECT, artifacts)
            run = client.create_run(
                experiment, run_name=f"{config.benchmark} {config.model.spec}"
            ).info.run_id
            for name, text in _parameters(config).items():
                client.log_param(run, name, text[:_LONGEST_PARAMETER])
            for name, value in _numbers(metrics).items():
                client.log_metric(run, name.replace("@", "_at_"), value)
            client.log_artifact(run, str(table))
            client.set_terminated(run)
        except mlflow.exceptions.MlflowException as error:
            raise UsageError(
                f"MLflow: {error}", "Set MLFLOW_TRACKING_URI, or name a folder: --out."
            ) from error
    return rows


def _library(module: str, package: str) -> Any:  # Any: an extra, which the type checker may not see
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError(
            f"{package} is not installed", f"pip install 'codeeval[{package.partition('-')[0]}]'"
        ) from error


def _folder(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{out}: {error.strerror or error}", "Name another folder with --out.") from error
    return out


def _numbers(metrics: Metrics) -> dict[str, float]:
    """Return each score and the ends of its interval, and the share of each outcome that there is."""
    found: dict[str, float] = {}
    for name, each in metrics.metrics.items():
        found |= {name: each.value, f"{name}.low": each.low, f"{name}.high": each.high}
    for outcome, count in metrics.outcomes.items():
        if count:
            found[f"outcomes.{outcome}"] = float(count)
    return found | {"tasks": float(metrics.tasks), "samples": float(metrics.samples)}


def _parameters(config: RunConfig) -> dict[str, str]:
    """Return the settings, without the plan of each task and the tasks of each group."""
    return {
        name: value
        for name, value in flatten(config)
        if not name.startswith(("plan.", "groups.", "command", "shard."))
    }
