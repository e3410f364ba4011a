"""llama.cpp's own server on the pulled weights: ``python llama_server.py HOST PORT MODEL``.

One request at a time and nothing remembered between two, so that a seed gives the same text on any server.
"""

from __future__ import annotations

import sys
import threading

from codeeval.config import load_settings
from codeeval.models.pull import weights_path


def serve(host: str, port: int, model: str) -> None:
    """Serve until this process is ended."""
    import xllamacpp  # noqa: PLC0415 -- an extra

    params = xllamacpp.CommonParams()
    params.model.path = str(weights_path(model, load_settings().cache_dir))
    params.hostnames, params.port = [host], port
    params.n_parallel, params.n_ctx = 1, 2048
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity = -1
    params.ui = params.fit_params = params.cache_prompt = False
    params.cache_ram_mib = params.n_ctx_checkpoints = 0
    running = xllamacpp.Server(params)
    threading.Event().wait()
    del running


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), sys.argv[3])
