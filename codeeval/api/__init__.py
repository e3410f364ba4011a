"""The Python door: what ``import codeeval`` offers, each name loaded when it is first used."""
