"""One module a target language."""
