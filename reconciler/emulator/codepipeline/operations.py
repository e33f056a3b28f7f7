"""Every operation by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator.codepipeline import (
    actiontypes,
    answers,
    definitions,
    executions,
    histories,
    hooks,
    jobs,
    state,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request, Written

    Operation = Callable[[Place, Request], Document | Written | None]

OPERATIONS: Mapping[str, Operation] = {
    **definitions.OPERATIONS,
    **executions.OPERATIONS,
    **answers.OPERATIONS,
    **state.OPERATIONS,
    **histories.OPERATIONS,
    **actiontypes.OPERATIONS,
    **jobs.OPERATIONS,
    **hooks.OPERATIONS,
}

READING = ("Get", "List")
"""How the names of operations begin that change nothing."""
