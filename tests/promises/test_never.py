"""What the reconciler must never do, one section for each promise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from endpoint import Refusal, Request
from reconciler.pipeline.arns import Target
from workshop import ACCOUNT, REGION

pytestmark = pytest.mark.untraced

NAME = "shop-prod-web"
OWNED, FOREIGN = {"reconciler:owner": "codepipeline-reconciler"}, {"reconciler:owner": "somebody else"}


# 1. Interrupt a running execution unless the settings say so.


def test_an_update_waits_for_the_running_execution_and_is_made_when_that_has_ended(shop):
    shop.settle(shop.pipeline(NAME))
    running(shop, "InProgress")
    shop.define(shop.pipeline(NAME, project="package"))
    held = shop.cli("apply")
    assert (held.status, shop.writes()) == (4, [])
    assert "execution 1234 is in progress and would be ended" in held.out
    running(shop, "Succeeded")
    assert shop.cli("apply").status == 0
    assert shop.project(NAME) == "package"


def test_an_update_waits_while_it_is_not_known_whether_anything_runs(shop):
    shop.settle(shop.pipeline(NAME))
    shop.define(shop.pipeline(NAME, project="package"))
    shop.endpoint.fail("ListPipelineExecutions", "InternalFailure")
    assert shop.cli("apply").status == 1
    assert shop.writes() == []


def test_a_deletion_waits_for_the_running_execution(shop):
    shop.workshop.settings(sync={"prune": True})
    shop.settle(shop.pipeline(NAME), shop.pipeline("shop-prod-api"))
    running(shop, "InProgress")
    shop.drop(NAME)
    assert shop.cli("apply").status == 4
    assert shop.writes() == []


def test_tags_are_set_beside_a_running_execution_for_they_do_not_end_it(shop):
    shop.settle(shop.pipeline(NAME))
    running(shop, "InProgress")
    shop.define(shop.pipeline(NAME), tags={"team": "web"})
    assert shop.cli("apply").status == 0
    assert (shop.tags(NAME)["team"], status_of_run(shop)) == ("web", "InProgress")


@pytest.mark.parametrize(
    ("settings", "beside"),
    [
        pytest.param({"interrupt": "always"}, {}, id="for all"),
        pytest.param({}, {"sync": {"interrupt": "always"}}, id="for one"),
    ],
)
def test_an_update_ends_the_running_execution_where_that_is_asked_for(shop, settings, beside):
    shop.settle(shop.pipeline(NAME))
    shop.workshop.settings(sync=settings)
    running(shop, "InProgress")
    shop.define(shop.pipeline(NAME, project="package"), **beside)
    assert shop.cli("apply").status == 0
    assert (shop.project(NAME), status_of_run(shop)) == ("package", "Cancelled")


def test_the_wish_of_one_definition_to_wait_stands_above_the_setting(shop):
    shop.workshop.settings(sync={"interrupt": "always"})
    shop.settle(shop.pipeline(NAME))
    running(shop, "InProgress")
    shop.define(shop.pipeline(NAME, project="package"), sync={"interrupt": "wait"})
    assert shop.cli("apply").status == 4
    assert status_of_run(shop) == "InProgress"


# 2. Touch a pipeline that it does not own.


@pytest.mark.parametrize(
    ("tags", "beside", "project", "reason"),
    [
        pytest.param(FOREIGN, {}, "compile", "owned by 'somebody else'", id="foreign and equal"),
        pytest.param(FOREIGN, {"sync": {"adopt": True}}, "package", "owned by 'somebody else'", id="foreign"),
        pytest.param({}, {}, "compile", "exists already and has no owner", id="unowned and equal"),
        pytest.param({}, {}, "package", "exists already and has no owner", id="unowned and different"),
        pytest.param({}, {"sync": {"adopt": True}}, "package", "only with a zero difference", id="not yet equal"),
    ],
)
def test_a_pipeline_that_is_not_ours_is_left_alone(shop, tags, beside, project, reason):
    shop.put(shop.pipeline(NAME), tags)
    shop.define(shop.pipeline(NAME, project=project), **beside)
    done = shop.cli("apply")
    assert (done.status, shop.writes(), shop.tags(NAME)) == (4, [], tags)
    assert reason in done.out


def test_adoption_is_asked_for_shows_nothing_but_the_owner_and_sets_one_tag(shop):
    shop.put(shop.pipeline(NAME), {"team": "web"})
    shop.define(shop.pipeline(NAME), sync={"adopt": True})
    (change,) = shop.plan().plan.open
    assert [each.place for each in change.differences] == ["tags.reconciler:owner"]
    assert shop.cli("apply").status == 0
    assert (shop.writes(), shop.versions()) == ([("TagResource", NAME)], {NAME: 1})
    assert shop.tags(NAME) == {"team": "web", **OWNED}


def test_a_pipeline_that_moves_before_it_is_adopted_is_not_adopted(shop):
    shop.put(shop.pipeline(NAME))
    shop.define(shop.pipeline(NAME), sync={"adopt": True})
    once(shop, "GetCallerIdentity", lambda: shop.edit(NAME, build_another))
    assert shop.cli("apply").status == 1
    assert (shop.writes(), shop.tags(NAME)) == ([], {})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda shop: shop.define(shop.pipeline(NAME, project="package")), id="update"),
        pytest.param(lambda shop: shop.define(shop.pipeline(NAME), tags={"team": "web"}), id="tag"),
        pytest.param(lambda shop: shop.drop(NAME), id="delete"),
    ],
)
def test_an_owner_that_changes_after_the_list_was_read_stops_the_write(shop, change):
    shop.workshop.settings(sync={"prune": True})
    shop.settle(shop.pipeline(NAME), shop.pipeline("shop-prod-api"))
    change(shop)
    once(shop, "GetResources", lambda: shop.endpoint.tag(ACCOUNT, REGION, NAME, FOREIGN))
    assert shop.cli("apply").status == 4
    assert shop.writes() == []


def test_pruning_passes_over_what_others_own_and_what_nobody_owns(shop):
    shop.workshop.settings(sync={"prune": True})
    shop.settle(shop.pipeline(NAME))
    shop.put(shop.pipeline("theirs"), FOREIGN)
    shop.put(shop.pipeline("nobodys"))
    assert shop.cli("apply").status == 0
    assert (shop.writes(), len(shop.versions())) == ([], 3)


# 3. Delete, or create, because something could not be read.

ERRORS = (
    "ThrottlingException",
    "InternalFailure",
    "AccessDeniedException",
    "PipelineNotFoundException",
    "UnrecognizedClientException",
    "html",
    "drop",
)
CALLS = (
    "ListPipelines",
    "GetResources",
    "GetCallerIdentity",
    "ListTagsForResource",
    "ListPipelineExecutions",
    "GetPipeline",
)


@pytest.fixture
def pruning(shop):
    """Two pipelines of ours, pruning on; git changes one and drops the other."""
    shop.workshop.settings(sync={"prune": True})
    shop.settle(shop.pipeline(NAME), shop.pipeline("shop-prod-api"))
    shop.define(shop.pipeline(NAME, project="package"))
    shop.drop("shop-prod-api")
    return shop


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("call", CALLS)
def test_nothing_is_written_where_a_call_fails(pruning, call, error):
    if (call, error) == ("GetResources", "AccessDeniedException"):
        pruning.endpoint.fail("ListTagsForResource", error, times=None)  # tags are then asked one by one
    pruning.endpoint.fail(call, error, times=None)
    assert pruning.cli("apply").status in (1, 2, 4)
    assert (pruning.writes(), set(pruning.versions().values())) == ([], {1})


def test_nothing_is_written_where_a_call_fails_and_nothing_is_remembered(pruning):
    pruning.forget()
    pruning.endpoint.fail("GetPipeline", "InternalFailure", times=None)
    assert pruning.cli("apply").status == 1
    assert pruning.writes() == []


def test_a_page_that_fails_is_not_the_end_of_the_list(shop):
    shop.settle(shop.pipeline("shop-prod-zebra"))
    for number in range(1000):
        shop.put(shop.pipeline(f"a{number:04}"))

    @shop.endpoint.before
    def second_page_fails(request: Request) -> None:
        if request.operation == "ListPipelines" and "nextToken" in request.body:
            raise Refusal("InternalFailure", status=500)

    assert shop.cli("apply").status == 2
    assert shop.writes() == []


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        pytest.param(lambda shop: shop.workshop.git("rm", "-rq", "pipelines"), 2, id="an empty repository"),
        pytest.param(lambda shop: shop.workshop.git("mv", "pipelines", "elsewhere"), 2, id="a moved folder"),
        pytest.param(lambda shop: shop.empty(), 4, id="an emptied folder"),
        pytest.param(lambda shop: shop.workshop.write("broken.yaml", "pipeline: {"), 4, id="a broken file"),
        pytest.param(lambda shop: shop.workshop.write("notes.json", [1, 2]), 4, id="something else"),
        pytest.param(lambda shop: (shop.pipelines / "all.yaml").symlink_to("/tmp"), 4, id="a link"),
        pytest.param(lambda shop: shop.workshop.git("branch", "-m", "main", "other"), 2, id="a lost branch"),
    ],
)
def test_half_a_repository_deletes_nothing(shop, spoil, status):
    shop.workshop.settings(sync={"prune": True})
    shop.settle(shop.pipeline(NAME), shop.pipeline("shop-prod-api"), shop.pipeline("shop-prod-old"))
    shop.drop("shop-prod-old")
    spoil(shop)
    shop.workshop.commit()
    assert shop.cli("apply").status == status
    assert "DeletePipeline" not in shop.endpoint.counts()
    assert shop.writes() == []


def test_credentials_of_another_account_write_nothing(pruning, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "999999999999")
    done = pruning.cli("apply")
    assert (done.status, pruning.writes()) == (4, [])
    assert f"the credentials belong to account 999999999999, the settings say {ACCOUNT}" in done.out


# 4. Write when nothing differs.


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def respaced(document: dict[str, Any]) -> None:
    configuration = document["stages"][1]["actions"][0]["configuration"]
    variables = json.loads(configuration["EnvironmentVariables"])
    configuration["EnvironmentVariables"] = json.dumps([reversed_keys(each) for each in variables], indent=4)


def run_orders(document: dict[str, Any]) -> None:
    for stage in document["stages"]:
        for action in stage["actions"]:
            action["runOrder"] = 1


COSMETICS = [
    pytest.param(lambda text: "# a comment\n" + text, id="comment"),
    pytest.param(lambda text: json.dumps(json.loads(text)), id="spacing"),
    pytest.param(lambda text: json.dumps(reversed_keys(json.loads(text))), id="key order"),
    pytest.param(lambda text: changed(text, respaced), id="spacing inside strings"),
    pytest.param(lambda text: changed(text, run_orders), id="runOrder 1"),
    pytest.param(lambda text: changed(text, lambda each: each.update(executionMode="SUPERSEDED")), id="default mode"),
    pytest.param(lambda text: changed(text, lambda each: each.update(version=7)), id="version"),
    pytest.param(lambda text: json.dumps(json.loads(text)["pipeline"]), id="bare"),
]


@pytest.mark.parametrize("change", COSMETICS)
def test_a_file_that_says_the_same_in_other_words_writes_nothing(shop, change):
    shop.settle(shop.pipeline(NAME))
    (shop.pipelines / f"{NAME}.json").unlink()
    shop.file("renamed.yaml", change(json.dumps({"pipeline": shop.pipeline(NAME)}, indent=1)))
    assert shop.cli("plan").status == 0
    assert shop.cli("apply").status == 0
    assert shop.writes() == []


@pytest.mark.parametrize("function", [pytest.param(lambda _: None, id="saved"), respaced, run_orders])
def test_a_live_side_that_was_saved_without_a_change_is_not_written(shop, function):
    shop.settle(shop.pipeline(NAME))
    shop.edit(NAME, function)
    assert shop.cli("apply").status == 0
    assert (shop.writes(), shop.versions()) == ([], {NAME: 2})


# 5. Lose a secret, print a secret, or send a mask where it would overwrite one.


def secrets_of(word: str) -> dict[str, str]:
    """Give secrets of every kind, told apart by a word."""
    return {
        "masked by AWS": f"ghp_{word}{'a' * 33}",
        "by its name": f"battery-{word}-staple",
        "in a variable's default": f"horse-{word}-correct",
        "in JSON": f"swordfish-{word}",
        "in a URL": f"melon-{word}",
        "by its shape": f"glpat-{word}-0123456789abcdef",
        "of a custom type": f"oyster-{word}-lantern",
    }


def secretive(shop, word: str) -> dict[str, Any]:
    """Give a declaration that holds all of them."""
    masked, named, default, in_json, in_url, shaped, own = secrets_of(word).values()
    document = shop.secretive(NAME, masked)
    document |= {"pipelineType": "V2", "variables": [{"name": "ApiToken", "defaultValue": default}]}
    overrides = {"DbPassword": in_json, "Origin": f"https://shop:{in_url}@example.com/"}
    configuration = document["stages"][1]["actions"][0]["configuration"]
    variables = [{"name": "DB_PASSWORD", "value": named}, {"name": "NOTE", "value": f"use {shaped} here"}]
    configuration |= {"EnvironmentVariables": json.dumps(variables), "BuildspecOverride": json.dumps(overrides)}
    document["stages"][1]["actions"].append(cast(own))
    return document


FOUNDRY = {
    "category": "Build",
    "provider": "Foundry",
    "version": "1",
    "configurationProperties": [{"name": "Phrase", "required": True, "key": False, "secret": True}],
    "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
    "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
}
"""A type of a team's own; nothing but its declaration says that a phrase is secret."""


