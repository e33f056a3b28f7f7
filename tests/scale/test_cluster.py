"""Which clusters are used, and what is said of those that are not."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

import estates
from reconciler import settings
from reconciler.errors import Blocked, Broken, Retry
from reconciler.pipeline.arns import Target
from reconciler.scale import cluster
from reconciler.scale.cluster import Cluster, Worker
from reconciler.scale.requests import Description
from reconciler.scale.rights import Rights
from workshop import REGION

HERE = settings.Scale(executor="dask://127.0.0.1:1")
WORKERS = [Worker(f"tcp://127.0.0.1:{port}", f"worker-{port}") for port in range(1, 5)]
TARGETS = [Target(f"{number:012}", REGION) for number in range(200)]


def test_a_target_moves_only_if_its_worker_is_gone():
    before = {target: cluster.home(target, WORKERS) for target in TARGETS}
    after = {target: cluster.home(target, WORKERS[1:]) for target in TARGETS}
    assert {target for target in TARGETS if before[target] != after[target]} == {
        target for target in TARGETS if before[target] == WORKERS[0]
    }
    assert all(30 < list(before.values()).count(each) < 70 for each in WORKERS)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param({"version": "0.1"}, "worker w1 .* has version 0.1 on Python", id="version"),
        pytest.param({"python": "3.9.1"}, "on Python 3.9.1, this is .*: install the same", id="python"),
        pytest.param({"mark": "other"}, "worker w1 .* has another store: give it the same store.url", id="store"),
    ],
)
def test_a_worker_that_does_not_fit_is_named_with_the_way_out(said, words):
    ours = {"name": "w1", "version": cluster.__version__, "python": cluster.platform.python_version(), "mark": "m"}
    made = Cluster(HERE, "m")
    assert made._fault("tcp://127.0.0.1:9", Description(**ours)) == ""

    assert re.search(words, made._fault("tcp://127.0.0.1:9", Description(**{**ours, **said})))


def test_a_worker_that_is_not_ours_is_told_how_to_be_started():
    assert "--preload reconciler.cli.worker" in Cluster(HERE, "m")._fault("tcp://127.0.0.1:9", KeyError("reconciler"))


def test_a_scheduler_elsewhere_takes_tls():
    with pytest.raises(Broken, match=r"not on this machine.*set scale\.tls"):
        Cluster(settings.Scale(executor="dask://10.0.0.1:8786"), "m")
    tls = settings.Tls(ca_file="ca.pem", cert_file="c.pem", key_file="k.pem")
    assert Cluster(settings.Scale(executor="dask://10.0.0.1:8786", tls=tls), "m").place == "tls://10.0.0.1:8786"


def test_a_scheduler_that_is_not_there_ends_the_pass_and_nothing_is_done_here(workshop, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    workshop.settings(scale={"executor": "dask://127.0.0.1:1"})
    workshop.define(*estates.documents(0, 1))
    with pytest.raises(Retry, match=r"tcp://127.0.0.1:1 cannot be reached.*the next one tries again"):
        workshop.apply()
    assert workshop.endpoint.log == []


@pytest.mark.parametrize(
    ("url", "executor"),
    [
        pytest.param("sqlite:///.reconciler/state.db", "dask://10.0.0.1:8786", id="file"),
        pytest.param("sqlite:///:memory:", "dask://local", id="memory"),
    ],
)
def test_a_store_that_workers_cannot_share_is_refused(workshop, url, executor):
    workshop.settings(store={"url": url}, scale={"executor": executor})
    with pytest.raises(Broken, match=r"store\.url: "), workshop.world():
        pass


def test_a_thread_that_was_not_asked_to_write_writes_nothing():
    rights = Rights(SimpleNamespace(standing=lambda: None))
    with pytest.raises(Blocked, match="was not asked to write"):
        rights.assure()


@pytest.mark.parametrize(
    ("number", "remaining", "words"),
    [
        pytest.param(8, 15.0, "host:1 leads now", id="another"),
        pytest.param(7, 9.0, "its lease has ended", id="too short"),
    ],
)
def test_a_worker_writes_only_for_the_leader_that_leads_for_as_long_as_a_write_takes(number, remaining, words):
    class Standing(SimpleNamespace):
        def __str__(self) -> str:
            return "host:1"

    rights = Rights(SimpleNamespace(standing=lambda: Standing(number=number, remaining=remaining)))
    with rights.under(7), pytest.raises(Blocked, match=words):
        rights.assure(10)
    rights = Rights(SimpleNamespace(standing=lambda: Standing(number=7, remaining=11.0)))
    with rights.under(7):
        rights.assure(10)
        assert rights.number == 7
