"""From a declaration to its blueprint (reference A, C)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from reconciler.pipeline import arns, variables
from reconciler.pipeline.model import GATES, Action, Pipeline
from reconciler.simulation import artifacts, nominal
from reconciler.simulation.blueprint import Blueprint, Condition, Floor, Read, Rule, Step
from reconciler.simulation.durations import MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.pipeline.providers import Catalogue, Provider
    from reconciler.simulation.assumptions import Assumptions

_NEWEST_WHEN_IT_BEGINS = frozenset({"S3", "CodeCommit"})  # in PARALLEL mode, reference E.2
_SOURCE_KEYS = ("RepositoryName", "FullRepositoryId", "Owner", "Repo", "S3Bucket", "S3ObjectKey", "BranchName",
                "Branch", "ImageTag")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """What surrounds a pipeline and shapes its blueprint."""

    target: arns.Target
    catalogue: Catalogue
    assumptions: Assumptions


def compiled(document: Mapping[str, Any], version: int, site: Site) -> Blueprint:
    """Give the blueprint of a declaration that `validity` has passed."""
    pipeline = Pipeline(document)
    maker = _Maker(pipeline, site)
    floors = tuple(maker.floor(index, stage.document) for index, stage in enumerate(pipeline.stages))
    mode = str(document.get("executionMode", "SUPERSEDED"))
    return Blueprint(
        name=pipeline.name,
        version=version,
        mode=mode,
        parallel=mode == "PARALLEL",
        v2=document.get("pipelineType") == "V2",
        floors=floors,
        places={floor.name: floor.index for floor in floors},
        variables={each["name"]: each.get("defaultValue") for each in document.get("variables") or ()},
        sources=tuple(floors[0].steps.values()),
        arn=arns.pipeline(site.target, pipeline.name),
        region=site.target.region,
        document=document,
    )


class _Maker:
    def __init__(self, pipeline: Pipeline, site: Site) -> None:
        self.pipeline, self.role, self.site = pipeline, pipeline.role_arn, site
        self.home = artifacts.account(self.role) or site.target.account
        self.makers = artifacts.makers(pipeline.actions)
        self.read: dict[str, dict[str, None]] = {}
        for action in pipeline.actions:
            for reference in variables.references(action):
                self.read.setdefault(reference.namespace, {})[reference.key] = None

    def floor(self, index: int, document: Mapping[str, Any]) -> Floor:
        name = str(document["name"])
        steps = [self.step(number, Action(each, name)) for number, each in enumerate(document["actions"])]
        ordered = sorted(steps, key=lambda step: step.run_order)
        failure = document.get("onFailure") or {}
        declared = (failure.get("retryConfiguration") or {}).get("retryMode")
        return Floor(
            index=index,
            name=name,
            groups=tuple(tuple(group) for _, group in groupby(ordered, key=lambda step: step.run_order)),
            steps={step.name: step for step in steps},
            conditions={kind: made for kind in GATES if (made := self.condition(name, kind, document.get(kind) or {}))},
            failure_result=str(failure.get("result", "")),
            retry_mode=declared or self.site.assumptions.retry_mode,
        )

    def step(self, index: int, action: Action) -> Step:
        catalogue, category = self.site.catalogue, action.category
        provider = catalogue.find(category, action.owner, action.provider, action.version)
        known = provider.output_variables(action.document) if provider else None
        given = tuple(sorted(known - provider.sometimes)) if provider and known is not None else ()
        configuration = {key: _text(value) for key, value in action.configuration.items()}
        source, region = category == "Source", action.region or self.site.target.region
        return Step(
            index=index, stage=action.stage, name=action.name, place=action.place, run_order=action.run_order,
            category=category, owner=action.owner, provider=action.provider, version=action.version,
            region=region, role=action.role_arn or self.role,
            configuration=configuration, reads=_reads(action),
            inputs=action.inputs, outputs=action.outputs, namespace=action.namespace or "",
            timeout=self.timeout(action, provider), span=nominal.span(category, action.provider),
            variables=given if known is not None else tuple(self.read.get(action.namespace or "", ())), known=known,
            sometimes=provider.sometimes if provider else frozenset(),
            source=_source(action.provider, configuration) if source else "",
            late=source and action.provider in _NEWEST_WHEN_IT_BEGINS,
            abroad=region != self.site.target.region,
            refusal=artifacts.refusal(action, self.home, self.makers, self.pipeline.document, region),
            notify=configuration.get("NotificationArn", "") if category == "Approval" else "",
            document=action.document,
        )  # fmt: skip

    def timeout(self, action: Action, provider: Provider | None) -> int | None:
        if action.category == "Approval" and "timeoutInMinutes" in action.document:
            return int(action.document["timeoutInMinutes"]) * MINUTE
        if (action.category, action.owner, action.provider) == ("Test", "AWS", "CodeBuild"):
            return self.site.assumptions.test_build_timeout
        minutes = provider.timeout if provider else None
        lower = action.configuration.get("DeploymentTimeout") if action.provider == "ECS" else None
        if lower and str(lower).isdecimal():
            return int(lower) * MINUTE
        return minutes * MINUTE if isinstance(minutes, int) else None

    def condition(self, stage: str, kind: str, gate: Mapping[str, Any]) -> Condition | None:
        for each in gate.get("conditions") or ():
            rules = tuple(self.rule(stage, kind, rule) for rule in each.get("rules") or ())
            return Condition(kind, str(each.get("result") or gate.get("result") or ""), rules)
        return None

    def rule(self, stage: str, kind: str, document: Mapping[str, Any]) -> Rule:
        type_id = document["ruleTypeId"]
        found = self.site.catalogue.find("Rule", "AWS", type_id["provider"], "1")
        minutes = document.get("timeoutInMinutes") or (found.timeout if found else None)
        action = Action({"actionTypeId": type_id, **document}, stage)
        return Rule(
            stage=stage, kind=kind, name=str(document["name"]), provider=str(type_id["provider"]),
            configuration={key: _text(value) for key, value in action.configuration.items()}, reads=_reads(action),
            timeout=minutes * MINUTE if isinstance(minutes, int) else None,
            span=nominal.span("Rule", type_id["provider"]), document=document,
        )  # fmt: skip


def _reads(action: Action) -> tuple[Read, ...]:
    if action.category == "Source":  # nothing is resolved there, reference A.6
        return ()
    return tuple(Read(*reference) for reference in variables.references(action))


def _source(provider: str, configuration: Mapping[str, str]) -> str:
    return "/".join((provider, *(configuration[key] for key in _SOURCE_KEYS if key in configuration)))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
