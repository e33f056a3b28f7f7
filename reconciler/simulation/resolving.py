"""What an action gets when it starts: revisions of its inputs, and its configuration with variables resolved (E.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.pipeline import variables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.simulation.blueprint import Read
    from reconciler.simulation.state import Attempt, Execution

MOST_BYTES = 100 * 1024
"""Size of a resolved configuration (reference C)."""


def resolve(execution: Execution, attempt: Attempt) -> str:
    """Fill in inputs and configuration; gives what is missing, or an empty text."""
    step, artifacts = attempt.step, execution.artifacts
    try:
        attempt.inputs = tuple([artifacts[name] for name in step.inputs])
    except KeyError as missing:
        attempt.inputs = tuple(artifacts.get(name, "") for name in step.inputs)
        return f"The input artifact {missing.args[0]} does not exist: nothing has made it in this execution"
    if not step.reads:
        return ""
    try:
        attempt.configuration = resolved(execution, step.configuration, step.reads)
    except KeyError as missing:
        return f"The variable {missing.args[0]} has no value"
    size = sum(len(key.encode()) + len(value.encode()) for key, value in attempt.configuration.items())
    return f"The resolved configuration has {size} bytes; the limit is {MOST_BYTES}" if size > MOST_BYTES else ""


def resolved(execution: Execution, configuration: Mapping[str, str], reads: tuple[Read, ...]) -> dict[str, str]:
    """Give a configuration with every reference replaced; raises KeyError with the text of one without a value."""
    made = dict(configuration)
    for key, text, namespace, name in reads:
        made[key] = made[key].replace(text, _value(execution, text, namespace, name))
    return made


def known(execution: Execution) -> dict[str, str]:
    """Give every value there is by `namespace.key`."""
    found = {f"{variables.SERVICE}.PipelineExecutionId": execution.id}
    for namespace, values in ((variables.PIPELINE, execution.variables), *execution.values.items()):
        found.update({f"{namespace}.{name}": value for name, value in values.items()})
    return found


def _value(execution: Execution, text: str, namespace: str, name: str) -> str:
    if namespace == variables.SERVICE and name in variables.SERVICE_KEYS:
        return execution.id
    values = execution.variables if namespace == variables.PIPELINE else execution.values.get(namespace, {})
    if name not in values:
        raise KeyError(text)
    return values[name]
