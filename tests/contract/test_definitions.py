"""What every CodePipeline must do with definitions and tags."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from builders import action, build, pipeline, sources, stage
from contract.conftest import DIFFERENCES


def document(service, name="shop", stages=None):
    """A declaration whose role the endpoint knows."""
    return pipeline(name, stages) | {"roleArn": service.role}


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"]


def arn(service):
    return service.get_pipeline(name="shop")["metadata"]["pipelineArn"]


def tags(service):
    return {each["key"]: each["value"] for each in service.list_tags_for_resource(resourceArn=arn(service))["tags"]}


def test_what_is_created_can_be_read(service):
    made = service.create_pipeline(pipeline=document(service), tags=[{"key": "team", "value": "shop"}])
    read = service.get_pipeline(name="shop")
    assert made["pipeline"] == read["pipeline"]
    assert (read["pipeline"]["version"], made["tags"]) == (1, [{"key": "team", "value": "shop"}])
    assert read["metadata"]["pipelineArn"].startswith("arn:aws:codepipeline:eu-west-1:")
    since = read["metadata"]["updated"] - read["metadata"]["created"]
    assert timedelta() <= since < timedelta(seconds=1)  # moto looks twice


def test_run_order_and_empty_members_are_filled_in(service):
    service.create_pipeline(pipeline=document(service))
    found = service.get_pipeline(name="shop")["pipeline"]["stages"][1]["actions"][0]
    assert (found["runOrder"], found["outputArtifacts"]) == (1, [])


def test_mode_and_type_are_filled_in(service):
    made = service.create_pipeline(pipeline=document(service))["pipeline"]
    assert (made["executionMode"], made["pipelineType"]) == ("SUPERSEDED", "V1")


def test_an_update_raises_the_version(service):
    service.create_pipeline(pipeline=document(service))
    changed = document(service, stages=[sources(), stage("Other", build())])
    assert service.update_pipeline(pipeline=changed)["pipeline"]["version"] == 2
    assert service.get_pipeline(name="shop")["pipeline"]["stages"][1]["name"] == "Other"


def test_an_old_version_can_be_read(service):
    service.create_pipeline(pipeline=document(service))
    service.update_pipeline(pipeline=document(service, stages=[sources(), stage("Other", build())]))
    assert service.get_pipeline(name="shop", version=1)["pipeline"]["stages"][1]["name"] == "Build"


def test_a_version_that_never_was_is_told(service):
    service.create_pipeline(pipeline=document(service))
    assert refused(service.get_pipeline, name="shop", version=7) == "PipelineVersionNotFoundException"


def test_what_is_not_there_is_told(service):
    assert refused(service.get_pipeline, name="shop") == "PipelineNotFoundException"


def test_updating_what_is_not_there_is_told(service):
    assert refused(service.update_pipeline, pipeline=document(service)) == "PipelineNotFoundException"


def test_deleting_is_idempotent(service):
    service.create_pipeline(pipeline=document(service))
    for _ in range(2):
        service.delete_pipeline(name="shop")
    assert service.list_pipelines()["pipelines"] == []


def test_a_duplicate_name_is_in_use(service):
    service.create_pipeline(pipeline=document(service))
    assert refused(service.create_pipeline, pipeline=document(service)) == "PipelineNameInUseException"


def test_two_stages_are_the_least(service):
    made = document(service, stages=[sources()])
    assert refused(service.create_pipeline, pipeline=made) == "InvalidStructureException"


def test_an_update_is_checked_like_a_creation(service):
    service.create_pipeline(pipeline=document(service))
    made = document(service, stages=[sources()])
    assert refused(service.update_pipeline, pipeline=made) == "InvalidStructureException"


def test_the_first_stage_holds_sources_only(service):
    made = document(
        service,
        stages=[stage("Build", action("X", "Build", "CodeBuild", configuration={"ProjectName": "x"})), sources()],
    )
    assert refused(service.create_pipeline, pipeline=made) == "InvalidStructureException"


def test_an_unknown_provider_is_refused(service):
    made = document(service, stages=[sources(), stage("Build", action("X", "Build", "CodeBild", inputs=("source",)))])
    assert refused(service.create_pipeline, pipeline=made) == "InvalidActionDeclarationException"


def test_a_bad_name_is_refused(service):
    assert refused(service.create_pipeline, pipeline=document(service, "not a name")) == "ValidationException"


def test_lists_are_sorted_by_name(service):
    for name in ("b", "a", "c"):
        service.create_pipeline(pipeline=document(service, name))
    assert [each["name"] for each in service.list_pipelines()["pipelines"]] == ["a", "b", "c"]


def test_summaries_say_mode_and_type(service):
    service.create_pipeline(pipeline=document(service))
    assert {"pipelineType", "executionMode"} <= service.list_pipelines()["pipelines"][0].keys()


def test_lists_have_pages(service):
    for name in ("a", "b", "c"):
        service.create_pipeline(pipeline=document(service, name))
    first = service.list_pipelines(maxResults=2)
    second = service.list_pipelines(maxResults=2, nextToken=first["nextToken"])
    assert [len(each["pipelines"]) for each in (first, second)] == [2, 1]


def test_a_wrong_token_is_refused(service):
    assert refused(service.list_pipelines, nextToken="made-up") == "InvalidNextTokenException"


def test_secrets_are_masked(service):
    settings = {"Owner": "shop", "Repo": "web", "Branch": "main", "OAuthToken": "hush"}
    github = action("Checkout", "Source", "GitHub", owner="ThirdParty", outputs=("source",), configuration=settings)
    made = document(service, stages=[sources(github), stage("Build", build())])
    service.create_pipeline(pipeline=made)
    found = service.get_pipeline(name="shop")["pipeline"]["stages"][0]["actions"][0]["configuration"]
    assert found["OAuthToken"] == "****"


def test_tags_are_added_overwritten_and_removed(service):
    service.create_pipeline(pipeline=document(service), tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "1"}])
    service.tag_resource(resourceArn=arn(service), tags=[{"key": "b", "value": "2"}, {"key": "c", "value": "3"}])
    service.untag_resource(resourceArn=arn(service), tagKeys=["a", "never"])
    assert tags(service) == {"b": "2", "c": "3"}


def test_system_tags_are_refused(service):
    service.create_pipeline(pipeline=document(service))
    asked = {"resourceArn": arn(service), "tags": [{"key": "aws:x", "value": "y"}]}
    assert refused(service.tag_resource, **asked) == "InvalidTagsException"


def test_fifty_tags_are_the_most(service):
    service.create_pipeline(pipeline=document(service))
    many = [{"key": f"k{number}", "value": "v"} for number in range(51)]
    assert refused(service.tag_resource, resourceArn=arn(service), tags=many) == "TooManyTagsException"


def test_overwriting_tags_counts_once(service):
    many = [{"key": f"k{number}", "value": "v"} for number in range(40)]
    service.create_pipeline(pipeline=document(service), tags=many)
    service.tag_resource(resourceArn=arn(service), tags=many)
    assert len(tags(service)) == 40


def test_a_refused_tag_leaves_no_pipeline(service):
    many = [{"key": "aws:x", "value": "y"}]
    assert refused(service.create_pipeline, pipeline=document(service), tags=many) == "InvalidTagsException"
    assert service.list_pipelines()["pipelines"] == []


def test_an_arn_of_nothing_is_told(service):
    service.create_pipeline(pipeline=document(service))
    other = arn(service).replace(":shop", ":none")
    assert refused(service.list_tags_for_resource, resourceArn=other) == "ResourceNotFoundException"


def test_every_difference_names_a_test():
    assert set(DIFFERENCES) <= set(globals())