def cast(phrase: str) -> dict[str, Any]:
    """Give an action of that type."""
    kind = {"category": "Build", "owner": "Custom", "provider": "Foundry", "version": "1"}
    return {"name": "Cast", "actionTypeId": kind, "configuration": {"Phrase": phrase}}


def casting(shop, phrase: str, project: str = "compile") -> dict[str, Any]:
    """Give a declaration with such an action."""
    document: dict[str, Any] = shop.pipeline(NAME, project)
    document["stages"][1]["actions"].append(cast(phrase))
    return document


def phrase_of(shop) -> str:
    return str(shop.live(NAME)["stages"][1]["actions"][1]["configuration"]["Phrase"])


@pytest.fixture
def leaky(shop):
    """A pipeline full of secrets that was applied, changed on both sides, and is refused by AWS with all of them."""
    shop.workshop.write("foundry.actiontype.json", FOUNDRY)
    shop.settle(secretive(shop, "0ne"))
    shop.define(secretive(shop, "tw0"), shop.pipeline("shop-prod-api"))
    shop.edit(NAME, build_another)
    quoted = json.dumps(secretive(shop, "tw0"))
    shop.endpoint.fail("UpdatePipeline", "ValidationException", message=f"not good: {quoted}", times=2)
    return shop


def test_a_secret_is_shown_and_kept_nowhere(leaky):
    shop = leaky
    said = [
        shop.cli("plan", "--verbose", "--out", "plan.json"),
        shop.cli("plan", "--format", "json"),
        shop.cli("plan", "--format", "markdown"),
        shop.workshop.run("run", "--once", "--verbose"),
        shop.workshop.run("run", "--once", "--log-format", "json"),
        shop.cli("apply", "--verbose"),
        shop.cli("apply", "--format", "json"),
        *(shop.cli(*verb, "--format", form) for verb in READING for form in ("text", "json")),
    ]
    kept = b"".join(file.read_bytes() for file in shop.memory)
    seen = "".join(each.out + each.err for each in said) + (shop.folder / "plan.json").read_text()
    assert "(secret changed)" in seen
    assert shop.secret(NAME) == secrets_of("tw0")["masked by AWS"]
    secrets = [secret for word in ("0ne", "tw0") for secret in secrets_of(word).values()]
    assert [secret for secret in secrets if secret in seen] == []
    assert [secret for secret in secrets if secret.encode() in kept] == []


