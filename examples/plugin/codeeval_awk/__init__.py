"""Plug-ins for codeeval: a benchmark of AWK functions, the language AWK with its image, a model backend."""
