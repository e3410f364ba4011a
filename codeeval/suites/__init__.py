"""Suites: several benchmarks on several models, with one table and one score.

``suite`` has what a suite consists of, ``reading`` reads it from TOML, ``record`` is ``suite.json``, and
``scoring`` makes the table. Runs are done by ``session``; each is a run directory like any other.
"""

from codeeval.suites.reading import open_suite, shipped_suites
from codeeval.suites.record import RunRecord, RunState, SuiteRecord, read_record, write_record
from codeeval.suites.scoring import RunScore, SuiteComparison, SuiteScore, SuiteTable, make_table
from codeeval.suites.suite import Suite, SuiteBenchmark, SuiteModel, SuiteRun, Variant, planned_runs

__all__ = [
    "RunRecord",
    "RunScore",
    "RunState",
    "Suite",
    "SuiteBenchmark",
    "SuiteComparison",
    "SuiteModel",
    "SuiteRecord",
    "SuiteRun",
    "SuiteScore",
    "SuiteTable",
    "Variant",
    "make_table",
    "open_suite",
    "planned_runs",
    "read_record",
    "shipped_suites",
    "write_record",
]
