"""Finds the code in a chat model's answer, in any language.

Where the prompt is the start of a program (``find``), the function is found by the name that it has there.
The tests of MultiPL-E continue where a base model stops: within the function's last brace in some languages,
within a class in others. So the code of an answer is rearranged into the completion of a base model:
what the prompt has above the function (imports), what else the answer has at that level (imports, helpers,
types), and last the function, left open where the tests close it. A ``main`` of the answer's own is dropped
where the tests bring one.

Rules: ``fence`` and ``open-fence`` for the last fenced block that defines the function, ``bare`` for an
answer without fences that does, ``fence+body`` and ``body`` for a function's body that continues the prompt,
``none``.

Where the prompt is prose (``find_program``), the code is kept as it is: the last fenced block that defines
the function if there is one to define, else the longest block in the language; ``bare`` is an answer without
fences, less the prose around it.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.benchmarks.common import any_language, brackets, signatures
from codeeval.extraction import ANSWER_CHARACTERS, NO_CODE_RULE
from codeeval.extraction import text as prose
from codeeval.types import Extraction

if TYPE_CHECKING:
    from codeeval.languages import Language
    from codeeval.types import Problem

_CLASS: Final = re.compile(
    r"^(?:public |final |static |sealed |abstract )*(?:class|object|module)\b[^\n{]*\{", re.MULTILINE
)
_MAIN: Final = re.compile(
    r"^[ \t]*(?:(?:public|private|static|async|pub|unsafe|export) +)*(?:[\w<>\[\]:*&]+ +)?"
    r"(?:def +|fn +|func +|fun +)?[Mm]ain *(?:\[[^\]\n]*\] *)?\([^\n]*?(?:=\s*)?\{",
    re.MULTILINE,
)
_GO_IMPORTS: Final = re.compile(r"^import\s*(?:\((?P<many>[^()]*)\)|(?P<one>[^\n]+))\n?", re.MULTILINE)
_COMMENTS: Final = re.compile(r'/\*.*?\*/|""".*?"""|\(\*.*?\*\)|\{-.*?-\}|#\|.*?\|#', re.DOTALL)
_LONGEST_LINE: Final = 500
_MOST_FRAMES: Final = 20
"""Classes and ``main`` functions that are looked at: the rest of the code is searched for the end of each."""
_LINE_COMMENT: Final = re.compile(r"\s*(?://|#(?![!\[]|include|lang)|--|;|%)")


_PROSE: Final = re.compile(
    r"\s*(?:[-*] |\d+[.)] )?[A-Z][\w'\u2019-]*,?(?: [\w'`\u2019-]+,?){2,}(?:[ .:!?].*)?"
)
"""A line that begins as a sentence does: a capital, then words with nothing but blanks between them."""


class Found(NamedTuple):
    """What an answer's code became."""

    extraction: Extraction
    solution: str
    """the code before the newline and the tests."""


def find(text: str, problem: Problem, language: Language) -> Found:
    """Find the code of an answer and arrange it as the tests want it. Never raises."""
    text = prose.without_thinking(text.replace("\r\n", "\n").replace("\r", "\n"))[:ANSWER_CHARACTERS]
    rule, code = _code(text, problem, language)
    if rule == NO_CODE_RULE:
        return Found(Extraction(rule=rule), "")
    if rule.endswith("body"):
        body = any_language.cut(code, problem.stop)
        return Found(Extraction(rule=rule, code=body), problem.prompt + body)
    return Found(Extraction(rule=rule, code=code), arranged(code, problem))


def find_program(text: str, language: Language, entry_point: str = "") -> Extraction:
    """Find the code of an answer to a task in prose: a whole program, or a function and what it needs.

    Never raises.

    Args:
        text: the answer.
        language: the one that the task requires.
        entry_point: the function, where there is one.
    """
    text = prose.without_thinking(text.replace("\r\n", "\n").replace("\r", "\n"))[:ANSWER_CHARACTERS]
    blocks = list(prose.blocks(text, lambda _: False))
    mine = [block for block in blocks if block.info in language.fences]
    mine = mine or [block for block in blocks if not block.info] or blocks
    if mine:
        defining = [
            each for each in mine if entry_point and signatures.definition(each.code, entry_point) >= 0
        ]
        block = defining[-1] if defining else max(mine, key=lambda each: len(each.code))
        rule = "fence" if block.closed else "open-fence"
        code = block.code
    else:
        rule, code = "bare", _without_prose(text)
    return Extraction(rule=rule, code=code) if code.strip() else Extraction(rule=NO_CODE_RULE)


def is_prose(line: str) -> bool:
    """Whether a line reads as a sentence, not as code."""
    return bool(_PROSE.fullmatch(line.rstrip()[:_LONGEST_LINE]))


def without_comments(code: str) -> str:
    """Remove comments and docstrings that may hold prose; line comments by the line, others wherever."""
    lines = _COMMENTS.sub("", code).splitlines()
    return "\n".join(line for line in lines if not _LINE_COMMENT.match(line))


def _without_prose(text: str) -> str:
    """Remove the sentences before and behind the code of an answer without fences."""
    lines = text.split("\n")
    code = [number for number, line in enumerate(lines) if line.strip() and not is_prose(line)]
    return "\n".join(lines[code[0] : code[-1] + 1]) + "\n" if code else ""


