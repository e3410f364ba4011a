"""Finds plug-ins by name: benchmarks, models, sources, sandboxes, strategies, languages, images and commands.

codeeval's own and those of other packages are found alike, through entry points (``Group``). Nothing is
imported until it is asked for. Those of other packages are checked when they are made, and what they do wrong
later is reported as theirs (``guarding``).
"""

from codeeval.registry.culprit import culprit
from codeeval.registry.entries import OWN, Group, Plugin, find, names, own_plugin, plugins, require_one
from codeeval.registry.factories import (
    benchmark_factory,
    launcher,
    model_factory,
    source_factory,
    strategy_factory,
)
from codeeval.registry.guarding import blaming, fault

__all__ = [
    "OWN",
    "Group",
    "Plugin",
    "benchmark_factory",
    "blaming",
    "culprit",
    "fault",
    "find",
    "launcher",
    "model_factory",
    "names",
    "own_plugin",
    "plugins",
    "require_one",
    "source_factory",
    "strategy_factory",
]
