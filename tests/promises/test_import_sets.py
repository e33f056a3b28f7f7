"""Import as sets from end to end: what differs by environment becomes one file, and a plan over it finds nothing."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from builders import action, build, pipeline, sources, stage
from reconciler.definitions.tags import OWNER
from reconciler.settings import Sync
from workshop import REGION

if TYPE_CHECKING:
    from .conftest import Shop

pytestmark = pytest.mark.untraced

ACCOUNTS = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}
OWNED = {OWNER: Sync().owner, "team": "shop"}


def document(environment: str, project: str = "shop", **members: Any) -> dict[str, Any]:
    """Give a pipeline with the facts of its environment; production is approved by somebody."""
    ship = action(
        "Ship", "Deploy", "S3", inputs=("source",),
        configuration={"BucketName": f"{project}-{environment}-site", "Extract": "true"},
    )  # fmt: skip
    approve = stage("Approve", action("Owner", "Approval", "Manual", configuration={"CustomData": "${go}?"}))
    later = [stage("Build", build()), *([approve] if environment == "prod" else []), stage("Deploy", ship)]
    made = pipeline(f"{project}-{environment}-deploy", [sources(), *later], **members)
    return copy.deepcopy(made | {"roleArn": f"arn:aws:iam::{ACCOUNTS[environment]}:role/pipeline"})


@pytest.fixture
def three(shop: Shop) -> Shop:
    """Give a shop that is live in three environments, and owned, with nothing in git."""
    environments = {
        name: {"account": account, "regions": [REGION], "assume_role": f"arn:aws:iam::{account}:role/reconciler"}
        for name, account in ACCOUNTS.items()
    }
    shop.workshop.settings(environments=environments)
    for name, account in ACCOUNTS.items():
        shop.endpoint.put(account, REGION, document(name), OWNED)
    shop.file("README.md", "Nothing here yet.")
    return shop


def files(shop: Shop) -> list[str]:
    return sorted(file.name for file in shop.pipelines.glob("*.yaml"))


def planned(shop: Shop) -> str:
    shop.workshop.commit()
    done = shop.cli("plan")
    assert done.status == 0, done
    return done.out


def test_three_environments_become_one_set_and_the_plan_is_quiet(three):
    done = three.cli("import", "--as", "sets")
    assert (done.status, done.out.splitlines()[-1]) == (0, "proved: 3 pipelines, no difference")
    assert files(three) == ["shop-deploy.yaml"]
    assert planned(three) == "Nothing to do; 3 pipelines in sync.\n"


def test_the_set_says_facts_once_and_what_one_environment_has_beside_it(three):
    three.cli("import", "--as", "sets")
    text = (three.pipelines / "shop-deploy.yaml").read_text()
    value = yaml.safe_load(text)
    assert text.startswith("# Imported from prod 333333333333/eu-west-1, dev 111111111111/eu-west-1,")
    assert list(value) == ["project", "purpose", "environments", "tags", "pipeline", "overrides"]
    assert value["pipeline"]["name"] == "${project}-${environment}-${purpose}"
    assert value["pipeline"]["roleArn"] == "arn:aws:iam::${account}:role/pipeline"
    assert value["overrides"] == {"prod": {"stages": [{
        "name": "Approve", "$before": "Deploy",
        "actions": [action("Owner", "Approval", "Manual", configuration={"CustomData": "${!go}?"})],
    }]}}  # fmt: skip


def test_a_pipeline_that_has_no_family_gets_a_file_of_its_own(three):
    three.put(pipeline("Lonely"), OWNED)
    three.endpoint.put(ACCOUNTS["prod"], REGION, document("prod", "till"), OWNED)
    assert three.cli("import", "--as", "sets").status == 0
    assert files(three) == ["Lonely.yaml", "shop-deploy.yaml", "till-prod-deploy.yaml"]
    assert planned(three) == "Nothing to do; 5 pipelines in sync.\n"


def test_pipelines_with_little_in_common_get_files_and_the_reason_is_told(three):
    other = [stage(f"Stage{number}", build(f"Run{number}")) for number in range(9)]
    three.endpoint.put(ACCOUNTS["prod"], REGION, pipeline("shop-prod-deploy", [sources(), *other]), OWNED)
    for name in ("dev", "staging"):
        three.endpoint.remove(ACCOUNTS[name], REGION, f"shop-{name}-deploy")
    three.endpoint.put(ACCOUNTS["dev"], REGION, document("dev"), OWNED)
    done = three.cli("import", "--as", "sets")
    assert "shop-prod-deploy: no set with shop-dev-deploy: they differ in more than they have in common" in done.err
    assert (done.status, files(three)) == (0, ["shop-dev-deploy.yaml", "shop-prod-deploy.yaml"])
    assert planned(three) == "Nothing to do; 2 pipelines in sync.\n"


def test_what_a_set_cannot_say_is_imported_as_files(three):
    odd = document("prod")
    odd["stages"][2]["actions"][0]["configuration"]["CustomData"] = "${"
    three.endpoint.put(ACCOUNTS["prod"], REGION, odd)
    done = three.cli("import", "--as", "sets")
    assert "a text holds `${` without its end" in done.err
    assert (len(files(three)), planned(three)) == (3, "Nothing to do; 3 pipelines in sync.\n")


def test_only_the_regions_that_have_the_pipeline_are_in_the_set(three):
    three.workshop.settings(environments={
        name: {"account": account, "regions": ["us-east-1", REGION], "assume_role": f"arn:aws:iam::{account}:role/r"}
        for name, account in ACCOUNTS.items()
    })  # fmt: skip
    three.endpoint.put(ACCOUNTS["prod"], "us-east-1", document("prod"), OWNED)
    assert three.cli("import", "--as", "sets").status == 0
    value = yaml.safe_load((three.pipelines / "shop-deploy.yaml").read_text())
    assert value["regions"] == {"dev": [REGION], "staging": [REGION]}
    assert planned(three) == "Nothing to do; 4 pipelines in sync.\n"


def test_secrets_stay_masks_and_the_note_names_the_pipeline_once(three):
    for name, account in ACCOUNTS.items():
        secretive = three.secretive(f"web-{name}-build", three.token)
        three.endpoint.put(account, REGION, secretive, OWNED)
    done = three.cli("import", "--as", "sets", "web-*")
    assert done.status == 0, done
    assert "web-dev-build: **** stands for a secret that is live" in done.err
    assert "OAuthToken: '****'" in (three.pipelines / "web-build.yaml").read_text()


def test_a_dry_run_names_the_set_and_writes_nothing(three):
    done = three.cli("import", "--as", "sets", "--dry-run", "--format", "json")
    assert {(each["result"], each["file"]) for each in done.json["pipelines"]} == {
        ("would be written", "repository/pipelines/shop-deploy.yaml")
    }
    assert files(three) == []


def test_a_second_import_leaves_the_set_and_force_writes_it_anew(three):
    three.cli("import", "--as", "sets")
    file = three.pipelines / "shop-deploy.yaml"
    first = file.read_text()
    file.write_text("# mine\n" + first)
    assert three.cli("import", "--as", "sets").out.count("defined already") == 3
    assert file.read_text().startswith("# mine")
    assert three.cli("import", "--as", "sets", "--force").status == 0
    assert file.read_text() == first


def test_a_file_that_is_in_the_way_is_not_written_over(three):
    file = three.workshop.write("shop-deploy.yaml", "mine: true\n")
    done = three.cli("import", "--as", "sets")
    assert (done.status, done.out.count("--force writes over it"), file.read_text()) == (1, 3, "mine: true\n")


def test_with_adopt_the_set_asks_for_all_of_them(three):
    for name, account in ACCOUNTS.items():
        three.endpoint.tag(account, REGION, f"shop-{name}-deploy", {})
    three.cli("import", "--as", "sets", "--adopt")
    assert yaml.safe_load((three.pipelines / "shop-deploy.yaml").read_text())["sync"] == {"adopt": True}
    three.workshop.commit()
    assert [str(result.ending) for result in three.apply().results] == ["applied"] * 3
