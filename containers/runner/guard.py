"""Refuses results that would make any test true: objects that forge their own comparisons.

An ``__eq__`` that is always true passes every ``assert f(x) == y``. Values of built-in types, of the standard
library and of installed packages are trusted, as they were before the program ran or as their files have
them; nothing is because it claims so (its file's name, its module, its flags). What is refused is a
result, or whatever its comparison may reach, whose comparison or arithmetic the program itself wrote, or any
other method that a test calls without naming it (to iterate, index, hash or print): that could return such
an object, or make one of a result that was examined. So is what a program puts into the tests' arguments.
"""

import _thread
import builtins
import functools
import gc
import itertools
import operator
import sys
import time
import types
from _collections import _tuplegetter
from _weakref import CallableProxyType, ProxyType
from collections import defaultdict, namedtuple
from types import CodeType, FunctionType, GetSetDescriptorType, MethodDescriptorType

from hiding import call_with, exempt, opaque

__builtins__ = dict(vars(builtins))
"""Of the functions here: a program that patches the builtins does not reach them."""

DUNDERS = (
    "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__len__", "__contains__",
    "__sub__", "__rsub__", "__add__", "__radd__", "__abs__", "__round__", "__float__", "__int__", "__index__",
    "__mul__", "__rmul__", "__mod__", "__truediv__", "__rtruediv__", "__floordiv__", "__pow__", "__neg__",
)  # fmt: skip
ARRAYS = ("__array_ufunc__", "__array_function__", "__array_wrap__", "__array_finalize__", "__array__")
"""How NumPy lets a class decide about the comparisons of its arrays."""
IMPLICIT = (
    "__hash__", "__iter__", "__getitem__", "__missing__", "__reversed__", "__call__", "__await__",
    "__aiter__", "__str__", "__repr__", "__format__", "__bytes__",
    "__class__", "__getattr__", "__getattribute__",
    "__enter__", "__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__",
    "__pos__", "__invert__", "__divmod__", "__rdivmod__", "__rmod__", "__rfloordiv__", "__rpow__",
    "__complex__", "__floor__", "__ceil__", "__trunc__", "__matmul__", "__rmatmul__",
    "__and__", "__rand__", "__or__", "__ror__", "__xor__", "__rxor__",
    "__lshift__", "__rlshift__", "__rshift__", "__rrshift__",
)  # fmt: skip
"""What else a test may call of a result without naming it."""
CONTENTS = ("__iter__", "__next__", "__getitem__", "__reversed__", "keys", "values", "items")
"""What else decides how an object of a class that derives from a built-in one compares."""
COMPARING = frozenset((*DUNDERS, "__next__"))
"""An object whose class has one of these may be compared by what it refers to."""
ATOMS = frozenset((int, float, bool, str, bytes, complex, type(None), range, bytearray))
BASES = frozenset(map(id, (int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset)))
SLOT_TYPES = frozenset(
    id(type(vars(kind)[name])) for kind in (int, str, dict, object) for name in DUNDERS if name in vars(kind)
)
PROXIES = frozenset(map(id, (ProxyType, CallableProxyType, type(functools.cmp_to_key(operator.sub)))))
"""They pass every comparison on to an object, or a function, that they do not show."""
OPAQUE = frozenset(map(id, (
    FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, CodeType, types.FrameType,
    types.TracebackType, types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType,
)))  # fmt: skip
"""They equal nothing but themselves, whatever they refer to."""
FIELDS_REPR = namedtuple("Fields", ()).__repr__.__code__  # noqa: PYI024 -- what candidates use
"""What each class of named tuples has of its own."""
LAZY_MODULES = ("builtins", "itertools")
"""Of iterators that may make their items, by code of the program, when a test asks for them."""
TRUSTED_ROOTS = (f"{sys.prefix}/", f"{sys.base_prefix}/")
DISTRUSTED = ("/unittest/mock.py", "/test/", "/tests/", "/testing/")
"""Parts of paths of modules that have objects which equal everything, for tests to use."""
DISTRUSTED_MODULES = ("unittest.mock", "test.")

HEAPTYPE = 1 << 9
"""Py_TPFLAGS_HEAPTYPE: the type was made by a class statement, or by an extension at import."""

# Read past metaclasses, which may lie about their classes.
type_flags = vars(type)["__flags__"].__get__
type_mro = vars(type)["__mro__"].__get__
type_dict = vars(type)["__dict__"].__get__
type_name = vars(type)["__name__"].__get__

