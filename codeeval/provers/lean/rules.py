"""What a candidate may contain, whatever Lean responds.

The axioms decide what is proved; these rules keep the candidate from changing what Lean is asked, what it
prints, or what it checks, which needs code that runs while Lean elaborates. Commands, attributes and options
that a candidate may use are listed, and others are refused with their name; because Lean's syntax can be
extended, words that begin such code are refused wherever they stand as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.lexing.lean import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.lexing.lean import Token

UNPROVED: Final = frozenset({"sorry", "admit", "sorryAx", "stop"})
"""``admit`` is ``sorry``; ``stop`` leaves the rest of a proof out."""
BELIEVED: Final = frozenset(
    {"axiom", "constant", "opaque", "native_decide", "native", "ofReduceBool", "trustCompiler"}
)
"""What is believed, or believes the compiler. ``opaque`` hides what an ``implemented_by`` could replace."""
UNCHECKED: Final = frozenset(
    {"unsafe", "partial", "implemented_by", "extern", "export_name", "csimp", "unsafeCast"}
)
"""Code whose meaning for the compiler is not what the kernel checked."""
SYNTAX: Final = frozenset(
    {
        *(
            "macro",
            "macro_rules",
            "syntax",
            "declare_syntax_cat",
            "elab",
            "elab_rules",
            "notation",
            "notation3",
        ),
        *("infix", "infixl", "infixr", "prefix", "postfix", "binder_predicate", "mixfix"),
    }
)
"""What changes how later text is read: the question after the candidate could mean something else."""
PROGRAMS: Final = frozenset(
    {
        *("run_cmd", "run_elab", "run_meta", "run_tac", "by_elab", "initialize", "builtin_initialize"),
        *(
            "simproc",
            "simproc_decl",
            "dsimproc",
            "builtin_simproc",
            "declare_simp_like_tactic",
            "register_option",
        ),
        *(
            "unif_hint",
            "add_decl_doc",
            "deriving_handler",
            "eval_expr",
            "evalExpr",
            "include_str",
            "include_bytes",
            "Elab",
            "Meta",
        ),
        *(
            "addDecl",
            "addDeclWithoutChecking",
            "MetaM",
            "TacticM",
            "CommandElabM",
            "CoreM",
            "TermElabM",
            "IO",
            "Lean",
        ),
    }
)
"""Code that runs while Lean elaborates: it can put a declaration into the environment unchecked, print a
message where the axioms are asked, or touch files. ``Lean`` is the namespace of all that such a program is
made of."""
IMPORTS: Final = frozenset({"import", "prelude", "module"})
HASHES: Final = frozenset({"#check", "#print", "#reduce", "#check_failure", "#synth", "#find", "#help"})
"""Commands that only print, where they stand. ``#eval`` runs a program, ``#exit`` ends the file before
the axioms are asked, ``#guard_msgs`` swallows what a command prints."""
HARMLESS_ATTRIBUTES: Final = frozenset(
    {
        *("simp", "reducible", "ext", "inline", "local", "scoped", "symm", "refl", "trans", "simps"),
        *("norm_cast", "push_cast", "coe", "congr", "gcongr", "mono", "bound", "grind", "simprocs", "cast"),
        *("irreducible", "semireducible", "elab_as_elim", "always_inline", "nolint", "fun_prop", "subst"),
        *("measurability", "continuity", "positivity", "move", "elim", "squash", "field_simps", "ring_nf"),
        *("instance", "priority", "low", "high", "default"),
    }
)
"""They tell tactics what to use, which the kernel checks."""
COMMANDS: Final = frozenset(
    {
        *("theorem", "lemma", "def", "abbrev", "instance", "structure", "inductive", "class", "example"),
        *("variable", "universe", "open", "namespace", "section", "end", "set_option", "attribute", "mutual"),
        *(
            "noncomputable",
            "private",
            "protected",
            "local",
            "scoped",
            "nonrec",
            "deriving",
            "omit",
            "include",
        ),
        *("alias", "export", "public"),
    }
)
"""Commands that a candidate may use; they begin a line, as does what goes on with one, below."""
CONTINUATIONS: Final = frozenset(
    {
        *("by", "calc", "fun", "show", "have", "from", "match", "with", "if", "then", "else", "do", "let"),
        *("where", "termination_by", "decreasing_by", "exact", "in", "at", "using", "suffices", "obtain"),
        *("intro", "intros", "simp", "simpa", "simp_all", "simp_arith", "rw", "rwa", "apply", "refine"),
        *("constructor", "cases", "rcases", "rintro", "induction", "norm_num", "nlinarith", "linarith"),
        *("ring", "ring_nf", "field_simp", "omega", "decide", "trivial", "rfl", "aesop", "positivity"),
        *("use", "exists", "ext", "funext", "congr", "assumption", "contradiction", "exfalso", "left"),
        *("right", "split", "split_ifs", "by_cases", "by_contra", "push_neg", "specialize", "subst"),
        *("unfold", "interval_cases", "fin_cases", "norm_cast", "push_cast", "zify", "qify", "gcongr"),
        *("bv_decide", "tauto", "nth_rewrite", "conv", "change", "convert", "choose", "exact_mod_cast"),
        *("polyrith", "linear_combination", "all_goals", "any_goals", "repeat", "first", "try", "case"),
        *("next", "clear", "revert", "generalize", "injection", "replace", "wlog", "set", "symm", "abel"),
        *("noncomm_ring", "group", "rel", "bound", "grind", "iterate", "nofun", "nomatch", "return"),
    }
)
OPTIONS: Final = frozenset(
    {
        *("maxHeartbeats", "maxRecDepth", "synthInstance.maxHeartbeats", "synthInstance.maxSize"),
        *("autoImplicit", "relaxedAutoImplicit", "exponentiation.threshold", "tactic.hygienic"),
        *("maxSynthPendingDepth", "profiler", "push_neg.use_distrib", "linter.all"),
    }
)
"""What ``set_option`` may set, beside linters. Others switch checks off (``debug.skipKernelTC``), silence
(``warn.sorry``) or change what is printed (``pp.*``)."""


