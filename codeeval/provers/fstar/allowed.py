"""What a candidate may be made of: keywords, attributes, solver options, modules and tactics.

All else of the same sorts is refused with its name. The lists cover F* of 2019 and of 2025.

Source: FStarLang/FStar, src/parser/ml/FStar_Parser_LexFStar.ml (keywords, operators, literals), ulib's
``prims.fst``, ``FStar.Pervasives``, ``FStar.Tactics.*`` and ``FStar.Reflection.*`` (names), FStar_Options
(options); recorded sessions of F* 0.9.7, which answers success to most escape hatches without a word.
"""

from __future__ import annotations

import re
from typing import Final

KEYWORDS: Final = frozenset(
    {
        *("and", "as", "assert", "begin", "by", "calc", "decreases", "eliminate", "else", "end", "ensures"),
        *("exception", "exists", "false", "forall", "fun", "function", "if", "in", "introduce", "let"),
        *("match", "module", "noeq", "of", "open", "quote", "rec", "requires", "returns", "then", "true"),
        *("type", "unopteq", "val", "when", "with", "private", "abstract", "unfold", "noextract", "total"),
        *("inline_for_extraction", "irreducible", "ghost"),
    }
)
"""Of these ``module`` and ``open`` have rules of their own."""
OTHER_KEYWORDS: Final = frozenset(
    {
        *("assume", "attributes", "class", "default", "effect", "extern", "friend", "include", "inline"),
        *("instance", "layered_effect", "logic", "mutable", "new", "new_effect", "new_effect_for_free"),
        *("opaque", "polymonadic_bind", "polymonadic_subcomp", "range_of", "reflectable", "reifiable"),
        *("reify", "set_range_of", "sub_effect", "synth", "try", "unfoldable", "axiom"),
    }
)
"""F*'s other keywords: what is believed, effects, instances that later text picks up, reflection."""
ATTRIBUTES: Final = frozenset({"inline_let", "CInline", '"opaque_to_smt"', '"inline_let"'})
"""They concern extraction, or hide a definition from the solver."""

_AT_MOST: Final = r"(?:\d|[1-5]\d|6[0-4])"
_BOOLEAN: Final = "true|false"
OPTIONS: Final = {
    "z3rlimit": r"\d{1,3}|1000",
    "z3rlimit_factor": _AT_MOST,
    "z3seed": r"\d{1,9}",
    "z3refresh": "",
    "initial_fuel": _AT_MOST,
    "max_fuel": _AT_MOST,
    "fuel": rf"{_AT_MOST}(?:,{_AT_MOST})?",
    "initial_ifuel": _AT_MOST,
    "max_ifuel": _AT_MOST,
    "ifuel": rf"{_AT_MOST}(?:,{_AT_MOST})?",
    "query_stats": "",
    "split_queries": "no|on_failure|always",
    "using_facts_from": r"(?:[A-Za-z0-9_.,*+ ]|-(?!-))*",
    "smtencoding.elim_box": _BOOLEAN,
    "smtencoding.nl_arith_repr": "native|wrapped|boxwrap",
    "smtencoding.l_arith_repr": "native|boxwrap",
    "smtencoding.valid_intro": _BOOLEAN,
    "smtencoding.valid_elim": _BOOLEAN,
}
"""Options that a candidate may set, and the form of their values: none of them changes what is proved."""
CONTEXT_OPTIONS: Final = frozenset(
    {
        *OPTIONS,
        *("z3cliopt", "z3smtopt", "z3version", "retry", "no_tactics", "detail_errors", "no_smt", "use_nbe"),
        *("use_two_phase_tc", "tcnorm", "eager_inference", "eager_subtyping", "unthrottle_inductives"),
        *("trivial_pre_for_unannotated_effectful_fns", "normalize_pure_terms_for_extraction", "timing"),
        *(
            "print_implicits",
            "print_universes",
            "print_full_names",
            "print_effect_args",
            "print_bound_var_types",
        ),
        *("print_z3_statistics", "log_queries", "error_contexts", "debug", "debug_level", "hint_info"),
    }
)
"""Options that stay in force behind a context that set them; any other is reset before a candidate."""

