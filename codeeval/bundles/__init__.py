"""Bundles: one archive with all that an evaluation needs on a machine without network."""

from codeeval.bundles.archive import (
    Bundle,
    BundledBenchmark,
    BundledImage,
    Member,
    digest_of,
    extract,
    read_manifest,
    write,
)
from codeeval.bundles.wheels import Wheel, closure, remake

__all__ = [
    "Bundle",
    "BundledBenchmark",
    "BundledImage",
    "Member",
    "Wheel",
    "closure",
    "digest_of",
    "extract",
    "read_manifest",
    "remake",
    "write",
]