def test_a_secret_of_a_custom_type_is_neither_imported_nor_compared_in_clear(shop):
    shop.workshop.write("foundry.actiontype.json", FOUNDRY)
    shop.settle(casting(shop, "oyster"))
    (shop.pipelines / f"{NAME}.json").write_text(json.dumps(casting(shop, "lantern", project="package")))
    compared = shop.cli("compare", NAME, f"live:{NAME}")
    (shop.pipelines / f"{NAME}.json").unlink()
    imported = shop.cli("import")
    assert (compared.status, imported.status) == (3, 0)
    text = (shop.pipelines / f"{NAME}.yaml").read_text()
    assert "Phrase: '****'" in text
    said = text + "".join(each.out + each.err for each in (compared, imported))
    assert ("oyster" in said, "lantern" in said, "Cast" in compared.out) == (False, False, False)


def test_a_secret_of_a_custom_type_that_changes_in_git_is_seen_and_written(shop):
    shop.workshop.write("foundry.actiontype.json", FOUNDRY)
    shop.settle(casting(shop, "oyster"))
    shop.define(casting(shop, "lantern"))
    assert "Build/Cast configuration.Phrase: **** → (secret changed)" in shop.cli("plan").out
    assert shop.cli("apply").status == 0
    assert (phrase_of(shop), shop.cli("plan").status) == ("lantern", 0)


