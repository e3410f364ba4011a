"""Conformance kits for the authors of plug-ins: plain functions that raise an AssertionError with an account.

Call them from the tests of a package of plug-ins; codeeval's own tests call them too.

::

    def test_my_benchmark() -> None:
        check_benchmark(MyBenchmark, data=DataSource(root=HERE), sandbox="docker")
"""

from codeeval.testing.benchmarks import check_benchmark
from codeeval.testing.golden import check_golden
from codeeval.testing.languages import check_language
from codeeval.testing.models import check_model
from codeeval.testing.sandboxes import check_sandbox

__all__ = ["check_benchmark", "check_golden", "check_language", "check_model", "check_sandbox"]
