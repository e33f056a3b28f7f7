"""Declarations of the working tree by name, for verbs that need no account."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.cli import stacked
from reconciler.cli.rounds import Rounds
from reconciler.errors import Broken, Invalid
from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.cli.rounds import Round
    from reconciler.cli.surroundings import Asked
    from reconciler.pipeline.providers import Catalogue

REGION = "us-east-1"
"""Stands in where neither settings nor the declaration say a Region."""
ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class Declared:
    """One declaration in API shape, and where it lives."""

    document: dict[str, Any]
    target: Target
    environment: str = ""

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return str(self.document["name"])


class Tree:
    """What the files that were asked for declare."""

    def __init__(self, asked: Asked) -> None:
        self._round: Round = Rounds(asked).next()
        self.all = tuple(_with_settings(self._round) if self._round.around.settings else _bare(self._round))

    @property
    def catalogue(self) -> Catalogue | None:
        """The action types that the files know, if a team has its own; None for those that ship."""
        return self._round.around.basis.catalogue

    def _templates(self) -> Iterator[stacked.Stacked]:
        return stacked.pipelines(self._round.around.data, self._round.around.basis.given, Target(ACCOUNT, REGION))

    def _stacked(self, text: str) -> Declared | None:
        found = [each for each in self._templates() if text in each.names]
        if len(found) > 1:
            raise Broken(f"{text} is in {', '.join(each.file for each in found)}; name one of these files")
        return Declared(found[0].document, found[0].target) if found else None

    def named(self, text: str) -> Declared:
        """Give the pipeline `NAME`, `NAME@ENVIRONMENT` or `NAME@ENVIRONMENT/REGION`; raises Broken or Invalid.

        A pipeline that only a CloudFormation template declares is found by its name or its logical id.
        """
        found = [each for each in self.all if text in _ways(each)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Broken(f"{text} can mean {', '.join(_ways(each)[-1] for each in found)}; write one of them")
        if (stacked := self._stacked(text)) is not None:
            return stacked
        errors = tuple(each for each in self._round.problems if each.severity == "error")
        if errors and not self.all:
            raise Invalid(errors)
        names = sorted({each.name for each in self.all} | {each.names[0] for each in self._templates()})
        near = get_close_matches(text, names, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names) or 'none'}"
        more = "; files with errors define nothing, `reconciler validate` tells them" if errors else ""
        raise Broken(f"no file defines a pipeline {text}; {hint}{more}")


def _ways(one: Declared) -> tuple[str, ...]:
    return one.name, f"{one.name}@{one.environment}", f"{one.name}@{one.environment}/{one.target.region}"


def _with_settings(done: Round) -> Iterator[Declared]:
    return (Declared(each.document, each.target, each.environment) for each in done.definitions)


def _bare(done: Round) -> Iterator[Declared]:
    """Give the native declarations of files without errors; no settings say where they live."""
    wrong = {problem.file for problem in done.problems if problem.severity == "error"}
    for name, data in done.around.data.items():
        value = {} if name in wrong else documents.parse(documents.text(data, name), name)
        document = value.get("pipeline", value) if isinstance(value, dict) else {}
        if isinstance(document, dict) and {"name", "stages"} <= document.keys():
            account = str(document.get("roleArn", "")).split(":")[4:5]
            region = next(iter(document.get("artifactStores") or {}), REGION)
            yield Declared(document, Target(account[0] if account else ACCOUNT, region))
