"""The Hub's client, for backends that load weights from its cache."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def hub_offline(*, offline: bool) -> Iterator[None]:
    """Keep the client off the network meanwhile, where asked to.

    ``local_files_only`` alone does not: for the header that names its user it fetches a list of agents.
    """
    import huggingface_hub.constants  # noqa: PLC0415 -- costs 300 ms

    offline = offline or huggingface_hub.constants.HF_HUB_OFFLINE
    with mock.patch.object(huggingface_hub.constants, "HF_HUB_OFFLINE", offline):
        yield
