"""What F* is asked to judge a candidate against."""

from __future__ import annotations

import msgspec

from codeeval.provers.fstar.protocol import PushKind


class ProofTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a candidate must define, and behind what."""

    file_name: str
    """Of the source, without folder."""
    name: str
    """Qualified."""
    context: str
    """The file up to the definition."""
    scaffold: str = ""
    """Opens, abbreviations and solver options: in force where the context comes from a checked file."""
    options: str = ""
    """The ``#push-options`` line for a context that sets none itself."""
    statement: str = ""
    """The ``val`` of the definition; empty where the dataset has none."""
    reference: str = ""
    """The dataset's own definition: its head is the statement where there is no ``val``."""
    context_kind: PushKind = PushKind.LAX
    """The context is trusted: checking its proofs again would take minutes and show nothing new."""
