"""A benchmark whose problems are in one of several languages, or in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.interfaces import BenchmarkBase
from codeeval.languages import language
from codeeval.prompting import Variables
from codeeval.types import CompletionKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codeeval.types import Problem


class ManyLanguages(BenchmarkBase):
    """What such benchmarks share: their images, their settings, and what prompts state about a language."""

    reference_kind = CompletionKind.CONTINUATION
    languages: tuple[str, ...]
    """Ids of those whose programs run."""

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score."""
        protocol = {"protocol": self.protocol} if len(self.protocols) > 1 else {}
        return self.stated(**protocol, split=self.split, shots="0")

    @property
    def images(self) -> tuple[str, ...]:
        """The images that its programs run in."""
        return tuple(dict.fromkeys(language(each).image for each in self.languages))

    @property
    def image(self) -> str:
        """The first of the images that its programs run in."""
        return self.images[0]

    def image_of(self, problem: Problem) -> str:
        """Return the image that a problem's programs run in."""
        return language(problem.language).image

    def variables(self, problem: Problem) -> Variables:
        """Return the dataset's prompt and the language."""
        entry = language(problem.language)
        return Variables(
            task_id=problem.task_id,
            prompt=problem.prompt,
            entry_point=problem.entry_point,
            language=entry.title,
            fence=entry.fences[0],
        )
