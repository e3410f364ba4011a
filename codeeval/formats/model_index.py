"""Writes a run's scores as the ``model-index`` block of a model card on the Hub.

Source: https://huggingface.co/docs/hub/model-cards#evaluation-results; huggingface_hub, ``EvalResult``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.formats.judged import model_name

if TYPE_CHECKING:
    from codeeval.metrics import Metrics
    from codeeval.records import RunConfig

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
"""A revision that the Hub knows; a mirror and embedded data have none."""


def model_index(config: RunConfig, metrics: Metrics) -> bytes:
    """Return the block, as YAML for the front matter of a ``README.md``.

    Values are shares in [0, 1]; each metric's ``args`` have the ends of its 95% interval and the number of
    tasks.
    """
    import yaml  # noqa: PLC0415 -- only where a block is written

    data = config.dataset
    dataset = {
        "type": data.id,
        "name": config.benchmark,
        "config": data.config,
        "split": data.split,
        "revision": data.revision if _COMMIT.fullmatch(data.revision) else "",
    }
    results = {
        "task": {"type": "text-generation", "name": "Code generation"},
        "dataset": {name: each for name, each in dataset.items() if each},
        "metrics": [
            {
                "type": name.rpartition(".")[2],
                "name": name,
                "value": each.value,
                "args": {"low": each.low, "high": each.high, "interval": each.interval, "tasks": each.tasks},
                "verified": False,
            }
            for name, each in metrics.metrics.items()
        ],
    }
    block = {"model-index": [{"name": model_name(config), "results": [results]}]}
    return yaml.safe_dump(block, sort_keys=False, allow_unicode=True).encode()
