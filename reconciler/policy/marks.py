"""Comments that say what rules are to find, and whether they did.

    PollForSourceChanges: "true"  # finding: source-polling
    # ok: source-polling
    PollForSourceChanges: "false"

A comment behind something is about its line, one that stands alone about the next line that says something.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from reconciler.errors import Problem

_MARK = re.compile(r"#\s*(finding|ok):\s*([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)")
_SILENT = re.compile(r"\s*(?:#.*)?")
MISSING, SURPLUS, STRANGE = "missing", "surplus", "unknown rule"


class Mark(NamedTuple):
    """One comment about one rule."""

    file: str
    line: int
    """The line that it is about, from 1."""
    rule: str
    finds: bool
    """Whether the rule is to find something there; else it must not."""


class Miss(NamedTuple):
    """One mark that does not hold, or one finding that no mark announces."""

    file: str
    line: int
    rule: str
    kind: str
    """`missing`, `surplus` or `unknown rule`."""
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.kind} [{self.rule}] {self.message}"


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of all marks."""

    marks: tuple[Mark, ...]
    misses: tuple[Miss, ...]
    untested: tuple[str, ...]
    """Rules that no mark is about."""


def read(source: str, file: str) -> tuple[Mark, ...]:
    """Give the marks in the comments of a text."""
    return tuple(_read(source.splitlines(), file))


def compare(
    marks: Collection[Mark],
    found: Iterable[Problem],
    own: Collection[str],
    known: Mapping[str, object],
    always: Collection[str] = (),
) -> Tested:
    """Compare marks with what was found.

    Judged are the rules of `own`, those that marks name, and the ids in `always`; `known` are all rules.
    """
    named = {mark.rule for mark in marks}
    judged = {*own, *named, *always}
    places = {(each.file, each.line, each.rule): each.message for each in found if each.rule in judged}
    misses = [*_strange(marks, known), *_missing(marks, places, known), *_surplus(marks, places)]
    return Tested(tuple(marks), tuple(sorted(misses)), tuple(sorted({*own} - named)))


def _read(lines: list[str], file: str) -> Iterator[Mark]:
    for number, line in enumerate(lines, 1):
        for found in _MARK.finditer(line):
            about = number if line[: found.start()].strip() else _next(lines, number)
            for rule in found[2].split(","):
                yield Mark(file, about, rule.strip(), found[1] == "finding")


def _next(lines: list[str], number: int) -> int:
    """Give the number of the next line after `number` that says something; the same if there is none."""
    return next((n for n, line in enumerate(lines[number:], number + 1) if not _SILENT.fullmatch(line)), number)


_Places = dict[tuple[str, int, str], str]


def _strange(marks: Iterable[Mark], known: Mapping[str, object]) -> Iterator[Miss]:
    for mark in marks:
        if mark.rule not in known:
            near = get_close_matches(mark.rule, known, 1)
            hint = f"did you mean {near[0]}?" if near else "`reconciler validate --explain all` tells them"
            yield Miss(mark.file, mark.line, mark.rule, STRANGE, f"there is no such rule; {hint}")


def _missing(marks: Iterable[Mark], places: _Places, known: Mapping[str, object]) -> Iterator[Miss]:
    for mark in marks:
        if mark.finds and mark.rule in known and mark[:3] not in places:
            elsewhere = sorted(line for file, line, rule in places if (file, rule) == (mark.file, mark.rule))
            more = f"; it finds something on line {', '.join(map(str, elsewhere))}" if elsewhere else ""
            yield Miss(*mark[:3], MISSING, f"the rule finds nothing here{more}")


def _surplus(marks: Iterable[Mark], places: _Places) -> Iterator[Miss]:
    announced = {mark[:3] for mark in marks if mark.finds}
    for place, message in places.items():
        if place not in announced:
            yield Miss(*place, SURPLUS, message)