# Held here so that a program that patches the modules does not reach them.
get_trace, set_trace = sys.gettrace, sys.settrace
get_profile, set_profile = sys.getprofile, sys.setprofile
callbacks, collects, stop_collecting = gc.callbacks, gc.isenabled, gc.disable
threads, sleep = _thread._count, time.sleep  # noqa: SLF001 -- of threads that were started, daemons among them
set_traceback = vars(BaseException)["__traceback__"].__set__
get_referents = gc.get_referents
subclasses = type.__subclasses__
loaded_modules = sys.modules
equal, identical = operator.eq, operator.is_


class ForgedEqualityError(Exception):
    """The entry point returned an object that decides itself what it is equal to."""


# Keyed by ``id``, for a class may forge its own hash and equality too, by its metaclass.
static: set[int] = set()
"""Types that were there before any program and that no program can change."""
known: dict[int, tuple[type, dict[str, tuple]]] = {}
"""Classes that were there before any program: what decides their comparisons, and its code."""
lazy: set[int] = set()
"""Types of iterators that may call the program."""
known_modules: set[str] = set()
library_codes: dict[str, frozenset] = {}
"""Codes that a library's file has, by its path."""
factories = vars(defaultdict)["default_factory"]
guarded_factories: dict[int, object] = {}
own_codes: set[CodeType] = set()
"""Of functions that the tests define."""
recent: list = []
"""Arguments and results of the last calls: one that ended could change a result after it was examined."""
RECENT = 128
last: list = [None]
"""The last result that is no atom."""
caught: list[BaseException] = []
"""What calls raised, and the tests may have caught."""
THREAD_ENDS, THREAD_ENDS_S = 100, 0.2
kept: list = []
"""What was taken from where a program had put it: its end would call the program, above frames of ours."""


class _Items:
    """A sequence of the old kind, whose iterator's type is listed nowhere before there is one."""

    def __getitem__(self, place: int) -> int:
        """Return an item."""
        return place


def remember() -> None:
    """Note what there is before any program runs."""
    known_modules.update(loaded_modules)
    pending = [object, type(iter(int, 1)), type(iter(_Items()))]
    seen = set(pending)
    while pending:
        kind = pending.pop()
        for each in subclasses(kind):
            if each not in seen:
                seen.add(each)
                pending.append(each)
        attributes = type_dict(kind)
        if "__next__" in attributes and kind.__module__ in LAZY_MODULES:
            lazy.add(id(kind))
        if not type_flags(kind) & HEAPTYPE:
            static.add(id(kind))
        elif id(kind) not in known and not str(attributes.get("__module__")).startswith(DISTRUSTED_MODULES):
            names = ALL_NAMES & attributes.keys()
            known[id(kind)] = kind, {name: (attributes[name], _code(attributes[name])) for name in names}


def _code(method: object) -> CodeType | None:
    return method.__code__ if type(method) is FunctionType else None


ALL_NAMES = frozenset(DUNDERS + ARRAYS + CONTENTS + IMPLICIT)
remember()


def guarded(function, exchange=None):
    """Wrap the entry point so that its results are examined before a test compares them.

    Args:
        function: what is wrapped.
        exchange: what to call before it and after it; None for nothing.
    """
    return guarded_entry([function, exchange])


def guarded_entry(entry: list):
    """Wrap an entry point that is not known yet: ``entry`` will hold what ``guarded`` takes."""

    def call(*args, **kwargs):
        function, exchange = entry
        before_call()
        if exchange is not None:
            exchange()
        handed = _kinds((*args, *kwargs.values()))
        try:
            result = call_with(function, args, kwargs)
        except BaseException as error:
            caught.append(error)
            raise
        finally:
            quieten()
            recent.append((args, kwargs))
            if exchange is not None:
                exchange()
        if threads():
            _await_threads()
        _examine_arguments((*args, *kwargs.values()), handed)
        if last[0] is not None and not _is_plain(last[0]):
            examine(last[0])  # which this call may have changed, before a test compares the two
        last[0] = None
        return result if is_atom(result) else _shown(result, exchange)

    return opaque(call)


def _shown(result: object, exchange) -> object:
    """Examine a result; returns what the tests see of it: what it makes or returns later is examined then."""
    if not _is_plain(result):
        examine(result)
    last[0] = result
    recent.append(result)
    if id(type(result)) in lazy:
        return _examined(result)
    if callable(result) and type not in type_mro(type(result)):
        return guarded(result, exchange)
    return result


def before_call() -> None:
    """Let the program find nothing of the tests in what they caught, and drop what it may have an eye on."""
    for error in caught:
        set_traceback(error, None)
    if caught:
        kept.extend(caught)
        caught.clear()
    if len(recent) > RECENT:
        held, recent[:] = recent[:], ()
        call_with(held.clear, (), {})


