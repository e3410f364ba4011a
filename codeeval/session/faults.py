"""Tells a bug of codeeval's from a fault of a plug-in's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval import registry

if TYPE_CHECKING:
    from codeeval.errors import PluginError


def plugin_fault(error: BaseException) -> PluginError | None:
    """Return the error that reports an unforeseen one as a plug-in's, where code of a plug-in was running."""
    plugin = registry.culprit(error)
    if plugin is None:
        return None
    fault = registry.fault(plugin, f"its code raised {type(error).__name__}: {error}")
    fault.__cause__ = error
    return fault
