"""What is asked of every definition without a line of test code, and the answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from pytest_pipeline import choosing, running, triggers
from reconciler import documents
from reconciler.definitions import actiontypes, native
from reconciler.errors import Invalid
from reconciler.pipeline import providers, validity
from reconciler.policy import judge, own, profiles, table, waivers
from reconciler.policy.rules import Outcome
from reconciler.simulation.outcomes import Approved, Succeeds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_pipeline.loading import Read
    from pytest_pipeline.running import Run
    from pytest_pipeline.structure import Pipeline
    from reconciler.errors import Problem
    from reconciler.policy.judge import Policy
    from reconciler.policy.rules import PolicyRule
    from reconciler.settings import Settings
    from reconciler.simulation.given import Selector
    from reconciler.simulation.outcomes import Outcome as Given

UNKNOWN_NAME = "definition"
"""How a file's node is called if not even the name of its pipeline can be read."""
POLICY = pytest.StashKey["Policy"]()
VERDICTS = pytest.StashKey["dict[object, Judged]"]()
FILES = pytest.StashKey["dict[object, judge.Judged]"]()
PROBLEMS = pytest.StashKey["dict[str, list[Problem]]"]()
OVERALL = pytest.StashKey["dict[str, list[Problem]]"]()


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule says of one pipeline: why it was not asked, or what is wrong; neither means that it holds."""

    skipped: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What policy says of one pipeline."""

    outcomes: Mapping[str, Outcome]
    problems: tuple[Problem, ...]
    """Those of its file, by all rules."""

    def said(self, rule: str) -> Said:
        """Give what one rule says."""
        found = tuple(each for each in self.problems if each.rule == rule and each.severity != "info")
        outcome = self.outcomes.get(rule, Outcome.FAIL if found else Outcome.PASS)
        if outcome == Outcome.NOT_APPLICABLE:
            return Said("not applicable: there is nothing here that the rule is about")
        if outcome == Outcome.UNKNOWN:
            told = [each.message for each in self.problems if each.rule == rule]
            return Said("; ".join(told) or "nobody can tell offline")
        if outcome == Outcome.FAIL and not found:
            return Said("waived, or not asked for in this environment")
        return Said() if outcome == Outcome.PASS else Said("", found)


def claims(read: Read) -> bool:
    """Tell whether a file looks as if it should define a pipeline."""
    return not actiontypes.is_file(read.file.name) and not read.pipelines


def name(read: Read) -> str:
    """Give the name of the pipeline in a file that cannot be read as one."""
    try:
        outer = native.outer_of(documents.parse(read.text, str(read.file)))
    except Invalid:
        return UNKNOWN_NAME
    document = outer.get("pipeline") if outer else None
    found = document.get("name") if isinstance(document, dict) else None
    return found if isinstance(found, str) and found else UNKNOWN_NAME


def rules(config: pytest.Config, settings: Settings) -> list[str]:
    """Give the ids of the rules that are asked for, those about one pipeline first."""
    standings = _policy(config, settings).standings
    return [standing.rule.id for scope in ("pipeline", "all") for standing in standings.get(scope, ())]


def problems(config: pytest.Config) -> dict[str, list[Problem]]:
    """Give what is wrong with all definitions, by file: one that two files define is known to neither alone."""
    if PROBLEMS not in config.stash:
        found = config.stash[PROBLEMS] = {}
        for each in choosing.pipelines(config).problems:
            found.setdefault(each.file, []).append(each)
    return config.stash[PROBLEMS]


def judged(config: pytest.Config, read: Read, pipeline: Pipeline) -> Judged:
    """Judge a pipeline, once for all of its items."""
    known = config.stash.setdefault(VERDICTS, {})
    if pipeline not in known:
        known[pipeline] = _judged(config, read, pipeline)
    return known[pipeline]


