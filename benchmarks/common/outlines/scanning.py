"""Outlines of languages without a grammar at hand: by brackets, strings, comments and line ends."""

from __future__ import annotations

import re
from typing import Final

from codeeval.benchmarks.common.outlines.grammars import ENTRY_POINTS, TEST_LIBRARIES
from codeeval.benchmarks.common.outlines.items import Item, Kind, Outline

_LISP: Final = frozenset({"racket", "clojure"})
_BRACES: Final = frozenset({"d", "dart"})
"""Where ``;`` and ``}`` end an item; elsewhere a line that is not indented or in brackets begins one."""

_LISP_TOKEN: Final = re.compile(
    r"""
    (?P<comment>;[^\n]*|\#\|.*?(?:\|\#|\Z)|\#;) | (?P<string>\#?"(?:\\.|[^"\\])*(?:"|\Z))
    | (?P<character>\#\\(?:\w+|.)|\\(?:\w+|.)) | (?P<open>[(\[{]) | (?P<close>[)\]}])
    | (?P<lang>\#lang[^\n]*) | (?P<name>[^\s()\[\]{}";'`,@^]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_TOKEN: Final = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z)|/\+.*?(?:\+/|\Z))
    | (?P<string>[rq]?"(?:\\.|[^"\\])*(?:"|\Z)|`[^`]*(?:`|\Z)|'(?:\\[^\n]{1,8}?|[^'\\\n])')
    | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<end>;) | (?P<line>\n) | (?P<name>[^\W\d]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)
_LINE_TOKEN: Final = re.compile(
    r"""
    (?P<comment>(?:\#|//)[^\n]*|\(\*.*?(?:\*\)|\Z))
    | (?P<string>\"\"\".*?(?:\"\"\"|\Z)|"(?:\\.|[^"\\])*(?:"|\Z)|'(?:\\.|[^'\\\n])*'|`[^`\n]*`)
    | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<end>;) | (?P<line>\n) | (?P<name>[^\W\d][\w.]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_CONTINUES: Final = re.compile(r"\s*(?:else|in|out|do|body|while|catch|finally)\b")
_OPERATOR: Final = re.compile(r"(?:[-+*/^=<>!&|~,%$@:]|\belse|\bin)[ \t]*\Z")
_TYPE_AND_NAME: Final = 2
_R_BINDS: Final = re.compile(r"\s*([\w.]+)(?:[$\[][^\n]*?)?\s*(?:<<?-|=(?!=))")
_BINDS: Final = re.compile(
    r"""
    (?:^|[\s*&>\]])(?:struct|class|enum|union|interface|alias|template|extension|mixin)\s+(?P<type>\w+)
    | (?P<name>[^\W\d]\w*)\s*(?:\([^()]*\)\s*)?(?:\(|=(?!=)|;|\Z)
    """,
    re.VERBOSE,
)
_WORD_BINDS: Final = re.compile(
    r"\s*(?:(?:public|private|internal|data|open|abstract|sealed|inline|tailrec|suspend) )*"
    r"(?P<word>let|and|type|module|fun|val|var|class|object|interface|enum class|typealias)\s+"
    r"(?:rec\s+|inline\s+|mutable\s+|private\s+|<[^>]*>\s*)*(?P<name>\w+'*)"
)

_PAIRS: Final = {"/*": "*/", "/+": "+/", "#|": "|#", "(*": "*)", '"': '"', "`": "`"}


def _ended(token: re.Match[str]) -> bool:
    """Whether a comment or string has its end: without one it takes all that follows."""
    text = token[0]
    close = _PAIRS.get(text[:2]) or _PAIRS.get(text[:1])
    return close is None or (len(text) > len(close) and text.endswith(close))


def outline(code: str, language: str) -> Outline:
    """Read code by its tokens. Never raises."""
    if language in _LISP:
        return _lisp(code)
    return _braces(code) if language in _BRACES else _lines(code, language)


def _lisp(code: str) -> Outline:
    items: list[Item] = []
    names: list[str] = []
    depth, start, sound = 0, 0, True
    for token in _LISP_TOKEN.finditer(code):
        sound = sound and _ended(token)
        match token.lastgroup:
            case "lang":
                items.append(
                    Item(text=code[start : token.end()], kind=Kind.HEADER, binds=frozenset({"#lang"}))
                )
                start, names = token.end(), []
            case "open":
                depth += 1
                names.append("(")
            case "close":
                depth -= 1
                names.append(")")
                if depth < 0:
                    depth, sound = 0, False
            case "name":
                names.append(token[0])
            case _:
                pass
        if depth == 0 and token.lastgroup not in {"lang", "comment"}:  # a form has ended, or an atom
            end = _line_end(code, token.end())
            items.append(_lisp_item(code[start:end], names))
            start, names = end, []
    return Outline(items=_with_rest(items, code[start:]), sound=sound and depth == 0)


_LISP_IMPORTS: Final = frozenset({"require", "import", "use", "ns", "in-ns", "refer", "refer-clojure"})
_LISP_TESTS: Final = frozenset(
    {"deftest", "run-tests", "run-test", "run-all-tests", "module+", "module*", "comment", "is", "testing"}
)


def _lisp_item(text: str, names: list[str]) -> Item:
    words = [each for each in names if each not in "()"]
    head = names[1] if len(names) > 1 and names[0] == "(" else ""
    if head in _LISP_IMPORTS:
        kind = Kind.TEST if head != "ns" and TEST_LIBRARIES.search(text) else Kind.IMPORT
        return Item(text=text, kind=kind)
    if head in _LISP_TESTS or head.startswith(("check-", "test-")):
        return Item(text=text, kind=Kind.TEST)
    if head == "provide":
        return Item(text=text, kind=Kind.DROPPED)
    local = {names[at + 1] for at in range(len(names) - 1) if names[at] == "(" and names[at + 1] != "("}
    local -= set(words[1:2])
    if head.startswith(("def", "struct")):
        binds = next((each for each in words[1:] if not each.startswith(("^", ":"))), "")
        runs = head in {"define", "def", "define-values"} and names[2:3] != ["("]
        runs = runs and not {"lambda", "λ", "fn", "case-lambda", "memoize"} & set(words[2:4])
        kind = Kind.TEST if binds in ENTRY_POINTS else Kind.STATEMENT if runs else Kind.DEFINITION
        return Item(text=text, kind=kind, binds=frozenset({binds}), uses=frozenset(words[2:]) - {binds})
    return Item(text=text, kind=Kind.STATEMENT, uses=frozenset(words))


def _braces(code: str) -> Outline:
    items: list[Item] = []
    names: list[str] = []
    depth, start, sound, head_end = 0, 0, True, 0
    for token in _TOKEN.finditer(code):
        sound = sound and _ended(token)
        match token.lastgroup:
            case "open":
                if depth == 0 and token[0] == "{" and not head_end:
                    head_end = token.start()
                depth += 1
            case "close":
                depth -= 1
                if depth < 0:
                    depth, sound = 0, False
            case "name":
                names.append(token[0])
            case _:
                pass
        closes = token[0] == "}" and not re.match(r"\s*[;,.)]", code[token.end() : token.end() + 40])
        closes = closes and not _CONTINUES.match(code[token.end() : token.end() + 40])
        if depth == 0 and (token.lastgroup == "end" or closes):
            end = _line_end(code, token.end())
            items.append(_brace_item(code[start:end], code[start : head_end or token.end()], names))
            start, names, head_end = end, [], 0
    return Outline(items=_with_rest(items, code[start:]), sound=sound and depth == 0)


def _brace_item(text: str, head: str, names: list[str]) -> Item:
    plain = "".join(
        " " if token.lastgroup in {"comment", "string"} else token[0] for token in _PIECES.finditer(head)
    ).strip()
    first = names[0] if names else ""
    if first == "import" or plain.startswith(("static import", "public import")):
        return Item(text=text, kind=Kind.TEST if TEST_LIBRARIES.search(text) else Kind.IMPORT)
    if first in {"module", "package", "library", "part", "export"}:
        return Item(text=text, kind=Kind.DROPPED)
    if first == "unittest" or re.match(r"(?:@\w+\s+)*(?:version\s*\(\s*unittest\s*\)|unittest\b)", plain):
        return Item(text=text, kind=Kind.TEST)
    found = _BINDS.search(plain)
    binds = frozenset({found["type"] or found["name"]}) if found else frozenset()
    kind = Kind.TEST if binds & ENTRY_POINTS else Kind.DEFINITION
    before = re.split(r"[(=]", re.sub(r"!\([^()]*\)", "!", plain))[0]
    if len(before.split()) < _TYPE_AND_NAME and "{" not in text:
        kind = Kind.STATEMENT  # a call
    return Item(text=text, kind=kind, binds=binds, uses=frozenset(names) - binds)


_PIECES: Final = re.compile(_TOKEN.pattern + r"| (?P<other>.)", re.VERBOSE | re.DOTALL)


def _lines(code: str, language: str) -> Outline:
    items: list[Item] = []
    names: list[str] = []
    local: set[str] = set()
    depth, start, sound, last = 0, 0, True, ""
    for token in _LINE_TOKEN.finditer(code):
        sound = sound and _ended(token)
        match token.lastgroup:
            case "open":
                depth += 1
            case "close":
                depth -= 1
                if depth < 0:
                    depth, sound = 0, False
            case "name":
                names.append(token[0])
                after = code[token.end() : token.end() + 8].lstrip(" ")
                if names[1:] and (after.startswith("<-") or re.match(r"=[^=]", after)):
                    local.add(token[0])
            case _:
                pass
        if token.lastgroup not in {"line", "comment"}:
            last = token[0]
        if token.lastgroup not in {"line", "end"} or depth or not (names or last):
            continue
        if token.lastgroup == "line" and _goes_on(code, start, token.start(), token.end()):
            continue
        items.append(_line_item(code[start : token.end()], names, local, language))
        start, names, local, last = token.end(), [], set(), ""
    if code[start:].strip():
        items.append(_line_item(code[start:], names, local, language))
        start = len(code)
    return Outline(items=_with_rest(items, code[start:]), sound=sound and depth == 0)


def _goes_on(code: str, start: int, end: int, following: int) -> bool:
    """Whether the item goes on in the next line."""
    line = re.sub(r"#[^\n]*\Z", "", code[max(start, code.rfind("\n", 0, end) + 1) : end])
    after = code[following : following + 200].lstrip("\n")
    return (
        not code[start:end].strip()
        or all(
            each.lstrip().startswith(("#", "//")) or not each.strip() for each in code[start:end].split("\n")
        )
        or bool(_OPERATOR.search(line))
        or after[:1] in {" ", "\t", "{", "}", ")", "|"}
        or after.startswith("else")
    )


def _line_item(text: str, names: list[str], local: set[str], language: str) -> Item:
    core = re.sub(r"\A(?:\s*(?:#|//)[^\n]*\n)*\s*", "", text)
    if re.match(
        r"(?:import|library|require|requireNamespace|suppressPackageStartupMessages|source|open|#r)\b", core
    ):
        return Item(text=text, kind=Kind.TEST if TEST_LIBRARIES.search(text) else Kind.IMPORT)
    if re.match(r"(?:test_that|describe|context|expect_\w+|\[<Test>\])\s*\(?", core):
        return Item(text=text, kind=Kind.TEST)
    name, runs = _bound_by_line(core, language)
    binds = frozenset({name} - {""})
    kind = Kind.TEST if binds & ENTRY_POINTS else Kind.STATEMENT if runs else Kind.DEFINITION
    return Item(text=text, kind=kind, binds=binds, uses=frozenset(names) - binds - local)


def _bound_by_line(core: str, language: str) -> tuple[str, bool]:
    """Return the name that an item binds, and whether it runs something."""
    if language == "r":
        found = _R_BINDS.match(core)
        if not found:
            return "", True
        return found[1], not re.match(r"\s*(?:function\b|\\\()", core[found.end() :])
    found = _WORD_BINDS.match(core)
    if not found:
        return "", True
    value = found["word"] in {"let", "and", "val", "var"}
    takes_arguments = re.match(r"\s+[^\s=:]|\s*:.*->", core[found.end() :])
    return found["name"], value and not takes_arguments


def _line_end(code: str, place: int) -> int:
    found = re.compile(r"[ \t]*(?:;[^\n]*|//[^\n]*)?\n?").match(code, place)
    return found.end() if found else place


def _with_rest(items: list[Item], rest: str) -> tuple[Item, ...]:
    if rest:
        if items and not rest.strip():
            last = items[-1]
            items[-1] = Item(text=last.text + rest, kind=last.kind, binds=last.binds, uses=last.uses)
        else:
            items.append(Item(text=rest, kind=Kind.DEFINITION))
    return tuple(items)
