"""Definitions and cases are items without a line of test code."""

from __future__ import annotations

import pytest

from plugin.shops import SHOP, lay, run

pytest_plugins = ["pytester"]

SETTINGS = """\
environments:
  dev: {account: "222222222222", regions: [eu-west-1]}
  prod: {account: "111111111111", regions: [eu-west-1], protected: true}
"""
CASES = """\
pipeline: shop-prod-deploy
cases:
  silence is not consent:
    push: main
    given: {Consent/Approve: ignored}
    expect:
      - failed: {at: Consent/Approve, because: timed out, after: 7d}
      - never_ran: Prod/Deploy
  nobody is asked about another branch:
    push: feature/basket
    expect: nothing
"""


def settled(pytester, **files):
    lay(pytester, **files)
    (pytester.path / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")


def ids(result):
    return [line for line in result.outlines if "::" in line]


def test_a_definition_is_a_structure_and_a_nominal_run(pytester):
    lay(pytester)
    assert ids(run(pytester, "--collect-only", "-q")) == [
        "pipelines/shop.yaml::shop-prod-deploy::structure",
        "pipelines/shop.yaml::shop-prod-deploy::nominal run",
    ]
    run(pytester).assert_outcomes(passed=2)


def test_with_settings_every_rule_of_policy_is_an_item(pytester):
    settled(pytester)
    found = ids(run(pytester, "--collect-only", "-q"))
    assert "pipelines/shop.yaml::shop-prod-deploy::policy[protected-needs-approval]" in found
    assert len(found) > 10


def test_a_rule_that_does_not_apply_is_skipped_with_the_reason(pytester):
    settled(pytester)
    result = run(pytester, "-rs", "-k", "policy")
    assert result.parseoutcomes()["skipped"] > 1
    result.stdout.fnmatch_lines(["*not applicable: there is nothing here that the rule is about*"])


def test_what_is_said_of_waivers_stands_in_a_section_of_the_structure(pytester):
    settled(pytester)
    file = pytester.path / "pipelines" / "shop.yaml"
    text = "# reconciler: waive[variable-injection]: nobody asks for any\n" + file.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    result = run(pytester, "-rA", "-k", "structure")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*pipelines/shop.yaml:1:1: nothing here breaks variable-injection*"])


def test_settings_that_name_a_rule_that_is_not_there_are_refused(pytester):
    settled(pytester)
    text = SETTINGS + "policy: {rules: {protected-needs-aproval: off}}\n"
    (pytester.path / "reconciler.yaml").write_text(text, encoding="utf-8")
    run(pytester).stdout.fnmatch_lines(["*there is no rule 'protected-needs-aproval'*did you mean*"])


def test_an_item_can_be_chosen_by_its_id(pytester):
    lay(pytester)
    run(pytester, "pipelines/shop.yaml::shop-prod-deploy::nominal run").assert_outcomes(passed=1)


def test_a_broken_definition_is_one_failing_item_that_says_where(pytester):
    lay(pytester, SHOP.replace("inputArtifacts: [{name: App}]", "inputArtifacts: [{name: Ap}]"))
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "_* shop-prod-deploy: structure _*",
        "pipelines/shop.yaml:35:28: pipeline.stages*inputArtifacts*: no action gives the artifact Ap (*: App, Code)",
    ])  # fmt: skip


@pytest.mark.parametrize("text", ["{", "a: [1", "pipeline: 5", "", "\x00"])
def test_a_file_that_is_no_definition_at_all_is_one_failing_item(pytester, text):
    lay(pytester, text)
    result = run(pytester)
    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


def test_two_files_that_define_one_pipeline_both_fail_in_their_structure(pytester):
    lay(pytester)
    (pytester.path / "pipelines" / "other.yaml").write_text(SHOP, encoding="utf-8")
    result = run(pytester)
    result.assert_outcomes(failed=2, passed=2)
    result.stdout.fnmatch_lines(["*is defined in pipelines/shop.yaml:* too*"])


