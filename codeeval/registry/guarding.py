"""Plug-ins of other packages, held to their protocols: what they do wrong is reported as theirs, by name.

codeeval's own are not guarded: tests hold them to the same protocols (``codeeval.testing``).
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from typing import TYPE_CHECKING, Any, Final, TypeVar

from codeeval.errors import CodeEvalError, PluginError, is_storage_error
from codeeval.interfaces import Sandbox
from codeeval.registry.checking import Member, call_fault, described, faults, fits, members

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from codeeval.registry.entries import Plugin

T = TypeVar("T")

_PRODUCTS: Final[dict[str, type]] = {"Sandbox": Sandbox}
"""Protocols of what a plug-in's methods return: that is checked and guarded in turn."""


def fault(plugin: Plugin, text: str) -> PluginError:
    """Return the error that reports a fault of a plug-in."""
    return PluginError(f"{plugin}: {text}", f"Report this to the authors of {plugin.package}.")


@contextlib.contextmanager
def blaming(plugin: Plugin, where: str, *, but: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Report an error as the plug-in's fault, unless it is one of codeeval's own for the user.

    Args:
        plugin: whose fault it is.
        where: what raised it, for the message.
        but: further types that pass.

    Raises:
        PluginError: in place of it.
    """
    try:
        yield
    except Exception as error:
        full = isinstance(error, OSError) and is_storage_error(error)
        if full or isinstance(error, (CodeEvalError, *but)):
            raise
        raise fault(plugin, f"{where} raised {type(error).__name__}: {error}") from error


def make(
    plugin: Plugin,
    factory: object,
    arguments: Sequence[object],
    protocol: type,
    abilities: Sequence[type] = (),
) -> object:
    """Make what a plug-in's factory makes, checked against its protocol and guarded.

    Args:
        plugin: where it comes from.
        factory: what its entry point names.
        arguments: what the factory is called with.
        protocol: what it must offer.
        abilities: protocols of what it may offer.

    Raises:
        PluginError: it is not what it must be, or failed.
    """
    wanted = [
        inspect.Parameter(f"argument_{n}", inspect.Parameter.POSITIONAL_ONLY) for n in range(len(arguments))
    ]
    if missing := sorted(getattr(factory, "__abstractmethods__", ())):
        raise fault(plugin, f"{', '.join(f'`{name}`' for name in missing)} is missing")
    if text := call_fault(factory, wanted):
        raise fault(plugin, f"{plugin.target} {text}")
    assert callable(factory)  # noqa: S101 -- call_fault has looked
    with blaming(plugin, "it could not be made:"):
        made: object = factory(*arguments)
    return guarded(plugin, made, protocol, abilities)


def guarded(plugin: Plugin, candidate: T, protocol: type, abilities: Sequence[type] = ()) -> T:
    """Check an object against protocols, and have its methods report their faults as the plug-in's.

    Raises:
        PluginError: a member is missing or of another form than the protocol's.
    """
    offered = [protocol, *(ability for ability in abilities if isinstance(candidate, ability))]
    found = [each for one in offered for each in faults(candidate, one)]
    if found:
        cause = next((each.error for each in found if each.error), None)
        raise fault(plugin, "; ".join(map(str, found))) from cause
    for member in dict.fromkeys(each for one in offered for each in members(one)):
        if member.method is not None:
            # an object that takes no attributes stays as it is: its faults surface without its name
            with contextlib.suppress(AttributeError, TypeError):
                setattr(candidate, member.name, _guard(plugin, member, getattr(candidate, member.name)))
    return candidate


# Any: whatever the method takes and returns
def _guard(plugin: Plugin, member: Member, method: Callable[..., Any]) -> Callable[..., Any]:
    where = f"`{member.name}`"
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def wait(*args: object, **named: object) -> object:
            with blaming(plugin, where):
                result = await method(*args, **named)
            return _checked(plugin, member, result)

        return wait

    if inspect.isasyncgenfunction(method):

        @functools.wraps(method)
        async def iterate(*args: object, **named: object) -> AsyncIterator[object]:
            with blaming(plugin, where):
                async for each in method(*args, **named):
                    yield each

        return iterate

    @functools.wraps(method)
    def call(*args: object, **named: object) -> object:
        with blaming(plugin, where):
            result = method(*args, **named)
        return _checked(plugin, member, result)

    return call


def _checked(plugin: Plugin, member: Member, result: object) -> object:
    """Return what a method returned, if it is of the type that the protocol states.

    Raises:
        PluginError: it is not.
    """
    if member.annotation in _PRODUCTS:
        return guarded(plugin, result, _PRODUCTS[member.annotation])
    if not fits(result, member.annotation):
        raise fault(plugin, f"`{member.name}` returned {described(result)}, {member.annotation} expected")
    return result
