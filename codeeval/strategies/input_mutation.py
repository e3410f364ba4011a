"""New inputs made of those that a prompt shows: numbers a little larger or smaller, other words and letters.

Numbers that look like the size of something (of a line, of the input, of a word) stay, or most of what comes
out would be no input at all.

Source: Li et al. 2022 (AlphaCode), section 3.2.1: integers incremented or decremented at random, characters
swapped and changed.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CHARS: Final = 100_000
"""Of an input that is mutated."""
MOST_CHANGES: Final = 3
LARGEST_STEP: Final = 10
ATTEMPTS: Final = 20
"""For each input that is wanted."""
_PIECE: Final = re.compile(r"-?\d+|[A-Za-z]+")


def mutated(inputs: Sequence[str], count: int) -> tuple[str, ...]:
    """Make up to ``count`` inputs other than these, all different; the same for the same inputs."""
    usable = [text for text in inputs if len(text) <= MOST_CHARS and _changeable(text)]
    if not usable:
        return ()
    chance = random.Random("\0".join(usable))  # noqa: S311 -- reproducible, and no secret
    made: dict[str, None] = {}
    for attempt in range(count * ATTEMPTS):
        text = _mutate(usable[attempt % len(usable)], chance)
        if text not in inputs:
            made[text] = None
        if len(made) == count:
            break
    return tuple(made)


def _changeable(text: str) -> list[re.Match[str]]:
    """Return the pieces of an input that may change: all but numbers that count other lines."""
    lines = text.split("\n")
    sizes = [{len(_PIECE.findall(line)), *map(len, line.split())} for line in lines]
    in_lines = Counter(size for found in sizes for size in found)
    filled = sum(bool(line.strip()) for line in lines)
    pieces, start, above = [], 0, 0
    for line, own in zip(lines, sizes, strict=True):
        above += bool(line.strip())
        for found in _PIECE.finditer(text, start, start + len(line)):
            value = int(found[0]) if found[0].isdigit() and len(found[0]) < 10 else -1
            if value < 0 or not (in_lines[value] > (value in own) or value == filled - above):
                pieces.append(found)
        start += len(line) + 1
    return pieces


def _mutate(text: str, chance: random.Random) -> str:
    pieces = _changeable(text)
    words = sorted({found[0] for found in pieces if found[0].isalpha()})
    chosen = chance.sample(pieces, min(len(pieces), chance.randint(1, MOST_CHANGES)))
    for found in sorted(chosen, key=lambda each: -each.start()):
        piece = found[0]
        new = _word(piece, words, chance) if piece.isalpha() else _number(piece, chance)
        text = text[: found.start()] + new + text[found.end() :]
    return text


def _number(piece: str, chance: random.Random) -> str:
    """Return a number nearby, of the same sign; a long one differs in its last digits."""
    value, step = int(piece[-18:].lstrip("-")), chance.randint(1, LARGEST_STEP)
    if chance.random() < 0.5 and value > step:
        step = -step
    before = piece[:-18].lstrip("-")
    digits = f"{(value + step) % 10**18:018}" if before else str(value + step)
    return ("-" if piece[0] == "-" else "") + before + digits


def _word(piece: str, words: Sequence[str], chance: random.Random) -> str:
    """Return another word of the input, or this one with a letter changed or two swapped."""
    kind = chance.randrange(3)
    if kind == 0:
        return chance.choice(words)
    letters, place = list(piece), chance.randrange(len(piece))
    if kind == 1:
        letters[place] = chance.choice("".join(words))
    else:
        other = chance.randrange(len(piece))
        letters[place], letters[other] = letters[other], letters[place]
    return "".join(letters)
