"""Problem packages: folders with statement, tests, checker and labelled submissions, in judges' formats."""

from codeeval.datasets.packages.finding import find_packages
from codeeval.datasets.packages.package import (
    Package,
    PackageCase,
    PackageChecker,
    PackageComparison,
    Submission,
    language_of,
)

__all__ = [
    "Package",
    "PackageCase",
    "PackageChecker",
    "PackageComparison",
    "Submission",
    "find_packages",
    "language_of",
]
