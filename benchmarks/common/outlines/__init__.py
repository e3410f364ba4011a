"""Source code as a list of its top-level items, in any language: what each defines, uses, and is for."""

from codeeval.benchmarks.common.outlines.items import Item, Kind, Outline
from codeeval.benchmarks.common.outlines.reaching import needed, without_examples
from codeeval.benchmarks.common.outlines.reading import opened, outline, parses

__all__ = ["Item", "Kind", "Outline", "needed", "opened", "outline", "parses", "without_examples"]
