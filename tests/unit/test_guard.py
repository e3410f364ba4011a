"""Which results the sandbox's guard refuses, and which it accepts."""

from __future__ import annotations

import abc
import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import http
import importlib.util
import ipaddress
import pathlib
import sys
import types
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import numpy as np
import pytest

from codeeval.sandboxes import images


def runner_module(name: str) -> types.ModuleType:
    """Load a file of the runner, which is no package."""
    folder = images.containers_folder() / "runner"
    spec = importlib.util.spec_from_file_location(f"runner_{name}", folder / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("hiding", None)
    return module


if TYPE_CHECKING:
    from collections.abc import Iterator

guard = runner_module("guard")


@pytest.fixture(autouse=True)
def _no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that other tests have left in this process are no candidate's."""
    monkeypatch.setattr(guard, "threads", lambda: 0)


class Equal:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


class Number(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Inherited(Number):
    pass


class Words(list):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


class Near(float):
    def __sub__(self, other: object) -> float:
        return 0.0


class Absolute(float):
    def __abs__(self) -> float:
        return 0.0


class Less(int):
    def __lt__(self, other: object) -> bool:
        return True


class Rounded(float):
    def __round__(self, digits: int | None = None) -> Any:
        return 1


class Floating:
    def __float__(self) -> float:
        return 1.0


class Full:
    def __contains__(self, item: object) -> bool:
        return True


class Long(list):
    def __len__(self) -> int:
        return 7


class FlagsLie(type):
    __flags__ = 0

    def __getattribute__(cls, name: str) -> Any:
        if name == "__flags__":
            return 0
        return super().__getattribute__(name)


class MroLie(type):
    def mro(cls) -> list[type]:
        return [cls, object]

    @property
    def __mro__(cls) -> tuple[type, ...]:
        return (object,)

    @property
    def __dict__(cls) -> dict[str, Any]:
        return {}


class Flagless(metaclass=FlagsLie):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


class Orderless(metaclass=MroLie):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


class ClassLie:
    __class__ = int  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


class Borrowed:
    """``__eq__`` that is no function of ours, but calls one."""

    __eq__ = property(lambda _: lambda _: True)  # type: ignore[assignment]
    __hash__ = None


class Partial:
    __eq__ = staticmethod(lambda _: True)  # type: ignore[assignment]
    __hash__ = None


class HiddenList(list):
    """Hides what it holds."""

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class HiddenDict(dict):
    def values(self) -> Any:
        return ()

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class HiddenTuple(tuple):
    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class HiddenSet(set):
    def __iter__(self) -> Iterator[Any]:
        return iter(())


class Array(np.ndarray):
    pass


class Ufunc(np.ndarray):
    def __array_ufunc__(self, *_args: object, **_how: object) -> Any:
        return True


class Wrap(np.ndarray):
    def __array_wrap__(self, *_args: object, **_how: object) -> Any:
        return True


def cyclic() -> list[Any]:
    loop: list[Any] = [Equal()]
    loop.append(loop)
    return loop


def deep(inner: Any, depth: int = 100_000) -> Any:
    for _ in range(depth):
        inner = [inner]
    return inner


FORGED = {
    "always equal": Equal(),
    "mock.ANY": mock.ANY,
    "MagicMock": mock.MagicMock(),
    "int subclass": Number(3),
    "subclass of the forging class": Inherited(3),
    "list subclass": Words(),
    "subtraction": Near(1.0),
    "abs": Absolute(1.0),
    "less": Less(1),
    "round": Rounded(1.0),
    "float": Floating(),
    "contains": Full(),
    "len": Long(),
    "metaclass lies about flags": Flagless(),
    "metaclass lies about order": Orderless(),
    "lies about its class": ClassLie(),
    "property": Borrowed(),
    "staticmethod": Partial(),
    "in a list": [1, Equal()],
    "in a tuple": (1, (2, Number(3))),
    "in a dict": {"a": Equal()},
    "dict key": {Number(3): 1},
    "in a set": {Number(3)},
    "in a frozenset": frozenset({Number(3)}),
    "in a list that hides it": HiddenList([Equal()]),
    "in a dict that hides it": HiddenDict(a=Equal()),
    "in a tuple that hides it": HiddenTuple([Equal()]),
    "in a set that hides it": HiddenSet({Number(3)}),
    "in a named tuple": collections.namedtuple("Pair", "a b")(1, Equal()),  # noqa: PYI024 -- made at run time
    "in a defaultdict": collections.defaultdict(list, a=[Equal()]),
    "in a Counter": collections.Counter([Number(3)]),
    "in an OrderedDict": collections.OrderedDict(a=Equal()),
    "in a loop": cyclic(),
    "in an array": np.array([Equal()], dtype=object),
    "in an array in an array": np.array([np.array([Equal()], dtype=object), 1], dtype=object),
    "in a record": np.array([(Equal(),)], dtype=[("a", object)])[0],
    "in an array of its own": np.array([Equal()], dtype=object).view(Array),
    "array whose functions it wrote": np.zeros(1).view(Ufunc),
    "array that wraps what compares": np.zeros(1).view(Wrap),
    "deep inside": deep(Equal()),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged(name: str) -> None:
    with pytest.raises(guard.ForgedEqualityError, match=r"__\w+__"):
        guard.examine(FORGED[name])


class Pair(NamedTuple):
    a: int
    b: int


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    LOW = 1


class Flags(enum.Flag):
    A = 1
    B = 2


class Plain:
    def __init__(self) -> None:
        self.value = 1

    def method(self) -> int:
        return self.value


class Abstract(abc.ABC):
    @abc.abstractmethod
    def method(self) -> None: ...


class Concrete(Abstract):
    def method(self) -> None: ...


class Narrow:
    __slots__ = ("x",)


class Subarray(np.ndarray):
    pass


class Sublist(list):
    def first(self) -> Any:
        return self[0]


@dataclasses.dataclass(eq=False, repr=False)
class Data:
    x: int


def numbers() -> Iterator[int]:
    yield 1


def own_cycle() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


HONEST = {
    "atoms": [0, 1.5, True, None, "s", b"b", 1j, range(3), bytearray(b"x"), Ellipsis, NotImplemented],
    "containers": [[], {}, (), set(), frozenset(), [[1, {2: (3, {4})}]]],
    "named tuple": Pair(1, 2),
    "arrays": [
        np.zeros(3),
        np.array([1, "a", None, [2]], dtype=object),
        np.int64(3),
        np.float32(1),
    ],
    "array of a class of its own": np.zeros(3).view(Subarray),
    "Counter": collections.Counter("abca"),
    "OrderedDict": collections.OrderedDict(a=1),
    "defaultdict": collections.defaultdict(list, a=[1]),
    "deque": collections.deque([1, 2]),
    "ChainMap": collections.ChainMap({1: 2}),
    "UserDict": collections.UserDict(a=1),
    "UserList": collections.UserList([1]),
    "UserString": collections.UserString("a"),
    "Fraction": fractions.Fraction(1, 3),
    "Decimal": decimal.Decimal("1.1"),
    "datetime": [dt.datetime.now(tz=dt.UTC), dt.date.today(), dt.timedelta(1)],  # noqa: DTZ011
    "Enum": [Colour.RED, Level.LOW, Flags.A | Flags.B, http.HTTPStatus.OK],
    "UUID": uuid.UUID(int=3),
    "path": pathlib.PurePosixPath("/a"),
    "address": ipaddress.ip_address("127.0.0.1"),
    "generator": [numbers(), (x for x in ()), map(str, []), zip([], strict=True), iter([]), enumerate([])],
    "functions": [len, numbers, lambda: 1, Plain().method, str.upper, type, Plain, types],
    "dict views": [{1: 2}.keys(), {1: 2}.values(), {1: 2}.items()],
    "own classes": [Plain(), Concrete(), Narrow(), Data(1), Sublist([1]), object()],
    "exceptions": [ValueError("x"), StopIteration(), ExceptionGroup("g", [ValueError()])],
    "memory": memoryview(b"x"),
    "namespace": types.SimpleNamespace(a=1),
    "deep": deep(1),
    "cycle": own_cycle(),
    "module": sys,
}


@pytest.mark.parametrize("name", HONEST)
def test_honest(name: str) -> None:
    guard.examine(HONEST[name])


def test_guarded_passes_on_arguments_results_and_errors() -> None:
    assert guard.guarded(divmod)(7, 3) == (2, 1)
    assert guard.guarded(lambda *a, **k: (a, k))(1, b=2) == ((1,), {"b": 2})
    with pytest.raises(ZeroDivisionError):
        guard.guarded(divmod)(1, 0)
    with pytest.raises(guard.ForgedEqualityError):
        guard.guarded(Equal)()


def test_nothing_of_the_result_is_called() -> None:
    """Looking must not run code of the program, which could change itself meanwhile."""

    class Touchy(list):
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

    class Counting(list):
        def __iter__(self) -> Any:
            raise AssertionError

    for kind, name in ((Touchy, "__getattribute__"), (Counting, "__iter__")):
        with pytest.raises(guard.ForgedEqualityError, match=name):
            guard.examine(kind([1, 2]))


def test_a_large_result_is_examined_quickly() -> None:
    import time  # noqa: PLC0415 -- only here

    started = time.process_time()
    guard.examine([list(range(1000)) for _ in range(1000)])
    assert time.process_time() - started < 0.5
