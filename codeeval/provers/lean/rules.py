"""What a candidate may not contain, whatever Lean responds.

The axioms decide what is proved; these rules keep the candidate from changing what Lean is asked, what it
prints, or what it checks, which needs code that runs while Lean elaborates.
"""

from __future__ import annotations

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
    {"simp", "reducible", "ext", "inline", "local", "scoped", "symm", "refl", "trans", "simps"}
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


def unreadable(code: Sequence[Token]) -> str:
    """Say what does not end, and would swallow what is asked after the candidate; empty where nothing."""
    if code and code[-1].kind is Kind.UNTERMINATED:
        text = code[-1].text
        what = "comment" if text.startswith("/-") else "quoted name" if text.startswith("«") else "string"
        return f"a {what} does not end"
    return ""


def forbidden(code: Sequence[Token]) -> str:
    """Name the first thing in a candidate that proves nothing, or return an empty string."""
    return next(_forbidden(code), "")


def _forbidden(code: Sequence[Token]) -> Iterator[str]:
    for index, token in enumerate(code):
        before = code[index - 1].text if index else ""
        match token.kind:
            case Kind.NAME:
                yield from _named(token.text, before, code[index + 1 : index + 2])
            case Kind.HASH:
                if token.text not in HASHES:
                    yield token.text
            case Kind.ATTRIBUTE:
                yield from _attributes(code, index)
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
    elif text == "attribute":
        yield "attribute outside a declaration"
    elif text.startswith("_codeeval"):
        yield "a name of the checker's"
    elif text == "set_option":
        option = after[0].text if after else ""
        if option not in OPTIONS and not option.startswith("linter."):
            yield f"set_option {option}"


def _attributes(code: Sequence[Token], index: int) -> Iterator[str]:
    for token in code[index + 1 :]:
        if token.text == "]":
            return
        if token.kind is Kind.NAME and token.text not in HARMLESS_ATTRIBUTES:
            yield f"attribute {token.text}"
