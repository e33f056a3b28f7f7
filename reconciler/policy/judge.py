"""Judging: facts and rules in, findings out, for one pipeline, one file and all of a commit.

A rule that raises is a finding against the rule and never stops the others.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.documents import Fault
from reconciler.pipeline import canonical, providers
from reconciler.policy import facts, outlines, overall, profiles, table, waivers
from reconciler.policy.attribution import Ownership
from reconciler.policy.facts import Facts, Stated
from reconciler.policy.outlines import Estate
from reconciler.policy.profiles import Standing
from reconciler.policy.rules import OFF, Outcome, Subject, Verdict
from reconciler.policy.sightings import Sighting

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from reconciler.definitions.definition import Definition
    from reconciler.documents import Path
    from reconciler.errors import Problem
    from reconciler.pipeline.providers import Catalogue
    from reconciler.policy.outlines import Outline
    from reconciler.policy.rules import PolicyRule
    from reconciler.policy.sightings import Seen
    from reconciler.settings import Settings

VERSION = 3
"""Raised whenever a rule is added or changed, so that remembered readings are taken anew."""

LIVE = "live"
BROKEN_RULE, UNREAD = "rule-broken", "live-unread"
TITLES = {
    BROKEN_RULE: "a rule of policy works",
    UNREAD: "what is live can be read, and so be judged",
    **waivers.TITLES,
}
SEVERITIES = {
    BROKEN_RULE: "as the rule",
    UNREAD: "error; a warning for stages and roles",
    **dict.fromkeys(waivers.TITLES, "warning"),
}


@dataclass(frozen=True)
class Policy:
    """The rules of a team, ready to judge by."""

    settings: Settings
    today: dt.date
    own: tuple[PolicyRule, ...] = ()
    """Rules that the team wrote itself."""
    waive: bool = True
    """Whether waivers count; audits leave them out."""
    catalogue: Catalogue = field(default_factory=providers.catalogue)
    written: str = ""
    """Digest of the files with the team's rules."""

    @cached_property
    def rules(self) -> dict[str, PolicyRule]:
        """Every rule by its id, whether it is asked for or not."""
        return {rule.id: rule for rule in (*table.RULES, *self.own)}

    @cached_property
    def standings(self) -> Mapping[str, tuple[Standing, ...]]:
        """Give the rules that are asked for anywhere, by scope."""
        found: dict[str, list[Standing]] = defaultdict(list)
        for rule in self.rules.values():
            if (standing := Standing(rule, self.settings)).active:
                found[rule.scope].append(standing)
        return {scope: tuple(standings) for scope, standings in found.items()}

    def is_due(self, rule: str) -> bool:
        """Tell whether files are judged by a rule; a waiver of one that is not asked need not let anything pass."""
        known = self.rules.get(rule)
        return known is not None and known.scope != LIVE and Standing(known, self.settings).active

    @cached_property
    def compares(self) -> bool:
        """Whether a rule of the team looks at all pipelines together, so that outlines keep what they say."""
        asked = self.standings.get("all", ())
        return any(isinstance(standing.rule.check, overall.Check) for standing in asked)

    @cached_property
    def ownership(self) -> Ownership:
        """What belongs to which environment."""
        return Ownership(self.settings.environments)

    @cached_property
    def key(self) -> str:
        """Give a digest that differs as soon as the same file may be judged otherwise."""
        known = self.settings
        dated = any(each.until for each in known.policy.waivers)
        own = [self.written, *(rule.id for rule in self.own)]
        said = [known.policy.model_dump_json(), known.naming.model_dump_json(), own, self.waive]
        places = {name: each.model_dump_json() for name, each in known.environments.items()}
        return canonical.digest([VERSION, said, places, self.today.isoformat() if dated else ""])

    def gather(self, stated: Stated) -> Facts:
        """Give the facts of one declaration."""
        return facts.gather(stated, self.settings, self.catalogue, self.ownership)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one place of a pipeline."""

    rule: str
    severity: str
    verdict: Verdict

    @property
    def fault(self) -> Fault:
        """The finding as a fault at a place inside the declaration."""
        each = self.verdict
        return Fault(each.path, each.message, each.hint, self.rule, self.severity)


def pipeline(known: Facts, policy: Policy, *, vague: bool = False) -> Iterator[Finding]:
    """Give everything that rules say of one pipeline, outcomes `unknown` included; nothing is waived.

    Where its structure is `vague`, only rules about single values are asked.
    """
    for standing in policy.standings.get("pipeline", ()):
        if not (vague and standing.rule.structural):
            yield from _findings(standing, Subject(known, standing.parameters, policy.settings), known)


def live(known: Facts, seen: Seen, policy: Policy) -> Iterator[Finding]:
    """Give everything that rules say of what is seen of one live pipeline; nothing is waived, and paths start there."""
    for standing in policy.standings.get(LIVE, ()):
        yield from _findings(standing, Sighting(known, seen, standing.parameters, policy.settings), known)


def _findings(standing: Standing, subject: Subject | Sighting, known: Facts) -> Iterator[Finding]:
    for verdict in _asked(standing.rule, subject):
        severity = standing.level({known.environment, *verdict.concerns})
        if severity != OFF:
            yield Finding(_name(standing.rule, verdict), severity, verdict)


def outcomes(known: Facts, policy: Policy, seen: Seen | None = None) -> dict[str, Outcome]:
    """Give the outcome of every rule about one pipeline, by its id, whatever its severity is.

    Rules about live pipelines are asked where something was `seen`.
    """
    result = {}
    for rule in policy.rules.values():
        parameters = Standing(rule, policy.settings).parameters
        subject: Subject | Sighting | None = None
        if rule.scope == "pipeline":
            subject = Subject(known, parameters, policy.settings)
        elif rule.scope == LIVE and seen is not None:
            subject = Sighting(known, seen, parameters, policy.settings)
        if subject is not None:
            found = {verdict.outcome for verdict in _asked(rule, subject)}
            result[rule.id] = next((each for each in _WORST if each in found), Outcome.PASS)
    return result


_WORST = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Judged:
    """One file after judging."""

    definitions: tuple[Definition, ...]
    """Those that may be applied, each with its outline."""
    blocked: tuple[Definition, ...]
    """Those that an error holds back, likewise."""
    problems: tuple[Problem, ...]
    lasting: bool
    """Whether the same content means the same tomorrow."""


def file(
    definitions: Sequence[Definition],
    source: str,
    policy: Policy,
    states: Callable[[Definition], Stated] | None = None,
    *,
    errors_only: bool = False,
) -> Judged:
    """Judge what one file defines; `source` is its text. Rules over all pipelines come later, see `commit`.

    `states` says what a definition states, if that is more than stands in it. With `errors_only`, what holds nothing
    back is left out: to find its lines takes as long as to read the file.
    """
    if not definitions:
        return Judged((), (), (), lasting=True)
    name = definitions[0].file
    read = waivers.read(source, name, policy.rules) if policy.waive else waivers.NOTHING
    used: set[int] = set()
    faults: list[Fault] = []
    good: list[Definition] = []
    blocked: list[Definition] = []
    for definition in definitions:
        known = policy.gather((states or stated)(definition))
        own, found = waived(definition.name, pipeline(known, policy), read.comments, policy)
        used |= own.lines
        outline = outlines.draw(known, definition.written)
        outline |= {"used": sorted(own.numbers)} if own.numbers else {}
        outline |= overall.keep(known, definition.written) if policy.compares else {}
        told = [placed(each, definition.written) for each in found if is_told(each)]
        wrong = [each for each in told if each.severity == "error"]
        faults += wrong if errors_only else told
        (blocked if wrong else good).append(replace(definition, outline=outline))
    late = [each for each in read.comments if policy.rules[each.rule].scope == "all"]
    if late:
        first = (good or blocked)[0]
        first.outline["waivers"] = [list(each) for each in late]  # type: ignore[index]
    problems = [
        *documents.locate(source, name, merged(faults)),
        *read.problems,
        *waivers.expired(read.comments, name, policy.today),
        *waivers.unused(due(read.comments, late, policy), name, used, policy.today),
    ]
    return Judged(tuple(good), tuple(blocked), tuple(problems), lasting=not read.dated)


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule over all pipelines says about one of them; the path is that of the file."""

    number: int
    """Number of the definition that was given."""
    fault: Fault


