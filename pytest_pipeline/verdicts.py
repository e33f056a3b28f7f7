"""Matchers for whole runs: `assert run == failed(at="Prod/Approve", because="timed out", after="7d")`.

Their explanation is what became of the run, in one sentence with the cause; then what differs, if it is only a detail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_pipeline import selectors
from pytest_pipeline.matching import Matcher, Miss, call, quoted
from pytest_pipeline.running import NOT_STARTED, Run
from reconciler.report import verdicts
from reconciler.simulation.durations import duration, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.simulation import trace
    from reconciler.simulation.durations import Span
    from reconciler.simulation.given import Selector


@dataclass(frozen=True, eq=False, repr=False)
class Became(Matcher):
    """What became of a run, where, why and when."""

    word: str
    details: tuple[tuple[str, Any], ...]

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give the verdict if the run became something else, else each detail that differs."""
        run = got.run if hasattr(got, "run") and not isinstance(got, Run) else got
        if not isinstance(run, Run):
            return [Miss(path, repr(self), f"{quoted(got)}, which is no run")]
        details = dict(self.details)
        _known(run, details)
        if not _IS[self.word](run):
            return [Miss("", "", run.verdict)]
        told = [Miss(name, _wanted(name, value), _told(self.word, name, run)) for name, value in details.items()
                if not _FITS[name](self.word, run, value)]  # fmt: skip
        return [Miss("", "", run.verdict), *told] if told else []

    def __repr__(self) -> str:
        return call(self.word, **dict(self.details))


@dataclass(frozen=True, eq=False, repr=False)
class NeverRan(Matcher):
    """Actions that did not start in a run that did; without any, a run that nothing started."""

    chosen: tuple[Selector, ...]

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give the actions that ran, and what became of the run."""
        if not isinstance(got, Run):
            return [Miss(path, repr(self), f"{quoted(got)}, which is no run")]
        if not self.chosen:
            return [Miss("", "", got.verdict)] if got.started else []
        places = {each.place for selector in self.chosen for each in got.pipeline.actions(selector)}
        if not got.started:
            return [Miss("", "", got.verdict), Miss("", "", "to say that nothing starts: run == never_ran()")]
        ran = [each for each in got.actions if each.place in places]
        return [*(_ran(each, got) for each in ran), Miss("", "", got.verdict)] if ran else []

    def __repr__(self) -> str:
        shown = (each if isinstance(each, str) else getattr(each, "__name__", "predicate") for each in self.chosen)
        return call("never_ran", *shown)


def succeeded(*, after: Span | None = None) -> Became:
    """Match a run that succeeded; `after` is how long it took."""
    return _became("succeeded", after=after)


def failed(at: str | None = None, *, because: str | None = None, after: Span | None = None) -> Became:
    """Match a run that failed: `at` a stage or an action, `because` of a text in the reason, `after` a time.

    The time is that of the action which failed: an approval times out 7 days after somebody was asked.
    """
    return _became("failed", at=at, because=because, after=after)


def parked(at: str | None = None, *, because: str | None = None) -> Became:
    """Match a run in which nothing moves until somebody acts."""
    return _became("parked", at=at, because=because)


def superseded(by: Run | None = None) -> Became:
    """Match a run that a newer one superseded."""
    return _became("superseded", by=by)


def rolled_back(at: str | None = None, *, to: Run | None = None) -> Became:
    """Match a run that failed and was rolled back: in a stage, to the revisions of another run."""
    return _became("rolled_back", at=at, to=to)


def never_ran(*selectors: Selector) -> NeverRan:
    """Match a run in which no such action started; without arguments, a trigger that starts nothing."""
    return NeverRan(selectors)


def _became(word: str, **details: Any) -> Became:
    return Became(word, tuple((name, value) for name, value in details.items() if value is not None))


def _known(run: Run, details: dict[str, Any]) -> None:
    """Raise Broken for a place that the pipeline does not have."""
    if "at" in details:
        selectors.select(details["at"], run.pipeline.actions())


def _rollback(run: Run) -> trace.Run | None:
    """Give the run that rolled another one back."""
    own = run.record.id
    return next((each for each in run.seen.beside if each.kind == "ROLLBACK" and own in each.trigger.detail), None)


def _cause(run: Run) -> tuple[str, str]:
    """Give the place and the reason of a failure."""
    if not run.started:
        return "", ""
    if run.parked:
        return run.parked_at, verdicts.reason(run.record)
    said, _, why = verdicts.verdict(run.record).partition(": ")
    _, at, place = said.partition(" failed at ")
    return place.partition(" after ")[0] if at else "", why


def _span(run: Run) -> int:
    """Give the milliseconds that something took: of a failure, what failed; else the whole run."""
    place = _cause(run)[0]
    if run.status == "Failed" and "/" in place:
        last = run[place]
        return (verdicts.latest(run.record) if last.ended is None else last.ended) - last.started
    return run.elapsed


def _at(_: str, run: Run, wanted: str) -> bool:
    place = _cause(run)[0]
    return any(place in (each.place, each.stage) for each in run.pipeline.actions(wanted))


def _by(_: str, run: Run, wanted: Run) -> bool:
    return run.record.superseded_by == wanted.record.id


def _to(_: str, run: Run, wanted: Run) -> bool:
    found = _rollback(run)
    return found is not None and found.rollback_of == wanted.record.id


_IS: dict[str, Callable[[Run], bool]] = {
    "succeeded": lambda run: run.status == "Succeeded",
    "failed": lambda run: run.status == "Failed",
    "parked": lambda run: run.parked,
    "superseded": lambda run: run.status == "Superseded",
    "rolled_back": lambda run: run.status != NOT_STARTED and _rollback(run) is not None,
}
_FITS: dict[str, Callable[[str, Run, Any], bool]] = {
    "at": _at,
    "because": lambda _, run, text: text.lower() in _cause(run)[1].lower(),
    "after": lambda _, run, span: _span(run) == duration(span),
    "by": _by,
    "to": _to,
}


def _wanted(name: str, value: Any) -> str:
    if name == "after":
        return spell(duration(value))
    return f"#{value.number}" if isinstance(value, Run) else quoted(value)


def _told(word: str, name: str, run: Run) -> str:
    if name in ("at", "because"):
        return quoted(_cause(run)[name == "because"])
    if name == "after":
        return spell(_span(run))
    found = run.record.superseded_by if word == "superseded" else getattr(_rollback(run), "rollback_of", "")
    return verdicts.number(found, run.seen.beside)


def _ran(each: trace.ActionRun, run: Run) -> Miss:
    begun = spell(each.started - run.record.started)
    return Miss("", "", f"{each.place} ran at +{begun}: {each.status}")


def explained(matcher: Became | NeverRan, run: Run) -> Iterator[str]:
    """Give the lines that say why a run is not as expected, the verdict first."""
    yield from dict.fromkeys([run.verdict, *map(str, matcher.misses(run))])
