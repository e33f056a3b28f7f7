from __future__ import annotations

import pytest

from reconciler.documents import path_text
from reconciler.pipeline import schema
from reconciler.pipeline.unknown import Unknown

WHOLE = """
Name: shop-dev-deploy
RoleArn: arn:aws:iam::111122223333:role/pipeline
PipelineType: V2
ArtifactStores:
  - Region: eu-west-1
    ArtifactStore: {Type: S3, Location: shop, EncryptionKey: {Id: alias/shop, Type: KMS}}
Variables: [{Name: Level, DefaultValue: 1}]
Triggers:
  - ProviderType: CodeStarSourceConnection
    GitConfiguration: {SourceActionName: Checkout, Push: [{Branches: {Includes: [main]}}]}
Stages:
  - Name: Source
    Actions:
      - Name: Checkout
        ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeStarSourceConnection, Version: 1}
        Configuration: {FullRepositoryId: shop/web, DetectChanges: false, CamelCase: true, required: 1}
        OutputArtifacts: [{Name: source}]
  - name: Deploy
    BeforeEntry:
      Conditions:
        - Result: FAIL
          Rules:
            - Name: Calm
              RuleTypeId: {Category: Rule, Owner: AWS, Provider: CloudWatchAlarm, Version: 1}
              Configuration: {WaitTime: 5}
    Actions:
      - name: Approve
        RunOrder: "2"
        TimeoutInMinutes: "60"
        actionTypeId: {category: Approval, Owner: AWS, Provider: Manual, Version: "1"}
"""


def test_a_declaration_comes_out_in_the_apis_own_shape(read_pipeline):
    pipeline = read_pipeline(WHOLE)
    assert pipeline.document == {
        "name": "shop-dev-deploy",
        "roleArn": "arn:aws:iam::111122223333:role/pipeline",
        "pipelineType": "V2",
        "artifactStores": {
            "eu-west-1": {"type": "S3", "location": "shop", "encryptionKey": {"id": "alias/shop", "type": "KMS"}}
        },
        "variables": [{"name": "Level", "defaultValue": "1"}],
        "triggers": [
            {
                "providerType": "CodeStarSourceConnection",
                "gitConfiguration": {"sourceActionName": "Checkout", "push": [{"branches": {"includes": ["main"]}}]},
            }
        ],
        "stages": [
            {
                "name": "Source",
                "actions": [
                    {
                        "name": "Checkout",
                        "actionTypeId": kind("Source", "CodeStarSourceConnection"),
                        "configuration": {
                            "FullRepositoryId": "shop/web",
                            "DetectChanges": "false",
                            "CamelCase": "true",
                            "required": "1",
                        },
                        "outputArtifacts": [{"name": "source"}],
                    }
                ],
            },
            {
                "name": "Deploy",
                "beforeEntry": {
                    "conditions": [
                        {
                            "result": "FAIL",
                            "rules": [
                                {
                                    "name": "Calm",
                                    "ruleTypeId": kind("Rule", "CloudWatchAlarm"),
                                    "configuration": {"WaitTime": "5"},
                                }
                            ],
                        }
                    ]
                },
                "actions": [
                    {
                        "name": "Approve",
                        "runOrder": 2,
                        "timeoutInMinutes": 60,
                        "actionTypeId": kind("Approval", "Manual"),
                    }
                ],
            },
        ],
    }
    assert schema.check(pipeline.document) == ()
    assert pipeline.unresolved == ()


def kind(category, provider):
    return {"category": category, "owner": "AWS", "provider": provider, "version": "1"}


def test_every_place_of_the_document_leads_to_its_place_in_the_template(read_pipeline):
    pipeline = read_pipeline(WHOLE)
    places = {
        ("stages", 1, "actions", 0, "runOrder"): "Stages[1].Actions[0].RunOrder",
        ("stages", 1, "name"): "Stages[1].name",
        ("stages", 0, "actions", 0, "configuration", "required"): "Stages[0].Actions[0].Configuration.required",
        ("artifactStores", "eu-west-1", "location"): "ArtifactStores[0].ArtifactStore.Location",
        ("stages", 1, "actions", 0, "nothing", 1): "Stages[1].Actions[0]",
        ("artifactStore",): "",
    }
    head = "Resources.Shop.Properties"
    found = {path: path_text(pipeline.place(path)) for path in places}
    assert found == {path: f"{head}.{place}".rstrip(".") for path, place in places.items()}


def test_a_value_chosen_by_a_condition_leads_to_its_branch(read_pipeline):
    conditions = "Conditions: {C: !Equals [a, a]}"
    pipeline = read_pipeline("Stages: [!If [C, !Ref 'AWS::NoValue', b], !If [C, {Name: A}, b]]", conditions)
    assert pipeline.document["stages"] == [{"name": "A"}]
    assert pipeline.place(("stages", 0, "name"))[-5:] == ("Stages", 1, "Fn::If", 1, "Name")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("RunOrder: '07'", 7, id="digits"),
        pytest.param("RunOrder: many", "many", id="no digits"),
        pytest.param("RunOrder: ~", None, id="null"),
        pytest.param("RunOrder: true", True, id="boolean"),
    ],
)
def test_text_becomes_a_number_and_what_is_none_stays_for_the_schema_to_refuse(read_pipeline, text, value):
    document = read_pipeline(f"Stages: [{{Actions: [{{{text}}}]}}]").document
    found = document["stages"][0]["actions"][0]["runOrder"]
    assert (found, type(found)) == (value, type(value))