MODULES: Final = frozenset(
    {
        *("Prims", "FStar.Pervasives", "FStar.Pervasives.Native", "FStar.Mul", "FStar.Classical"),
        *("FStar.Classical.Sugar", "FStar.Squash", "FStar.Calc"),
        *("FStar.List.Tot", "FStar.List.Tot.Base", "FStar.List.Tot.Properties", "FStar.List.Pure"),
        *("FStar.List.Pure.Base", "FStar.List.Pure.Properties", "FStar.Seq", "FStar.Seq.Base"),
        *("FStar.Seq.Properties", "FStar.Seq.Sorted", "FStar.Math.Lib", "FStar.Math.Lemmas", "FStar.Set"),
        *("FStar.Map", "FStar.OrdSet", "FStar.OrdMap", "FStar.Ghost", "FStar.BitVector", "FStar.Order"),
        *("FStar.Char", "FStar.UInt", "FStar.UInt8", "FStar.UInt16", "FStar.UInt32", "FStar.UInt64"),
        *("FStar.UInt128", "FStar.Int", "FStar.Int8", "FStar.Int16", "FStar.Int32", "FStar.Int64"),
        *("FStar.Int.Cast", "FStar.Algebra.CommMonoid", "FStar.Algebra.Monoid"),
    }
)
"""Library modules that any candidate may name: what they prove rests on no axiom of their own but those of
squashed types, and every context that opens the lists or sequences has loaded most of them."""
LIBRARIES: Final = ("Prims", "FStar", "FStarC", "LowStar", "Steel", "Pulse", "PulseCore", "Meta")
"""Roots of the modules that come with F*, so that one of these is refused before F* is asked."""
UNSOUND: Final = ("FStar.Axiomatic", "FStar.Obj")
"""Libraries whose axioms are false, or that cast: not to be named although a context does."""
METAPROGRAMS: Final = ("FStar.Tactics", "FStar.Reflection", "FStar.Stubs", "FStarC", "Meta", "FStar.Meta")
"""Libraries of programs that run while F* checks: of these, tactics that are listed may be used."""

TACTICS: Final = frozenset(
    {
        *(
            "Tac",
            "tactic",
            "assert_by_tactic",
            "rewrite_with_tactic",
            "intro",
            "intros",
            "intro_as",
            "intros'",
        ),
        *("implies_intro", "implies_intro'", "implies_intros", "forall_intro", "forall_intro_as"),
        *("forall_intros", "split", "left", "right", "cases_or", "cases_bool", "destruct", "destruct_and"),
        *("exact", "exact_guard", "exact_with_ref", "apply", "apply_lemma", "apply_lemma_rw", "mapply"),
        *("trefl", "assumption", "revert", "revert_all", "clear", "clear_top", "rename_to", "rewrite"),
        *("rewrite'", "rewrite_all_equalities", "grewrite", "l_to_r", "pointwise", "pointwise'", "norm"),
        *("norm_binder_type", "norm_term", "simpl", "whnf", "hnf", "compute", "primops", "delta"),
        *("delta_only", "delta_attr", "delta_fully", "delta_namespace", "delta_qualifier", "zeta"),
        *("zeta_full", "iota", "nbe", "simplify", "weak", "unfold_def", "trivial", "qed", "smt"),
        *("iterAll", "iterAllSMT", "iseq", "idtac", "skip", "focus", "later", "flip", "repeat", "repeat1"),
        *("repeat'", "or_else", "first", "trytac", "fail", "discard", "dump", "dump1", "print", "debug"),
        *("cur_goal", "cur_witness", "cur_env", "term_to_string", "squash_intro", "witness", "instantiate"),
        *("instantiate_as", "tcut", "pose", "pose_lemma", "canon", "canon_semiring", "int_semiring"),
        *("tlabel", "guard", "seq", "map", "iter", "fold_left", "fold_right", "binder", "term", "norm_step"),
        *("intro_rec", "nth_binder", "mintros", "cur_binders", "join", "return", "bind"),
    }
)
"""What of the metaprogramming libraries a candidate may name. Each makes progress by what F*'s engine
checks: none drops or admits goals, changes guards or options, or builds a term but from a quotation."""
OTHER_METANAMES: Final = frozenset(
    {
        *("tadmit", "tadmit_t", "admit1", "admit_all", "admit_dump", "admit_dump_t", "magic_dump"),
        *("magic_dump_t", "dismiss", "dismiss_all", "set_goals", "set_smt_goals", "goals", "smt_goals"),
        *("set_guard_policy", "get_guard_policy", "with_policy", "set_options", "set_vconfig", "get_vconfig"),
        *("t_smt_sync", "smt_sync", "smt_sync'", "unquote", "synth_by_tactic", "synth", "by_tactic"),
        *("by_tactic_seman", "with_tactic", "reify_tactic", "__by_tactic", "lookup_typ", "lookup_attr"),
        *("all_defs_in_env", "defs_in_module", "pack", "pack_ln", "pack_fv", "pack_sigelt", "pack_lb"),
        *("pack_bv", "pack_binder", "pack_comp", "pack_const", "pack_universe", "pack_namedv", "inspect"),
        *("inspect_ln", "inspect_fv", "inspect_sigelt", "inspect_lb", "inspect_comp", "inspect_binder"),
        *("string_to_term", "term_of_string", "push_bv_dsenv", "mk_app", "mk_e_app", "mk_tot_arr"),
        *("mk_unchecked_let", "mk_checked_let", "mk_sglet", "top_env", "uvar_env", "fresh_uvar"),
        *("launch_process", "tc", "tcc", "t_exact", "t_apply", "t_apply_lemma", "t_trefl", "t_destruct"),
        *("unify", "unify_env", "unify_guard_env", "match_env", "unify_guard", "get", "put", "proofstate"),
        *("goal_type", "goal_env", "goal_witness", "is_guard", "set_urgency", "dup", "change", "change_sq"),
        *("ctrl_rewrite", "lget", "lset", "curms", "free_uvars", "is_non_informative", "check_subtyping"),
        *("check_equiv", "core_compute_term_type", "core_check_term", "check_prop_validity", "call_subtac"),
        *("call_subtac_tm", "instantiate_implicits", "try_unify", "maybe_relate_after_unfolding"),
        *("maybe_unfold_head", "norm_well_typed_term", "rt_tactic", "dsl_tac_t", "tc_term", "embed", "drop"),
        *("unshelve", "shelve", "tac_return", "tac_bind", "__get", "TAC", "TacH", "TacRO", "TacF", "prune"),
        *("addns", "to_binder_tac", "refl_typing_builtin", "splice_t", "splice", "set_dump_on_failure"),
        *("fv_to_string", "explode_qn", "implode_qn", "cur_module", "moduleof", "norm_term_env", "range"),
        *("binder_retype", "set_bv_sort", "focus_admit", "compress", "t_commute_applied_match"),
        *("gather_or_solve_explicit_guards_for_resolved_goals", "apply_raw", "t_dump_all", "with_compat_pre"),
    }
)
"""Names of the same libraries that are not listed above, so that they are refused before F* is asked; what
is missing here F* itself is asked about (``lookup``)."""
REFUSED_THROUGHOUT: Final = frozenset(
    {
        *("set_options", "set_vconfig", "launch_process", "tadmit", "tadmit_t", "admit1", "admit_all"),
        *("mk_unchecked_let", "set_guard_policy", "with_policy"),
    }
)
"""Refused although the problem's own definition uses them."""

