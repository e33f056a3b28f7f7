"""Properties that are worked out when first asked for, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

T = TypeVar("T")


class Lazy(Generic[T]):
    """As `functools.cached_property`, without the lock that it takes in Python 3.11, which costs more than the work.

    Two threads may both do the work; they come to the same.
    """

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self._name = ""
        self.__doc__ = work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        value = self._work(instance)
        object.__setattr__(instance, self._name, value)  # past the guard of frozen dataclasses
        return value


lazy = Lazy
"""As a decorator it reads like `property`."""
