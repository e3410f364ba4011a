"""What strategies do alike, written once: a subclass states what it has and writes the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import msgspec

from codeeval.strategies import prompts
from codeeval.strategies.parameters import parameter_texts, read_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.interfaces import ModelInfo
    from codeeval.types import Sampling

_Parameters = TypeVar("_Parameters", bound=msgspec.Struct)


class StrategyBase(Generic[_Parameters]):
    """A strategy whose parameters are a struct and whose prompts are templates of this package.

    A subclass states ``name``, ``parameter_type``, ``needs_trials``, ``selects_only`` and its ``templates``,
    and writes ``max_generations`` and ``solve``.

    Args:
        parameters: by name, as the spec string states them.

    Raises:
        UnknownName: one that it does not have.
        UsageError: one out of its bounds.
    """

    name: ClassVar[str]
    parameter_type: type[_Parameters]
    templates: ClassVar[tuple[str, ...]] = ()
    """Names of its prompts' templates."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = read_parameters(self.name, self.parameter_type, parameters)

    @property
    def parameters(self) -> dict[str, str]:
        """All of them, defaults included."""
        return parameter_texts(self._parameters)

    @property
    def template_hash(self) -> str:
        """Over all templates; empty where there are none."""
        return prompts.combined_hash(self.templates) if self.templates else ""

    def check(self, model: ModelInfo, sampling: Sampling) -> None:
        """Any model and sampling will do."""
