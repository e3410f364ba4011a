"""Keeps the code of a program from finding what executes it: in frames, among classes, by the collector.

Nothing of it can be taken away while it is in use, so the ways that lead there are closed:

* **frames**: whatever calls a program's code stands below a frame that has none behind it (``call``), so
  ``f_back`` of any frame, traceback or generator ends there;
* **classes**: ``__subclasses__`` does not list the runner's own (``hide``);
* **audit hooks, the collector, other threads' frames, the interpreter's C functions**: the events that
  announce them are refused (``refuse_inspection``).

The first two write to the interpreter's memory where CPython has no function for it. Where its layout is not
the expected one, which is found out at the start, they do nothing.
"""

import _weakref
import builtins
import ctypes
import functools
import sys
from types import FunctionType

__builtins__ = dict(vars(builtins))
"""Of the functions here: a program cannot replace what they use."""

WORD = ctypes.sizeof(ctypes.c_size_t)
words = ctypes.cast(WORD, ctypes.POINTER(ctypes.c_size_t))
"""The process's memory: ``words[n]`` is the word at address ``(n + 1) * WORD``."""
OWN_FRAME = 3 - 1
"""Of a frame object, the place of the pointer to the interpreter's own frame, as an index into ``words``."""
FRAME_OBJECT_BEHIND = 2 - 1
"""Of a frame object, the place of the one behind it, which is known when it has ended and is still held."""
REFERENT = 2 - 1
"""Of a weak reference, the place of the pointer to its object."""
MOST_FIELDS = 12
"""Of the interpreter's own frame; one of the first holds the frame behind it."""

get_frame = sys._getframe  # noqa: SLF001 -- there is no other way to a frame
get_reference = _weakref.ref
count_references = sys.getrefcount
remembering = functools._lru_cache_wrapper  # noqa: SLF001 -- the public one shows what it wraps

INSPECTING = frozenset((
    "sys.addaudithook", "sys.monitoring.register_callback", "sys.settrace", "sys.setprofile",
    "sys._current_frames", "sys._current_exceptions",
    "gc.get_objects", "gc.get_referrers", "gc.get_referents",
    "ctypes.cdata", "ctypes.string_at", "ctypes.wstring_at", "ctypes.PyObj_FromPtr", "ctypes.dlsym/handle",
))  # fmt: skip
"""Events of what a solution of a problem has no use for."""
SEARCHING = frozenset((
    "sys.addaudithook", "sys.monitoring.register_callback", "sys._current_frames", "sys._current_exceptions",
    "gc.get_objects", "gc.get_referrers", "gc.get_referents",
))  # fmt: skip
"""Events of what libraries have no use for either."""


def _frame_behind() -> int:
    """Find where the interpreter's own frame holds the one behind it, in words; 0 if that is not known."""
    if sys.implementation.name != "cpython" or set(sys.abiflags) & {"t", "d"} or WORD != 8:
        return 0

    def inner() -> int:
        frame = get_frame()
        own = words[id(frame) // WORD + OWN_FRAME]
        behind = words[id(frame.f_back) // WORD + OWN_FRAME]
        fields = (field for field in range(1, MOST_FIELDS) if words[own // WORD - 1 + field] == behind)
        return next(fields, 0)

    return inner()


FRAME_BEHIND = _frame_behind()


class Severed:
    """While it is entered, the frame that entered it has none behind it.

    Attributes:
        held: the frame, if somebody has a reference to it when it ends.
    """

    __slots__ = ("_behind", "_place", "held")

    def __enter__(self) -> None:
        """Cut what is behind the frame."""
        own = words[id(get_frame(1)) // WORD + OWN_FRAME]
        place = self._place = own // WORD - 1 + FRAME_BEHIND
        self._behind = words[place]
        words[place] = 0

    def __exit__(self, *_) -> None:
        """Put it back, or the frame could not return."""
        words[self._place] = self._behind
        frame = get_frame(1)
        self.held = frame if count_references(frame) > REFERENCES else None

    def end(self) -> None:
        """Cut what the frame has behind it since it ended."""
        words[id(self.held) // WORD + FRAME_OBJECT_BEHIND] = 0


class NotSevered:
    """Does nothing, where the layout of frames is not known."""

    held = None

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, *_) -> None:
        """Do nothing."""


severed = Severed if FRAME_BEHIND else NotSevered


def _call(severing: list, function, args, kwargs):
    with severing.pop():
        return function(*args, **kwargs)


calling = FunctionType(_call.__code__, {"__builtins__": dict(vars(builtins)), "__unittest": True}, "call")
"""Called through ``call``. A program can see its frame: neither its globals nor its variables lead to us."""


def opaque(function):
    """Wrap a function such that it can be called, and that nothing else of it can be found.

    What remembers calls is a wrapper that shows no attribute of what it wraps; this one remembers none.
    """
    return remembering(function, 0, False, tuple)


def call(function, /, *args, **kwargs):
    """Call something of the program's, with no frame of ours behind it."""
    return call_with(function, args, kwargs)


def call_with(function, args: tuple, kwargs: dict):
    """Do the same with arguments as they are."""
    severing = severed()
    try:
        return calling([severing], function, args, kwargs)
    finally:
        if severing.held is not None:
            severing.end()


def _references() -> int:
    """Find how many references to a frame there are when nobody else has one."""
    global REFERENCES  # noqa: PLW0603 -- found out once
    REFERENCES = 1 << 30
    counted = []

    class Counting(Severed):
        def __exit__(self, *_) -> None:
            words[self._place] = self._behind
            frame = get_frame(1)
            counted.append(count_references(frame))

    calling([Counting()], int, (), {})
    return counted[0]


REFERENCES = _references() if FRAME_BEHIND else 0
"""To a frame of ``calling`` while it is left, if nobody else has one."""


def hide(kind: type) -> None:
    """Take a class out of what ``__subclasses__`` of its bases lists."""
    if not FRAME_BEHIND:
        return
    reference = get_reference(kind)  # the one that its bases hold
    if words[id(reference) // WORD + REFERENT] == id(kind):
        words[id(reference) // WORD + REFERENT] = id(None)


refused = [frozenset()]
"""Events that are refused, where anything is."""
exempt = [""]
"""An event that is not, since it is ours."""


def refuse_inspection(events: frozenset) -> None:
    """Refuse to programs what these events announce; an audit hook is never removed, so do it once."""
    refused[0] = events
    sys.addaudithook(_refuse)


def permit_inspection() -> None:
    """Refuse nothing any more: to a program that has nothing to prove."""
    refused[0] = frozenset()


def _refuse(event: str, args: tuple) -> None:
    if event in refused[0] and event != exempt[0]:
        raise RuntimeError(f"{event} is not available to a program under test")
    if event == "ctypes.dlsym" and refused[0] is INSPECTING and str(args[1]).startswith(("Py", "_Py")):
        raise RuntimeError(f"{args[1]} is not available to a program under test")
