"""What a candidate may contain, whatever F* responds, and what of it is sent.

The principle is to allow: ``allowed`` lists what a candidate may be made of, and anything else is refused
with its name. F* never sees the candidate's own spelling: comments are left out, and a local variable with
the name of an escape hatch gets another one, so that the escape hatch cannot be meant anywhere.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.lexing.fstar import Kind, length, plain, texts, tokens
from codeeval.lexing.fstar_declarations import declarations
from codeeval.provers.fstar import options
from codeeval.provers.fstar.allowed import (
    ATTRIBUTES,
    KEYWORDS,
    LIBRARIES,
    LISTED,
    METAPROGRAMS,
    MODULES,
    NAME,
    NUMBER,
    OTHER_KEYWORDS,
    OTHER_METANAMES,
    REFUSED_THROUGHOUT,
    SYMBOL_CHARACTERS,
    TACTICS,
    UNICODE,
    UNSOUND,
    is_hatch,
)
from codeeval.provers.fstar.scopes import bound_names, named_modules, qualifier, scope, within
from codeeval.provers.fstar.statements import restated, same, words_to_keep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.lexing.fstar import Token
    from codeeval.lexing.fstar_declarations import Declaration
    from codeeval.provers.fstar.task import ProofTask

_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Reading(NamedTuple):
    """What there is to say of a candidate before F* is asked, and what is sent of it."""

    unreadable: str
    """What F* could not read, which some versions die of."""
    unsendable: str
    """What must not reach F*, because it could change the process for the next candidate."""
    forbidden: str
    """What proves nothing; F*'s own refusal is reported first."""
    mismatch: str
    """How the statement differs from the one that was asked for."""
    text: str
    """What is sent."""
    modules: frozenset[str]
    """Modules that it names and its context does not."""
    open_modules: tuple[str, ...]
    """Modules that it opens within a definition."""
    kept: tuple[str, ...]
    """Names in the statement that must mean behind the candidate what they mean before it."""
    unknown: tuple[str, ...]
    """Names to ask F* about: they may come from a metaprogramming library."""


@functools.lru_cache(maxsize=16)
def read(task: ProofTask, candidate: str) -> Reading:
    """Judge a candidate by its text, and write what is sent of it.

    Args:
        task: what it must define, and behind what.
        candidate: source, hostile.
    """
    return _Reader(task, candidate).reading()


