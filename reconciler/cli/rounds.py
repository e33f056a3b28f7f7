"""Rounds of judging: what is to be said about files as they are now; what did not change is not judged again."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from reconciler import documents
from reconciler.cli import surroundings
from reconciler.definitions import cloudformation, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.cli.surroundings import Asked, Surroundings
    from reconciler.definitions.declaration import Declaration
    from reconciler.definitions.definition import Definition
    from reconciler.errors import Problem

_Judged = tuple[tuple["Definition", ...], tuple["Problem", ...]]


class Ruled:
    """What policy says of files; without settings, of each declaration alone, by the rules as they are shipped."""

    def __init__(self, around: Surroundings, *, waive: bool) -> None:
        from reconciler import settings
        from reconciler.sync import ruling

        today = dt.datetime.now(tz=dt.UTC).date()
        self.around = around
        known = around.settings or settings.Settings()
        self.ruling = ruling.ruling(known, around.rules, today, around.basis.catalogue, waive=waive)
        self.policy = self.ruling.policy

    def file(self, name: str, data: bytes) -> _Judged:
        """Give one file's definitions with what rules over all pipelines need of them, and its problems."""
        from reconciler.policy import judge

        met: list[Declaration] = []
        definitions, problems = reading.judge(data, name, self.around.context, self.around.basis, met.append)
        if not definitions:
            return (), (*problems, *(self._declared(met, name) if met else ()))
        more = judge.file(definitions, self._text(name), self.policy)
        return (*more.definitions, *more.blocked), (*problems, *more.problems)

    def together(self, definitions: tuple[Definition, ...], asked: Asked) -> Iterator[Problem]:
        """Give what is said of all pipelines together, and of waivers and rules themselves."""
        from reconciler.policy import judge, waivers

        whole = judge.commit(definitions, self.policy)
        for each in whole.said:
            name = definitions[each.number].file
            yield from documents.locate(self._text(name), name, [each.fault])
        yield from whole.problems
        file = asked.settings_file
        text = file.read_text(encoding="utf-8") if file else ""
        yield from self.ruling.wrong(text, str(file))
        if self.policy.waive and not asked.paths and file:
            listed = self.policy.settings.policy.waivers
            idle = {number for number, each in enumerate(listed) if not self.policy.is_due(each.rule)}
            faults = waivers.of_settings(listed, whole.used | idle, self.policy.today)
            yield from documents.locate(text, str(file), faults)

    def _declared(self, met: list[Declaration], name: str) -> Iterator[Problem]:
        from reconciler.policy import declarations

        text = self._text(name)
        locate = partial(cloudformation.locate, text, name)
        return declarations.problems(met, text, name, locate, self.policy)

    def _text(self, name: str) -> str:
        return documents.text(self.around.data[name], name)


@dataclass(frozen=True, slots=True)
class Round:
    """All files at one moment."""

    around: Surroundings
    definitions: tuple[Definition, ...]
    problems: tuple[Problem, ...]
    """Sorted; those of files that did not change are among them."""
    judged: tuple[str, ...]
    """Names of the files that were judged in this round."""

    @property
    def files(self) -> dict[str, bytes]:
        """The content of all files that were read, by name."""
        return {**self.around.data, **self.around.types, **self.around.rules}


class Rounds:
    """Judges what was asked for, as often as wanted."""

    def __init__(self, asked: Asked, *, ruled: bool = False, waive: bool = True) -> None:
        """With `ruled`, policy judges too; `waive` is whether waivers count."""
        self.asked, self.ruled, self.waive = asked, ruled, waive
        self._known: dict[str, tuple[object, _Judged]] = {}

    def next(self) -> Round:
        """Judge the files whose content changed, all of them if what they are judged by did; raises Broken."""
        around = surroundings.look(self.asked)
        former, self._known = self._known, {}
        fresh: list[str] = []
        policy = Ruled(around, waive=self.waive) if self.ruled else None
        for name, data in around.data.items():
            key = (around.key, policy and policy.policy.key, hashlib.sha256(data).digest())
            known = former.get(name)
            if known is None or known[0] != key:
                judged = policy.file(name, data) if policy else reading.judge(data, name, around.context, around.basis)
                known = key, judged
                fresh.append(name)
            self._known[name] = known
        definitions = tuple(definition for _, (found, _) in self._known.values() for definition in found)
        said = [problem for _, (_, found) in self._known.values() for problem in found]
        said += policy.together(definitions, self.asked) if policy else ()
        problems = reading.collect(definitions, (*around.problems, *said)).problems
        return Round(around, definitions, problems, tuple(fresh))
