"""What Prometheus sees: counters of passes, changes and calls, and how things stand now."""

from __future__ import annotations

from collections import Counter as Tally
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, exposition
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from reconciler.plan.changes import Cause
from reconciler.sync.recording import outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prometheus_client.metrics_core import Metric

    from reconciler.sync.state import Pass

_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""From a quiet pass to one that rolls out a thousand pipelines."""


FEW = 50
"""Targets up to which each has a series of its own."""


class Metrics:
    """Counts since the start. Thread-safe."""

    def __init__(
        self,
        calls: Callable[[], Mapping[tuple[str, str], int]],
        ages: Callable[[], Mapping[str, float]],
        lease: Callable[[], tuple[bool, int]] = lambda: (True, 0),
        waiting: Callable[[], int] = lambda: 0,
    ) -> None:
        """Take where API calls by operation and result are counted, and the seconds since each thread reported.

        `lease` gives whether this process leads, and the number of the lease; `waiting` how many deliveries wait.
        """
        self._registry = registry = CollectorRegistry()
        self._passes = Counter("reconciler_passes", "Passes by outcome.", ["outcome"], registry=registry)
        self._seconds = Histogram(
            "reconciler_pass_duration_seconds", "Time of a pass.", buckets=_SECONDS, registry=registry
        )
        self._changes = Counter(
            "reconciler_changes", "Changes by kind and ending.", ["kind", "ending"], registry=registry
        )
        self._drift = Gauge("reconciler_drift", "Changes of the last plan whose live side moved.", registry=registry)
        self._blocked = Gauge(
            "reconciler_blocked", "What the last plan was kept from, by cause.", ["cause"], registry=registry
        )
        self._parked = Gauge(
            "reconciler_parked", "Changes that failed and are not tried again by themselves.", registry=registry
        )
        self._paused = Gauge(
            "reconciler_paused", "Changes that wait for somebody or something, by cause.", ["cause"], registry=registry
        )
        self._in_sync = Gauge(
            "reconciler_in_sync", "Pipelines that the last plan found as git says.", registry=registry
        )
        self._last = Gauge(
            "reconciler_last_success_timestamp_seconds", "End of the last pass that ran.", registry=registry
        )
        self._slowest = Gauge(
            "reconciler_slowest_target_seconds", "Most time that calls to one target took in a pass.", registry=registry
        )
        self._targets = Gauge(
            "reconciler_target_seconds", "Time that calls to a target took in the last pass, where targets are few.",
            ["account", "region"], registry=registry,
        )  # fmt: skip
        self._throttles = Counter("reconciler_throttles", "Calls that AWS throttled.", registry=registry)
        self._deliveries = Counter(
            "reconciler_deliveries", "Deliveries of messages, reports and statuses by result.", ["result"],
            registry=registry,
        )  # fmt: skip
        registry.register(_Read(calls, ages, lease, waiting))

    def passed(self, done: Pass, seconds: float, waiting: int = 0) -> None:
        """Count a pass that ran; `waiting` changes wait for executions to end."""
        plan = done.known[2]
        self._passes.labels(outcome(done)).inc()
        self._seconds.observe(seconds)
        for (kind, ending), count in Tally((each.change.kind, each.ending) for each in done.results).items():
            self._changes.labels(kind.value, ending.value).inc(count)
        self._drift.set(sum(change.cause is Cause.DRIFT for change in plan.changes))
        self._in_sync.set(plan.in_sync)
        unread = len(plan.unreadable) + len(plan.unknown)
        for cause, count in (("held", len(plan.held)), ("problem", len(plan.problems)), ("unreadable", unread)):
            self._blocked.labels(cause).set(count)
        self._parked.set(sum(each.parked for each in done.setbacks.values()))
        guards = Tally(change.guard for change in plan.held)
        paused = {"suspended": guards["suspended"], "window": guards["window"], "waiting": waiting}
        for cause, count in (*paused.items(), ("failed", guards["setback"])):
            self._paused.labels(cause).set(count)
        self._spent(done)
        self._last.set_to_current_time()

    def _spent(self, done: Pass) -> None:
        self._slowest.set(max((each.seconds for each in done.efforts.values()), default=0))
        self._throttles.inc(sum(each.throttles for each in done.efforts.values()))
        self._targets.clear()
        if len(done.efforts) <= FEW:
            for target, each in done.efforts.items():
                self._targets.labels(*target).set(each.seconds)

    def failed(self, seconds: float) -> None:
        """Count a pass that could not run."""
        self._passes.labels("error").inc()
        self._seconds.observe(seconds)

    def delivered(self, result: str, number: int) -> None:
        """Count deliveries that ended in one way: ok, retry or given up."""
        self._deliveries.labels(result).inc(number)

    def text(self) -> tuple[str, bytes]:
        """Give the type and the text of the exposition."""
        return exposition.CONTENT_TYPE_LATEST, exposition.generate_latest(self._registry)


class _Read:
    """What others count, read when Prometheus asks."""

    def __init__(
        self,
        calls: Callable[[], Mapping[tuple[str, str], int]],
        ages: Callable[[], Mapping[str, float]],
        lease: Callable[[], tuple[bool, int]],
        waiting: Callable[[], int],
    ) -> None:
        self._calls, self._ages, self._lease, self._waiting = calls, ages, lease, waiting

    def collect(self) -> Iterable[Metric]:
        """Give the families, named by the library."""
        calls = CounterMetricFamily("reconciler_aws_calls", "API calls.", labels=["operation", "result"])
        for labels, count in sorted(self._calls().items()):
            calls.add_metric(labels, count)
        ages = GaugeMetricFamily("reconciler_thread_age_seconds", "Time since a thread reported.", labels=["thread"])
        for thread, age in self._ages().items():
            ages.add_metric([thread], age)
        led, number = self._lease()
        held = GaugeMetricFamily("reconciler_lease_held", "Whether this daemon leads.", value=float(led))
        counted = GaugeMetricFamily("reconciler_lease_number", "How often the lease has changed hands.", value=number)
        waiting = "Deliveries that have not arrived yet."
        waits = GaugeMetricFamily("reconciler_deliveries_waiting", waiting, value=self._waiting())
        return calls, ages, held, counted, waits
