"""The identity of rows that come from several configurations of a dataset."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import DatasetIdentity


def joined(identities: Sequence[DatasetIdentity]) -> DatasetIdentity:
    """Return the identity of all rows: configurations and splits in their order, and a hash of hashes."""
    if len(identities) == 1:
        return identities[0]
    parts = "".join(f"{each.config} {each.sha256}\n" for each in identities)
    return msgspec.structs.replace(
        identities[0],
        config="+".join(dict.fromkeys(each.config for each in identities)),
        split="+".join(dict.fromkeys(each.split for each in identities)),
        sha256=hashlib.sha256(parts.encode()).hexdigest(),
        rows=sum(each.rows for each in identities),
    )
