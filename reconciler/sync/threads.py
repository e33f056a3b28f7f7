"""Threads that know on whose behalf they work: what a trace, or any other context variable, says at the caller's."""

from __future__ import annotations

import contextvars
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class Threads(ThreadPoolExecutor):
    """A pool of threads; each piece of work runs in a copy of the context in which it was submitted."""

    def submit(self, work: Callable[_Given, _Result], /, *args: _Given.args, **named: _Given.kwargs) -> Future[_Result]:
        """Have work done."""
        return super().submit(contextvars.copy_context().run, partial(work, *args, **named))