def test_a_mask_of_a_custom_type_keeps_the_secret_that_aws_has(shop):
    shop.workshop.write("foundry.actiontype.json", FOUNDRY)
    shop.settle(casting(shop, "oyster"))
    shop.define(casting(shop, "****", project="package"))
    assert shop.cli("apply").status == 0
    assert (shop.project(NAME), phrase_of(shop)) == ("package", "oyster")


def test_a_custom_type_that_is_declared_later_hides_what_was_remembered_in_clear(shop):
    visible = FOUNDRY | {"provider": "Kiln"}
    document = casting(shop, "oyster-lantern")
    document["stages"][1]["actions"][1]["actionTypeId"]["provider"] = "Kiln"
    shop.settle(document)
    assert b"oyster-lantern" in remembered(shop)
    shop.file("kiln.actiontype.json", visible)
    assert shop.cli("plan").status == 0
    assert b"oyster-lantern" not in remembered(shop)
    (shop.pipelines / "kiln.actiontype.json").unlink()
    shop.workshop.commit()
    assert shop.cli("plan").status == 0


@pytest.mark.parametrize("content", [pytest.param(None, id="removed"), pytest.param("{", id="broken")])
def test_a_custom_type_that_gets_lost_neither_shows_its_secret_nor_writes(shop, content):
    shop.workshop.write("foundry.actiontype.json", FOUNDRY)
    shop.settle(casting(shop, "oyster"))
    (shop.pipelines / "foundry.actiontype.json").unlink()
    if content:
        shop.workshop.write("foundry.actiontype.json", content)
    shop.workshop.commit()
    planned = [shop.cli("plan", "--verbose"), shop.cli("apply", "--format", "json")]
    shop.define(casting(shop, "oyster", project="package"))
    shop.endpoint.fail("UpdatePipeline", "ValidationException", message="not good: oyster")
    said = [*planned, shop.cli("apply"), shop.cli("apply"), shop.cli("history", NAME, "--format", "json")]
    kept = b"".join(file.read_bytes() for file in shop.memory)
    assert [name for name, _ in shop.writes()] == ["UpdatePipeline"] * 2
    assert (phrase_of(shop), shop.project(NAME)) == ("oyster", "package")
    assert "oyster" not in "".join(each.out + each.err for each in said)
    assert b"oyster" not in kept + "".join(each.after or "" for each in shop.history()).encode()


