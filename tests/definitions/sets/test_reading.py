"""Sets as files: what they define, and where in the file their mistakes are told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml

from reconciler.definitions import definition, native, reading, sets
from reconciler.definitions.sets import outline
from reconciler.errors import Invalid
from reconciler.pipeline import secrets
from reconciler.settings import Environment, Naming

if TYPE_CHECKING:
    from reconciler.definitions.definition import Definition

ENVIRONMENTS = {
    "dev": Environment(account="111111111111", regions=("eu-west-1",)),
    "staging": Environment(account="222222222222", regions=("eu-west-1",)),
    "prod": Environment(account="333333333333", regions=("eu-west-1", "us-east-1")),
}
CONTEXT = native.Context(ENVIRONMENTS, Naming(), secrets.fingerprinter(b"a key"))

SHOP = """\
project: shop
purpose: deploy
environments: [dev, prod]
regions: {prod: [eu-west-1]}
facts: {dev: {size: small}, prod: {size: 9}}
pipeline:
  name: ${project}-${environment}-${purpose}
  roleArn: arn:aws:iam::${account}:role/pipeline
  artifactStore: {type: S3, location: "artifacts-${region}-${size}"}
  stages:
    - name: Source
      actions:
        - name: App
          actionTypeId: {category: Source, owner: AWS, provider: CodeCommit, version: "1"}
          configuration: {RepositoryName: shop, BranchName: main, PollForSourceChanges: "false"}
          outputArtifacts: [{name: App}]
    - name: Deploy
      actions:
        - name: Site
          actionTypeId: {category: Deploy, owner: AWS, provider: S3, version: "1"}
          configuration: {BucketName: "shop-${environment}", Extract: "true"}
          inputArtifacts: [{name: App}]
overrides:
  prod:
    stages:
      - name: Approve
        $before: Deploy
        actions:
          - name: Owner
            actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
