"""A run assembled from plain settings: the one application layer under every door (command line, Python API).

``settings`` holds what a caller may choose, as frozen values; ``running`` is the run, a line of named steps:
``benchmarks`` makes the benchmark, ``models`` the model, ``selection`` decides on problems and samples,
``sandboxes`` opens the pool, ``expected_outputs`` and ``references`` execute reference solutions where a
benchmark needs that. Nothing here prints, exits, handles signals or starts an event loop.
"""
