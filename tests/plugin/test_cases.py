"""Cases are read whole; what is wrong is told at its place, all at once."""

from __future__ import annotations

import pytest

from pytest_pipeline import cases
from pytest_pipeline.cases import Expected
from reconciler import documents


def read(text):
    return cases.read(documents.parse(text, "a.pipeline-test.yaml"))


def one(text):
    (case,), faults = read(f"cases: {{it works: {{{text}}}}}")
    assert not faults
    return case


def test_a_short_case_is_a_scenario_of_one_step():
    case = one("push: main, commit: 3f2a, given: {Build: fails}, expect: Failed at Build/X")
    (step,) = case.scenario.steps
    assert (step.verb, step.subject, step.name, step.text("commit")) == ("push", "main", "run", "3f2a")
    assert case.scenario.given == {"Build": ("fails",)}
    assert case.scenario.expect == {"run": "Failed at Build/X"}


def test_variables_of_a_short_case_are_those_of_its_start():
    assert one("push: main, variables: {VERSION: 1.2}").scenario.variables == {"VERSION": "1.2"}


def test_matchers_stand_alone_or_in_lists():
    case = one("push: main, expect: [{failed: {at: Build, because: no}}, {never_ran: [Prod, Build/Y]}]")
    assert case.expected == (
        Expected("run", "failed", (), {"at": "Build", "because": "no"}),
        Expected("run", "never_ran", ("Prod", "Build/Y")),
    )
    assert one("push: main, expect: {succeeded: }").expected == (Expected("run", "succeeded"),)


def test_expectations_of_several_runs_go_by_name():
    case = one("steps: [{push: a, as: one}, {push: b, as: two}], expect: {one: Succeeded, two: [{parked: {at: Prod}}]}")
    assert case.scenario.expect == {"one": "Succeeded"}
    assert case.expected == (Expected("two", "parked", (), {"at": "Prod"}),)


def test_the_file_names_the_pipelines_of_every_case():
    (case, other), _ = read("pipeline: a\ncases: {x: {push: main}, y: {push: main, pipelines: [b]}}")
    assert (case.scenario.pipelines, other.scenario.pipelines) == (("a",), ("b",))


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        pytest.param("[]", "", "a mapping with `cases:`", id="no mapping"),
        pytest.param("cases: {}", "cases", "a mapping with `cases:`", id="no cases"),
        pytest.param("cases: {'a::b': {push: a}}", "cases.a::b", "with :: in its name", id="a name that pytest splits"),
        pytest.param("case: {}\ncases: {x: {push: a}}", "case", "did you mean 'cases'?", id="unknown key"),
        pytest.param("pipeline: [a]\ncases: {x: {push: a}}", "pipeline", "pipeline is a name", id="pipeline"),
        pytest.param("pipelines: a\ncases: {x: {push: a}}", "pipelines", "list of names", id="pipelines"),
        pytest.param("cases: {x: []}", "cases.x", "a case is a mapping", id="case"),
        pytest.param("cases: {x: {given: {}}}", "cases.x", "a case has `steps:`, or one of push", id="nothing starts"),
        pytest.param("cases: {x: {push: a, tag: b}}", "cases.x", "a case has `steps:`, or one", id="two start"),
        pytest.param("cases: {x: {push: [a]}}", "cases.x.push", "push takes a text", id="short step"),
        pytest.param("cases: {x: {push: a, givn: {}}}", "cases.x.givn", "did you mean 'given'?", id="member"),
        pytest.param("cases: {x: {push: a, given: {B: fial}}}", "cases.x.given.B", "is no outcome", id="outcome"),
        pytest.param("cases: {x: {push: a, expect: Suceeded}}", "cases.x.expect", "'Succeeded'", id="status"),
        pytest.param("cases: {x: {push: a, expect: [{faild: {}}]}}", "cases.x.expect.faild", "'failed'", id="matcher"),
        pytest.param("cases: {x: {push: a, expect: {failed: x}}}", "cases.x.expect.failed", "a mapping", id="details"),
        pytest.param("cases: {x: {push: a, expect: {failed: {att: B}}}}", "cases.x.expect.failed.att", "'at'", id="at"),
        pytest.param(
            "cases: {x: {push: a, expect: {failed: {at: [B]}}}}", "cases.x.expect.failed.at", "a text", id="t"
        ),
        pytest.param(
            "cases: {x: {push: a, expect: {failed: {after: x}}}}",
            "cases.x.expect.failed.after",
            "duration",
            id="duration",
        ),
        pytest.param("cases: {x: {push: a, expect: {never_ran: 5}}}", "cases.x.expect.never_ran", "places", id="place"),
        pytest.param("cases: {x: {push: a, expect: {faild: {}}}}", "cases.x.expect.faild", "'failed'", id="empty"),
        pytest.param("cases: {x: {push: a, expect: []}}", "cases.x.expect", "nothing is expected here", id="none"),
        pytest.param("cases: {x: {push: a, expect: [5]}}", "cases.x.expect", "a status", id="number"),
        pytest.param("cases: {x: {push: a, expect: [Failed, Succeeded]}}", "cases.x.expect", "both", id="two statuses"),
        pytest.param(
            "cases: {x: {steps: [{push: a, as: b}], expect: {c: [{succeeded: }]}}}",
            "cases.x.expect",
            "no run is called 'c'",
            id="no such run",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text, path, message):
    _, faults = read(text)
    assert any(documents.path_text(each.path) == path and message in each.message + each.hint for each in faults), (
        faults
    )


def test_all_faults_of_a_file_are_told_at_once():
    _, faults = read("cases: {x: {push: [a]}, y: {push: a, extra: 1}}")
    assert {documents.path_text(each.path) for each in faults} == {"cases.x.push", "cases.y.extra"}