def test_a_secret_in_a_file_that_is_refused_is_not_shown(shop):
    shop.file("bad.json", {"pipeline": {**shop.secretive(NAME, shop.token), "stages": [], "token": shop.token}})
    shop.file("worse.yaml", f"pipeline: {{OAuthToken: {shop.token}, OAuthToken: {shop.token}\n")
    done = shop.cli("plan", "--verbose")
    assert done.status == 4
    assert shop.token not in done.out + done.err


def test_a_mask_in_git_keeps_the_secret_that_aws_has(shop):
    shop.settle(shop.secretive(NAME, shop.token))
    shop.define(shop.secretive(NAME, "****", project="package"))
    assert shop.cli("apply").status == 0
    assert (shop.project(NAME), shop.secret(NAME)) == ("package", shop.token)
    assert shop.cli("plan").status == 0


def test_a_mask_is_not_created(shop):
    shop.define(shop.secretive(NAME, "****"))
    done = shop.cli("apply")
    assert (done.status, shop.writes()) == (4, [])
    assert "Source/Checkout configuration.OAuthToken holds the mask ****" in done.out


@pytest.mark.parametrize(
    ("members", "place"),
    [
        pytest.param(
            {"variables": [{"name": "Key", "defaultValue": "****"}]}, "variables[0].defaultValue", id="variable"
        ),
        pytest.param({"command": "API_TOKEN=**** make"}, "Build/Run commands[0]", id="command"),
    ],
)
def test_a_mask_where_aws_keeps_no_secret_is_not_sent(shop, members, place):
    shop.settle(running_commands(shop, "API_TOKEN=melon make"))
    shop.define(running_commands(shop, **{"command": "API_TOKEN=melon make", **members}))
    done = shop.cli("apply")
    assert (done.status, shop.writes()) == (4, [])
    assert f"{place} holds the mask ****" in done.out


