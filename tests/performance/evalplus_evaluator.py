"""EvalPlus's own check of reference solutions, as a process that is asked to run.

Usage: ``evalplus_evaluator.py TASK...``, with a Python that has ``evalplus``, and HUMANEVAL_OVERRIDE_PATH
set. For each line on standard input it checks the references of the tasks on base and extra inputs, in this
process and its children, and answers with how many did not pass.
"""

import sys

from evalplus.data import get_human_eval_plus, get_human_eval_plus_hash
from evalplus.eval import PASS, untrusted_check
from evalplus.evaluate import get_groundtruth

problems = get_human_eval_plus()
answers, sys.stdout = sys.stdout, sys.stderr
expected_outputs = get_groundtruth(problems, get_human_eval_plus_hash(), [])
for _ in sys.stdin:
    failed = 0
    for task in sys.argv[1:]:
        problem, expected = problems[task], expected_outputs[task]
        passed = [
            untrusted_check(
                "humaneval",
                problem["prompt"] + problem["canonical_solution"],
                problem[f"{part}_input"],
                problem["entry_point"],
                expected[part],
                problem["atol"],
                expected[f"{part}_time"],
                fast_check=True,
                min_time_limit=4.0,
            )[0]
            == PASS
            for part in ("base", "plus")
        ]
        failed += not all(passed)
    print(failed, file=answers, flush=True)
