"""Lean 4 as the judge of proofs: its messages, the axioms that it names, and what counts as a proof."""
