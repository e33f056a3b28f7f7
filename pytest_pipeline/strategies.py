"""What hypothesis draws: pipelines that CodePipeline would take, and what may happen to them.

Needs hypothesis: `pip install hypothesis`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from reconciler.pipeline.model import GATES, Pipeline
from reconciler.simulation.durations import MINUTE
from reconciler.simulation.outcomes import Approved, Errs, Fails, Hangs, Ignored, Outcome, Rejected, Succeeds

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACCOUNT, _REGION = "111111111111", "eu-west-1"
_MODES = ("SUPERSEDED", "QUEUED", "PARALLEL")
_SPANS = st.integers(0, 30).map(lambda minutes: minutes * MINUTE)
_WORKS: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(lambda after: Succeeds(after=after), _SPANS), st.builds(lambda after: Fails(after=after), _SPANS),
    st.just(Hangs()),
)  # fmt: skip
_ANSWERS: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(lambda after: Approved(after=after), _SPANS), st.builds(lambda after: Rejected(after=after), _SPANS),
    st.just(Ignored()),
)  # fmt: skip
_VERDICTS: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(lambda after: Succeeds(after=after), _SPANS), st.builds(lambda after: Fails(after=after), _SPANS),
    st.just(Errs()),
)  # fmt: skip


@st.composite
def pipelines(draw: st.DrawFn, stages: int = 4, actions: int = 3) -> dict[str, Any]:
    """Draw a declaration in API shape: a source stage, and up to `stages` more with up to `actions` each."""
    mode = draw(st.sampled_from(_MODES))
    made = ["Code"]
    later = [draw(_stage(number, made, actions, mode)) for number in range(draw(st.integers(1, stages)))]
    return {
        "name": draw(st.from_regex(r"[a-z]{1,8}-(dev|prod)-[a-z]{1,8}", fullmatch=True)),
        "roleArn": f"arn:aws:iam::{_ACCOUNT}:role/pipeline",
        "pipelineType": "V2",
        "executionMode": mode,
        "artifactStore": {"type": "S3", "location": f"artifacts-{_ACCOUNT}"},
        "stages": [{"name": "Source", "actions": [_checkout()]}, *later],
    }


@st.composite
def outcomes(draw: st.DrawFn, document: Mapping[str, Any], attempts: int = 2) -> dict[str, list[Outcome]]:
    """Draw what happens at some of the places of a declaration: up to `attempts` outcomes each, by selector."""
    given: dict[str, list[Outcome]] = {}
    for stage in Pipeline(document).stages:
        for action in stage.actions:
            if draw(st.booleans()):
                kind = _ANSWERS if action.category == "Approval" else _WORKS
                given[action.place] = draw(st.lists(kind, min_size=1, max_size=attempts))
        for gate in GATES:
            for condition in (stage.document.get(gate) or {}).get("conditions") or ():
                for rule in condition.get("rules") or ():
                    if draw(st.booleans()):
                        place = f"{stage.name}.{gate}/{rule['name']}"
                        given[place] = draw(st.lists(_VERDICTS, min_size=1, max_size=attempts))
    return given


@st.composite
def _stage(draw: st.DrawFn, number: int, made: list[str], most: int, mode: str) -> dict[str, Any]:
    ready, actions = list(made), []
    for index in range(draw(st.integers(1, most))):
        order = draw(st.integers(1, 2))
        if draw(st.integers(0, 3)) == 0:
            actions.append(_action(f"Approve{index}", "Approval", "Manual", runOrder=order))
            continue
        artifact = f"Art{number}{index}"
        actions.append(_action(
            f"Build{index}", "Build", "CodeBuild", runOrder=order, configuration={"ProjectName": "project"},
            inputArtifacts=[{"name": draw(st.sampled_from(ready))}], outputArtifacts=[{"name": artifact}],
        ))  # fmt: skip
        made.append(artifact)
    failing = ["RETRY"] if mode == "PARALLEL" else ["RETRY", "ROLLBACK"]
    members: dict[str, Any] = {}
    if draw(st.booleans()):
        members["onFailure"] = {"result": draw(st.sampled_from(failing))}
    if draw(st.booleans()):
        members["beforeEntry"] = _gate(draw(st.sampled_from(["FAIL", "SKIP"])))
    return {"name": f"Stage{number}", "actions": actions, **members}


def _gate(result: str) -> dict[str, Any]:
    kind = {"category": "Rule", "owner": "AWS", "provider": "LambdaInvoke", "version": "1"}
    rule = {"name": "Gate", "ruleTypeId": kind, "configuration": {"FunctionName": "check"}}
    return {"conditions": [{"result": result, "rules": [rule]}]}


def _checkout() -> dict[str, Any]:
    arn = f"arn:aws:codeconnections:{_REGION}:{_ACCOUNT}:connection/00000000-0000-4000-8000-000000000000"
    configuration = {"ConnectionArn": arn, "FullRepositoryId": "shop/web", "BranchName": "main"}
    return _action("Checkout", "Source", "CodeStarSourceConnection", configuration=configuration,
                   outputArtifacts=[{"name": "Code"}])  # fmt: skip


def _action(name: str, category: str, provider: str, **members: Any) -> dict[str, Any]:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, **members}
