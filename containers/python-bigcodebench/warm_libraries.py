"""Prepares an interpreter for programs that use scientific libraries; the first module that it imports.

One thread is left at the end, so that forking is safe; a program starts its own where it needs them.
"""

import os
import shutil

CACHE = "/opt/codeeval/matplotlib"
"""Holds matplotlib's list of fonts, made while the image was built."""
CONFIGURATION = "/tmp/matplotlib"  # noqa: S108 -- the sandbox's own, empty before each program

os.environ.update(
    MPLCONFIGDIR=CONFIGURATION,
    NUMBA_CACHE_DIR="/tmp/numba",  # noqa: S108 -- as above
    TF_CPP_MIN_LOG_LEVEL="3",
    TF_ENABLE_ONEDNN_OPTS="0",
)
shutil.copytree(CACHE, CONFIGURATION, dirs_exist_ok=True)  # matplotlib reads no cache that it cannot write to

import matplotlib.font_manager  # noqa: E402, F401 -- reads the list of fonts
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

plt.switch_backend("Agg")
np.random.seed(0xC0DEE7A1)  # forks inherit the state: the same in every sandbox, and nobody's favourite seed