@pytest.mark.parametrize("path", [("name",), ("actions", 0, "name")], ids=["stage", "action"])
def test_a_mask_is_not_sent_where_a_rename_would_lose_the_secret(shop, path):
    shop.settle(shop.secretive(NAME, shop.token))
    document = shop.secretive(NAME, "****")
    part: Any = document["stages"][0]
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = "Renamed"
    shop.define(document)
    assert shop.cli("apply").status == 4
    assert (shop.writes(), shop.secret(NAME)) == ([], shop.token)


def test_a_secret_that_changes_in_git_is_seen_and_written_though_aws_shows_a_mask(shop):
    shop.settle(shop.secretive(NAME, shop.token))
    shop.define(shop.secretive(NAME, OTHER))
    assert "Source/Checkout configuration.OAuthToken: **** → (secret changed)" in shop.cli("plan").out
    assert shop.cli("apply").status == 0
    assert shop.secret(NAME) == OTHER
    assert shop.cli("plan").status == 0


def test_a_secret_that_changes_in_git_after_an_adoption_is_seen(shop):
    shop.put(shop.secretive(NAME, shop.token))
    shop.settle(shop.secretive(NAME, shop.token), sync={"adopt": True})
    shop.define(shop.secretive(NAME, OTHER))
    assert shop.cli("apply").status == 0
    assert shop.secret(NAME) == OTHER


