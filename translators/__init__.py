"""Compilers from Python benchmarks to other languages."""
