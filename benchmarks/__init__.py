"""Benchmark adapters: one folder each, see CONTRIBUTING.md."""
