"""A tree-sitter parse in time that the length of the code bounds.

On junk the work of such a parser can grow with the square of the text, hence the caps: on the work of a
parse, counted in its own steps, and on lines that are continued.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

STEPS_A_BYTE: Final = 1 / 8
"""Most that a parse may take, in hundreds of the parser's steps; the densest code takes half of that."""
FREE_STEPS: Final = 20
CONTINUED_LINES: Final = 1000
"""Of code that is parsed. The grammar looks over all that follow at each of them, outside of its steps."""
_CHUNK: Final = 4096


def parse_bounded(parser: Parser, data: bytes) -> Node | None:
    """Parse code in time that its length bounds; returns the root, or None where that is not enough."""
    if data.count(b"\\\n") + data.count(b"\\\r") > CONTINUED_LINES:
        return None
    left = FREE_STEPS + STEPS_A_BYTE * len(data)

    def stops(_place: int, _failed: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    try:
        return parser.parse(lambda place, _: data[place : place + _CHUNK], progress_callback=stops).root_node
    except ValueError:  # it was stopped
        parser.reset()
        return None
