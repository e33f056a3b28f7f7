"""The benchmarks run, and what can be counted is what was promised. No test looks at a time."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from benchmarks import (
    drift_reports,
    local,
    micro,
    peers,
    plugin,
    policy,
    process,
    resources,
    simulation,
    soak,
    table,
    templates,
    validation,
)
from benchmarks import site as sites
from benchmarks.passes import counted
from benchmarks.table import Row, Series
from endpoint import sample
from reconciler.definitions import cloudformation
from reconciler.pipeline import canonical, validity

PIPELINES = 120


@pytest.fixture(scope="module")
def site():
    with sites.opened(PIPELINES) as opened:
        opened.reconciler("apply")
        yield opened


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_quiet_pass_lists_pipelines_and_tags_and_reads_none(site, verb):
    before = site.counts()
    site.reconciler(verb)
    assert site.counts() - before == Counter(ListPipelines=1, GetResources=2)


def test_a_first_pass_reads_every_pipeline_once(site):
    site.forget()
    before = site.counts()
    site.reconciler("apply")
    assert site.counts() - before == Counter(ListPipelines=1, GetResources=2, GetPipeline=PIPELINES)


def test_the_sequential_script_asks_twice_about_each_pipeline(site):
    _, requests = counted(site, site.sequential)
    assert requests == 2 + 2 * PIPELINES


def test_the_sequential_script_notices_a_pipeline_that_is_not_as_its_file_says(site):
    with sites.endpoint("--pipelines", str(PIPELINES)) as untagged, pytest.raises(process.Failed, match="0 of 120"):
        sites.Site(site.folder, untagged, PIPELINES).sequential()


def test_a_drift_report_reads_what_moved_and_asks_who_did_it():
    with drift_reports.opened(4, 1) as (opened, calls):
        _, spent = drift_reports.reported(opened, calls)
    assert spent.items() >= Counter(ListPipelines=1, GetResources=1, GetPipeline=1, LookupEvents=1).items()


def test_one_command_prints_the_table():
    command = [sys.executable, sites.TESTS / "benchmarks", "--quick", "--pipelines", "10", "--only", "passes"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == list(table.HEADERS)
    assert ["quiet", "pass,", "requests,", "N=10", "2", "calls", "21", "calls", "10.5x", "-", "-"] in lines


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        pytest.param(Row("", Series("s", (1, 2, 9)), Series("s", (8,)), least=4), "ok", id="ratio reached"),
        pytest.param(Row("", Series("s", (2,)), Series("s", (7,)), least=4), "missed", id="ratio not reached"),
        pytest.param(Row("", Series("KiB", (30,)), most=30), "ok", id="at the bound"),
        pytest.param(Row("", Series("KiB", (31,)), most=30), "missed", id="above the bound"),
        pytest.param(Row("", Series("s", (1,)), least=4, skipped="no peer"), "skipped: no peer", id="no peer"),
        pytest.param(Row("", Series("s", (1,)), Series("s", (8,))), "-", id="nothing promised"),
    ],
)  # fmt: skip
def test_a_row_judges_itself(row, verdict):
    assert row.verdict == verdict


def test_a_cell_shows_the_median_and_the_spread():
    assert str(Series("s", (3.0, 1.234, 2.0))) == "2 s (1.23-3)"


def test_the_columns_of_the_table_are_aligned():
    rows = [Row("short", Series("s", (1,))), Row("longer", Series("s", (100,)))]
    header, rule, *lines = table.render(rows).splitlines()
    assert {line.index(value) for line, value in zip(lines, ("1 s", "100 s"), strict=True)} == {header.index("ours")}
    assert rule.startswith("------  -----  ")


def test_terraform_gets_the_same_pipelines_as_resources():
    found = resources.configuration(3)["resource"]["aws_codepipeline"]
    assert [len(each["stage"]) for each in found.values()] == [5, 5, 5]
    assert found["svc0001-prod-deploy"]["stage"][0]["action"][0]["output_artifacts"] == ["Code"]


def test_every_micro_subject_is_measured():
    assert all(cost > 0 for costs in micro.measured(1).values() for cost in costs)


def test_every_subject_of_validation_is_measured():
    assert all(cost > 0 for costs in validation.measured(10, 1).values() for cost in costs)


def test_a_pipeline_of_a_thousand_actions_is_measured_and_is_fine():
    (document,) = sample(1, account="111111111111", region="eu-west-1")
    large = validation.large(document)
    assert sum(len(stage["actions"]) for stage in large["stages"]) > 900
    assert [each for each in validity.check(large) if each.severity == "error"] == []


def test_cfn_lint_gets_the_same_pipelines_as_templates():
    (document,) = sample(1, account="111111111111", region="eu-west-1")
    read = cloudformation.read(templates.template(document), {}, None)
    assert canonical.form(read.pipelines[0].document, "eu-west-1") == canonical.form(document, "eu-west-1")


def test_the_simulator_and_its_peer_are_measured():
    assert all(cost > 0 for cost in simulation.measured(20).values())


def test_the_body_of_a_simulating_test_is_measured():
    assert plugin.bodies(1)[0] > 0


def test_the_local_endpoint_is_measured():
    assert all(cost > 0 for cost in local.measured(local.OURS, 5).values())


def test_a_soak_with_faults_finds_no_error_of_the_endpoint_and_no_growth():
    done = soak.soaked(2_000, 16)
    heard = done.heard
    assert (heard.ours, done.log) == ({}, "")
    assert sum(heard.codes.values()) >= 1_900
    assert {
        "",
        "ThrottlingException",
        "ServiceUnavailable",
        "dropped",
        "PipelineNotFoundException",
    } <= heard.codes.keys()
    assert done.memory[-1] - done.memory[len(done.memory) // 2] < 20


def test_all_rules_of_policy_are_measured():
    assert all(cost > 0 for cost in policy.measured(9).values())


def test_each_leak_is_a_template_with_the_pipelines_of_all_environments():
    for what, overrides in peers.planted():
        found = cloudformation.read(peers.template(overrides), {}, None)
        assert (what, len(found.pipelines), found.faults, found.unresolved) == (what, 3, (), ())


def test_the_table_of_peers_has_a_line_for_each_leak():
    result = peers.Result("reconciler", {"role"}, corpus=[peers.Said("a.yaml", "tags", "warning", "none")])
    rows = peers.table([result], 5).splitlines()
    assert ("| leak: role | found |" in rows, "| leak: key | - |" in rows) == (True, True)
    assert "| warnings, 5 templates | 1 in 1 |" in rows
