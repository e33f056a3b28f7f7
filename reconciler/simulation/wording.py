"""The outcomes as people type them: `Build/Compile=fails:JobFailed:out of memory@5m,succeeds`.

Each outcome is a word, its arguments behind colons, and perhaps `@` with a duration. A comma begins the next attempt's
outcome if a known word follows it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.errors import Broken
from reconciler.simulation import outcomes
from reconciler.simulation.durations import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulation.outcomes import Outcome


def _succeeds(words: list[str], after: int | None) -> Outcome:
    return outcomes.Succeeds(after=after, summary=":".join(words))


def _fails(words: list[str], after: int | None) -> Outcome:
    return outcomes.Fails(words[0] if words and words[0] else "JobFailed", ":".join(words[1:]), after)


def _errs(words: list[str], after: int | None) -> Outcome:
    return outcomes.Errs(":".join(words), after)


def _approved(words: list[str], after: int | None) -> Outcome:
    return outcomes.Approved(words[0] if words else "approver", after, ":".join(words[1:]))


def _rejected(words: list[str], after: int | None) -> Outcome:
    return outcomes.Rejected(words[0] if words else "approver", ":".join(words[1:]), after)


def _alarm(words: list[str], after: int | None) -> Outcome:
    if not words:
        raise Broken("an alarm has a name: alarm:NAME or alarm:NAME:STATE")
    return outcomes.Alarm(words[0], words[1] if len(words) > 1 else "ALARM", after=after)


def _runs(words: list[str], after: int | None) -> Outcome:
    if len(words) != len(("module", "function")) or after is not None:
        raise Broken("a handler is written runs:module:function, without a duration")
    return outcomes.Runs(":".join(words))


def _bare(outcome: Outcome) -> Callable[[list[str], int | None], Outcome]:
    def make(words: list[str], after: int | None) -> Outcome:
        if words or after is not None:
            raise Broken("this outcome takes no arguments and no duration")
        return outcome

    return make


WORDS: dict[str, Callable[[list[str], int | None], Outcome]] = {
    "succeeds": _succeeds,
    "fails": _fails,
    "errs": _errs,
    "hangs": _bare(outcomes.Hangs()),
    "worker": _bare(outcomes.Worker()),
    "approved": _approved,
    "rejected": _rejected,
    "ignored": _bare(outcomes.Ignored()),
    "alarm": _alarm,
    "runs": _runs,
}
"""Every outcome that can be typed."""

_NEXT = re.compile(rf",\s*(?=(?:{'|'.join(WORDS)})(?:[:@,\s]|$))")


def entry(text: str) -> tuple[str, tuple[Outcome, ...]]:
    """Read `selector=outcome,outcome`; raises `Broken` that names the position, counted from 1."""
    selector, equals, rest = text.partition("=")
    if not equals or not selector.strip() or not rest.strip():
        form = "write SELECTOR=OUTCOME, as in Prod/Approve=approved:ana@2h"
        raise Broken(f"{text!r}, position {len(selector) + 1}: {form}")
    found, position = [], len(selector) + 1
    for part in _NEXT.split(rest):
        position = text.index(part, position)
        found.append(_outcome(text, part, position + 1))
        position += len(part)
    return selector.strip(), tuple(found)


def _outcome(text: str, part: str, position: int) -> Outcome:
    body, at, span = part.rpartition("@")
    after = None
    if at:
        try:
            after = duration(span)
        except Broken:
            if body.partition(":")[1] == "":  # nothing but a duration may stand there
                raise Broken(f"{text!r}, position {position + len(body) + 1}: {span!r} is not a duration") from None
            body = part
    word, *arguments = (body or part).split(":")
    make = WORDS.get(word.strip())
    if make is None:
        raise Broken(f"{text!r}, position {position}: {word!r} is no outcome; choose " + ", ".join(WORDS))
    try:
        return make(arguments, after)
    except Broken as error:
        raise Broken(f"{text!r}, position {position}: {error}") from None
