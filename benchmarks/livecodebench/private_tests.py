"""Reads a problem's tests from its row. Nothing in them is ever executed.

The private ones are JSON, or base64 of zlib of a pickle of a string of JSON. Unpickling runs whatever the
pickle says, so it is read here: one that is more than a string is refused.

Source: lcb_runner/benchmarks/code_generation.py, ``CodeGenerationProblem``.
"""

from __future__ import annotations

import base64
import binascii
import enum
import pickletools
import zlib
from typing import Final

import msgspec

from codeeval.errors import DataError

MOST_BYTES: Final = 1 << 30
"""Of one problem's tests, decompressed."""
_STRINGS: Final = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"})
_AROUND: Final = frozenset({"PROTO", "FRAME", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "STOP"})
"""What stands around the string in a pickle of one; none of it makes or calls anything."""


class TestType(enum.StrEnum):
    """How a problem's programs are given their input."""

    STDIN = "stdin"
    FUNCTIONAL = "functional"


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """A test as the dataset has it: of a function the arguments and the result as JSON, one a line."""

    input: str
    output: str
    testtype: TestType


def read_tests(public: str, private: str, place: str) -> tuple[Test, ...]:
    """Read all tests of a problem, the public ones first.

    Args:
        public: JSON.
        private: JSON, or what is packed as described above.
        place: which row of which file it is.

    Raises:
        DataError: they cannot be read, or a test lacks its input or its expected output.
    """
    tests = _decoded(public.encode(), f"{place}: public_test_cases")
    where = f"{place}: private_test_cases"
    packed = private.lstrip()[:1] not in ("[", "")
    return tests + (_decoded(_unpacked(private, where) if packed else private.encode(), where))


def _decoded(text: bytes, where: str) -> tuple[Test, ...]:
    if not text.strip():
        return ()
    try:
        return msgspec.json.decode(text, type=tuple[Test, ...])
    except msgspec.DecodeError as error:  # with the path of what is missing: $[3]
        raise DataError(f"{where}: {error}", "Fetch the dataset again.") from error


def _unpacked(packed: str, where: str) -> bytes:
    try:
        unpacking = zlib.decompressobj()
        pickled = unpacking.decompress(base64.b64decode(packed, validate=True), MOST_BYTES)
        if unpacking.unconsumed_tail:
            raise DataError(f"{where}: over {MOST_BYTES >> 30} GiB decompressed", "Fetch the dataset again.")
        if not unpacking.eof:
            raise DataError(f"{where}: the compressed data is cut off", "Fetch the dataset again.")
        return _string_of(pickled).encode("utf-8", "surrogatepass")
    except (binascii.Error, zlib.error, ValueError) as error:
        raise DataError(f"{where}: {error}", "Fetch the dataset again.") from error


def _string_of(pickled: bytes) -> str:
    """Return the string that a pickle holds, without unpickling.

    Raises:
        ValueError: it is no pickle, or one of anything else.
    """
    found: list[str] = []
    for opcode, argument, _ in pickletools.genops(pickled):
        if opcode.name in _STRINGS:
            found.append(str(argument))
        elif opcode.name not in _AROUND:
            raise ValueError(f"the pickle is more than a string ({opcode.name}); it is not loaded")
    if len(found) != 1:
        raise ValueError(f"the pickle holds {len(found)} strings, not one; it is not loaded")
    return found[0]