class _Reader:
    def __init__(self, task: ProofTask, candidate: str) -> None:
        self.task = task
        self.source = candidate
        self.code = tokens(candidate)
        self.name = task.name.rpartition(".")[2]
        self.module = task.name.rpartition(".")[0]
        self.declared = declarations(self.code)
        self.context = scope(task.context)
        self.reference = scope(task.reference)
        self.own = scope(candidate)
        self.bound = bound_names(self.code)
        kinds = {"let", *(each.keyword for each in declarations(tokens(task.reference)))} - {"val"}
        self.targets = [each for each in self.declared if each.keyword in kinds and self.name in each.names]

    def reading(self) -> Reading:
        unsendable = next(self._unsendable(), "")
        forbidden = next(self._forbidden(), "")
        mismatch = "" if self.task.statement else restated(self.source, self.task.reference, self.name)
        return Reading(
            unreadable=_unreadable(self.code),
            unsendable=unsendable,
            forbidden=forbidden,
            mismatch=mismatch,
            text="" if unsendable else plain(self._edited()),
            modules=self._further_modules(),
            open_modules=self.own.opened,
            kept=() if self.task.statement else words_to_keep(self.source, self.task.reference, self.name),
            unknown=self._unknown() if self._metaprogramming else (),
        )

    def _unsendable(self) -> Iterator[str]:
        yield from (f"raw identifier ``{token.text[:40]}``" for token in self.code if token.kind is Kind.RAW)
        if pragma := options.refused(self.code):
            yield pragma
        for index, token in enumerate(self.code):
            if token.kind is Kind.ATTRIBUTE:
                yield from self._attribute(index)
            elif token.text == "`" and "".join(texts(self.code[index + 1 : index + 2])).startswith("`"):
                yield "a raw identifier"
        yield from (reason for _, reason in self._modules(library=True))
        yield from self._metanames()

    def _attribute(self, index: int) -> Iterator[str]:
        inside: list[str] = []
        for token in self.code[index + 1 :]:
            if token.text == "]":
                break
            inside.append(token.text)
        for part in "".join(inside).split(";"):
            if part not in ATTRIBUTES | self._own_attributes:
                yield f"attribute {part[:60]}"

    @functools.cached_property
    def _own_attributes(self) -> frozenset[str]:
        """Those of the problem's own definition."""
        code = tokens(self.task.reference)
        found: set[str] = set()
        for index, token in enumerate(code):
            if token.kind is Kind.ATTRIBUTE:
                end = next((at for at in range(index, len(code)) if code[at].text == "]"), len(code))
                found |= set("".join(texts(code[index + 1 : end])).split(";"))
        return frozenset(part for part in found if "expect" not in part and "admit" not in part)

    def _modules(self, *, library: bool) -> Iterator[tuple[str, str]]:
        """Yield the modules that it may not name, each with the reason: the library's, or others."""
        for path in named_modules(self.code):
            if path == self.module or path in self.own.abbreviations or path in self.reference.paths:
                continue
            full = self._full(path)
            roots = [f"{root}." for root in LIBRARIES if root in self.context.opened]
            if (
                any(within(self._absolute(f"{root}{path}"), LIBRARIES) for root in ("", *roots))
                is not library
            ):
                continue
            if any(within(each, UNSOUND) for each in full):
                yield path, f"module {path}: its axioms are false"
            elif path not in self.context.paths and not full & MODULES:
                yield path, f"module {path}, which the problem's context does not use"

    def _further_modules(self) -> frozenset[str]:
        """Return the modules to load for it: none that it may not name, which F* then does not find."""
        unknown = {path for path, _ in self._modules(library=False)}
        known = self.context.paths | set(self.own.abbreviations) | {self.module} | unknown
        return frozenset(path for path in named_modules(self.code) if path not in known)

    def _full(self, path: str) -> set[str]:
        """Return what a module's path may stand for, by the abbreviations of context and candidate."""
        return self.context.resolved(self._absolute(path))

    def _absolute(self, path: str) -> str:
        first, dot, rest = path.partition(".")
        first = self.own.abbreviations.get(first, first)
        return self.context.abbreviations.get(first, first) + dot + rest

    @functools.cached_property
    def _metaprogramming(self) -> bool:
        """Whether the libraries of tactics and reflection are in reach."""
        reached = self.context.paths | self.reference.paths | self.own.paths
        known = {*self.context.abbreviations.values(), *reached}
        return any(within(each, METAPROGRAMS) for path in known for each in self.context.resolved(path))

    def _metanames(self) -> Iterator[str]:
        """Name what it uses of the metaprogramming libraries that is not listed."""
        if not self._metaprogramming:
            return
        for index, token in enumerate(self.code):
            if token.kind is not Kind.NAME:
                continue
            path = qualifier(self.code, index)
            if path:
                library = any(within(each, METAPROGRAMS) for each in self._full(path))
                unlisted = library and token.text not in TACTICS
            else:
                unlisted = token.text in OTHER_METANAMES and token.text not in self.bound
                unlisted = unlisted and token.text not in self.context.declared
            own = token.text in self.reference.names and token.text not in REFUSED_THROUGHOUT
            if unlisted and not own and not is_hatch(token.text):
                yield f"{token.text}: not among the tactics that may be used"

    def _unknown(self) -> tuple[str, ...]:
        known = KEYWORDS | TACTICS | LISTED | self.bound | self.context.declared | self.reference.names
        free = {
            token.text: None
            for index, token in enumerate(self.code)
            if token.kind is Kind.NAME
            and token.text not in known
            and texts(self.code[max(0, index - 1) : index]) != ["."]
            and not token.text.startswith(("'", "_"))
        }
        return tuple(free)

    def _forbidden(self) -> Iterator[str]:
        yield from self._words()
        yield from (reason for _, reason in self._modules(library=False))
        if len(self.targets) > 1 or any(each.names.count(self.name) > 1 for each in self.targets):
            yield f"second declaration of {self.name}"
        if self.code and (not self.declared or self.declared[0].start > 0):
            yield f"no declaration: it begins with {self.code[0].text[:40]}"
        for place, declaration in enumerate(self.declared):
            yield from self._declaration(place, declaration)
        yield from self._circular()

    def _words(self) -> Iterator[str]:
        for index, token in enumerate(self.code):
            if token.kind is Kind.NAME and token.text in OTHER_KEYWORDS:
                yield token.text
            elif token.kind is Kind.NAME and is_hatch(token.text):
                qualified = texts(self.code[max(0, index - 1) : index]) == ["."]
                if qualified or token.text not in self.bound:
                    yield token.text

    def _declaration(self, place: int, declaration: Declaration) -> Iterator[str]:
        match declaration.keyword:
            case "let":
                if "" in declaration.names:
                    yield "a pattern where a name is declared"
            case "val":
                yield from self._val(place, declaration)
            case "type" | "exception":
                if self.name in declaration.names and declaration not in self.targets:
                    yield f"{declaration.keyword} {self.name}"
            case "module":
                if texts(self.code[declaration.at + 2 : declaration.at + 3]) != ["="]:
                    yield "module outside a definition"
            case "open":
                return
            case keyword if not keyword.startswith("#"):
                yield keyword
            case _:
                return

    def _val(self, place: int, declaration: Declaration) -> Iterator[str]:
        """Refuse a ``val`` that is believed: of what is to be proved, or without its definition."""
        name = declaration.names[0]
        behind = place + 1
        while behind < len(self.declared) and self.declared[behind].keyword.startswith("#"):
            behind += 1
        defined = behind < len(self.declared) and self.declared[behind].keyword == "let"
        if name == self.name and declaration is not self._repeated:
            yield f"val {name}"
        elif name != self.name and not (defined and name in self.declared[behind].names):
            yield f"val {name} without its definition behind it"

    @functools.cached_property
    def _repeated(self) -> Declaration | None:
        """The ``val`` that repeats the statement, if there is one: the statement is sent once."""
        found = (each for each in self.declared if each.keyword == "val" and each.names == (self.name,))
        declaration = next(found, None)
        if declaration is None or not self.task.statement:
            return None
        start, end = self._place(declaration)
        return declaration if same(self.source[start:end], self.task.statement) else None

    def _circular(self) -> Iterator[str]:
        """Find a helper that rests on what is to be proved: its ``val`` stands above."""
        for index in self._before_target():
            if self.name not in self._bound_before:
                yield f"{self.code[index].text} before its own definition"

    def _before_target(self) -> Iterator[int]:
        """Yield where the name of what is to be defined is used before its definition."""
        end = self.targets[0].start if self.targets else 0
        for index, token in enumerate(self.code[:end]):
            repeats = self._repeated is not None and self._repeated.at < index < self._repeated.end
            if token.kind is Kind.NAME and token.text == self.name and not repeats:
                yield index

    @functools.cached_property
    def _bound_before(self) -> frozenset[str]:
        end = self.targets[0].start if self.targets else 0
        return bound_names(self.code[:end])

    def _edited(self) -> str:
        """Return the candidate without a repeated ``val``, its misleading local names replaced."""
        edits: list[tuple[int, int, str]] = []
        misleading = {name for name in self.bound if is_hatch(name)}
        if self._metaprogramming:
            misleading |= (self.bound & OTHER_METANAMES) - self.context.declared - self.reference.names
        others = {name: self._other_name(name) for name in (*misleading, self.name)}
        renamed = {index for index, token in enumerate(self.code) if token.text in misleading}
        for index in sorted(renamed | set(self._before_target())):
            token = self.code[index]
            if token.kind is Kind.NAME:
                edits.append((token.at, token.at + len(token.text), others[token.text]))
        if self._repeated:
            start, end = self._place(self._repeated)
            edits = [edit for edit in edits if not start <= edit[0] < end]
            edits.append((start, end, "\n" * self.source.count("\n", start, end) + " "))
        written, at = [], 0
        for start, end, text in sorted(edits):
            written += [self.source[at:start], text]
            at = end
        return "".join([*written, self.source[at:]])

    def _other_name(self, name: str) -> str:
        other = f"{name}_local"
        while other in self.source or other in self.task.context:
            other += "_"
        return other

    def _place(self, declaration: Declaration) -> tuple[int, int]:
        """Return where a declaration's text begins and ends."""
        first, last = self.code[declaration.start], self.code[declaration.end - 1]
        return first.at, last.at + length(last)


