"""A mistake in a test is told at the line of the test, not inside what found it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Callable

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def at_caller(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let what a function raises about its arguments look as if the call itself had raised it."""

    @wraps(function)
    def told(*arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        __tracebackhide__ = True
        try:
            return function(*arguments, **named)
        except (ReconcilerError, KeyError) as error:
            raise error.with_traceback(None) from None

    return told
