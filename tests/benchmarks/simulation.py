"""The simulator beside SimPy: a kernel event, and a nominal execution with its full trace."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.asked import Asked
    from reconciler.simulation.world import World

ACCOUNT, REGION, NAME = "111111111111", "eu-west-1", "svc0000-prod-deploy"
ROUNDS = 20_000
"""Events of one ping-pong."""
EXECUTIONS = 10_000


def rows(asked: Asked) -> Iterator[Row]:
    """Measure in a process of its own, so that this one stays small."""
    command = [sys.executable, "-m", "benchmarks.simulation", str(asked.pipelines * EXECUTIONS // 1000)]
    measured = [json.loads(_child(command)) for _ in asked.runs(3)]

    def series(name: str, unit: str) -> Series:
        return Series(unit, tuple(each[name] for each in measured))

    yield Row("one kernel event / SimPy", series("event", "us"), series("simpy event", "us"), least=1)
    yield Row("nominal execution, 5 stages and 12 actions, full trace", series("execution", "ms"), most=1.5)
    model = series("simpy execution", "ms")
    yield Row("the same / bare SimPy model of it", series("execution", "ms"), model, least=1 / 6)
    yield Row("each of many executions / each of a tenth", series("many", "ms"), series("tenth", "ms"), least=0.8)
    yield Row("memory of one execution, full trace", series("memory", "KiB"), most=20)
    yield Row("fork of a world with 100 executions", series("fork", "ms"), most=1)


def _child(command: list[str]) -> str:
    return subprocess.run(command, cwd=sites.TESTS, check=True, capture_output=True, text=True).stdout


def measured(executions: int) -> dict[str, float]:
    """Give microseconds an event, milliseconds an execution and a fork, KiB an execution; processor time."""
    import gc

    from reconciler import __main__

    gc.set_threshold(__main__.YOUNG)  # as the command line does
    return {
        "event": _cost(lambda: _ours(ROUNDS)) / ROUNDS * 1e6,
        "simpy event": _cost(lambda: _theirs(ROUNDS)) / ROUNDS * 1e6,
        "execution": _cost(lambda: _runs(_world(), 100)) * 10,
        "simpy execution": _cost(lambda: [_bare() for _ in range(100)]) * 10,
        "tenth": _once(lambda: _runs(_world(), executions // 10)) / (executions // 10) * 1e3,
        "many": _once(lambda: _runs(_world(), executions)) / executions * 1e3,
        "memory": _memory(executions // 10),
        "fork": _fork(),
    }


def _ours(rounds: int) -> None:
    from reconciler.simulation.kernel import Kernel

    left = rounds

    def dispatch(event: str) -> None:
        nonlocal left
        left -= 1
        if left > 0:
            kernel.schedule(1, "pong" if event == "ping" else "ping")

    kernel = Kernel(dispatch)
    kernel.schedule(1, "ping")
    kernel.run()


def _theirs(rounds: int) -> None:
    import simpy

    environment = simpy.Environment()

    def player() -> Iterator[Any]:
        for _ in range(rounds):
            yield environment.timeout(1)

    environment.process(player())
    environment.run()


def _world() -> World:
    from datetime import UTC, datetime

    from endpoint import sample
    from reconciler.simulation.given import Given
    from reconciler.simulation.outcomes import Approved
    from reconciler.simulation.world import World

    approved = Given.of({"Approval/Approve": Approved(by="ana")})
    world = World(ACCOUNT, REGION, begins=datetime(2026, 1, 5, tzinfo=UTC), given=approved)
    (document,) = sample(1, account=ACCOUNT, region=REGION)
    world.create(document | {"name": NAME}, run=False)
    return world


def _runs(world: World, executions: int) -> None:
    """Run the pipeline so often, one run after the other."""
    for _ in range(executions):
        started = world.start(NAME, by="ana")
        world.settle()
        assert world.run_of(started).status == "Succeeded"


def _bare() -> None:
    """Run the same stages, groups and durations as SimPy processes: a stage holds one execution, and that is all."""
    import simpy

    environment = simpy.Environment()

    def action(span: float) -> Iterator[Any]:
        yield environment.timeout(span)

    def execution() -> Iterator[Any]:
        for groups in _STAGES:
            with simpy.Resource(environment).request() as entered:
                yield entered
                for group in groups:
                    yield environment.all_of([environment.process(action(span)) for span in group])

    environment.process(execution())
    environment.run()


_STAGES = (((1.0,),), ((1.0, 1.0), (1.0,)), ((1.0,), (1.0,), (1.0,), (1.0,)), ((1.0,),), ((1.0,), (1.0,), (1.0,)))
"""Durations of the sample's actions, by stage and group."""


def _memory(executions: int) -> float:
    import tracemalloc

    world = _world()
    _runs(world, 10)
    tracemalloc.start()
    _runs(world, executions)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / executions / 1024


def _fork() -> float:
    world = _world()
    _runs(world, 100)
    return _cost(world.fork) * 1e3


def _cost(call: Callable[[], object]) -> float:
    return min(_once(call) for _ in range(5))


def _once(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(int(sys.argv[1]))))