def _await_threads() -> None:
    """Wait a moment for threads to end; one that keeps running could change a result after it was examined.

    Raises:
        ForgedEqualityError: one keeps running.
    """
    for _ in range(THREAD_ENDS):
        if not threads():
            return
        sleep(THREAD_ENDS_S / THREAD_ENDS)
    raise ForgedEqualityError("left a thread running beside the tests")


def forget() -> None:
    """Forget the calls so far: of a program of the runner's own."""
    last[0] = None
    for held in (recent, caught, kept):
        held.clear()


def quieten() -> None:
    """Let nothing that the program left in the interpreter look on at the tests."""
    if (tracer := get_trace()) is not None:  # it could make the tests jump over their assertions
        kept.append(tracer)
        set_trace(None)
    if (profiler := get_profile()) is not None:
        kept.append(profiler)
        set_profile(None)
    if callbacks:
        kept.extend(callbacks)
        callbacks.clear()
    if collects():  # the end of an object could change a result after it was examined
        stop_collecting()


def _examined(iterator):
    """Examine items when they are made; what makes them sees no frame of the tests."""
    advance = iterator.__next__
    while True:
        try:
            item = call_with(advance, (), {})
        except StopIteration as stop:
            return stop.value
        finally:
            quieten()
        if not is_atom(item):
            kept.append(item)
            examine(item)
        yield item


def is_atom(value: object) -> bool:
    """Whether a value is of a type that contains nothing and that no program can change."""
    kind = type(value)
    return type(kind) is type and kind in ATOMS


def _is_plain(value: object) -> bool:
    """Whether a value is a list or tuple of atoms, which most results are."""
    return (type(value) is list or type(value) is tuple) and _are_atoms(value)


def _is_plain_or_atom(value: object) -> bool:
    return is_atom(value) or _is_plain(value)


def _are_atoms(values) -> bool:
    return all(map(identical, map(type, map(type, values)), itertools.repeat(type))) and ATOMS.issuperset(
        map(type, values)
    )


def examine(value: object, forged=None) -> None:
    """Raise ``ForgedEqualityError`` if the value, or what its comparison may reach, forges comparisons.

    Args:
        value: what a test is to see.
        forged: names what a class forges, an empty string for nothing, None to leave its objects and what
            they refer to alone. By default it is ``refused``.
    """
    exempt[0] = "gc.get_referents"
    try:
        _examine(value, forged or refused)
    finally:
        exempt[0] = ""


def _examine(value: object, forged) -> None:
    pending, seen = [value], set()
    while pending:
        item = pending.pop()
        if is_atom(item) or id(item) in seen:
            continue
        kind = type(item)
        seen.add(id(item))
        if name := forged(kind):
            raise ForgedEqualityError(f"returned a {type_name(kind)} with its own {name}")
        if forged is refused and defaultdict in type_mro(kind):
            _guard_factory(item)
        if name is None or not _compares(kind):
            continue
        inner = get_referents(item)  # past whatever a class overrides
        if id(kind) not in BASES:
            inner += _in_array(item)
        if not _are_atoms(inner):
            pending.extend(inner)


def _kinds(values: tuple) -> set[int]:
    """Return the ids of the types of what values contain, where it is no atom."""
    found: set[int] = set()
    if _are_atoms(values) or all(map(_is_plain_or_atom, values)):
        return found

    def note(kind: type) -> str:
        found.add(id(kind))
        return ""

    for value in values:
        examine(value, note)
    return found


def _examine_arguments(values: tuple, handed: set[int]) -> None:
    """Examine what the program may have put into arguments: what is of none of the types that were there."""
    for value in values:
        if not _is_plain_or_atom(value):
            examine(value, lambda kind: "" if id(kind) in handed else refused(kind))


def _guard_factory(item: defaultdict) -> None:
    """Let a test that asks for a key that is not there get nothing that was not examined."""
    factory = factories.__get__(item)
    if factory is None or id(factory) in static or id(factory) in guarded_factories:
        return
    made = guarded(factory)
    guarded_factories[id(made)] = made
    factories.__set__(item, made)


def _in_array(item: object) -> list:
    """Return the objects that an array of NumPy refers to, which its referents are not."""
    for owner in type_mro(type(item)):
        attributes = type_dict(owner)
        kind, items = attributes.get("dtype"), attributes.get("tolist")
        if type(kind) is GetSetDescriptorType and type(items) is MethodDescriptorType:
            return [items(item)] if kind.__get__(item).hasobject else []
    return []


