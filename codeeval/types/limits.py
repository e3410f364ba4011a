"""Limits that a caller sets in place of a benchmark's own."""

from __future__ import annotations

import msgspec


class LimitOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What programs may use where they run; None leaves the benchmark's own limit.

    Raises:
        ValueError: a limit is not above zero.
    """

    cpu_s: float | None = None
    """CPU time of one run; of each call where a benchmark limits calls. Proofs have none."""
    wall_s: float | None = None
    """Wall time of one run; of one proof. None: the benchmark's, raised as far as ``cpu_s`` is."""
    memory_bytes: int | None = None
    """Resident memory of one run. Compilation may use as much."""
    output_bytes: int | None = None
    """What one run may print to each stream. None: 1 MiB where output decides, else as much as it likes."""

    def __post_init__(self) -> None:
        """Refuse limits that nothing could keep."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be above 0, not {value}")
