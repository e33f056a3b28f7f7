"""A pass on a real Dask cluster of which a worker is killed: everything is done once, and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import clusters
import estates
from campaigns import Campaign
from reconciler.errors import Retry
from reconciler.sync import passes
from workshop import REGION

if TYPE_CHECKING:
    from postgres import Server
    from workshop import Workshop

pytestmark = pytest.mark.untraced


def test_a_worker_that_is_killed_in_the_middle_of_its_writes_loses_and_doubles_nothing(workshop: Workshop) -> None:
    campaign = Campaign(workshop, targets=8, each=30)
    with clusters.running(workshop.folder, workshop.environment, workers=2) as cluster:
        workshop.settings(
            environments=estates.environments(8),
            scale={"executor": cluster.executor},
            sync={"limits": {"changes": "100%"}, "self_heal": True},
        )
        campaign.begin()
        workshop.apply()
        campaign.change()
        campaign.after("CreatePipeline", 60, lambda: cluster.kill(0))
        for _ in range(3):
            done = workshop.apply()
        assert cluster.workers[0].poll() is not None
    assert done.known[2].in_sync == 240
    assert campaign.wrong() == []


def test_a_scheduler_that_is_lost_ends_the_pass_and_the_next_one_goes_on(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [estates.documents(number, 3) for number in range(2)]
    with clusters.running(workshop.folder, workshop.environment, workers=1) as cluster:
        workshop.settings(environments=estates.environments(2), scale={"executor": cluster.executor})
        workshop.define(*(each for found in names for each in found))
        with workshop.world() as world:
            assert len(passes.run(world, approved=True).results) == 6
            cluster.scheduler.kill()
            cluster.scheduler.wait()
            asked = len(workshop.endpoint.log)
            with monkeypatch.context() as patch:
                patch.setattr("reconciler.scale.cluster.PATIENCE", 1)
                with pytest.raises(Retry, match="cannot be reached"):
                    passes.run(world, approved=True)
            assert len(workshop.endpoint.log) == asked
            cluster.start_scheduler()
            cluster.start_worker()
            assert passes.run(world, approved=True).known[2].in_sync == 6


def test_leader_and_workers_speak_tls_and_share_postgresql(
    workshop: Workshop, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = clusters.certificate(workshop.folder)
    groups = {"environments": estates.environments(2), "store": {"url": server.url()}, "sync": {"self_heal": True}}
    workshop.settings(**groups)
    workshop.define(*(each for number in range(2) for each in estates.documents(number, 3)))
    with clusters.running(workshop.folder, workshop.environment, 2, certificate=certificate) as cluster:
        tls = {"ca_file": certificate.file.name, "cert_file": certificate.file.name, "key_file": certificate.key.name}
        workshop.settings(**groups, scale={"executor": cluster.executor, "tls": tls})
        assert [each.ending for each in workshop.apply().results] == ["applied"] * 6
        edited = estates.documents(1, 1)[0]["name"]
        workshop.endpoint.edit(estates.account(1), REGION, edited, lambda live: live.update(executionMode="QUEUED"))
        assert [each.change.name for each in workshop.apply().results] == [edited]
        done = workshop.apply()
        assert (done.known[2].in_sync, done.results) == (6, ())
        workshop.settings(**groups, scale={"executor": cluster.executor})
        monkeypatch.setattr("reconciler.scale.cluster.PATIENCE", 1)
        with pytest.raises(Retry, match="cannot be reached"):
            workshop.apply()