tags: {team: shop, stage: "${environment}"}
sync: {adopt: true}
"""


def read(text: str = SHOP) -> list[Definition]:
    return list(reading.read(text.encode(), "shop.yaml", CONTEXT))


def problems(text: str) -> list[tuple[int, int, str, str]]:
    with pytest.raises(Invalid) as refused:
        read(text)
    return [(each.line, each.column, each.path, each.message) for each in sorted(refused.value.problems)]


def changed(old: str, new: str) -> str:
    assert SHOP.count(old) == 1, old
    return SHOP.replace(old, new)


def stage_names(found: Definition) -> list[str]:
    return [stage["name"] for stage in found.document["stages"]]


# What a set defines


def test_a_set_defines_one_pipeline_for_each_environment():
    dev, prod = read()
    assert (dev.name, dev.environment, str(dev.target)) == ("shop-dev-deploy", "dev", "111111111111/eu-west-1")
    assert (prod.name, prod.environment, str(prod.target)) == ("shop-prod-deploy", "prod", "333333333333/eu-west-1")


def test_facts_are_filled_in():
    dev, prod = (each.document for each in read())
    assert dev["roleArn"] == "arn:aws:iam::111111111111:role/pipeline"
    assert dev["artifactStore"]["location"] == "artifacts-eu-west-1-small"
    assert prod["artifactStore"]["location"] == "artifacts-eu-west-1-9"


def test_an_override_changes_its_environment_only():
    assert [stage_names(each) for each in read()] == [["Source", "Deploy"], ["Source", "Approve", "Deploy"]]


def test_tags_and_sync_stand_beside_all_of_them():
    assert [(each.tags, each.adopt) for each in read()] == [
        ({"team": "shop", "stage": "dev"}, True),
        ({"team": "shop", "stage": "prod"}, True),
    ]


def test_an_override_reaches_what_stands_beside_the_pipeline():
    frozen = "  prod:\n    transitions: {Deploy: {inbound: disabled, reason: freeze}}\n    tags: {team: null}\n"
    dev, prod = read(changed("  prod:\n", frozen))
    assert (dev.transitions, dict(prod.transitions)) == ({}, {"Deploy": {"inbound": "disabled", "reason": "freeze"}})
    assert (list(dev.tags), list(prod.tags)) == (["team", "stage"], ["stage"])


def test_without_a_choice_a_set_lives_in_all_regions_of_its_environments():
    found = read(changed("regions: {prod: [eu-west-1]}\n", ""))
    assert [str(each.target) for each in found] == [
        "111111111111/eu-west-1", "333333333333/eu-west-1", "333333333333/us-east-1",
    ]  # fmt: skip
    assert found[2].document["artifactStore"]["location"] == "artifacts-us-east-1-9"


def test_a_fact_may_differ_between_regions():
    text = changed("regions: {prod: [eu-west-1]}\n", "").replace("size: 9", "size: {eu-west-1: 1, us-east-1: 2}")
    locations = [each.document["artifactStore"]["location"] for each in read(text)]
    assert locations == ["artifacts-eu-west-1-small", "artifacts-eu-west-1-1", "artifacts-us-east-1-2"]


def test_a_definition_stands_at_the_line_of_the_name_as_it_is_written():
    named = changed("  prod:\n", "  prod:\n    name: shop-prod-release\n")
    assert [each.line for each in read(named)] == [7, 25]


def test_a_pipeline_of_a_set_is_the_same_as_one_in_a_file_of_its_own():
    for each in read():
        beside = {"tags": dict(each.tags), "environment": each.environment, "region": each.target.region}
        text = yaml.safe_dump({"pipeline": each.document, **beside})
        (alone,) = reading.read(text.encode(), "shop.yaml", CONTEXT)
        assert (alone.digest, alone.form, alone.target) == (each.digest, each.form, each.target)


def test_every_definition_is_remembered_from_its_header():
    for each in read():
        header = json.loads(json.dumps(definition.header(each)))
        assert definition.remembered(header, "shop.yaml") == each


def test_a_set_may_be_json():
    assert read(json.dumps(yaml.safe_load(SHOP)))[0].digest == read()[0].digest


def test_a_base_text_that_an_environment_replaces_needs_no_facts_there():
    text = changed("size: 9", "sise: 9").replace(
        "  prod:\n", "  prod:\n    artifactStore: {$replace: true, type: S3, location: artifacts}\n"
    )
    assert read(text)[1].document["artifactStore"] == {"type": "S3", "location": "artifacts"}


# Digests


def test_transitions_are_part_of_the_digest_and_not_of_the_form():
    plain, frozen = read()[1], read(f"{SHOP}transitions: {{Deploy: {{inbound: disabled, reason: freeze}}}}\n")[1]
    assert plain.form == frozen.form
    assert plain.digest != frozen.digest


# Problems


ROW_OF_SOURCE = '          actionTypeId: {category: Source, owner: AWS, provider: CodeCommit, version: "1"}\n'


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(
            "environments: [dev, prod]", "environments: [dev, prd]",
            [
                (3, 21, "environments[1]", "environment 'prd' is not configured"),
                (4, 11, "regions.prod", "'prod' is not one of the set's environments"),
                (5, 29, "facts.prod", "'prod' is not one of the set's environments"),
                (24, 3, "overrides.prod", "'prod' is not one of the set's environments"),
            ],
            id="an environment that is not configured",
        ),
        pytest.param(
            "environments: [dev, prod]", "environments: dev",
            [(3, 1, "environments", "environments is a list of at least one name")], id="no list of environments",
        ),
        pytest.param(
            "environments: [dev, prod]", "environments: []",
            [(3, 1, "environments", "environments is a list of at least one name")], id="an empty list",
        ),
        pytest.param(
            "environments: [dev, prod]", "environments: [dev, prod, dev, 5]",
            [
                (3, 27, "environments[2]", "'dev' stands here twice"),
                (3, 32, "environments[3]", "an environment is named by a text"),
            ],
            id="environments that are none",
        ),
        pytest.param("project: shop", "project: 5", [
            (1, 1, "project", "project is a text"),
            (7, 3, "pipeline.name", "${project} is not known"),
        ], id="a project that is no text"),
        pytest.param("tags:", "tag:", [(31, 1, "tag", "'tag' is not known here")], id="an unknown member"),
        pytest.param(
            "regions: {prod: [eu-west-1]}", "regions: {prod: [eu-west-2]}",
            [(4, 18, "regions.prod[0]", "prod is not configured for 'eu-west-2'")], id="a Region that is not there",
        ),
        pytest.param(
            "regions: {prod: [eu-west-1]}", "regions: {prod: []}",
            [(4, 11, "regions.prod", "no Region is left")], id="no Region",
        ),
        pytest.param(
            "regions: {prod: [eu-west-1]}", "regions: {prod: [eu-west-1, eu-west-1, 5]}",
            [
                (4, 29, "regions.prod[1]", "'eu-west-1' stands here twice"),
                (4, 40, "regions.prod[2]", "a Region is named by a text"),
            ],
            id="Regions that are none",
        ),
        pytest.param(
            "regions: {prod: [eu-west-1]}", "regions: {prod: [eu-west-1], dev: eu-west-1}",
            [(4, 30, "regions.dev", "regions of an environment are a list")], id="Regions that are no list",
        ),
        pytest.param(
            "facts: {dev: {size: small}, prod: {size: 9}}", "facts: [size]",
            [
                (5, 1, "facts", "facts is a mapping by environment"),
                (9, 29, "pipeline.artifactStore.location", "${size} is not known"),
            ],
            id="facts that are no mapping",
        ),
        pytest.param(
            "{size: small}", "{size: small, region: x, 1a: x, on: true}",
            [
                (5, 28, "facts.dev.region", "${region} is there already"),
                (5, 39, "facts.dev.1a", "'1a' is no name for a fact"),
                (5, 46, "facts.dev.on", "a fact is a text, or one text for each Region"),
            ],
            id="facts that are none",
        ),
        pytest.param(
            "{size: small}", "{}",
            [(9, 29, "pipeline.artifactStore.location", "in dev: ${size} is not known")], id="a fact of another one",
        ),
        pytest.param(
            'location: "artifacts-', 'location: "artifacts-${',
            [(9, 29, "pipeline.artifactStore.location", "`${` is not closed")], id="not closed",
        ),
        pytest.param(
            "$before: Deploy", "$before: Deplpy",
            [(27, 9, "overrides.prod.stages[0].$before", "in prod: there is no 'Deplpy' here")], id="no anchor",
        ),
        pytest.param(
            "      - name: Approve\n", "      - name: Test\n        $delete: true\n      - name: Approve\n",
            [(26, 9, "overrides.prod.stages[0]", "in prod: there is no 'Test' here")], id="nothing to delete",
        ),
        pytest.param(
            "provider: Manual", "provider: Manuel",
            [(30, 13, "overrides.prod.stages[0].actions[0].actionTypeId",
              "in prod: there is no Approval/AWS/Manuel/1")],
            id="a rule broken by an override",
        ),
        pytest.param(
            "provider: S3, version", "provider: S4, version",
            [(20, 11, "pipeline.stages[1].actions[0].actionTypeId", "there is no Deploy/AWS/S4/1")],
            id="a rule broken by the base, behind what an override has moved",
        ),
        pytest.param(
            "arn:aws:iam::${account}:role", "arn:aws:iam:${account}:role",
            [(8, 3, "pipeline.roleArn",
              "'arn:aws:iam:${account}:role/pipeline' does not match arn:aws(-[\\w]+)*:iam::[0-9]{12}:role/.*")],
            id="one fault, though its text differs",
        ),
        pytest.param(
            "  prod:\n", "  prod:\n    executionMode: QUICK\n",
            [(25, 5, "overrides.prod.executionMode", "in prod: 'QUICK' is not one of QUEUED, SUPERSEDED, PARALLEL")],
            id="a shape broken by an override",
        ),
        pytest.param(
            '"${environment}"}', "5}",
            [(31, 20, "tags.stage", "a tag's key and value are strings")], id="a tag",
        ),
        pytest.param("adopt: true", "adopt: maybe", [
            (32, 8, "sync.adopt", "adopt takes true or false"),
        ], id="a word in sync"),
        pytest.param(
            "tags:", "transitions: {Approve: {inbound: disabled, reason: x}}\ntags:",
            [(31, 15, "transitions.Approve", "in dev: there is no stage 'Approve'")],
            id="a transition of a stage that one environment does not have",
        ),
        pytest.param(
            "  name: ${project}-${environment}-${purpose}", "  name: 5",
            [(7, 3, "pipeline.name", "name is an integer; AWS wants a string")], id="no name",
        ),
        pytest.param(
            "overrides:\n  prod:", "overrides:\n  prod: 5\n  dev:",
            [
                (24, 3, "overrides.prod", "overrides of an environment are a mapping"),
            ],
            id="an override that is no mapping",
        ),
    ],
)  # fmt: skip
def test_a_problem_is_told_once_where_the_value_is_written(old, new, told):
    assert problems(changed(old, new)) == told


def test_environments_that_would_be_one_pipeline_are_told():
    shared = ENVIRONMENTS | {"test": Environment(account="111111111111", regions=("eu-west-1",))}
    context = native.Context(shared, Naming(), str)
    text = changed("[dev, prod]", "[dev, prod, test]").replace("prod: {size: 9}", "prod: {size: 9}, test: {size: 1}")
    text = text.replace("-${environment}-", "-")
    definitions, (problem,) = reading.judge(text.encode(), "shop.yaml", context)
    assert (definitions, problem.line) == ((), 7)
    assert problem.message == "dev and test are both shop-deploy in 111111111111/eu-west-1"


def test_one_broken_environment_keeps_the_whole_file_from_being_read():
    definitions, found = reading.judge(changed("provider: Manual", "provider: X").encode(), "shop.yaml", CONTEXT)
    assert (definitions, len(found)) == ((), 1)


def test_warnings_are_told_and_keep_nothing():
    text = changed('Extract: "true"}', 'Extract: "true"}\n          runOrder: 1\n          outputArtifacts: []')
    definitions, found = reading.judge(text.encode(), "shop.yaml", CONTEXT)
    assert len(definitions) == 2
    assert all(each.severity != "error" for each in found)


# Without settings


def test_without_settings_a_set_is_judged_and_defines_nothing():
    assert reading.judge(SHOP.encode(), "shop.yaml", None) == ((), ())


def test_without_settings_any_environment_may_be_named():
    text = SHOP.replace("prod", "live")
    assert reading.judge(text.encode(), "shop.yaml", None) == ((), ())


def test_without_settings_facts_by_region_are_known_in_their_regions():
    text = changed("regions: {prod: [eu-west-1]}\n", "").replace("size: 9", "size: {eu-west-1: 1, us-east-1: 2}")
    assert reading.judge(text.encode(), "shop.yaml", None) == ((), ())


def test_without_settings_the_structure_is_judged_all_the_same():
    _, found = reading.judge(changed("provider: S3, version", "provider: S4, version").encode(), "shop.yaml", None)
    assert [(each.line, each.rule) for each in found] == [(20, "provider-unknown")]


# Which files are sets


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        pytest.param({"environments": ["dev"], "pipeline": {}}, True, id="a set"),
        pytest.param({"environments": None, "pipeline": None}, True, id="a broken one"),
        pytest.param({"pipeline": {}}, False, id="native"),
        pytest.param({"environments": {}}, False, id="settings"),
        pytest.param(["environments", "pipeline"], False, id="a list"),
        pytest.param(None, False, id="nothing"),
    ],
)
def test_a_set_names_environments_beside_a_pipeline(value, answer):
    assert sets.is_set(value) is answer


# Words


def test_the_words_in_the_documentation_are_the_words_that_are_read():
    shown_words = re.findall(r"^(\w+(?:, \w+)*) {2,}|^(tags, transitions, sync) ", outline.__doc__ or "", re.MULTILINE)
    words = [word for found in shown_words for group in found if group for word in group.split(", ")]
    assert sorted(words) == sorted(outline.MEMBERS)
