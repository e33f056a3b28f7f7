"""What is sent to people and to places: messages, files, and words about a commit. Values; who sends escapes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from reconciler.pipeline import secrets
from reconciler.report import drifts, wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.plan.news import Fact, News, Told

Tone = Literal["info", "success", "warning", "failure"]

MOST = 20
"""Lines of one message; the rest is counted."""
WIDTH = 400
"""Characters of one line; the rest is cut off with a mark."""
SHORT = 140
"""Characters of the word about a commit: the most that GitHub takes."""

_BEGUN = {"drift": "drifted", "failed": "failed", "blocked": "held", "applied": "applied"}
_ENDED = {"drift": "is as git says again", "failed": "works again", "blocked": "is held no more"}
_TONES: dict[str, Tone] = {"drift": "warning", "failed": "failure", "blocked": "warning", "applied": "info"}
_RANK: tuple[Tone, ...] = ("failure", "warning", "success", "info")
_WORST = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Message:
    """Words for people: a title and lines, without secrets and without control characters."""

    title: str
    lines: tuple[str, ...] = ()
    more: int = 0
    """How many lines were left out."""
    tone: Tone = "info"

    @property
    def body(self) -> str:
        """The lines as one text; the title where there is none."""
        told = [*self.lines, *([f"… and {self.more:,} more"] if self.more else [])]
        return "\n".join(told) or self.title


@dataclass(frozen=True, slots=True)
class File:
    """A report as a file."""

    name: str
    type: str
    """Its media type."""
    text: str


@dataclass(frozen=True, slots=True)
class Status:
    """What a commit came to."""

    commit: str
    success: bool
    description: str
    """At most `SHORT` characters."""


@dataclass(frozen=True, slots=True)
class Comment:
    """What is said about a commit, in Markdown."""

    commit: str
    text: str


Item = Message | File | Status | Comment
_KINDS: dict[str, type[Any]] = {each.__name__.lower(): each for each in (Message, File, Status, Comment)}


def message(begun: Sequence[Fact], over: Sequence[Told]) -> Message:
    """Give the message about what is new and what is over, the worst first."""
    worst = sorted(begun, key=lambda each: (_RANK.index(_TONES[each.sort]), _WORST[each.severity], each.key))
    lines = [*map(_begun, worst), *(_over(each) for each in sorted(over, key=lambda each: each.fact.key))]
    counts = Counter(_BEGUN[each.sort] for each in begun)
    told = [f"{counts[word]:,} {word}" for word in _BEGUN.values() if counts[word]]
    told += [f"{len(over):,} over"] if over else []
    tone = _worst([_TONES[each.sort] for each in begun] or ["success"])
    return message_of(f"CodePipeline: {', '.join(told)}", lines, tone)


def message_of(title: str, lines: Sequence[str], tone: Tone) -> Message:
    """Give a message of any lines: each safe, none too long, and not too many."""
    return Message(line(title), tuple(map(line, lines[:MOST])), max(0, len(lines) - MOST), tone)


def joined(messages: Sequence[Message]) -> Message:
    """Give messages that piled up as one."""
    if len(messages) == 1:
        return messages[0]
    lines = [text for each in messages for text in (each.title, *(f"  {line}" for line in each.lines))]
    more = max(0, len(lines) - MOST) + sum(each.more for each in messages)
    title = f"CodePipeline: {wording.count(len(messages), 'message')}"
    return Message(title, tuple(lines[:MOST]), more, _worst([each.tone for each in messages]))


def line(text: str) -> str:
    """Give a text as one line: without what looks like a credential, without control characters, cut with a mark."""
    shown = wording.printable(secrets.scrub(" ".join(text.split())))
    return shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 1]}…"


def cut(text: str, most: int) -> str:
    """Give at most so many characters of a text, with a mark where something is cut off."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def heard(news: News, on: Iterable[str], environments: Iterable[str]) -> tuple[list[Fact], list[Told]]:
    """Give what of the news somebody hears who wants these events of these environments; no environment means all.

    Of what is over one hears who hears of its beginning; who wants nothing but ends, of all.
    """
    wanted, places = set(on), set(environments)
    begun = [each for each in news.new if each.sort in wanted and _matters(each, places)]
    sorts = wanted & _ENDED.keys() or set(_ENDED)
    over = [each for each in news.over if each.fact.sort in sorts and _matters(each.fact, places)]
    return begun, over if "recovered" in wanted else []


def pack(item: Item) -> tuple[str, str]:
    """Give the kind of an item, and the item as JSON text."""
    return type(item).__name__.lower(), json.dumps(asdict(item))


def unpack(kind: str, text: str) -> Item:
    """Give what `pack` packed."""
    read: dict[str, Any] = json.loads(text)
    made: Item = _KINDS[kind](**read | ({"lines": tuple(read["lines"])} if "lines" in read else {}))
    return made


def _matters(fact: Fact, places: set[str]) -> bool:
    return not places or not fact.environments or bool(places.intersection(fact.environments))


def _begun(fact: Fact) -> str:
    return f"{_BEGUN[fact.sort]}: {_where(fact)}" + (f": {fact.text}" if fact.text else "")


def _over(told: Told) -> str:
    return f"over: {_where(told.fact)} {_ENDED[told.fact.sort]}; it began {drifts.clock(told.since)}"


def _where(fact: Fact) -> str:
    place = f" ({', '.join(fact.environments)})" if fact.environments else ""
    return f"{fact.subject}{place}"


def _worst(tones: Sequence[Tone]) -> Tone:
    return min(tones, key=_RANK.index)