@dataclass(frozen=True, slots=True)
class Whole:
    """What is said when all pipelines are judged together."""

    said: tuple[Said, ...]
    problems: tuple[Problem, ...]
    """Waivers in files that let nothing pass."""
    used: frozenset[int]
    """Numbers of the waivers in the settings that let something pass, here or in a single pipeline."""


def commit(definitions: Sequence[Definition], policy: Policy) -> Whole:
    """Judge all pipelines together; each has the outline that judging its file gave it."""
    all_of_them = tuple(map(outlines.of_definition, definitions))
    comments: dict[str, list[waivers.Comment]] = defaultdict(list)
    for each in all_of_them:
        comments[each.file] += (waivers.Comment(*entry) for entry in each.data.get("waivers", ()))
    used: dict[str, set[int]] = defaultdict(set)
    numbers = {number for each in all_of_them for number in each.data.get("used", ())}
    said: list[Said] = []
    for finding in _over_all(all_of_them, policy):
        each = all_of_them[finding.verdict.pipeline]
        passed = [one.line for one in waivers.standing(comments[each.file], finding.rule, policy.today)]
        aside = set(_numbers(each.name, finding, policy))
        used[each.file].update(passed)
        numbers |= aside
        if not passed and not aside:
            said.append(Said(finding.verdict.pipeline, finding.fault))
    left = (
        problem
        for name, found in comments.items()
        for problem in waivers.unused(due(found, (), policy), name, used[name], policy.today)
    )
    return Whole(tuple(said), tuple(left), frozenset(numbers))