def _compares(kind: type) -> bool:
    """Whether objects of a class may be compared by what they refer to.

    Those of the program's own classes are not, unless these derive from others: comparisons of their own have
    been refused before.
    """
    if id(kind) in OPAQUE:
        return False
    return not all(owner is object or COMPARING.isdisjoint(type_dict(owner)) for owner in type_mro(kind))


def forgery(kind: type) -> str:
    """Return the name of a comparison that the program itself defined, or an empty string."""
    if id(kind) in PROXIES:
        return "__eq__"
    if id(kind) in static:
        return ""
    owners = type_mro(kind)
    bases = set(map(id, owners))
    names = DUNDERS + ARRAYS if BASES.isdisjoint(bases) else DUNDERS + ARRAYS + CONTENTS
    for owner in owners:
        if id(owner) in static:
            continue
        attributes = type_dict(owner)
        for name in names:
            method = attributes.get(name)
            if method is not None and not _trusted(owner, name, method, bases):
                return name
    return ""


def refused(kind: type) -> str:
    """Return the name of a method that a test calls without naming it and the program defined, or nothing."""
    return forgery(kind) or _implicit(kind)


def _implicit(kind: type) -> str:
    owners = type_mro(kind)
    bases = set(map(id, owners))
    for owner in owners:
        if id(owner) in static:
            continue
        attributes = type_dict(owner)
        for name in IMPLICIT:
            method = attributes.get(name)
            if method is not None and not (
                _trusted(owner, name, method, bases)
                or _inherited(name, method, owners)
                or (name == "__repr__" and _code(method) is FIELDS_REPR)
            ):
                return name
    return ""


def _inherited(name: str, method: object, owners: tuple) -> bool:
    """Whether a class has a method of one of its bases as its own, as enumerations do."""
    noted = (known[id(owner)][1].get(name) for owner in owners if id(owner) in known)
    return any(each is not None and each[0] is method and each[1] is _code(method) for each in noted)


def is_trusted(owner: type, name: str, method: object) -> bool:
    """Whether a method that decides a comparison was not written by the program."""
    return _trusted(owner, name, method, set(map(id, type_mro(owner))))


def _trusted(owner: type, name: str, method: object, bases: set[int]) -> bool:
    """Whether a method is what it was before the program ran, a built-in type's own, or a library's."""
    if id(owner) in known:
        value, code = known[id(owner)][1].get(name, (None, None))
        if value is method and _code(method) is code:
            return True
    if _code(method) in own_codes:
        return True
    if type(method) is _tuplegetter:  # a field of a named tuple
        return name in CONTENTS
    if id(type(method)) in SLOT_TYPES or (
        type(method) is MethodDescriptorType and (name in ARRAYS or name in IMPLICIT)
    ):
        return method.__name__ == name and id(method.__objclass__) in bases
    return type(method) is FunctionType and _in_library(owner, method)


def _in_library(owner: type, method: FunctionType) -> bool:
    """Whether a module that was imported since defines a class, with methods as its file has them."""
    module = type_dict(owner).get("__module__")
    path = method.__code__.co_filename
    if (
        type(module) is not str
        or type(path) is not str
        or module in known_modules
        or not path.startswith(TRUSTED_ROOTS)
    ):
        return False
    if "/../" in path or any(part in path for part in DISTRUSTED):
        return False
    if path not in library_codes:
        library_codes[path] = _codes_in(path)
    return method.__code__ in library_codes[path]


def _codes_in(path: str) -> frozenset:
    try:
        with open(path, "rb") as file:
            pending = [compile(file.read(), path, "exec", dont_inherit=True)]
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    found = set(pending)
    while pending:
        inner = [each for each in pending.pop().co_consts if type(each) is CodeType]
        found.update(inner)
        pending += inner
    return frozenset(found)


def check_comparisons() -> None:
    """Check that values of built-in types compare as they ought to.

    A program that writes to the process's memory can make any two of them equal.

    Raises:
        ForgedEqualityError: some that differ are equal.
    """
    if any(equal(*pair) for pair in DIFFERENT):
        raise ForgedEqualityError("changed how values of built-in types compare")


DIFFERENT = (
    (1, 2), (True, False), (1.5, 2.5), (1j, 2j), ("a", "b"), (b"a", b"b"), ([1], [2]), ((1,), (2,)),
    ({1: 1}, {1: 2}), ({1}, {2}), (frozenset({1}), frozenset({2})), (range(1), range(2)), (None, 0),
    (0, object()), ("", object()), ([], object()), ((), object()), (0.0, object()), (object(), object()),
)  # fmt: skip
