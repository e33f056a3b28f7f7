"""Errors beyond those that the model lists for an operation, those on order, and what their texts say."""

from __future__ import annotations

import pytest
from botocore.loaders import Loader

from builders import ACCOUNT, action, build, pipeline, sources, stage
from emulator.talk import Local, code
from emulator.test_operations import ARN, CUSTOM, HOOK, bazel
from reconciler.emulator.clocks import Clock
from reconciler.emulator.places import Quotas, Rules
from reconciler.emulator.site import Site
from simulation.worlds import document

SHAPES = Loader().load_service_model("codepipeline", "service-2")["shapes"]
MODELLED = sorted(name for name, shape in SHAPES.items() if shape.get("exception"))
OAUTH = {"Owner": "shop", "Repo": "web", "Branch": "main", "OAuthToken": "****"}

TABLE = [
    ("get_pipeline", {"name": "not a name"}, "ValidationException"),
    ("create_pipeline", {"pipeline": pipeline("x", [sources(), stage("B", bazel())])},
     "InvalidActionDeclarationException"),
    ("create_pipeline", {"pipeline": pipeline("x", [sources(action("S", "Source", "GitHub", owner="ThirdParty",
      outputs=("source",), configuration=OAUTH)), stage("B", build())])}, "InvalidActionDeclarationException"),
    ("update_pipeline", {"pipeline": pipeline("none")}, "PipelineNotFoundException"),
    ("list_tags_for_resource", {"resourceArn": ARN.replace(ACCOUNT, "222222222222")}, "ResourceNotFoundException"),
    ("start_pipeline_execution", {"name": "shop", "variables": [{"name": "no", "value": "x"}]}, "ValidationException"),
    ("disable_stage_transition", {"pipelineName": "shop", "stageName": "B", "transitionType": "Inbound", "reason": "ü"},
     "ValidationException"),
    ("delete_custom_action_type", {"category": "Build", "provider": "x y", "version": "1"}, "ValidationException"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "arguments", "expected"), TABLE, ids=[f"{row[0]}-{number}-{row[2]}" for number, row in enumerate(TABLE)]
)
def test_a_wrong_call_is_refused_with_the_class_of_the_service(client, call, arguments, expected):
    client.create_pipeline(pipeline=document())
    assert code(getattr(client, call), **arguments) == expected


def test_an_arn_of_another_service_is_none(client):
    arn = "arn:aws:codepipeline::111111111111:" + "x"
    assert code(client.list_tags_for_resource, resourceArn=arn.replace("codepipeline::", "codecommit::")) in (
        "ValidationException", "InvalidArnException",
    )  # fmt: skip


def test_a_fifty_first_execution_is_refused(client):
    client.create_pipeline(pipeline=document(mode="PARALLEL"))
    for _ in range(49):
        client.start_pipeline_execution(name="shop")
    assert code(client.start_pipeline_execution, name="shop") == "ConcurrentPipelineExecutionsLimitExceededException"


def test_quotas_are_limits():
    local = Local(Site(Clock(0), Rules(quotas=Quotas(pipelines=1, custom_types=1, webhooks=1))))
    client = local.client()
    client.create_pipeline(pipeline=document())
    client.create_custom_action_type(**CUSTOM)
    client.put_webhook(webhook=HOOK)
    found = [
        code(client.create_pipeline, pipeline=pipeline("x")),
        code(client.create_custom_action_type, **CUSTOM | {"version": "2"}),
        code(client.put_webhook, webhook=HOOK | {"name": "other"}),
    ]
    local.close()
    assert found == ["LimitExceededException"] * 3


@pytest.mark.parametrize("name", MODELLED)
def test_every_modelled_error_can_be_ordered_and_is_raised_as_its_class(local, client, name):
    local.say("faults", error=name)
    with pytest.raises(getattr(client.exceptions, name)):
        client.list_pipelines()


def test_wrong_bounds_are_told_together_and_secrets_are_not(local):
    made = document(sources(action("S", "Source", "GitHub", owner="ThirdParty", outputs=("source",),
                                   configuration={"OAuthToken": ""})), stage("B", build("X", runOrder=0)))  # fmt: skip
    status, answer = local.ask("CreatePipeline", {"pipeline": made | {"name": "a b"}})
    assert (status, answer["__type"]) == (400, "ValidationException")
    assert answer["message"].startswith("3 validation errors detected: Value 'a b' at 'pipeline.name'")
    assert "Value at 'pipeline.stages.1.member.actions.1.member.configuration.OAuthToken.member'" in answer["message"]