def due(
    comments: Iterable[waivers.Comment], later: Collection[waivers.Comment], policy: Policy
) -> Iterator[waivers.Comment]:
    """Give the waivers that ought to have let something pass by now."""
    return (each for each in comments if each not in later and policy.is_due(each.rule))


def stated(definition: Definition) -> Stated:
    """Give what a definition states, as rules look at it."""
    known = definition
    return Stated(known.document, known.environment, known.target, known.tags, known.transitions)


def _over_all(all_of_them: tuple[Outline, ...], policy: Policy) -> Iterator[Finding]:
    for standing in policy.standings.get("all", ()):
        for verdict in _asked(standing.rule, Estate(all_of_them, policy.settings, standing.parameters)):
            if verdict.outcome == Outcome.FAIL:
                severity = standing.level({all_of_them[verdict.pipeline].environment, *verdict.concerns})
                if severity != OFF:
                    yield Finding(_name(standing.rule, verdict), severity, verdict)


def _asked(rule: PolicyRule, subject: Any) -> Iterable[Verdict]:
    try:
        return tuple(rule.check(subject))
    except Exception as error:  # noqa: BLE001  a rule may be anybody's
        message = f"the rule {rule.id} failed: {type(error).__name__}: {error}"
        return (Verdict(Outcome.FAIL, (), message, _BROKEN_HINT),)


_BROKEN_HINT = "mend the rule, or set it to off in policy.rules"


def _name(rule: PolicyRule, verdict: Verdict) -> str:
    return BROKEN_RULE if verdict.hint == _BROKEN_HINT else rule.id


@dataclass(slots=True)
class Used:
    """Waivers that let something pass: lines of comments, and numbers in the settings."""

    lines: set[int] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)


def waived(
    name: str, findings: Iterable[Finding], comments: Collection[waivers.Comment], policy: Policy
) -> tuple[Used, list[Finding]]:
    """Give the waivers that let findings about a pipeline pass, and the findings that are left."""
    used, left = Used(), []
    for finding in findings:
        lines = {each.line for each in waivers.standing(comments, finding.rule, policy.today)}
        numbers = set(_numbers(name, finding, policy))
        if finding.verdict.outcome == Outcome.FAIL and (lines or numbers):
            used.lines |= lines
            used.numbers |= numbers
        else:
            left.append(finding)
    return used, left


def _numbers(name: str, finding: Finding, policy: Policy) -> Iterable[int]:
    if not policy.waive:
        return ()
    return waivers.set_for(policy.settings.policy.waivers, finding.rule, name, policy.today)


_BESIDE = (("tags",), ("transitions",))
"""How paths begin that stand beside the declaration, and not in it."""


def is_told(finding: Finding) -> bool:
    """Tell whether a finding says anything; that a rule does not apply is for those who ask."""
    return finding.verdict.outcome != Outcome.NOT_APPLICABLE


def placed(finding: Finding, written: Callable[[Path], Path]) -> Fault:
    """Give a finding as a fault at its place in the file; what nobody can tell is an info."""
    path = finding.verdict.path
    fault = replace(finding.fault, path=written(path if path[:1] in _BESIDE else ("pipeline", *path)))
    if finding.verdict.outcome == Outcome.UNKNOWN:
        return replace(fault, severity="info", message=f"{fault.message}, so {finding.rule} cannot be judged")
    return fault


def merged(faults: Iterable[Fault]) -> list[Fault]:
    """Give each fault once: the pipelines of a set may have it from the same line."""
    once: dict[tuple[Any, ...], Fault] = {}
    for fault in faults:
        other = once.setdefault((fault.path, fault.rule, fault.message), fault)
        if other is not fault:
            severity = profiles.worst(other.severity, fault.severity)
            once[fault.path, fault.rule, fault.message] = replace(fault, severity=severity)
    return list(once.values())