def remarks(config: pytest.Config, read: Read) -> list[Problem]:
    """Give what is said about the waivers of a file: those that let nothing pass, are over, or cannot be read."""
    settings = next((each.place.settings for each in read.pipelines if each.place.settings is not None), None)
    if settings is None or not read.definitions:
        return []
    policy = _policy(config, settings)
    found = (*_file(config, read, policy).problems, *_overall(config, policy).get(read.definitions[0].file, ()))
    return [each for each in found if each.rule in waivers.TITLES]


def nominal(pipeline: Pipeline) -> Run:
    """Give a run in which all succeeds and is approved; variables without a default have the value `nominal`."""
    approvals: dict[Selector, Given] = {action.place: Approved() for action in pipeline.actions() if action.is_approval}
    gates = [f"{stage.name}.{gate}/*" for stage in pipeline.stages for gate in ("beforeEntry", "onSuccess")
             if (stage.document.get(gate) or {}).get("conditions")]  # fmt: skip
    given: dict[Selector, Given] = {**approvals, **{place: Succeeds() for place in gates}}
    values = {each.name: "nominal" for each in pipeline.variables.values() if each.default is None}
    return running.simulate(pipeline, triggers.start(), given=given, variables=values)


def _policy(config: pytest.Config, settings: Settings) -> Policy:
    if POLICY not in config.stash:
        catalogue = choosing.loader(config).basis[0].catalogue or providers.catalogue()
        today = dt.date.today()  # noqa: DTZ011 - waivers end on days
        policy = judge.Policy(settings, today, _own(config), catalogue=catalogue)
        known = {**validity.titles(), **judge.TITLES}
        if faults := tuple(profiles.faults(settings, policy.rules, known)):
            raise Invalid(documents.locate("", "settings", faults))
        config.stash[POLICY] = policy
    return config.stash[POLICY]


def _own(config: pytest.Config) -> tuple[PolicyRule, ...]:
    """Give the rules that a team wrote or installed; raises Invalid where one of them is unusable."""
    files = {choosing.loader(config).shown(file): file.read_bytes() for file in choosing.rules(config)}
    entries = metadata.entry_points(group=own.ENTRY_POINTS)
    found = own.read(files, table.by_id()), own.plugged(((each.name, each.load) for each in entries), table.by_id())
    if problems := tuple(problem for each in found for problem in each.problems):
        raise Invalid(problems)
    return tuple(rule for each in found for rule in each.rules)


def _judged(config: pytest.Config, read: Read, pipeline: Pipeline) -> Judged:
    assert pipeline.place.settings is not None  # noqa: S101 - there are no such items without
    policy = _policy(config, pipeline.place.settings)
    (definition,) = [each for each in read.definitions if each.identity == (pipeline.target, pipeline.name)]
    outcomes = judge.outcomes(policy.gather(judge.stated(definition)), policy)
    found = _file(config, read, policy).problems
    return Judged(outcomes, (*found, *_overall(config, policy).get(definition.file, ())))


def _file(config: pytest.Config, read: Read, policy: Policy) -> judge.Judged:
    """Judge a file, once for all of its pipelines."""
    known = config.stash.setdefault(FILES, {})
    if read.file not in known:
        known[read.file] = judge.file(read.definitions, read.text, policy)
    return known[read.file]


def _overall(config: pytest.Config, policy: Policy) -> dict[str, list[Problem]]:
    """Give what the rules over all pipelines say, by file; judged once."""
    if OVERALL not in config.stash:
        found: dict[str, list[Problem]] = {}
        loader = choosing.loader(config)
        read = [loader.read(file) for file in choosing.files(config)] if policy.standings.get("all") else []
        judgements = [_file(config, each, policy) for each in read]
        definitions = [one for each in judgements for one in (*each.definitions, *each.blocked)]
        texts = {each.definitions[0].file: each.text for each in read if each.definitions}
        whole = judge.commit(definitions, policy)
        for problem in whole.problems:
            found.setdefault(problem.file, []).append(problem)
        for said in whole.said:
            file = definitions[said.number].file
            found.setdefault(file, []).extend(documents.locate(texts[file], file, [said.fault]))
        config.stash[OVERALL] = found
    return config.stash[OVERALL]
