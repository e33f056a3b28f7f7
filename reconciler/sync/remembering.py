"""What earlier passes found out about the files of a commit: what each defines, and what all came to together.

A pass in which nothing changed parses small headers alone: outlines are asked for only where files have to be judged
together once more.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import astuple, dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.definitions import definition as definitions
from reconciler.errors import Problem
from reconciler.pipeline import canonical
from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.definitions.definition import Definition
    from reconciler.plan.build import Identity
    from reconciler.source.repository import File
    from reconciler.sync.ports import Memory

Outcome = dict["Identity", list["Problem"]]
"""The errors that show when all pipelines of a commit are judged together, by the pipeline at fault."""


@dataclass(slots=True)
class Readings:
    """The readings of the files of one commit, in one context: those that are known, and those that are new."""

    memory: Memory
    context: str
    """Digest of everything else that a reading depends on."""
    files: Sequence[File]
    _all: str = field(init=False)
    """The key of what all files came to together; it differs as soon as a path or a content does."""
    _known: dict[str, str] = field(init=False)
    _shared: frozenset[str] = field(init=False)
    """The contents that more than one file has."""
    _outlines: Mapping[str, str] = field(init=False, default_factory=dict)
    _fresh: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Ask for what is known; outlines only if it is not known what all files came to together."""
        blobs = Counter(file.blob for file in self.files)
        self._all = f"all {canonical.digest(sorted([each.path, each.blob] for each in self.files))}"
        self._shared = frozenset(blob for blob, count in blobs.items() if count > 1)
        self._known = self.memory.readings(self.context, [self._all, *blobs])
        if self._all not in self._known:
            self._outlines = self.memory.readings(self.context, map(_outline, blobs))
            # Another pass may have forgotten a file between the two answers.
            self._known = {blob: body for blob, body in self._known.items() if _outline(blob) in self._outlines}

    def of(self, file: File) -> list[Definition] | None:
        """Give what a file defines, once, without bodies and outlines; None if it has to be read."""
        if (known := self._known.get(file.blob)) is None:
            return None
        if file.blob not in self._shared:
            self._known[file.blob] = ""  # of very many files the texts would take as much as what they say
        return [definitions.remembered(each, file.path) for each in json.loads(known)]

    def keep(self, file: File, found: Iterable[Definition]) -> None:
        """Remember what a file defines, once `save` is called."""
        read = list(found)
        self._fresh[file.blob] = json.dumps([definitions.header(each) for each in read])
        self._fresh[_outline(file.blob)] = json.dumps([dict(each.outline) for each in read])

    def outlined(self, found: Iterable[Definition]) -> list[Definition]:
        """Give definitions, file by file in the order of their paths, those that `of` gave with their outlines."""
        outlines = {file.path: iter(json.loads(self._outlines[_outline(file.blob)]))
                    for file in self.files if file.blob in self._known}  # fmt: skip
        return [
            replace(each, outline=next(outlines[each.file])) if each.file in outlines else each
            for each in sorted(found, key=lambda each: each.file)
        ]

    @property
    def outcome(self) -> Outcome | None:
        """Give what all files came to together; None if they have to be judged."""
        if (known := self._known.get(self._all)) is None:
            return None
        rows = json.loads(known)
        return {(Target(*target), name): [Problem(*each) for each in problems] for target, name, problems in rows}

    def settle(self, outcome: Outcome) -> None:
        """Remember what all files came to together, once `save` is called."""
        rows = [[target, name, [astuple(each) for each in problems]] for (target, name), problems in outcome.items()]
        self._fresh[self._all] = json.dumps(rows)

    def save(self) -> None:
        """Write what is new and drop what no file of this commit needs; where nothing changed, do neither."""
        if self._fresh or self._all not in self._known:
            self.memory.remember_readings(self.context, self._fresh)
            blobs = {file.blob for file in self.files}
            self.memory.trim_readings(self.context, {self._all, *blobs, *map(_outline, blobs)})


def _outline(blob: str) -> str:
    return f"outline {blob}"
