"""What the shop promises about its pipelines."""

import pytest

from pytest_pipeline import (
    action,
    approval,
    approved,
    each,
    failed,
    fails,
    has,
    ignored,
    includes,
    like,
    never_ran,
    push,
)

prod = pytest.mark.pipeline("shop-prod-deploy")


@prod
def test_prod_is_gated(pipeline):
    assert pipeline.gates("Prod/Deploy") == includes(approval(), action("Integration/*"))
    assert pipeline.actions(env="prod") == each(has(role_arn=like("*:role/prod-*")))


@prod
def test_silence_is_not_consent(simulate):
    run = simulate(push("main"), given={"Prod/Approve": ignored()})
    assert run == failed(at="Prod/Approve", because="timed out", after="2d")
    assert run == never_ran("Prod/Deploy")


@prod
def test_a_newer_change_supersedes_the_waiting_one(release):
    first, second, third = release.start(push()), release.start(push()), release.start(push())
    release.settle()
    assert [run.status for run in (first, second, third)] == ["InProgress", "Superseded", "InProgress"]


@prod
@pytest.mark.explore
def test_nobody_gets_to_prod_without_consent(simulate):
    run = simulate(push("main"))
    assert not run.attempts("Prod/Deploy") or run["Prod/Approve"].status == "Succeeded"


@prod
def test_a_release_looks_as_it_always_did(simulate, golden):
    assert simulate(push("main"), given={"Prod/Approve": approved(by="ana", after="2h")}).tree == golden("release")


@pytest.mark.pipeline("shop-*")
def test_a_feature_branch_never_starts_prod(simulate, pipeline):
    run = simulate(push("feature/basket"))
    assert run.started == (pipeline.environment == "dev")


@pytest.mark.pipeline("shop-*")
def test_a_broken_build_deploys_nothing(simulate, pipeline):
    deploy = "*/Deploy"
    assert simulate(push("main"), given={"Build/Compile": fails()}) == never_ran(deploy)
