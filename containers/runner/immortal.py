"""Keeps reference counts of what was loaded at the start from being written to.

A page that is written to after a fork must be copied or unlocked first, which costs microseconds, and
CPython writes to an object whenever it looks at one: to its reference count. Since version 3.12 (PEP 683)
it leaves the counts of immortal objects alone. What is loaded at the start is never freed anyway, so it is
made immortal here: a fifth of the page faults of a small program and of the supervisor's own go away.

There is no public call for this before 3.15. Where anything differs from what is known to work, nothing is
done: that costs time only.
"""

import ctypes
import gc
import sys

IMMORTAL = 0xFFFFFFFF
"""What the lower half of a reference count holds that is not counted any more, from 3.12 to 3.14."""
VERSIONS = ((3, 12), (3, 14))


def immortalize() -> bool:
    """Make all objects that can be reached now immortal; returns whether it was done."""
    if not _supported():
        return False
    seen: set[int] = set()
    pending = gc.get_objects()
    while pending:
        item = pending.pop()
        if id(item) not in seen and item is not pending and item is not seen:
            seen.add(id(item))
            pending.extend(gc.get_referents(item))
    item = None
    for place in seen:
        _mark(place)
    return True


def _supported() -> bool:
    known = (
        sys.implementation.name == "cpython"
        and VERSIONS[0] <= sys.version_info[:2] <= VERSIONS[1]
        and sys.maxsize > 1 << 32
        and sys.byteorder == "little"
        and not hasattr(sys, "gettotalrefcount")  # a debug build keeps books on every count
        and getattr(sys, "_is_gil_enabled", lambda: True)()  # free-threaded builds count otherwise
        and "t" not in sys.abiflags
    )
    return known and _works()


def _works() -> bool:
    """Try it on an object that nobody needs."""
    probe = [object()]
    if ctypes.c_uint32.from_address(id(probe[0])).value != 1:
        return False
    _mark(id(probe[0]))
    before = sys.getrefcount(probe[0])
    more = probe * 8
    during = sys.getrefcount(probe[0])
    del more
    return before == during == sys.getrefcount(probe[0]) >= 1 << 30


def _mark(place: int) -> None:
    ctypes.c_uint32.from_address(place).value = IMMORTAL
