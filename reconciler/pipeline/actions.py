"""What the catalogue of providers says about the actions and the rules of one pipeline.

Rules of this file:

* One small function and one row each. An `error` is what the service refuses, or asks for in its documentation; a
  `warning` is what it takes although the action then fails; an `info` says that something could not be checked.
* A row says which types the rule is about; there the check is asked, and need not look for that itself.
* A value that cannot be known offline is never wrong: a check that needs it stays silent. So is a value that holds a
  `#{namespace.variable}` or a `{{resolve:...}}`.
* The value of a secret key never stands in a fault.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.documents import Fault
from reconciler.pipeline import cases, configuration
from reconciler.pipeline.rules import Rule, Severity
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reconciler.documents import Path
    from reconciler.pipeline.cases import Case
    from reconciler.pipeline.model import Pipeline
    from reconciler.pipeline.providers import Catalogue, Provider

_SAID_ALREADY = frozenset({("Source", "input"), ("Approval", "input"), ("Approval", "output")})
"""Artifacts that the rule B12 on structure refuses, whatever the provider."""


def check(pipeline: Pipeline, region: str | None, catalogue: Catalogue) -> Iterator[tuple[Rule[Case], Fault]]:
    """Give what breaks a rule, in the order of the document; paths are those inside the declaration.

    `region` is the pipeline's own, None where it is not known. The declaration must have passed `schema.check`.
    """
    for case in cases.each(pipeline, region, catalogue):
        for rule in _rules(case.provider):
            for fault in rule.check(case):
                yield rule, fault


@lru_cache(maxsize=1_000)
def _rules(kind: Provider | None) -> tuple[Rule[Case], ...]:
    """Give the rules that an action of a type can break: half of all, and each costs as much where it finds nothing."""
    return tuple(rule for rule in RULES if rule.about is None or rule.about(kind))


# The type ------------------------------------------------------------------------------------------------------------


def _provider_unknown(case: Case) -> Iterator[Fault]:
    if not case.provider and _standing(case) == "refused":
        near = case.scope.catalogue.nearest(*case.kind)
        hint = f"did you mean {near}?" if near else "`aws codepipeline list-action-types` shows what there is"
        yield Fault(_type(case), f"there is no {'/'.join(case.kind)}", hint)


def _custom_undeclared(case: Case) -> Iterator[Fault]:
    if _standing(case) == "custom":
        fact = f"{'/'.join(case.kind)} is a type of your own, so {case.name} is not checked"
        yield Fault(_type(case), fact, "declare the custom action type")


def _partner_unchecked(case: Case) -> Iterator[Fault]:
    if _standing(case) == "partner":
        fact = f"{'/'.join(case.kind)} is configured on its partner's site, so {case.name} is not checked"
        yield Fault(_type(case), fact, "change it there: the action may fail after a change made here")


def _little_known(kind: Provider | None) -> bool:
    return kind is None or kind.open


def _standing(case: Case) -> str:
    """Tell what to think of a type that the catalogue does not know, or of which it has little more than the name."""
    category, owner, provider, _ = case.kind
    if any(isinstance(part, Unknown) for part in case.kind):
        return "unknown"
    if owner == "Custom":
        return "custom"
    # Partners come and go, so a new name is no mistake; the name of a known provider under a wrong owner is one.
    new = owner == "ThirdParty" and category != "Source" and not case.scope.catalogue.named(provider)
    return "partner" if case.provider or new else "refused"


def _type(case: Case) -> Path:
    return case.at("actionTypeId" if case.is_action else "ruleTypeId")


def _needs_v2(case: Case) -> Iterator[Fault]:
    # Conditions themselves need V2, so their rules need not say it once more.
    if case.scope.v1 and case.provider and case.provider.needs_v2 and case.is_action:
        yield Fault(_type(case), f"{case.provider} runs in V2 pipelines only", "write `pipelineType: V2`")


def _not_cross_region(case: Case) -> Iterable[Fault]:
    region, own = case.document.get("region"), case.scope.region
    if not region or not own or region == own or Unknown in map(type, (region, own, *case.kind)):
        return ()
    return _elsewhere(case, region, own)


def _elsewhere(case: Case, region: str, own: str) -> Iterator[Fault]:
    category, owner, *_ = case.kind
    if not (case.provider.cross_region if case.provider else owner == "AWS" and category != "Source"):
        kind = category if category == "Source" else owner
        yield Fault(case.at("region"), f"{case.name} is a {kind} action and cannot run in {region}",
                    f"remove `region`: it runs where the pipeline is, in {own}")  # fmt: skip


# Artifacts, and members beside the configuration ---------------------------------------------------------------------


def _artifact_count(case: Case) -> Iterator[Fault]:
    if not (provider := case.provider):
        return
    for side, names, (least, most) in (
        ("input", case.inputs, provider.inputs),
        ("output", case.outputs, provider.outputs),
    ):
        if names is None or least <= len(names) <= most:
            continue
        if len(names) < least or (provider.category, side) not in _SAID_ALREADY:
            number = f"{len(names)} {side} artifact{'s' * (len(names) != 1)}"
            takes = str(least) if least == most else f"{least} to {most}"
            remedy = f"add to `{side}Artifacts`" if len(names) < least else f"remove from `{side}Artifacts`"
            yield Fault(case.at(f"{side}Artifacts"), f"{case.name} has {number}; {provider} takes {takes}", remedy)


def _output_identifiers(case: Case) -> Iterator[Fault]:
    if case.provider and case.provider.identifiers and case.outputs and len(case.outputs) > 1:
        for index, name in enumerate(case.outputs):
            if "-" in name and not isinstance(name, Unknown):
                fact = f"{name} is one of several outputs of {case.name} and has a hyphen, so the build fails"
                remedy = f"write {name.replace('-', '_')}, here and in the buildspec"
                yield Fault(case.at("outputArtifacts", index, "name"), fact, remedy)


def _members(case: Case) -> Iterator[Fault]:
    if not (provider := case.provider):
        return
    for member in ("commands", "outputVariables"):
        if case.document.get(member) and member not in provider.members:
            yield from _member(case, member, case.document[member])
    if case.outputs and "files" not in provider.members:
        for index, artifact in enumerate(case.document["outputArtifacts"]):
            if artifact.get("files"):
                yield from _member(case, "files", artifact["files"], "outputArtifacts", index)


def _environment(case: Case) -> Iterable[Fault]:
    variables = case.document.get("environmentVariables")
    if not variables or not case.provider or "environmentVariables" in case.provider.members:
        return ()
    return _member(case, "environmentVariables", variables)


def _timeout(case: Case) -> Iterable[Fault]:
    minutes = case.document.get("timeoutInMinutes")
    if not minutes or not case.is_action or not case.provider or "timeoutInMinutes" in case.provider.members:
        return ()
    return _member(case, "timeoutInMinutes", minutes)


def _member(case: Case, member: str, value: object, *inside: str | int) -> Iterator[Fault]:
    if not isinstance(value, Unknown):
        yield Fault(case.at(*inside, member), f"{case.provider} does not take {member}", f"remove `{member}`")


def _commands(case: Case) -> Iterator[Fault]:
    if not case.document.get("commands"):
        yield Fault(case.at("commands"), f"{case.name} has no commands", "add `commands`, beside `configuration`")


def _takes_commands(kind: Provider | None) -> bool:
    return kind is not None and "commands" in kind.members


def _having(*members: str) -> Callable[[Provider | None], bool]:
    """Give the question whether a type says something in one of its members; one that is not known says nothing."""
    return lambda kind: any(getattr(kind, each, None) for each in members)


def _naming(*, doubtful: bool) -> Callable[[Provider | None], bool]:
    return lambda kind: kind is not None and any(key.doubtful == doubtful for key in kind.naming)


_REFUSED = "InvalidActionDeclarationException"
_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

RULES: tuple[Rule[Case], ...] = (
    Rule("provider-unknown", _ERROR, _REFUSED, "B21", "the type of an action exists", _provider_unknown,
         _little_known),
    Rule("custom-undeclared", _INFO, "", "D.5", "a custom action type that is declared can be checked",
         _custom_undeclared, _little_known),
    Rule("partner-unchecked", _INFO, "", "B30, I24", "a partner's action is configured on the partner's site",
         _partner_unchecked, _little_known),
    Rule("provider-needs-v2", _ERROR, "InvalidStructureException", "A.8, D", "some providers run in V2 pipelines only",
         _needs_v2, _having("needs_v2")),
    Rule("not-cross-region", _ERROR, _REFUSED, "B18", "sources, partners and custom actions have no other Region",
         _not_cross_region),
    Rule("artifact-count", _ERROR, _REFUSED, "B11", "an action has as many artifacts as its provider takes",
         _artifact_count),
    Rule("output-identifiers", _WARNING, "JobFailed", "L", "several outputs of a build are named without hyphens",
         _output_identifiers, _having("identifiers")),
    Rule("member-not-taken", _ERROR, _REFUSED, "A.4, D.5", "commands, their variables and files are for Commands",
         _members),
    Rule("environment-not-taken", _WARNING, "", "D.4, D.5", "environmentVariables are for Commands and EKS",
         _environment),
    Rule("timeout-only-approval", _WARNING, "ValidationException", "A.4", "timeoutInMinutes is for approvals",
         _timeout),
    Rule("commands-missing", _ERROR, _REFUSED, "L", "a Commands action has commands", _commands,
         _takes_commands),
    Rule("config-required-key", _ERROR, _REFUSED, "B22, D", "a configuration has every key that its provider needs",
         configuration.required, _having("required")),
    Rule("config-unknown-key", _ERROR, _REFUSED, "B22, I32", "a configuration has no key that its provider lacks",
         configuration.unknown),
    Rule("config-bad-value", _ERROR, _REFUSED, "D", "a value is one that its key takes", configuration.values,
         _having("restricted")),
    Rule("config-conditional-key", _ERROR, _REFUSED, "B27, D", "a key stands there when another one asks for it",
         configuration.conditional, _having("demanded", "variants")),
    Rule("config-missing-at-run", _WARNING, "ConfigurationError", "B.3, D", "an action has what its run needs",
         configuration.missing_at_run, _having("doubted")),
    Rule("artifact-path-unknown", _ERROR, _REFUSED, "B27, B28", "a key names an input of its action",
         configuration.artifacts, _naming(doubtful=False)),
    Rule("artifact-path-doubtful", _WARNING, "ConfigurationError", "L", "a file stands in an input of its action",
         configuration.doubtful_artifacts, _naming(doubtful=True)),
    Rule("config-value-long", _WARNING, "ValidationException", "L", "a value has at most 1,000 characters",
         configuration.long),
)  # fmt: skip
