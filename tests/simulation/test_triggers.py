"""Triggers of connections (reference E.15, K11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import build as compiling
from builders import connection, pipeline, sources, stage
from reconciler.simulation import triggers
from reconciler.simulation.changes import PullRequest, Push
from strategies import law

MD = {"includes": ["src/**"], "excludes": ["**/*.md"]}
FEATURES = {"includes": ["feature/**"], "excludes": ["feature/wip*"]}


def declared(source="Checkout", **filters):
    git = {"sourceActionName": source, **filters}
    return {"providerType": "CodeStarSourceConnection", "gitConfiguration": git}


def document(*given_triggers, actions=None, **members):
    stages = [sources(*(actions or [connection()])), stage("Build", compiling())]
    return pipeline(stages=stages, pipelineType="V2", triggers=list(given_triggers), **members)


def only(event, actions=None, **filters):
    (match,) = triggers.matches(document(*([declared(**filters)] if filters else []), actions=actions), event)
    return match


def push(branch="main", *files, **members):
    return Push("shop/web", branch=branch, commit="c1", files=files, **members)


def tag(name):
    return Push("shop/web", tag=name, commit="c1")


def opened(event="OPEN", *files, destination="main"):
    return PullRequest("shop/web", event, "7", "feature/a", destination, "c2", files)


@pytest.mark.parametrize(
    ("branch", "starts"),
    [
        pytest.param("feature/a/b", True, id="K11-included"),
        pytest.param("feature/wip-1", False, id="K11-excluded"),
        pytest.param("main", False, id="K11-not-included"),
    ],
)
def test_k11_branches(branch, starts):
    assert only(push(branch), push=[{"branches": FEATURES}]).starts is starts


@pytest.mark.parametrize(
    ("files", "starts"),
    [
        pytest.param(["README.md", "src/x.py"], True, id="K11-one-file-suffices"),
        pytest.param(["src/y.md"], False, id="K11-excluded"),
        pytest.param(["docs/a.txt"], False, id="K11-not-included"),
    ],
)
def test_k11_file_paths(files, starts):
    assert only(push("main", *files), push=[{"branches": {"includes": ["**"]}, "filePaths": MD}]).starts is starts


def test_e15_1_with_a_trigger_the_branch_of_the_action_counts_no_more():
    match = only(push("main"), push=[{"branches": {"includes": ["next"]}}])
    assert (match.starts, "'next'" in match.reason) == (False, True)


def test_e15_1_without_a_trigger_the_branch_of_the_action_counts():
    assert [only(push("main")).starts, only(push("next")).starts] == [True, False]


def test_e15_1_a_trigger_without_filters_is_the_default():
    git = document(declared())
    assert [triggers.matches(git, push(branch))[0].starts for branch in ("main", "next")] == [True, False]


@pytest.mark.parametrize(
    ("event", "why"),
    [
        pytest.param(push("next"), "watches the branch main, not next", id="other-branch"),
        pytest.param(tag("v1"), "tags do not start it", id="tag"),
        pytest.param(opened(), "pull requests do not start it", id="pull-request"),
        pytest.param(Push("shop/Web", branch="main"), "reads shop/web", id="other-repository"),
    ],
)
def test_a7_without_a_trigger_the_reason_says_what_is_watched(event, why):
    assert why in only(event).reason


def test_a7_without_detection_only_people_start_it():
    match = only(push(), actions=[connection(DetectChanges="false")])
    assert (match.starts, "by hand only" in match.reason) == (False, True)


@pytest.mark.parametrize(
    ("event", "starts"),
    [
        pytest.param(push("main"), (True, False, False), id="E15.2-branch"),
        pytest.param(tag("v1"), (False, True, False), id="E15.2-tag"),
        pytest.param(opened("OPEN"), (False, False, True), id="E15.2-opened"),
        pytest.param(opened("UPDATED"), (False, False, True), id="E15.2-updated"),
        pytest.param(opened("CLOSED"), (False, False, True), id="E15.2-closed"),
    ],
)
def test_e15_2_each_kind_of_event_has_its_filters(event, starts):
    kinds = [
        {"push": [{"branches": {"includes": ["*"]}}]},
        {"push": [{"tags": {"includes": ["*"]}}]},
        {"pullRequest": [{"branches": {"includes": ["*"]}}]},
    ]
    assert tuple(only(event, **filters).starts for filters in kinds) == starts


def test_e15_2_one_filter_of_several_suffices():
    filters = [{"branches": {"includes": ["next"]}}, {"branches": {"includes": ["main"]}}]
    match = only(push("main"), push=filters, pullRequest=[{"branches": {"includes": ["x"]}}])
    assert (match.starts, match.reason.startswith("push[1] ")) == (True, True)


@pytest.mark.parametrize(
    ("event", "starts"),
    [
        pytest.param(opened("OPEN", "src/a.py"), True, id="all"),
        pytest.param(opened("CLOSED", "src/a.py"), False, id="wrong-event"),
        pytest.param(opened("OPEN", "docs/a"), False, id="wrong-file"),
        pytest.param(opened("OPEN", "src/a.py", destination="next"), False, id="wrong-branch"),
    ],
)
def test_e15_2_the_criteria_of_one_filter_hold_together(event, starts):
    one = {"events": ["OPEN", "UPDATED"], "branches": {"includes": ["main"]}, "filePaths": MD}
    assert only(event, pullRequest=[one]).starts is starts


def test_e15_3_excludes_win():
    match = only(push("main"), push=[{"branches": {"includes": ["main"], "excludes": ["ma*"]}}])
    assert (match.starts, "excluded by 'ma*'" in match.reason) == (False, True)


def test_e15_3_excludes_alone_let_everything_else_in():
    one = {"branches": {"excludes": ["wip*"]}}
    assert [only(push(branch), push=[one]).starts for branch in ("main", "wip-1")] == [True, False]


@pytest.mark.parametrize(
    ("one", "event", "starts"),
    [
        pytest.param({"tags": {"includes": ["v*"]}}, tag("v1"), True, id="E15.4-tags"),
        pytest.param({"tags": {"includes": ["v*"]}}, tag("x1"), False, id="E15.4-other-tag"),
        pytest.param({"branches": {"includes": ["v*"]}}, tag("v1"), False, id="E15.4-branches-are-no-tags"),
        pytest.param({"tags": {"includes": ["*"]}}, push("main"), False, id="E15.4-tags-are-no-branches"),
        pytest.param({"filePaths": MD}, push("any", "src/a"), True, id="E15.4-file-paths-alone"),
        pytest.param({"filePaths": MD}, tag("v1"), False, id="E15.4-file-paths-are-no-tags"),
        pytest.param({}, push("any"), True, id="no-criteria-branch"),
        pytest.param({}, tag("any"), True, id="no-criteria-tag"),
    ],
)
def test_e15_4_push_filters(one, event, starts):
    assert only(event, push=[one]).starts is starts


def test_e15_5_the_destination_is_judged_and_the_source_is_built():
    match = only(opened(destination="main"), pullRequest=[{"branches": {"includes": ["main"]}}])
    assert (match.starts, match.branch, match.commit, match.pull_request) == (True, "feature/a", "c2", "7")


def test_e15_5_the_source_branch_is_not_judged():
    assert not only(opened(), pullRequest=[{"branches": {"includes": ["feature/**"]}}]).starts


def test_e15_6_only_the_first_hundred_files_are_looked_at():
    one = {"branches": {"includes": ["*"]}, "filePaths": MD}
    early, late = (push("main", *["docs/a"] * others, "src/x.py") for others in (99, 100))
    assert [only(event, push=[one]).starts for event in (early, late)] == [True, False]
    assert "src/x.py would fit, but only the first 100" in only(late, push=[one]).reason


def test_e15_6_the_look_at_files_can_be_widened():
    git = document(declared(push=[{"filePaths": MD}]))
    event = push("main", *["docs/a"] * 100, "src/x.py")
    assert triggers.matches(git, event, files_looked_at=200)[0].starts


def test_e15_6_a_new_branch_does_not_start_a_filter_on_file_paths():
    one = {"branches": {"includes": ["*"]}, "filePaths": MD}
    match = only(push("x", "src/a.py", new=True), push=[one])
    assert (match.starts, "x is a new branch" in match.reason) == (False, True)


def test_e15_6_a_new_branch_starts_a_filter_without_file_paths():
    assert only(push("x", new=True), push=[{"branches": {"includes": ["*"]}}]).starts


def test_e15_6_without_known_files_a_filter_on_them_does_not_match():
    assert "no changed files are known" in only(push(), push=[{"filePaths": MD}]).reason


def test_e15_7_a_merge_closes_and_pushes():
    filters = {"push": [{"branches": {"includes": ["main"]}}], "pullRequest": [{"events": ["CLOSED"]}]}
    assert [only(event, **filters).starts for event in (opened("CLOSED"), push("main"))] == [True, True]


def test_e15_9_two_sources_of_one_repository_are_warned_of():
    git = document(actions=[connection(), connection("Next", branch="next")])
    first, second = triggers.matches(git, push("main"))
    assert (first.starts, second.starts, "only one of them" in first.reason) == (True, False, True)


def test_a_trigger_of_another_kind_of_event_says_so():
    assert "has no pullRequest filter" in only(opened(), push=[{"branches": {"includes": ["main"]}}]).reason


def test_every_filter_says_why_it_does_not_match():
    filters = [{"branches": {"includes": ["next"]}}, {"tags": {"includes": ["*"]}}]
    reason = only(push("main"), push=filters).reason
    assert ("push[0]: the branch main is not among 'next'" in reason, "push[1]: it is about tags" in reason) == (1, 1)


def test_a_malformed_pattern_matches_nothing_and_says_so():
    match = only(push("main"), push=[{"branches": {"includes": ["[a"]}}])
    assert (match.starts, "malformed at character 1" in match.reason) == (False, True)


def test_sources_that_are_no_connections_are_left_out():
    assert triggers.matches(pipeline(), push()) == ()


@law
@given(st.lists(st.sampled_from(["a", "b", "*", "**", "a/*"]), max_size=3), st.sampled_from(["a", "b", "a/b", "c"]))
def test_what_is_excluded_never_starts(patterns, branch):
    excluding = {"branches": {"includes": ["**"], "excludes": [*patterns, branch]}}
    assert not only(push(branch), push=[excluding]).starts
