"""What surrounds a candidate: scaffolding, solver options, the head of a definition, its group.

Source: FStarLang/fstar_dataset, fstar_harness.py, ``generate_scaffolding`` and ``process_one_instance``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.lexing.fstar import Kind, texts, tokens
from codeeval.lexing.fstar_declarations import head

if TYPE_CHECKING:
    from codeeval.benchmarks.fstar.rows import Row, Vconfig

PROOF: Final = "proof"
SIMPLE: Final = "simply typed"
DEPENDENT: Final = "dependently typed"
_PROPOSITIONS: Final = frozenset({"Lemma", "squash", "prop"})
_SORTS: Final = frozenset({"Type", "Type0", "eqtype"})


def short_name(row: Row) -> str:
    """Return the definition's name without its module."""
    return row.name.rpartition(".")[2]


def scaffold(row: Row) -> str:
    """Return what a context that was loaded from a checked file lacks: opens, abbreviations, options."""
    module = row.file_name.rpartition("/")[2].rpartition(".")[0]
    lines = []
    if module != "Prims":
        for opened in reversed(row.opens_and_abbrevs):
            plain = f"open {opened.full_module}"
            lines.append(f"module {opened.short_module}={opened.full_module}" if opened.abbrev else plain)
        lines.append(f"open {module}")
    if set_options := options(row.vconfig):
        lines.append(set_options)
    return "".join(f"{line}\n" for line in lines)


def options(config: Vconfig | None) -> str:
    """Return the pragma that sets the options a definition was verified with, or an empty string."""
    if config is None:
        return ""
    flags = [f"--{name} {value}" for name, value in _numbers(config) if value is not None]
    for flag, values in (("z3cliopt", config.z3cliopt), ("z3smtopt", config.z3smtopt)):
        flags += [f"--{flag} '{value}'" for value in ((values,) if isinstance(values, str) else values or ())]
    if config.z3refresh:
        flags.append("--z3refresh")
    return f'#push-options "{" ".join(flags)}"' if flags else ""


def _numbers(config: Vconfig) -> tuple[tuple[str, str | int | None], ...]:
    def spelled(value: bool | None) -> str | None:
        return None if value is None else str(value).lower()

    return (
        ("initial_fuel", config.initial_fuel),
        ("max_fuel", config.max_fuel),
        ("initial_ifuel", config.initial_ifuel),
        ("max_ifuel", config.max_ifuel),
        ("smtencoding.elim_box", spelled(config.smtencoding_elim_box)),
        ("smtencoding.nl_arith_repr", config.smtencoding_nl_arith_repr),
        ("smtencoding.l_arith_repr", config.smtencoding_l_arith_repr),
        ("smtencoding.valid_intro", spelled(config.smtencoding_valid_intro)),
        ("smtencoding.valid_elim", spelled(config.smtencoding_valid_elim)),
        ("z3rlimit", config.z3rlimit),
        ("z3rlimit_factor", config.z3rlimit_factor),
        ("z3seed", config.z3seed),
    )


def definition_head(row: Row) -> str:
    """Return the definition up to and with the ``=`` that its body follows: what the model continues."""
    source = row.source_definition
    code = tokens(source)
    stated = head(code, short_name(row))
    if stated is None:
        return source.partition("=")[0] + "="
    after = next(token for token in code if token.at > stated[-1].at and token.text == "=")
    return source[: after.at + 1]


def group(row: Row) -> str:
    """Name the sort of problem: the dataset's flags, else the words of the type.

    Without flags: ``Lemma``, ``squash`` or ``prop`` makes a proof; a refinement, ``requires``, or a named
    argument that is no type makes a dependent type.
    """
    stated = tokens(row.statement or definition_head(row))
    words = texts(stated)
    if row.is_proof is not None or row.is_simply_typed is not None:
        if row.is_proof or row.is_simple_lemma:
            return PROOF
        return SIMPLE if row.is_simply_typed else DEPENDENT
    if _PROPOSITIONS & set(words):
        return PROOF
    named = [
        words[index - 1]
        for index, word in enumerate(words[:-1])
        if index and word == ":" and stated[index - 1].kind is Kind.NAME and words[index + 1] not in _SORTS
    ]
    used_again = any(words.count(name) > 1 for name in named if name != short_name(row))
    dependent = used_again or bool({"{", "requires", "ensures"} & set(words))
    return DEPENDENT if dependent else SIMPLE
