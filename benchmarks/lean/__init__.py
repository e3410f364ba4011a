"""Lean 4 theorems to prove, in miniF2F's shape; Lean judges."""