_HATCH: Final = re.compile(
    r"_*(?:t?admit(?:P|1|_all|_t|_dump|_dump_t|_now)?|assume|_assume|assumeP?|assume_safe|lemma_admit"
    r"|magic(?:P|_dump|_dump_t)?|unsafe_coerce|false_elim_magic)'*"
)


def is_hatch(name: str) -> bool:
    """Whether a name is one of the library's escape hatches: ``admitP``, ``tadmit_t``, ``_assume``."""
    return _HATCH.fullmatch(name) is not None


NAME: Final = re.compile(r"'?[A-Za-z_][A-Za-z0-9_']*")
NUMBER: Final = re.compile(
    r"(?:0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][01]+|\d+)(?:[uU]?(?:y|s|l|L|n|z|sz)|n|N|I|LF)?"
    r"|\d+\.\d*(?:[eE]\d+)?R?|\d+[eE]\d+|\d+R"
)
SYMBOL_CHARACTERS: Final = frozenset("()[]{},;:.|!~?&=<>$@^+-*/%#`\\")
UNICODE: Final = {
    "\u2200": "forall",
    "\u2203": "exists",
    "\u22a4": "True",
    "\u22a5": "False",
    "\u27f9": "==>",
    "\u27fa": "<==>",
    "\u2192": "->",
    "\u2190": "<-",
    "\u2227": "/\\",
    "\u2228": "\\/",
    "\u00ac": "~",
    "\u00d7": "op_Multiply",
    "\u2217": "*",
    "\u21d2": "=>",
    "\u2265": ">=",
    "\u2264": "<=",
    "\u2260": "<>",
    "\u226a": "<<",
    "\u2016": "||",
    "\u03bb": "fun",
    "\u2115": "nat",
    "\u2124": "int",
    "\U0001d539": "bool",
}
"""Symbols that F* reads as ASCII ones."""

LISTED: Final = frozenset(
    {
        *("int", "nat", "pos", "bool", "unit", "string", "list", "option", "squash", "prop", "eqtype"),
        *("assert_norm", "norm", "cut", "fst", "snd", "not", "ignore", "id", "max", "min", "pow2", "abs"),
        *("exn", "false_elim", "hasEq", "op_Multiply", "nonzero", "normalize_term", "normalize", "dfst"),
        *("dsnd", "reveal_opaque", "give_witness", "get_proof", "unsquash", "precedes", "lex_t", "logical"),
    }
)
"""Names of ``Prims`` and ``FStar.Pervasives`` that F* need not be asked about."""
