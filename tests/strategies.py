"""What hypothesis draws from: JSON values and declarations that CodePipeline would take."""

from __future__ import annotations

import copy
import json
from operator import itemgetter
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from builders import REGION, ROLE, action, connection, pipeline, sources, stage, trigger

law = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
"""Decorates a property test: the same examples on every run, and no clock."""

OTHER_REGION = "us-east-1"

scalars = st.none() | st.booleans() | st.integers(-(10**18) + 1, 10**18 - 1) | st.text(max_size=20)
json_values = st.recursive(
    scalars,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=12,
)
"""JSON without fractions."""

names = st.sampled_from(
    ["A", "b", "Build", "Deploy-2", "x.y", "q@z", "_", "configuration", "actions", "triggers", "name"]
)
words = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn"]), min_size=1, max_size=20)
json_texts = st.dictionaries(
    names, st.booleans() | st.integers(0, 99) | words | st.lists(words, max_size=2), max_size=3
)
configurations = st.dictionaries(
    names, words | st.booleans() | st.integers(0, 999) | json_texts.map(json.dumps), max_size=3
)


def optional(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Give a mapping in which each member may be there or not."""
    return st.fixed_dictionaries({}, optional=members)


def _named(inside: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(inside, unique_by=itemgetter("name"), min_size=1, max_size=2)


_variables = st.fixed_dictionaries({"name": st.just("LEVEL"), "value": words}, optional={"type": st.just("PLAINTEXT")})
_members = optional(
    configuration=configurations,
    runOrder=st.integers(1, 3),
    region=st.sampled_from([REGION, OTHER_REGION]),
    roleArn=st.just(ROLE),
    timeoutInMinutes=st.integers(5, 60),
    environmentVariables=st.lists(_variables, min_size=1, max_size=2),
    inputArtifacts=st.sampled_from([[], [{"name": "source"}]]),
)
actions = st.builds(lambda name, members: action(name, "Invoke", "Lambda") | members, names, _members)
"""Actions with and without what may be left out."""

_KIND = {"category": "Rule", "owner": "AWS", "provider": "LambdaInvoke", "version": "1"}
_rules = optional(configuration=configurations).map(lambda members: {"name": "Gate", "ruleTypeId": _KIND} | members)
_gates = _rules.map(lambda rule: {"conditions": [{"result": "FAIL", "rules": [rule]}]})
stages = st.builds(
    lambda name, inside, gates: stage(name, *inside, **gates),
    names,
    _named(actions),
    optional(beforeEntry=_gates, onSuccess=_gates),
)
"""Stages after the first."""

_SOURCES = [connection(), connection(DetectChanges="false"), connection(branch="next")]
_pipeline_members = optional(
    triggers=st.sampled_from([[], [trigger()], [trigger("Checkout", "next")]]),
    executionMode=st.sampled_from(["SUPERSEDED", "QUEUED"]),
    pipelineType=st.just("V2"),
    version=st.integers(1, 9),
)


def _declaration(source: dict[str, Any], later: list[dict[str, Any]], members: dict[str, Any]) -> dict[str, Any]:
    store = {"type": "S3", "location": "artifacts"}
    whole = pipeline(stages=[sources(source), *later], artifactStores={REGION: store, OTHER_REGION: store}, **members)
    return copy.deepcopy(whole)


declarations = st.builds(_declaration, st.sampled_from(_SOURCES), _named(stages), _pipeline_members)
"""Declarations with stages, actions and triggers that obey the schema and the structure rules."""