def is_unlisted(name: str) -> bool:
    """Whether a qualified name is of a metaprogramming library, and no tactic that may be used."""
    module, _, last = name.rpartition(".")
    return within(module, METAPROGRAMS) and last not in TACTICS


def _unreadable(code: Sequence[Token]) -> str:
    for token in code:
        if token.kind is Kind.UNTERMINATED:
            what = "comment" if token.text.startswith("(*") else "string"
            return f"a {what} does not end"
        if token.kind is Kind.BLOB:
            return f"language extension {token.text[:20].split()[0]}"
        if reason := _unwritten(token):
            return reason
    return ""


def _unwritten(token: Token) -> str:
    """Say what a token is that no candidate may contain, or return an empty string."""
    text = token.text
    match token.kind:
        case Kind.NAME | Kind.CONSTRUCTOR:
            return "" if NAME.fullmatch(text) or text in UNICODE else f"the name {text[:40]!a}"
        case Kind.NUMBER:
            return "" if NUMBER.fullmatch(text) else f"the number {text[:40]!a}"
        case Kind.STRING:
            return f"a control character in a string: {text[:40]!a}" if _CONTROL.search(text) else ""
        case Kind.CHARACTER:
            return f"the character {text!a}" if text.startswith("'''") or not text.isprintable() else ""
        case Kind.SYMBOL:
            known = set(text) <= SYMBOL_CHARACTERS and text != "\\"
            return "" if known or text in UNICODE else f"the character {text!a}"
        case Kind.RAW | Kind.PRAGMA | Kind.ATTRIBUTE | Kind.BLOB | Kind.UNTERMINATED:
            return ""