LONGEST_ATTRIBUTE: Final = 200
"""In tokens."""
_COMMAND: Final = re.compile("[A-Za-z][A-Za-z_0-9]+")
_ENDS: Final = frozenset(")]}\u27e9\u2984\u27e7\u203a!")
"""Symbols that end a term."""


def unreadable(code: Sequence[Token]) -> str:
    """Say what does not end, and would swallow what is asked after the candidate; empty where nothing."""
    if code and code[-1].kind is Kind.UNTERMINATED:
        text = code[-1].text
        what = "comment" if text.startswith("/-") else "quoted name" if text.startswith("«") else "string"
        return f"a {what} does not end"
    return ""


def forbidden(code: Sequence[Token], source: str = "", stated: frozenset[str] = frozenset()) -> str:
    """Name the first thing in a candidate that proves nothing, or return an empty string.

    Args:
        code: its tokens.
        source: its text, where what begins a line is to be looked at.
        stated: attributes of the problem's own statement.
    """
    return next(_forbidden(code, source, stated), "")


def attributes(code: Sequence[Token]) -> frozenset[str]:
    """Return the attributes that a text uses."""
    found: set[str] = set()
    for index, token in enumerate(code):
        if token.kind is Kind.ATTRIBUTE:
            found |= {each.text for each in _inside(code, index) if each.kind is Kind.NAME}
    return frozenset(found)


def _forbidden(code: Sequence[Token], source: str, stated: frozenset[str]) -> Iterator[str]:
    for index, token in enumerate(code):
        if _begins(code, index, source) and token.text not in COMMANDS | CONTINUATIONS:
            yield f"{token.text}: not among the commands that may be used"
        before = code[index - 1].text if index else ""
        match token.kind:
            case Kind.NAME if token.text == "attribute":
                yield from _attributes(code, index + 1, stated)
            case Kind.NAME:
                yield from _named(token.text, before, code[index + 1 : index + 2])
            case Kind.HASH:
                if token.text not in HASHES:
                    yield token.text
            case Kind.ATTRIBUTE:
                yield from _attributes(code, index, stated)
            case Kind.INTERPOLATED:
                yield f"a string with code in it: {token.text[:20]}"
            case _:  # strings, numbers and symbols are harmless
                continue
    if code and code[-1].text == "in":
        yield "its end takes hold of what follows it"


def _named(text: str, before: str, after: Sequence[Token]) -> Iterator[str]:
    parts = set(text.split("."))
    if used := parts & UNPROVED:
        yield min(used)
    elif used := parts & BELIEVED:
        yield f"{min(used)}: believed, not checked"
    elif used := parts & UNCHECKED:
        yield f"{min(used)}: not what the kernel checks"
    elif text in SYNTAX:
        yield f"{text}: changes how what follows is read"
    elif used := parts & PROGRAMS:
        yield f"{min(used)}: a program that runs while Lean checks"
    elif text.startswith("unsafe"):
        yield f"{text}: not what the kernel checks"
    elif text in IMPORTS and before != ".":
        yield f"{text} behind the header"
    elif any(part.startswith("_codeeval") for part in parts):
        yield "a name of the checker's"
    elif text == "set_option":
        option = after[0].text if after else ""
        if option not in OPTIONS and not option.startswith("linter."):
            yield f"set_option {option}"


def _attributes(code: Sequence[Token], index: int, stated: frozenset[str]) -> Iterator[str]:
    inside = _inside(code, index)
    for token in inside:
        if token.kind is Kind.NAME and token.text not in HARMLESS_ATTRIBUTES | stated:
            yield f"attribute {token.text}"
    if len(inside) >= LONGEST_ATTRIBUTE - 1:
        yield "an attribute that does not end"


def _begins(code: Sequence[Token], index: int, source: str) -> bool:
    """Whether a word begins a line where a command could: not behind what needs a term."""
    token = code[index]
    at_margin = bool(source) and (not token.at or source[token.at - 1] == "\n")
    if not at_margin or token.kind is not Kind.NAME or not _COMMAND.fullmatch(token.text):
        return False
    before = code[index - 1] if index else None
    if before is None:
        return True
    ends = before.kind is not Kind.SYMBOL or before.text in _ENDS
    return ends and before.text not in CONTINUATIONS


def _inside(code: Sequence[Token], index: int) -> Sequence[Token]:
    """Return what stands in the brackets that open at a token."""
    last = min(index + LONGEST_ATTRIBUTE, len(code))
    end = next((at for at in range(index, last) if code[at].text == "]"), last)
    return code[index + 1 : end]