def test_a_secret_that_changes_in_git_after_a_creation_whose_answer_was_lost_is_seen(shop):
    shop.endpoint.fail("CreatePipeline", "drop", after_effect=True)
    shop.define(shop.secretive(NAME, shop.token))
    assert [shop.cli("apply").status, shop.cli("apply").status] == [1, 0]
    shop.define(shop.secretive(NAME, OTHER))
    assert shop.cli("apply").status == 0
    assert shop.secret(NAME) == OTHER


def test_a_secret_that_changes_in_git_after_the_memory_was_lost_is_written_at_the_latest_with_the_next_one(shop):
    shop.settle(shop.secretive(NAME, shop.token))
    shop.forget()
    assert shop.cli("plan").status == 0
    shop.define(shop.secretive(NAME, OTHER))
    assert shop.cli("apply").status == 0
    assert shop.secret(NAME) == OTHER


# 6. Drop a field that it does not know.


@pytest.mark.parametrize(
    ("path", "place"),
    [
        pytest.param((), "newSwitch", id="pipeline"),
        pytest.param(("stages", 1), "Build newSwitch", id="stage"),
        pytest.param(("stages", 1, "actions", 0), "Build/Compile newSwitch", id="action"),
        pytest.param(("artifactStore",), f"artifactStores.{REGION}.newSwitch", id="store"),
    ],
)
def test_a_live_member_that_nobody_knows_is_a_difference_and_not_dropped_in_silence(shop, path, place):
    shop.settle(shop.pipeline(NAME))
    shop.edit(NAME, lambda document: at(document, path).update(newSwitch={"level": 3}))
    done = shop.cli("plan")
    assert done.status == 3
    assert f'{place}: {{"level": 3}} → (absent)' in done.out


def test_a_live_member_that_is_null_is_no_difference(shop):
    shop.settle(shop.pipeline(NAME))
    shop.edit(NAME, lambda document: at(document, ("stages", 1, "actions", 0)).update(runOrder=None, newSwitch=None))
    assert shop.cli("plan").status == 0


def test_what_is_written_is_all_that_the_definition_says(shop):
    document = shop.pipeline(NAME, pipelineType="V2", variables=[{"name": "Level", "defaultValue": "info"}])
    document["stages"][1]["onFailure"] = {"result": "ROLLBACK"}
    shop.settle(document)
    stored = shop.live(NAME)
    assert (stored["variables"], stored["stages"][1]["onFailure"]) == (document["variables"], {"result": "ROLLBACK"})


# 7. Apply a definition that breaks a rule or that AWS would reject.


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("pipeline: {name: shop-prod-bad\n", "bad.yaml:2:1", id="syntax"),
        pytest.param("pipeline: {name: shop-prod-bad}\n", "stages", id="shape"),
        pytest.param({"stages": []}, "0 stage(s)", id="structure"),
        pytest.param({"executionMode": "SOMETIMES"}, "SOMETIMES", id="value"),
        pytest.param({"surprise": 1}, "surprise", id="unknown member"),
    ],
)
def test_a_definition_that_is_wrong_blocks_itself_and_nothing_else(shop, content, message):
    if isinstance(content, dict):
        content = json.dumps(shop.pipeline("shop-prod-bad", **content))
    shop.workshop.write("bad.yaml", content)
    shop.define(shop.pipeline(NAME))
    done = shop.cli("apply")
    assert (done.status, list(shop.versions())) == (4, [NAME])
    assert "pipelines/bad.yaml" in done.out
    assert message in done.out


def test_a_definition_that_becomes_wrong_leaves_the_live_pipeline_as_it_is(shop):
    shop.workshop.settings(sync={"prune": True})
    shop.settle(shop.pipeline(NAME), shop.pipeline("shop-prod-api"))
    shop.define(shop.pipeline(NAME, stages=[]))
    assert shop.cli("apply").status == 4
    assert shop.writes() == []


