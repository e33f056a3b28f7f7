"""What a failing test shows: the verdict first, the tree in a section of its own, the command that repeats it.

pytest cuts explanations after 8 lines and 640 characters unless it is told to be verbose; so they are kept shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_pipeline import choosing, repeating
from pytest_pipeline.matching import Matcher, name, quoted
from pytest_pipeline.plugin import FAILED, RUNS, tell
from pytest_pipeline.running import Run
from pytest_pipeline.verdicts import Became, NeverRan, explained

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPARED = pytest.StashKey[Run]()
"""The run that the failing assertion is about."""
SECTION = "pipeline run"
LINES, CHARACTERS = 8, 560
_WIDEST = 200
_TREES = 3


def compared(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Explain why a value is not as a matcher wants it; None for what is no matcher's business."""
    got, matcher = (right, left) if isinstance(left, Matcher) else (left, right)
    if not isinstance(matcher, Matcher) or op not in ("==", "!="):
        return None
    if isinstance(got, Run):
        config.stash[COMPARED] = got
    told = [f"{_short(got)} {op} {quoted(matcher)}", *_why(op, got, matcher)]
    return told if config.get_verbosity() > 1 else _cut(told)


def told(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Put the runs of a failed test beside its failure, and what became of them into the properties of its report."""
    runs: list[Run] = item.stash[RUNS]
    if call.when == "call":
        item.stash[FAILED] = report.failed
        _properties(item, report, [("pipeline", each) for each in dict.fromkeys(run.pipeline.name for run in runs)])
    if not report.failed or not runs:
        return
    run = item.config.stash.get(COMPARED, None)
    shown = [run] if run and any(run is each for each in runs) else runs[-_TREES:]
    for each in shown:
        repeat = repeating.command(each, choosing.node(item), choosing.called(item.config, each.pipeline))
        report.sections.append((SECTION, f"{each.tree}\nrepeat: {repeat}"))
        _properties(item, report, [("pipeline_verdict", each.verdict), ("pipeline_repeat", repeat)])


def _properties(item: pytest.Item, report: pytest.TestReport, told: list[tuple[str, str]]) -> None:
    """Add properties to a report, and to the item, from which JUnit takes them once the teardown is over."""
    tell(item, *told)
    report.user_properties = [*report.user_properties, *told]


def _why(op: str, got: object, matcher: Matcher) -> Iterator[str]:
    if op == "!=":
        yield got.verdict if isinstance(got, Run) else "it matches"
    elif isinstance(got, Run) and isinstance(matcher, Became | NeverRan):
        yield from explained(matcher, got)
    else:
        yield from map(str, matcher.misses(got))


def _short(got: object) -> str:
    """Name what was compared in a few words."""
    if isinstance(got, Run):
        return "run"
    if isinstance(got, tuple | list) and got and all(name(each) for each in got):
        return _line(f"({', '.join(map(name, got))})", 100)
    return _line(quoted(got), 100)


def _cut(lines: list[str]) -> list[str]:
    """Keep what pytest shows; the first two lines, which hold the verdict, stay whole."""
    kept, size = [_line(line, _WIDEST if index else _WIDEST + 40) for index, line in enumerate(lines)], 0
    for index, line in enumerate(kept):
        size += len(line)
        last = index == LINES - 2 and len(kept) > LINES - 1
        if index > 1 and (last or size > CHARACTERS):
            return [*kept[:index], f"and {len(kept) - index} more; pytest -vv shows all"]
    return kept


def _line(text: str, most: int) -> str:
    shown: Any = text.replace("\n", " ")
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
