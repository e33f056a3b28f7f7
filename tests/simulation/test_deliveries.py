"""What happens at sources, delivered to a world: input transformers, far events, polls (reference D.7, G.2, I18)."""

from __future__ import annotations

import pytest

from builders import ACCOUNT, REGION, action, build, connection, sources, stage
from reconciler.errors import Broken
from reconciler.pipeline import arns
from reconciler.simulation.assumptions import Assumptions
from reconciler.simulation.changes import CodeCommitChange, Push, S3Object
from reconciler.simulation.envelopes import envelope
from reconciler.simulation.sources import Rule
from simulation.worlds import NAME, at, document, shop, takes, world

OBJECT = S3Object("shop-sources", "web.zip", "v2")
ANY = Rule(arns.pipeline(arns.Target(ACCOUNT, REGION), NAME), {"source": ["aws.s3"]})
VARIABLES = {"variables": [{"name": "LEVEL", "defaultValue": "low"}]}
OTHER = "222222222222"


def quiet(**named):
    """A world whose source does not poll."""
    place = {"S3Bucket": "shop-sources", "S3ObjectKey": "web.zip", "PollForSourceChanges": "false"}
    source = action("Checkout", "Source", "S3", outputs=("source",), configuration=place, **named)
    made = world(given={"*/*": takes(1)})
    made.create(document(sources(source), stage("B", build("X")), **VARIABLES), run=False)
    return made


def triggers(made):
    runs = [made.run_of(each) for each in reversed(made.executions(NAME))]
    return [(run.trigger.type, run.started // 1000, run.trigger.revisions["Checkout"]) for run in runs]


def ignored(made):
    return next(each.detail["reason"] for each in made.log if each.kind == "event" and each.state == "IGNORED")


def test_e2_7_an_input_transformer_passes_variables_and_revisions():
    made = quiet()
    (e1,) = made.deliver(OBJECT, variables={"LEVEL": "high"}, revisions={"Checkout": "v7"})
    made.settle()
    run = made.run_of(e1)
    assert (run.variables, run.revisions) == ({"LEVEL": "high"}, {"Checkout": "v7"})


@pytest.mark.parametrize(("by_any_way", "level"), [(False, "low"), (True, "high")])
def test_e2_7_a_connection_passes_no_variables(by_any_way, level):
    made = world()
    made.create(document(sources(connection()), stage("B", build("X")), **VARIABLES), run=False)
    push = Push("shop/web", branch="main")
    (e1,) = made.deliver(push, variables={"LEVEL": "high"}, by_any_way=by_any_way)
    assert made.run_of(e1).variables == {"LEVEL": level}


def test_e2_7_a_variable_that_nobody_declared_makes_a_failed_run():
    made = quiet()
    (e1,) = made.deliver(OBJECT, variables={"NOBODY": "x"})
    assert (made.run_of(e1).status, "NOBODY" in made.run_of(e1).summary) == ("Failed", True)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        pytest.param((OTHER, REGION), f"comes from account {OTHER}, and shop lives in {ACCOUNT}", id="account"),
        pytest.param((ACCOUNT, "us-east-1"), "comes from us-east-1, and shop lives in eu-west-1", id="region"),
    ],
)
@pytest.mark.parametrize("rules", [None, [ANY]], ids=["usual", "given"])
def test_g2_an_event_of_elsewhere_starts_nothing_and_says_why(place, reason, rules):
    made = quiet()
    assert made.deliver(envelope(OBJECT, *place), rules) == ()
    assert ignored(made) == f"the {OBJECT} {reason}"


def test_g2_an_event_of_the_account_in_which_a_source_works_is_forwarded():
    made = quiet(roleArn=f"arn:aws:iam::{OTHER}:role/source")
    assert len(made.deliver(envelope(OBJECT, OTHER, REGION))) == 1


def test_g2_what_no_source_reads_says_what_they_watch():
    made = quiet()
    assert made.deliver(CodeCommitChange("shop", "main", "c1")) == ()
    assert ignored(made) == "Checkout watches S3, and this is a referenceUpdated of main in shop"


@pytest.mark.parametrize(
    ("event", "reason"),
    [({}, "no source event has"), ({"source": "aws.ecr", "detail-type": "ECR Image Action"}, "detail")],
)
def test_g2_an_event_that_cannot_be_read_is_broken(event, reason):
    with pytest.raises(Broken, match=reason):
        quiet().deliver(event)


def test_i18_a_change_is_seen_at_the_next_look_of_its_pipeline():
    made = shop()
    at(made, 20).update(document())
    assert at(made, 70).deliver(OBJECT) == ()
    made.settle()
    assert triggers(made) == [("PollForSourceChanges", 80, "v2")]


def test_i18_one_look_finds_the_newest_change_alone():
    made = shop()
    for moment, version in ((10, "v1"), (20, "v2")):
        at(made, moment).deliver(S3Object("shop-sources", "web.zip", version))
    made.settle()
    assert triggers(made) == [("PollForSourceChanges", 60, "v2")]


def test_i18_a_change_at_the_moment_of_a_look_is_seen():
    made = at(shop(), 120)
    assert len(made.deliver(OBJECT)) == 1


def test_d7_a_source_that_polls_and_has_a_rule_starts_twice():
    made = at(shop(), 10)
    assert len(made.deliver(OBJECT, [ANY])) == 1
    made.settle()
    assert triggers(made) == [("CloudWatchEvent", 10, "v2"), ("PollForSourceChanges", 60, "v2")]


def test_i18_a_pipeline_that_is_gone_looks_no_more():
    made = at(shop(), 10)
    made.deliver(OBJECT)
    made.delete(NAME)
    made.settle()
    assert NAME not in made.tracks


def test_i18_a_pipeline_that_polls_no_more_sees_nothing():
    made = at(shop(), 10)
    made.deliver(OBJECT)
    made.update(quiet().tracks[NAME].blueprint.document)
    made.settle()
    assert made.executions(NAME) == ()


def test_i11_a_look_at_a_full_queue_is_refused_quietly():
    made = shop(mode="QUEUED", assumptions=Assumptions(full_queue_fails_events=False))
    made.disable(NAME, "Source", reason="freeze")
    for _ in range(50):
        made.start(NAME)
    at(made, 10).deliver(OBJECT)
    made.run("2m")
    assert "the limit is 50" in ignored(made)


def test_i18_a_fork_looks_for_itself():
    made = at(shop(), 10)
    made.deliver(OBJECT)
    twin = made.fork()
    twin.settle()
    assert (len(twin.executions(NAME)), made.executions(NAME)) == (1, ())