def test_a_definition_that_aws_refuses_fails_alone(shop):
    shop.endpoint.fail("CreatePipeline", "InvalidStructureException", name=NAME, message="no such thing")
    shop.define(shop.pipeline(NAME), shop.pipeline("shop-prod-api"))
    done = shop.cli("apply")
    assert (done.status, list(shop.versions())) == (1, ["shop-prod-api"])
    assert f"failed: create {NAME}" in done.out


# 8. Loop.


@pytest.fixture
def stubborn(shop):
    """An endpoint that runs another project than the one that was written."""

    @shop.endpoint.after
    def normalise(request: Request) -> None:
        if request.operation in ("CreatePipeline", "UpdatePipeline") and shop.project(NAME) != "fine":
            build_another(shop.endpoint.place(Target(ACCOUNT, REGION))[NAME].latest)

    return shop


def test_a_definition_that_comes_back_different_is_written_once_and_told(stubborn):
    stubborn.put(stubborn.pipeline(NAME), OWNED)
    stubborn.define(stubborn.pipeline(NAME, project="package"))
    first, second, third = stubborn.cli("apply"), stubborn.cli("apply"), stubborn.cli("apply")
    assert [each.status for each in (first, second, third)] == [1, 4, 4]
    assert "AWS gave it back different after the write: Build/Compile configuration.ProjectName" in first.out
    assert "AWS gave this definition back different after it was written" in second.out
    assert stubborn.writes() == [("UpdatePipeline", NAME)]


def test_a_creation_that_comes_back_different_is_not_followed_by_updates(stubborn):
    stubborn.define(stubborn.pipeline(NAME))
    assert [stubborn.cli("apply").status for _ in range(3)] == [1, 4, 4]
    assert stubborn.writes() == [("CreatePipeline", NAME)]


def test_a_later_change_of_the_definition_is_tried_again(stubborn):
    stubborn.define(stubborn.pipeline(NAME))
    assert [stubborn.cli("apply").status for _ in range(2)] == [1, 4]
    stubborn.define(stubborn.pipeline(NAME, project="fine"))
    assert [stubborn.cli("apply").status for _ in range(2)] == [0, 0]
    assert stubborn.writes() == [("CreatePipeline", NAME), ("UpdatePipeline", NAME)]


# What the sections share.

OTHER = "ghp_" + "0therT0k" * 5
READING = (["status"], ["history"], ["history", NAME], ["history", "shop-prod-api"])


def running(shop, status: str) -> None:
    run = {"pipelineExecutionId": "1234", "status": status}
    shop.endpoint.executions[ACCOUNT, REGION, NAME] = [run]


def status_of_run(shop) -> str:
    return str(shop.endpoint.executions[ACCOUNT, REGION, NAME][0]["status"])


def once(shop, operation: str, act: Any) -> None:
    """Do something right after the effect of the first request of an operation."""
    seen: list[Request] = []

    @shop.endpoint.after
    def hook(request: Request) -> None:
        if request.operation == operation and not seen:
            seen.append(request)
            act()


def running_commands(shop, command: str, **members: Any) -> dict[str, Any]:
    kind = {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"}
    action = {"name": "Run", "actionTypeId": kind, "commands": [command], "inputArtifacts": [{"name": "Code"}]}
    document: dict[str, Any] = shop.pipeline(NAME, pipelineType="V2", **members)
    document["stages"][1]["actions"] = [action]
    return document


def remembered(shop) -> bytes:
    """Give what the store knows of live pipelines."""
    with shop.workshop.world() as world:
        target = next(iter(world.accesses))
        return "".join(world.memory.documents(target, [NAME]).values()).encode()


def build_another(document: dict[str, Any]) -> None:
    document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "another"


def changed(text: str, function: Any) -> str:
    outer = json.loads(text)
    function(outer["pipeline"])
    return json.dumps(outer)


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        document = document[step]
    return document
