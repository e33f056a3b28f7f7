"""Artifacts across accounts, reference E.17; one test per row."""

from __future__ import annotations

import pytest

from builders import ACCOUNT, action, build, stage
from simulation.worlds import document, ran, takes, world

HERE, B, C = (f"arn:aws:iam::{account}:role/deploy" for account in (ACCOUNT, "222222222222", "333333333333"))
KEY = {"type": "S3", "location": "artifacts",
       "encryptionKey": {"id": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1", "type": "KMS"}}  # fmt: skip


def crossing(maker: str, reader: str, *, store: dict | None = None):
    made = world(given={"*/*": takes(1)})
    built = document(
        stage("M", build("Make", roleArn=maker, outputs=("app",))),
        stage("R", build("Read", roleArn=reader, inputs=("app",))),
        artifactStore=store or KEY,
    )
    made.create(built, run=False)
    return ran(made)


@pytest.mark.parametrize(
    ("maker", "reader", "fine"),
    [
        pytest.param(HERE, B, True, id="E17-made-at-home"),
        pytest.param(B, HERE, True, id="E17-read-at-home"),
        pytest.param(B, B, True, id="E17-same-account"),
        pytest.param(B, C, False, id="E17-two-other-accounts"),
    ],
)
def test_e17_who_may_read_what_was_made_elsewhere(maker, reader, fine):
    run = crossing(maker, reader)
    assert (run.status == "Succeeded") is fine
    assert run.action("M/Make").status == "Succeeded"


def test_e17_what_may_not_be_read_fails_the_action_at_its_start_and_says_why():
    run = crossing(B, C)
    found = run.action("R/Read")
    assert (found.failure.code, found.ended) == ("PermissionError", found.started)
    assert found.failure.message == (
        "R/Read works in account 333333333333 and may not read app: M/Make made it in account 222222222222; let one of "
        "them work in the pipeline's account 111111111111"
    )


def test_e17_the_default_key_does_not_work_in_another_account():
    run = crossing(HERE, B, store={"type": "S3", "location": "artifacts"})
    assert "encrypted with the default key" in run.action("R/Read").failure.message


def test_e17_an_action_without_artifacts_needs_no_key():
    made = world(given={"*/*": takes(1)})
    invoke = action("Call", "Invoke", "Lambda", roleArn=B, configuration={"FunctionName": "f"})
    made.create(document(stage("I", invoke)), run=False)
    assert ran(made).status == "Succeeded"


@pytest.mark.parametrize(("role", "fine"), [(HERE, True), (B, False)])
def test_e17_jenkins_works_at_home_only(role, fine):
    made = world(given={"*/*": takes(1)})
    jenkins = action("Make", "Build", "Jenkins", owner="Custom", inputs=("source",), roleArn=role,
                     configuration={"ProjectName": "p"})  # fmt: skip
    made.create(document(stage("M", jenkins), artifactStore=KEY), run=False)
    assert (ran(made).status == "Succeeded") is fine
