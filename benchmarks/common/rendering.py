"""What codeeval's own benchmarks do alike: card and templates lie in the benchmark's folder."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ClassVar

from codeeval.prompting import PromptTemplate

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.interfaces import BenchmarkOptions


class Rendering:
    """A benchmark with ``README.md`` and ``templates/`` beside its module."""

    folder: ClassVar[Path]
    options: BenchmarkOptions

    @property
    def card(self) -> Path:
        """The protocol card."""
        return self.folder / "README.md"

    @property
    def template_name(self) -> str:
        """The template for the options, without ``.jinja``."""
        return self.options.style.value

    @functools.cached_property
    def template(self) -> PromptTemplate:
        """The user's template, or the benchmark's own."""
        own = self.folder / "templates" / f"{self.template_name}.jinja"
        return PromptTemplate(self.options.template or own)

    def stated(self, **choices: str) -> dict[str, str]:
        """Return the settings that every result states: those given, the style, and a user's template."""
        template = {"template": str(self.options.template)} if self.options.template else {}
        return {**choices, "style": self.options.style.value, **template}
