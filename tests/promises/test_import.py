"""Import from end to end: live pipelines, an empty repository, files, a commit, and a plan that finds nothing."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from builders import REGION as HOME
from builders import connection, pipeline, sources, stage, trigger
from endpoint import sample
from reconciler.definitions.tags import OWNER
from reconciler.settings import Sync
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from .conftest import Shop

pytestmark = pytest.mark.untraced

OWNED = {OWNER: Sync().owner, "team": "shop", "aws:createdBy": "somebody"}
CROSS = {"us-east-1": {"type": "S3", "location": "far"}, HOME: {"type": "S3", "location": "near"}}
PASSWORD = "hunter2-is-not-a-token"
READS = {"ListPipelines", "GetResources", "GetPipeline", "ListTagsForResource"}


def build(**members: Any) -> dict[str, Any]:
    kind = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    inputs = {"inputArtifacts": [{"name": "source"}], "configuration": {"ProjectName": "shop-web"}}
    return {"name": "Compile", "actionTypeId": kind, **inputs, **members}


def special() -> list[dict[str, Any]]:
    """Give what samples do not have: dots, two Regions, triggers, odd strings, several lines, a run order."""
    lines = 'set -e\n\nmake "all"  # yes\n\tmake test\n'
    rule = {
        "name": "Gate",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
    }
    gate = {"conditions": [{"result": "FAIL", "rules": [rule | {"configuration": {
        "Variable": "#{variables.COUNT}", "Operator": "EQ", "Value": "010"}}]}]}  # fmt: skip
    odd = [{"name": "COUNT", "defaultValue": "012"}, {"name": "SURE", "defaultValue": "yes"}]
    far = build(name="Far", region="us-east-1", runOrder=2)
    commands = {
        "name": "Run", "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"},
        "commands": [lines, "echo '${x}'"], "inputArtifacts": [{"name": "source"}],
    }  # fmt: skip
    return [
        pipeline("shop.prod.web"),
        pipeline("shop-prod-far", [sources(), stage("Build", build(region=HOME), far)], artifactStores=CROSS),
        pipeline(
            "shop-prod-odd", [sources(connection()), stage("Build", build(), beforeEntry=gate), stage("Run", commands)],
            pipelineType="V2", triggers=[trigger()], variables=odd,
        ),
        pipeline("shop-prod-quiet", [sources(connection(DetectChanges="false")), stage("Build", build())]),
    ]  # fmt: skip


@pytest.fixture
def thirty(shop: Shop) -> Shop:
    """Thirty-odd live pipelines that a lost repository owned, one of them with a secret; nothing in git."""
    for document in [*sample(25, account=ACCOUNT, region=REGION), *special()]:
        shop.put(document, OWNED)
    shop.put(shop.secretive("shop-prod-secret", shop.token), OWNED)
    shop.file("README.md", "Nothing here yet.")
    return shop


def test_what_a_lost_repository_owned_is_imported_and_the_plan_is_quiet(thirty):
    done = thirty.cli("import")
    assert (done.status, done.out.splitlines()[-1]) == (0, "proved: 30 pipelines, no difference")
    thirty.workshop.commit()
    planned = thirty.cli("plan")
    assert (planned.status, planned.out) == (0, "Nothing to do; 30 pipelines in sync.\n")
    assert {each.operation for each in thirty.endpoint.log} <= READS


def test_no_secret_is_written_and_the_mask_keeps_the_one_that_is_live(thirty):
    thirty.cli("import", "shop-prod-secret")
    file = thirty.pipelines / "shop-prod-secret.yaml"
    assert "OAuthToken: '****'" in file.read_text()
    assert "# **** stands for a secret that is live" in file.read_text()
    assert not any(thirty.token.encode() in each.read_bytes() for each in thirty.folder.rglob("*") if each.is_file())
    file.write_text(file.read_text().replace("ProjectName: compile", "ProjectName: package"))
    thirty.workshop.commit()
    thirty.apply()
    assert (thirty.project("shop-prod-secret"), thirty.secret("shop-prod-secret")) == ("package", thirty.token)


def test_a_password_in_plain_text_is_masked_and_holds_other_changes_until_it_is_a_reference(shop):
    variables = f'[{{"name": "DB_PASSWORD", "value": "{PASSWORD}"}}, {{"name": "STAGE", "value": "prod"}}]'
    leaky = build(configuration={"ProjectName": "shop-web", "EnvironmentVariables": variables})
    shop.put(pipeline("shop-prod-leaky", [sources(), stage("Build", leaky)]), OWNED)
    done = shop.cli("import")
    assert (done.status, PASSWORD in done.out + done.err) == (0, False)
    file = shop.pipelines / "shop-prod-leaky.yaml"
    assert PASSWORD not in file.read_text()
    shop.workshop.commit()
    assert shop.cli("plan").status == 0
    file.write_text(file.read_text().replace("shop-web", "shop-api"))
    shop.workshop.commit()
    planned = shop.cli("plan")
    assert planned.status == 4
    assert "write a reference to a secret" in planned.out


def run(command: str) -> dict[str, Any]:
    kind = {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"}
    return {"name": "Run", "actionTypeId": kind, "commands": [command], "inputArtifacts": [{"name": "source"}]}


def test_a_password_in_a_variables_default_is_masked_and_holds_other_changes(shop):
    variables = [{"name": "DB_PASSWORD", "defaultValue": PASSWORD}]
    shop.put(pipeline("shop-prod-leaky", variables=variables, pipelineType="V2"), OWNED)
    assert shop.cli("import").status == 0
    file = shop.pipelines / "shop-prod-leaky.yaml"
    assert PASSWORD not in file.read_text()
    shop.workshop.commit()
    assert shop.cli("plan").status == 0
    file.write_text(file.read_text().replace("executionMode: SUPERSEDED", "executionMode: QUEUED"))
    shop.workshop.commit()
    assert "variables[0].defaultValue holds the mask ****" in shop.cli("plan").out


def test_a_password_inside_a_text_keeps_the_file_from_being_written(shop):
    stages = [sources(), stage("Run", run(f"PASSWORD={PASSWORD} make"))]
    shop.put(pipeline("shop-prod-leaky", stages, pipelineType="V2"), OWNED)
    done = shop.cli("import")
    assert done.status == 1
    assert "differs: Run/Run commands[0]" in done.out
    assert PASSWORD not in done.out + done.err
    assert not (shop.pipelines / "shop-prod-leaky.yaml").exists()


def test_a_live_pipeline_that_breaks_a_rule_is_written_and_told(shop):
    shop.put(pipeline("shop-prod-odd", [sources(), stage("Build", build(configuration={"Color": "red"}))]), OWNED)
    done = shop.cli("import")
    assert done.status == 1
    assert "shop-prod-odd.yaml:" in done.out
    assert (shop.pipelines / "shop-prod-odd.yaml").exists()


def test_a_live_pipeline_is_judged_by_the_action_types_of_the_repository(shop):
    counts = {"minimumCount": 0, "maximumCount": 1}
    job = {"name": "Job", "required": True, "key": True, "secret": False}
    shop.file("kiln.actiontype.yaml", json.dumps({
        "category": "Build", "provider": "Kiln", "version": "1", "configurationProperties": [job],
        "inputArtifactDetails": counts, "outputArtifactDetails": counts,
    }))  # fmt: skip
    kind = {"category": "Build", "owner": "Custom", "provider": "Kiln", "version": "1"}
    shop.put(pipeline("shop-prod-odd", [sources(), stage("Build", build(actionTypeId=kind, configuration={}))]), OWNED)
    done = shop.cli("import")
    assert done.status == 1
    assert "Job is missing (Build/Custom/Kiln/1 needs it)" in done.out


def test_pipelines_without_an_owner_are_planned_as_adoption_with_nothing_but_the_tag(shop):
    for document in sample(3, account=ACCOUNT, region=REGION):
        shop.put(document, {"team": "shop"})
    shop.cli("import")
    shop.workshop.commit()
    state = shop.plan().known[2]
    assert [(each.kind, [one.place for one in each.differences]) for each in state.changes] == [
        ("adopt", [f"tags.{OWNER}"])
    ] * 3
    assert all("set `sync: {adopt: true}`" in each.held for each in state.changes)


def test_with_adopt_the_next_apply_takes_them_over_without_a_write_to_the_declaration(shop):
    for document in sample(3, account=ACCOUNT, region=REGION):
        shop.put(document)
    shop.cli("import", "--adopt")
    shop.workshop.commit()
    shop.endpoint.clear_log()
    shop.apply()
    assert {operation for operation, _ in shop.writes()} == {"TagResource"}
    assert shop.cli("plan").status == 0


def test_the_tags_of_a_pipeline_are_written_but_for_the_owner_and_those_of_aws(thirty):
    thirty.cli("import", "shop.prod.web")
    content = yaml.safe_load((thirty.pipelines / "shop.prod.web.yaml").read_text())
    assert content["tags"] == {"team": "shop"}
    assert content["environment"] == "prod"


def test_a_second_import_leaves_what_is_defined_already(thirty):
    thirty.cli("import", "--quiet")
    file = thirty.pipelines / "svc0001-prod-deploy.yaml"
    file.write_text("# mine\n" + file.read_text())
    done = thirty.cli("import", "--format", "json")
    assert done.status == 0
    assert {each["result"] for each in done.json["pipelines"]} == {"defined already"}
    assert file.read_text().startswith("# mine")


def test_a_file_that_is_there_is_written_over_by_force_only(thirty):
    file = thirty.workshop.write("shop-prod-far.yaml", "mine: true\n")
    done = thirty.cli("import", "shop-prod-far")
    assert (done.status, file.read_text()) == (1, "mine: true\n")
    assert thirty.cli("import", "shop-prod-far", "--force").status == 0
    assert "name: shop-prod-far" in file.read_text()


def test_a_link_is_not_followed_and_is_replaced_by_force_only(thirty):
    elsewhere = thirty.folder / "elsewhere.txt"
    elsewhere.write_text("mine")
    link = thirty.workshop.write("x.yaml", "").with_name("shop-prod-far.yaml")
    link.symlink_to(elsewhere)
    assert thirty.cli("import", "shop-prod-far").status == 1
    assert thirty.cli("import", "shop-prod-far", "--force").status == 0
    assert (elsewhere.read_text(), link.is_symlink()) == ("mine", False)


def test_a_dry_run_proves_and_writes_nothing(thirty):
    done = thirty.cli("import", "shop*", "--dry-run")
    assert (done.status, done.out.splitlines()[-1]) == (0, "proved: 5 pipelines, no difference")
    assert not list(thirty.pipelines.glob("*.yaml"))


def test_pipelines_of_other_owners_are_left(shop):
    shop.put(pipeline("shop-prod-theirs"), {OWNER: "them"})
    shop.put(pipeline("shop-prod-free"))
    done = shop.cli("import")
    assert "shop-prod-theirs in 111111111111/eu-west-1 is left: owned by 'them'" in done.err
    assert [file.name for file in shop.pipelines.iterdir()] == ["shop-prod-free.yaml"]


def test_only_unmanaged_pipelines_are_written_when_these_are_asked_for(shop):
    shop.put(pipeline("shop-prod-ours"), OWNED)
    shop.put(pipeline("shop-prod-free"))
    assert shop.cli("import", "--unmanaged").status == 0
    assert [file.name for file in shop.pipelines.iterdir()] == ["shop-prod-free.yaml"]


def test_two_places_with_the_same_name_get_two_files_that_say_where(shop):
    shop.workshop.settings(
        environments={"prod": {"account": ACCOUNT, "regions": [REGION, "us-east-1"]},
                      "dev": {"account": "222222222222", "regions": [REGION], "assume_role": ROLE}}
    )  # fmt: skip
    for account, region in [(ACCOUNT, REGION), (ACCOUNT, "us-east-1"), ("222222222222", REGION)]:
        shop.endpoint.put(account, region, pipeline("Shop"), OWNED)
    done = shop.cli("import")
    assert done.status == 0, done
    shop.workshop.commit()
    assert {file.name for file in shop.pipelines.iterdir()} == {
        "Shop.dev.yaml", "Shop.prod.eu-west-1.yaml", "Shop.prod.us-east-1.yaml"
    }  # fmt: skip
    assert shop.cli("plan").out == "Nothing to do; 3 pipelines in sync.\n"
    assert shop.cli("import", "--environment", "dev", "--dry-run", "--out", "elsewhere").out.count("would be") == 1
    assert shop.cli("import", "--region", "us-east-1", "--dry-run", "--out", "elsewhere").out.count("would be") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["nothing-like-it"], "no live pipeline is called nothing-like-it", id="name"),
        pytest.param(["--environment", "qa"], "there is no environment 'qa'", id="environment"),
        pytest.param(["--region", "mars-1"], "no target lies in 'mars-1'", id="region"),
    ],
)
def test_what_cannot_be_found_is_said(thirty, arguments, message):
    done = thirty.cli("import", *arguments)
    assert (done.status, message in done.err) == (2, True)


def test_a_target_that_cannot_be_read_is_said_and_is_not_taken_for_empty(thirty):
    thirty.endpoint.fail("ListPipelines", "AccessDeniedException")
    done = thirty.cli("import")
    assert done.status == 2
    assert "nothing could be read" in done.err


def test_a_pipeline_that_cannot_be_read_keeps_no_other_from_being_imported(thirty):
    thirty.endpoint.fail("GetPipeline", "AccessDeniedException", times=1)
    done = thirty.cli("import", "--format", "json")
    assert done.status == 1
    assert (done.json["proved"], len(done.json["unread"])) == (29, 1)


def test_the_imported_documents_are_those_that_are_live(thirty):
    thirty.cli("import", "svc*")
    for document in sample(25, account=ACCOUNT, region=REGION):
        written = yaml.safe_load((thirty.pipelines / f"{document['name']}.yaml").read_text())["pipeline"]
        assert stripped(written) == stripped(document)


def stripped(document: dict[str, Any]) -> dict[str, Any]:
    """Give a declaration without what may be left out."""
    document = copy.deepcopy(document)
    for action in (action for each in document["stages"] for action in each["actions"]):
        for key in [key for key, value in action.items() if value == [] or (key, value) == ("runOrder", 1)]:
            del action[key]
        if action.get("region") == REGION:
            del action["region"]
    return document


ROLE = "arn:aws:iam::222222222222:role/reconciler"