def test_tags_transitions_and_restart_stand_beside_the_document(read_pipeline):
    pipeline = read_pipeline("""
        Tags: [{Key: team, Value: shop}, {Key: level, Value: 2}]
        DisableInboundStageTransitions: [{StageName: Deploy, Reason: freeze}]
        RestartExecutionOnUpdate: "true"
    """)
    assert pipeline.tags == {"team": "shop", "level": "2"}
    assert pipeline.transitions == {"Deploy": {"inbound": "disabled", "reason": "freeze"}}
    assert pipeline.restart is True
    assert pipeline.document.keys() == {"name"}


@pytest.mark.parametrize(
    ("text", "restart"), [("", False), ("RestartExecutionOnUpdate: no", False)], ids=["absent", "no"]
)
def test_an_update_restarts_nothing_unless_told(read_pipeline, text, restart):
    assert read_pipeline(f"Name: shop\n{text}").restart is restart


def test_what_is_unknown_beside_the_document_stays_unknown_or_is_left_out(read_pipeline):
    pipeline = read_pipeline(
        """
        Tags: [!If [C, {Key: a, Value: b}, {Key: c, Value: d}], {Key: team, Value: !Ref Team}]
        DisableInboundStageTransitions: !If [C, [], [{StageName: Deploy, Reason: x}]]
        RestartExecutionOnUpdate: !Ref Team
        """,
        "Parameters: {Team: {Type: String}}\nConditions: {C: !Equals [!Ref Team, a]}",
    )
    assert (pipeline.tags, pipeline.transitions, pipeline.restart) == ({"team": "${Team}"}, {}, "${Team}")
    assert isinstance(pipeline.tags["team"], Unknown)
    assert isinstance(pipeline.restart, Unknown)


def test_stores_of_which_one_is_unknown_are_unknown_together(read_pipeline):
    store = "{Region: eu-west-1, ArtifactStore: {Type: S3, Location: a}}"
    before = "Parameters: {X: {Type: String}}\nConditions: {C: !Equals [!Ref X, a]}"
    document = read_pipeline(f"ArtifactStores: [{store}, !If [C, {store}, {store}]]", before).document
    assert isinstance(document["artifactStores"], Unknown)


def test_a_store_in_an_unknown_region_keeps_its_place(read_pipeline):
    store = "{Region: !Ref AWS::Region, ArtifactStore: {Type: S3, Location: a}}"
    document = read_pipeline(f"Name: shop\nArtifactStores: [{store}]", target=None).document
    assert document["artifactStores"] == {"${AWS::Region}": {"type": "S3", "location": "a"}}
    assert [type(region) for region in document["artifactStores"]] == [Unknown]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(
            "ArtifactStores: {eu-west-1: {Type: S3}}",
            "ArtifactStores: ArtifactStores is a list in CloudFormation",
            id="stores as the API has them",
        ),
        pytest.param(
            "ArtifactStores: [{Region: eu-west-1, Type: S3}]",
            "ArtifactStores[0]: an entry of ArtifactStores has Region and ArtifactStore",
            id="store without its member",
        ),
        pytest.param(
            "ArtifactStores: [{Region: a, ArtifactStore: {}}, {Region: a, ArtifactStore: {}}]",
            "ArtifactStores[1]: a stands in ArtifactStores twice",
            id="two stores for a Region",
        ),
        pytest.param("Tags: {team: shop}", "Tags: Tags is a list in CloudFormation", id="tags as a mapping"),
        pytest.param("Tags: [team]", "Tags[0]: an entry of Tags has Key and Value", id="tag as text"),
        pytest.param("Tags: [{Key: a, Value: [b]}]", "Tags[0].Value: text stands here", id="value as a list"),
        pytest.param("Tags: [{Key: [a], Value: b}]", "Tags[0]: an entry of Tags has Key and Value", id="key as a list"),
        pytest.param(
            "DisableInboundStageTransitions: [{StageName: Deploy}]",
            "DisableInboundStageTransitions[0]: an entry of DisableInboundStageTransitions has StageName and Reason",
            id="transition without a reason",
        ),
        pytest.param(
            "RestartExecutionOnUpdate: maybe",
            "RestartExecutionOnUpdate: RestartExecutionOnUpdate is neither true nor false",
            id="no boolean",
        ),
        pytest.param("name: other", "name: name stands here in two spellings", id="two spellings"),
    ],
)
def test_what_cloudformation_refuses_is_a_fault_at_its_place(read, text, fault):
    head = "Resources: {Shop: {Type: AWS::CodePipeline::Pipeline, Properties: {Name: shop, "
    template = read(f"{head}{text}}}}}}}")
    assert [f"{path_text(each.path)}: {each.message}" for each in template.faults] == [
        f"Resources.Shop.Properties.{fault}"
    ]
    assert template.pipelines[0].document["name"] in ("shop", "other")


def test_a_store_map_as_the_api_has_it_is_still_read(read):
    template = read("""
        Resources:
          Shop:
            Type: AWS::CodePipeline::Pipeline
            Properties: {Name: shop, ArtifactStores: {eu-west-1: {Type: S3, Location: a}}}
    """)
    assert template.pipelines[0].document["artifactStores"] == {"eu-west-1": {"type": "S3", "location": "a"}}
