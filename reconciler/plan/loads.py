"""What so many pipelines would cost: calls, seconds and memory of a quiet and of a first pass, as a model.

Rules of this file:

* Calls are counted exactly: what a pass asks follows from the settings and from the pages that AWS gives (reference
  F.1, F.2).
* Time of the network is calls times latency over threads, but no less than the longest chain: pages come one by one.
* What one pipeline and one target cost in processor time and memory was measured: tests/benchmarks measures it again,
  and sets the model beside it. Another processor is another number of seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

LIST_PAGE, TAG_PAGE = 1000, 100
"""Entries of a page of ListPipelines and of GetResources."""

BASE_MEMORY, TARGET_MEMORY, PIPELINE_MEMORY = 81.0, 0.53, 0.0025
"""MiB of the process with its libraries, of the clients of one target, and of one pipeline that is defined and live."""
READ_BASE, READ_MEMORY = 20.0, 0.012
"""MiB that a first pass takes beside that: once, and for each pipeline that it reads."""
BASE_SECONDS, TARGET_SECONDS, PIPELINE_SECONDS = 0.75, 0.0122, 0.000112
"""Processor time of a start, of a target whose clients are made, and of a pipeline in a quiet pass."""
READ_SECONDS = 0.0085
"""Processor time of reading and judging one definition, and of reading and comparing one live pipeline."""


@dataclass(frozen=True, slots=True)
class Estate:
    """What there is, and how it is reached."""

    pipelines: int
    targets: int
    roles: int
    """Roles that are assumed."""
    threads: int
    """Threads of one process."""
    latency: float
    """Seconds until AWS answers."""
    rate: float
    """Calls a second with which one kind of call starts in one target."""
    ceiling: float
    """Calls a second that it may grow to."""
    burst: int
    """Calls of one kind that go out at once."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a pass would cost."""

    calls: int
    seconds: float
    """From the beginning to the end."""
    processor: float
    """Seconds of processor time among them."""
    memory: float
    """MiB at most."""


def quiet(estate: Estate) -> Load:
    """Give the cost of a pass of a process that begins, in which nothing moved."""
    each = math.ceil(estate.pipelines / estate.targets)
    tags, lists = max(1, math.ceil(each / TAG_PAGE)), max(1, math.ceil(each / LIST_PAGE))
    calls = estate.targets * (tags + lists) + estate.roles
    chain = (tags + 1) * estate.latency + _paced(tags, estate)
    processor = BASE_SECONDS + estate.targets * TARGET_SECONDS + estate.pipelines * PIPELINE_SECONDS
    return _load(estate, calls, chain, processor)


def first(estate: Estate) -> Load:
    """Give the cost of the first pass, which reads every definition and every live pipeline."""
    known, each = quiet(estate), math.ceil(estate.pipelines / estate.targets)
    chain = _paced(each, estate) + 2 * estate.latency
    processor = known.processor + estate.pipelines * READ_SECONDS
    load = _load(estate, known.calls + estate.pipelines, chain, processor)
    return replace(load, memory=load.memory + READ_BASE + estate.pipelines * READ_MEMORY)


def _load(estate: Estate, calls: int, chain: float, processor: float) -> Load:
    network = max(chain, calls * estate.latency / estate.threads)
    memory = BASE_MEMORY + estate.targets * TARGET_MEMORY + estate.pipelines * PIPELINE_MEMORY
    return Load(calls, max(network, processor) + min(network, processor) * _BESIDE, processor, memory)


_BESIDE = 0.25
"""Share of the shorter of network and processor that is not done beside the longer one."""


def _paced(calls: int, estate: Estate) -> float:
    """Give the seconds that one target's bucket takes for so many calls of a kind; its rate doubles in ten seconds."""
    left = calls - estate.burst
    if left <= 0:
        return 0.0
    growth = math.log(2) / 10
    full = math.log(estate.ceiling / estate.rate) / growth if estate.ceiling > estate.rate else 0.0
    grown = (estate.ceiling - estate.rate) / growth
    if left <= grown:
        return math.log(1 + left * growth / estate.rate) / growth
    return full + (left - grown) / estate.ceiling
