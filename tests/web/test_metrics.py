"""What Prometheus reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("prometheus_client")

from prometheus_client.parser import text_string_to_metric_families

from endpoint import sample
from reconciler.pipeline.arns import Target
from reconciler.plan.efforts import Effort
from reconciler.web.metrics import Metrics
from workshop import ACCOUNT, REGION


@pytest.fixture
def metrics():
    return Metrics(lambda: {("GetPipeline", "ok"): 7, ("GetPipeline", "retry"): 2}, lambda: {"loop": 0.5})


def read(metrics):
    """Give the samples by name and labels in alphabetical order, as the library's own parser finds them."""
    families = text_string_to_metric_families(metrics.text()[1].decode())
    return {
        (each.name, *dict(sorted(each.labels.items())).values()): each.value
        for family in families
        for each in family.samples
    }


def test_calls_are_counted_by_operation_and_result(metrics):
    found = read(metrics)
    assert found["reconciler_aws_calls_total", "GetPipeline", "ok"] == 7
    assert found["reconciler_aws_calls_total", "GetPipeline", "retry"] == 2


def test_threads_have_an_age(metrics):
    assert read(metrics)["reconciler_thread_age_seconds", "loop"] == 0.5


def test_a_pass_that_could_not_run_is_counted_and_timed(metrics):
    metrics.failed(3.0)
    found = read(metrics)
    assert found["reconciler_passes_total", "error"] == 1
    assert found["reconciler_pass_duration_seconds_sum",] == 3.0


def test_a_pass_shows_what_it_changed_and_the_next_one_that_nothing_is_left(metrics, workshop):
    workshop.define(*sample(2, account=ACCOUNT, region=REGION))
    metrics.passed(workshop.apply(), 1.0)
    assert read(metrics)["reconciler_changes_total", "applied", "create"] == 2
    metrics.passed(workshop.apply(), 1.0)
    found = read(metrics)
    assert (found["reconciler_passes_total", "changed"], found["reconciler_passes_total", "synced"]) == (1, 1)
    assert (found["reconciler_in_sync",], found["reconciler_drift",]) == (2, 0)


def test_a_broken_file_is_something_blocked(metrics, workshop):
    workshop.write("broken.yaml", "pipeline: {name: x-prod-deploy}\n")
    workshop.commit()
    metrics.passed(workshop.apply(), 1.0)
    found = read(metrics)
    assert found["reconciler_blocked", "problem"] > 0
    assert found["reconciler_blocked", "held"] == 0
    assert found["reconciler_passes_total", "held"] == 1


def test_what_failed_for_good_is_parked_and_what_failed_for_now_is_paused(metrics, workshop):
    first, second = sample(2, account=ACCOUNT, region=REGION)
    workshop.define(first, second)
    workshop.endpoint.fail("CreatePipeline", "AccessDeniedException", name=first["name"])
    workshop.endpoint.fail("CreatePipeline", "InternalFailure", name=second["name"])
    workshop.apply(approved=False)
    metrics.passed(workshop.apply(approved=False), 1.0, waiting=3)
    found = read(metrics)
    assert found["reconciler_parked",] == 1
    assert (found["reconciler_paused", "failed"], found["reconciler_paused", "waiting"]) == (2, 3)


def test_a_suspended_pipeline_is_paused(metrics, workshop):
    (document,) = sample(1, account=ACCOUNT, region=REGION)
    workshop.define(document, sync={"suspend": {"reason": "the vendor works on it"}})
    metrics.passed(workshop.apply(approved=False), 1.0)
    assert read(metrics)["reconciler_paused", "suspended"] == 1


def test_every_metric_has_a_help_and_the_prefix_of_the_house(metrics):
    families = list(text_string_to_metric_families(metrics.text()[1].decode()))
    assert [
        family.name for family in families if not (family.documentation and family.name.startswith("reconciler_"))
    ] == []


def test_what_a_pass_spent_on_each_target_shows_where_targets_are_few(metrics, workshop):
    workshop.define(*sample(1, account=ACCOUNT, region=REGION))
    done = workshop.apply()
    metrics.passed(done, 0.2)
    found = read(metrics)
    assert found["reconciler_target_seconds", ACCOUNT, REGION] == found[("reconciler_slowest_target_seconds",)] > 0
    many = {Target(f"{number:012}", REGION): Effort(1, 2, 0.5) for number in range(51)}
    metrics.passed(replace(done, efforts=many), 0.2)
    found = read(metrics)
    assert ("reconciler_target_seconds", ACCOUNT, REGION) not in found
    assert (found[("reconciler_slowest_target_seconds",)], found[("reconciler_throttles_total",)]) == (0.5, 102)
