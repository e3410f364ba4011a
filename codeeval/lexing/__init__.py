"""Lexers for languages that tree-sitter has no grammar for; used by benchmarks and by sandboxes."""
