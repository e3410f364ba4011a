"""Lays results out for a terminal, a file or a pipe: tables and text, from values to renderables."""