def _code(text: str, problem: Problem, language: Language) -> tuple[str, str]:
    """Return the rule and the code that it finds."""

    def defines(code: str) -> bool:
        return signatures.definition(code, problem.entry_point) >= 0

    blocks = list(prose.blocks(text, lambda _: False))
    mine = [block for block in blocks if block.info in language.fences or not block.info] or blocks
    for block in reversed(mine):
        if defines(block.code):
            return "fence" if block.closed else "open-fence", block.code
    if mine:
        return "fence+body", max((block.code for block in mine), key=len)
    if defines(text):
        return "bare", text[_first_line_of_code(text, problem) :]
    if text[:1] in (" ", "\t") or text.lstrip("\n")[:1] in (" ", "\t"):
        return "body", text
    return NO_CODE_RULE, ""


def _first_line_of_code(text: str, problem: Problem) -> int:
    """Return where the code of an unfenced answer begins: at a line of the prompt, or at the function."""
    known = {line.strip() for line in problem.prompt.splitlines() if len(line.strip()) > 2}
    place = 0
    for line in text.splitlines(keepends=True):
        if line.strip() in known:
            return place
        place += len(line)
    return signatures.definition(text, problem.entry_point)


def arranged(code: str, problem: Problem) -> str:
    """Put the pieces of an answer's code in the order that the tests continue."""
    name, start = signatures.heading(problem.prompt)
    above = problem.prompt[:start]
    frame = (
        next(iter(_CLASS.finditer(above)), None) if problem.prompt[start : start + 1] in (" ", "\t") else None
    )
    tests = problem.tests[0]
    if problem.language == "go":
        return _go(code, above)
    if not tests.lstrip("\n").lstrip().startswith("}"):
        return _with_preamble(above, _without_end(code, problem.language)).rstrip("\n") + "\n"
    outside = ""
    if frame:
        outside, code = _unframed(code, name)
    code = _without_main(code)
    function = _function(code, name)
    if function is None:  # brackets that do not match: it fails by its compiler
        return _with_preamble(above, outside + code)
    begin, end = function
    others = code[:begin].rstrip("\n") + "\n" + code[end:].lstrip(" \t").lstrip("\n")
    opened = code[begin:end].rstrip().removesuffix("}").rstrip()
    others = others.strip("\n") + "\n" if others.strip() else ""
    if frame:
        head = _with_preamble(above[: frame.start()], outside)
        return f"{head}{frame[0]}\n{others}{opened}"
    return _with_preamble(above, others + opened)


def _unframed(code: str, name: str) -> tuple[str, str]:
    """Split code into what stands outside of the class that defines the function, and what within."""
    place = signatures.definition(code, name)
    for found in itertools.islice(_CLASS.finditer(code), _MOST_FRAMES):
        end = brackets.closing(code, found.end() - 1)
        if found.end() <= place and (end < 0 or place < end):
            inner = code[found.end() : end] if end >= 0 else code[found.end() :]
            rest = code[end + 1 :] if end >= 0 else ""
            return code[: found.start()] + rest.lstrip("\n"), inner
    imports = re.compile(r"^(?:import|using|package) [^\n]*\n?", re.MULTILINE)
    return "".join(imports.findall(code)), imports.sub("", code)


def _without_main(code: str) -> str:
    """Remove a ``main`` of the answer's own: the tests bring theirs."""
    for found in reversed(list(itertools.islice(_MAIN.finditer(code), _MOST_FRAMES))):
        end = brackets.closing(code, found.end() - 1)
        if end >= 0:
            code = code[: found.start()] + code[end + 1 :].lstrip("\n")
    return code


def _function(code: str, name: str) -> tuple[int, int] | None:
    """Return where the function begins, comments above included, and where its last brace ends."""
    place = signatures.definition(code, name)
    opening = brackets.body(code, place) if place >= 0 else -1
    end = brackets.closing(code, opening) if opening >= 0 else -1
    return (place, end + 1) if end >= 0 else None


def _with_preamble(above: str, code: str) -> str:
    """Put those lines of code that the prompt has above its function before code that lacks them."""
    there = {line.strip() for line in code.splitlines()}
    wanted = [
        line for line in without_comments(above).splitlines() if line.strip() and line.strip() not in there
    ]
    return "".join(f"{line}\n" for line in wanted) + code


def _without_end(code: str, language: str) -> str:
    """PHP may end in ``?>``, behind which the tests would be text."""
    return re.sub(r"\?>\s*\Z", "", code) if language == "php" else code


def _go(code: str, above: str) -> str:
    """A Go file names its package once, and no import twice or in vain; the prompt has some of both."""
    code = _without_main(re.sub(r"^package\s+\w+[^\n]*\n", "", code, flags=re.MULTILINE))
    imports = []
    for found in _GO_IMPORTS.finditer(code):
        imports += [line.strip() for line in (found["many"] or found["one"]).splitlines() if line.strip()]
    code = _GO_IMPORTS.sub("", code)
    there = set(re.findall(r'"[^"\n]+"', above))
    added = [
        each
        for each in dict.fromkeys(imports)
        if each not in there and re.search(rf"\b{re.escape(_called(each))}\b", code)
    ]
    head = "".join(
        f"{line}\n" for line in above.splitlines() if line.strip() and not _LINE_COMMENT.match(line)
    )
    return head + "".join(f"import {each}\n" for each in added) + code.strip("\n") + "\n"


def _called(spec: str) -> str:
    """Return the name by which code calls an imported Go package."""
    alias, _, path = spec.rpartition(" ")
    return alias.strip() or path.strip('"').rpartition("/")[2]
