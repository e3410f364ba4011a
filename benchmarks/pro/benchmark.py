"""Self-invoking problems: solve a known problem, and a harder one by calling that solution.

HumanEval Pro, MBPP Pro and BigCodeBench-Lite Pro share rows, prompts and assembly; they differ in how a
program is run.

Source: Yu et al. 2024, "HumanEval Pro and MBPP Pro: Evaluating Large Language Models on Self-invoking Code
Generation", and the authors' code, CodeEval-Pro/CodeEval-Pro: eval/utils.py, eval/prompt_template.py,
eval/inference.py, eval/run_api.py, eval/santize.py, eval/harness.py.
"""

from __future__ import annotations

from codeeval.benchmarks.common import sealing
from codeeval.benchmarks.pro.official import as_script
from codeeval.benchmarks.pro.origin import MBPP_NUMBERS
from codeeval.benchmarks.pro.self_invoking import SelfInvoking
from codeeval.datasets import DatasetRef
from codeeval.types import Limits


class HumanEvalPro(SelfInvoking):
    """HumanEval Pro under one set of options.

    Raises:
        UsageError: an option that it does not have.
    """

    family = "humaneval-pro"
    dataset = DatasetRef(
        id="CodeEval-Pro/humaneval-pro",
        config="default",
        revision="cd078f93d57d1902b5c3e4ae330166b2ca0e0e80",
        sha256={"train": "b976f6b177613c160a01d7c9864f5a93b2949e71f5e021fd0e89c2b4f9a5bb77"},
    )
    shown_line = 1  # the tests begin with an empty line

    def origin(self, task_id: str) -> str:
        """Return the task's id in HumanEval."""
        return f"HumanEval/{task_id}"


class MbppPro(SelfInvoking):
    """MBPP Pro under one set of options.

    Raises:
        UsageError: an option that it does not have.
    """

    family = "mbpp-pro"
    dataset = DatasetRef(
        id="CodeEval-Pro/mbpp-pro",
        config="default",
        revision="50f18448e09a8383226e1a5cd3654d2a454fe333",
        sha256={"train": "d52e19723bef35866aa0a0d07a73007beefcf92277531ec61a397587cce91a8c"},
    )
    fragile = frozenset({"36", "117", "260"})

    def origin(self, task_id: str) -> str:
        """Return the task's id in MBPP."""
        return f"Mbpp/{MBPP_NUMBERS[int(task_id)]}"


class BigCodeBenchLitePro(SelfInvoking):
    """BigCodeBench-Lite Pro under one set of options. Its programs are run as scripts.

    Raises:
        UsageError: an option that it does not have.
    """

    family = "bigcodebench-lite-pro"
    protocols = (sealing.OFFICIAL,)
    dataset = DatasetRef(
        id="CodeEval-Pro/bigcodebench-lite-pro",
        config="default",
        revision="f70ee47b5701ae8b240c64bd4d4077e46b4c9278",
        sha256={"train": "7f5bcc2d812d205ccff5b404c94315a4182eee2195dcd899ab4f58228c1219ef"},
    )
    fragile = frozenset({"BigCodeBench/551", "BigCodeBench/897"})
    variants = ()
    image = "python-bigcodebench"
    most_shots = 0
    layout = "lite"
    limits = Limits(cpu_s=30.0, wall_s=90.0, memory_bytes=2 << 30)

    def _finished(self, code: str) -> str:
        return as_script(code)
