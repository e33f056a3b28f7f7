"""Starting, reference E.2; the names begin with the number of the row."""

from __future__ import annotations

import pytest

from builders import action, build, connection, sources, stage
from reconciler.simulation.trace import Start
from simulation.worlds import (
    NAME,
    code,
    document,
    ran,
    shop,
    world,
)


def test_e2_1_creating_starts_an_execution_and_updating_does_not():
    made = world()
    made.create(document())
    made.settle()
    made.update(document())
    assert [made.run_of(each).trigger.type for each in made.executions(NAME)] == ["CreatePipeline"]


def test_e2_2_an_execution_has_an_id_and_records_the_version():
    made = shop()
    made.update(document())
    run = ran(made)
    assert (len(run.id), run.version) == (36, 2)


def test_e2_3_every_start_runs_all_sources():
    place = {"S3Bucket": "b", "S3ObjectKey": "k"}
    other = action("Other", "Source", "S3", outputs=("other",), configuration=place)
    made = shop(sources(sources()["actions"][0], other), stage("B", build("X")))
    _, started = made.put_action_revision(NAME, "Source", "Other", "v2")
    made.settle()
    run = made.run_of(started)
    assert [each.action for each in run.stage("Source").actions] == ["Checkout", "Other"]
    assert run.action("Source/Other").outputs == {"other": "v2"}


@pytest.mark.parametrize(("mode", "wanted"), [("QUEUED", "v1"), ("PARALLEL", "v2")])
def test_e2_4_revision_of_the_event_or_of_the_moment_the_source_begins(mode, wanted):
    made = shop(mode=mode)
    key = made.tracks[NAME].blueprint.sources[0].source
    made.heads[key] = "v1"
    made.disable(NAME, "Source", reason="freeze")
    e1 = made.start(NAME)
    made.heads[key] = "v2"
    made.enable(NAME, "Source")
    made.settle()
    assert made.run_of(e1).revisions == {"Checkout": "v2" if mode == "PARALLEL" else wanted}


def test_e2_5_overridden_revisions():
    made = shop()
    override = {"actionName": "Checkout", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": "v9"}
    assert ran(made, revisions=[override]).revisions == {"Checkout": "v9"}


@pytest.mark.parametrize(
    "change",
    [{"revisionType": "COMMIT_ID"}, {"actionName": "Nobody"}, {"revisionType": "S3_OBJECT_KEY"}, {"revisionType": "?"}],
    ids=["type of another provider", "unknown action", "key not allowed", "unknown type"],
)
def test_e2_5_overrides_that_do_not_fit_are_refused(change):
    override = {"actionName": "Checkout", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": "v9", **change}
    assert code(shop().start, NAME, revisions=[override]) == "ValidationException"


def test_e2_5_at_most_fifty_overrides():
    assert code(shop().start, NAME, revisions={str(each): "x" for each in range(51)}) == "ValidationException"


VARIABLES = {"variables": [{"name": "LEVEL", "defaultValue": "low"}, {"name": "WHO"}]}


def test_e2_6_override_before_default():
    made = shop(members=VARIABLES)
    assert ran(made, variables={"WHO": "ana"}).variables == {"LEVEL": "low", "WHO": "ana"}
    assert ran(made, variables={"WHO": "ana", "LEVEL": "high"}).variables["LEVEL"] == "high"


@pytest.mark.parametrize("given", [{}, {"WHO": ""}, {"WHO": "x", "NOBODY": "y"}], ids=["missing", "empty", "unknown"])
def test_e2_6_variables_that_fail_validation(given):
    assert code(shop(members=VARIABLES).start, NAME, variables=given) == "ValidationException"


def test_e2_6_an_event_without_a_mandatory_variable_makes_a_failed_execution():
    made = shop(members=VARIABLES)
    run = made.run_of(made.start(NAME, trigger=Start("CloudWatchEvent")))
    assert (run.status, "WHO" in run.summary, run.stages) == ("Failed", True, ())


def test_e2_7_an_event_can_pass_variables_and_revisions():
    trigger = Start("CloudWatchEvent", variables={"WHO": "event"}, revisions={"Checkout": "v7"})
    run = ran(shop(members=VARIABLES), trigger=trigger)
    assert (run.variables["WHO"], run.revisions) == ("event", {"Checkout": "v7"})


@pytest.mark.parametrize(
    ("trigger", "wanted"),
    [(None, {"BranchName": "main"}), (Start("WebhookV2", branch="next"), {"BranchName": "next"}),
     (Start("WebhookV2", tag="v1"), {"TagName": "v1"}),
     (Start("WebhookV2", pull_request="7", branch="fix"), {
         "PullRequestId": "7", "SourceBranchName": "fix", "DestinationBranchName": "main"})],
    ids=["by hand", "push", "tag", "pull request"],
)  # fmt: skip
def test_d1_variables_of_a_connection_depend_on_what_started_the_run(trigger, wanted):
    run = ran(shop(sources(connection()), stage("B", build("X"))), trigger=trigger)
    found = run.action("Source/Checkout").variables
    names = ("BranchName", "TagName", "PullRequestId", "SourceBranchName", "DestinationBranchName")
    assert {name: found[name] for name in names if name in found} == wanted