@pytest.mark.parametrize(
    ("settings", "argument", "message"),
    [
        pytest.param("", "--pipeline-files=nowhere", "pipeline_files: 'nowhere' matches no *", id="files"),
        pytest.param("polcy: {}", "-v", "*reconciler.yaml:1:*there is no setting 'polcy'*", id="settings"),
    ],
)
def test_unusable_files_and_settings_are_one_error_of_collection(pytester, settings, argument, message):
    lay(pytester)
    (pytester.path / "pipelines" / "other.yaml").write_text(SHOP, encoding="utf-8")
    (pytester.path / "reconciler.yaml").write_text(settings, encoding="utf-8")
    result = run(pytester, argument, "pipelines")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


def test_cases_are_items_in_the_words_of_scenarios(pytester):
    lay(pytester, **{"shop.pipeline-test_yaml": CASES})
    assert ids(run(pytester, "--collect-only", "-q", "shop.pipeline-test.yaml")) == [
        "shop.pipeline-test.yaml::silence is not consent",
        "shop.pipeline-test.yaml::nobody is asked about another branch",
    ]
    run(pytester, "shop.pipeline-test.yaml").assert_outcomes(passed=2)


def test_a_failing_case_tells_the_cause_first_then_the_tree_and_how_to_repeat_it(pytester):
    lay(pytester, **{"shop.pipeline-test_yaml": CASES.replace("ignored}", '"approved:ana@2h"}')})
    result = run(pytester, "shop.pipeline-test.yaml")
    result.assert_outcomes(failed=1, passed=1)
    start = next(at for at, line in enumerate(result.outlines) if "case: silence" in line)
    assert result.outlines[start : start + 14] == [
        "_________________________ case: silence is not consent _________________________",
        'run: expected failed(at="Consent/Approve", because="timed out", after="7d")',
        "run succeeded after 2h09m10s; Consent/Approve was approved by ana at +2h04m10s",
        'run: expected never_ran("Prod/Deploy")',
        "run succeeded after 2h09m10s; Consent/Approve was approved by ana at +2h04m10s",
        "Prod/Deploy ran at +2h04m10s: Succeeded",
        "--------------------------------- pipeline run ---------------------------------",
        "shop-prod-deploy #1  push main  Succeeded  2h09m10s",
        "  Source   ok  10s  Code=2282ccb",
        "  Build    ok   4m",
        "  Consent  ok   2h  approved by ana",
        "  Prod     ok   5m",
        "repeat: pytest 'shop.pipeline-test.yaml::silence is not consent'",
        "=========================== short test summary info ============================",
    ]


def test_an_outcome_that_a_case_gives_and_never_uses_fails_it(pytester):
    text = CASES.replace("Approve: ignored}", "Approve: ignored, Prod/Deploy: fails}")
    lay(pytester, **{"shop.pipeline-test_yaml": text})
    result = run(pytester, "shop.pipeline-test.yaml")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["given and never used: Prod/Deploy"])


def test_a_typo_in_a_case_is_told_at_collection_with_line_and_column(pytester):
    lay(pytester, **{"shop.pipeline-test_yaml": CASES.replace("    given:", "    givn:")})
    result = run(pytester)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([
        "shop.pipeline-test.yaml:5:5: cases.silence is not consent.givn: 'givn' is not known here; did you mean*",
    ])  # fmt: skip


def test_a_case_about_a_pipeline_that_is_not_there_names_those_that_are(pytester):
    lay(pytester, **{"shop.pipeline-test_yaml": CASES.replace("shop-prod-deploy", "shop-prod-deplo")})
    result = run(pytester, "shop.pipeline-test.yaml")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["there is no pipeline 'shop-prod-deplo'; near are shop-prod-deploy"])


def test_junit_properties_are_plain_strings(pytester):
    lay(pytester)
    run(pytester, "--junitxml=out.xml")
    text = (pytester.path / "out.xml").read_text(encoding="utf-8")
    assert '<property name="pipeline" value="shop-prod-deploy" />' in text
    assert '<property name="status" value="Succeeded" />' in text
