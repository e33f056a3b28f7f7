"""Waivers: what a team lets pass, by whose word and until when.

    # reconciler: waive[environment-parity] until 2030-12-31: the edge exists once, for all environments

A comment counts for all that its file defines. The settings hold the others: `policy.waivers`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from reconciler.definitions import hints
from reconciler.documents import Fault
from reconciler.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from reconciler import settings

UNUSED, EXPIRED, MALFORMED = "waiver-unused", "waiver-expired", "waiver"
TITLES = {
    UNUSED: "a waiver lets something pass",
    EXPIRED: "a waiver is not over",
    MALFORMED: "a waiver names a rule of policy and gives a reason",
}

_MARK = re.compile(r"#\s*reconciler:\s*waive\b")
_COMMENT = re.compile(
    r"#\s*reconciler:\s*waive\[([^\]]*)\](?:\s+until\s+([0-9]{4}-[0-9]{2}-[0-9]{2}))?\s*:\s*(\S.*?)\s*$"
)
_HINT = "write `# reconciler: waive[rule-id] until 2030-12-31: the reason`; without `until` it never ends"


class Comment(NamedTuple):
    """A waiver in a definition file."""

    line: int
    rule: str
    until: str
    """The last day as YYYY-MM-DD; empty if it never ends."""
    reason: str


@dataclass(frozen=True, slots=True)
class Read:
    """The waivers of one file, and what is wrong with them."""

    comments: tuple[Comment, ...]
    problems: tuple[Problem, ...]

    @property
    def dated(self) -> bool:
        """Whether one of them ends, so that tomorrow may say otherwise."""
        return any(each.until for each in self.comments)


NOTHING = Read((), ())


def read(source: str, file: str, known: Collection[str]) -> Read:
    """Give the waivers in the comments of a text; `known` are the ids of the rules that can be waived."""
    if "reconciler:" not in source:
        return NOTHING
    comments: list[Comment] = []
    problems: list[Problem] = []
    for line, text in enumerate(source.splitlines(), 1):
        if not (mark := _MARK.search(text)):
            continue
        found = _COMMENT.match(text, mark.start())
        if not found or not _is_date(found[2]):
            problems.append(_problem(file, line, MALFORMED, "this waiver cannot be read", _HINT))
        elif found[1] not in known:
            hint = hints.nearest(found[1], known, "`reconciler validate --explain all` tells them: ")
            problems.append(_problem(file, line, MALFORMED, f"there is no rule {found[1]!r} of policy", hint))
        else:
            comments.append(Comment(line, found[1], found[2] or "", found[3]))
    return Read(tuple(comments), tuple(problems))


def standing(comments: Iterable[Comment], rule: str, today: dt.date) -> Iterator[Comment]:
    """Give the waivers of a rule that count today."""
    return (each for each in comments if each.rule == rule and not _is_over(each.until, today))


def set_for(waivers: Iterable[settings.Waiver], rule: str, pipeline: str, today: dt.date) -> Iterator[int]:
    """Give the numbers of the waivers in the settings that let a rule pass for a pipeline today."""
    for index, each in enumerate(waivers):
        counts = each.until is None or today <= each.until
        if counts and each.rule == rule and fnmatchcase(pipeline, each.pipeline):
            yield index


def of_settings(set_: Sequence[settings.Waiver], used: Collection[int], today: dt.date) -> Iterator[Fault]:
    """Give the waivers of the settings that are over, or that let nothing pass; paths start at `policy`."""
    for index, each in enumerate(set_):
        path = ("policy", "waivers", index)
        if each.until is not None and each.until < today:
            message = f"the waiver of {each.rule} ended on {each.until}"
            yield Fault(path, message, "mend what it let pass, or give it a later day", EXPIRED, "warning")
        elif index not in used:
            message = f"no pipeline like {each.pipeline} breaks {each.rule}"
            yield Fault(path, message, "take the waiver out", UNUSED, "warning")


def expired(comments: Iterable[Comment], file: str, today: dt.date) -> Iterator[Problem]:
    """Give a problem for each waiver that is over."""
    for each in comments:
        if _is_over(each.until, today):
            message = f"the waiver of {each.rule} ended on {each.until}"
            yield _problem(file, each.line, EXPIRED, message, "mend what it let pass, or give it a later day")


def unused(comments: Iterable[Comment], file: str, used: Collection[int], today: dt.date) -> Iterator[Problem]:
    """Give a problem for each waiver that counts and lets nothing pass; `used` are the lines of the others."""
    for each in comments:
        if each.line not in used and not _is_over(each.until, today):
            yield _problem(file, each.line, UNUSED, f"nothing here breaks {each.rule}", "take the waiver out")


def _is_over(until: str, today: dt.date) -> bool:
    return bool(until) and dt.date.fromisoformat(until) < today


def _is_date(text: str | None) -> bool:
    try:
        return text is None or dt.date.fromisoformat(text) is not None
    except ValueError:
        return False


def _problem(file: str, line: int, rule: str, message: str, hint: str) -> Problem:
    return Problem(file, line, 1, "", message, hint, rule, "warning")
