"""A plan as people and programs read it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import Problem
from reconciler.pipeline.arns import Target
from reconciler.plan.changes import Cause, Change, Difference, Kind, Plan
from reconciler.plan.live import Transition
from reconciler.report import plans
from strategies import law

DEV, PROD = Target("111111111111", "eu-west-1"), Target("333333333333", "us-east-1")
CREATE = Change(
    DEV, "shop-dev-api", Kind.CREATE, Cause.GIT, "dev", "pipelines/api.yaml", digest="d1", tags={"team": "shop"},
    note="looks like a rename of shop-dev-old",
)  # fmt: skip
ADOPT = Change(
    DEV, "shop-dev-web", Kind.ADOPT, Cause.GIT, "dev", "pipelines/web.yaml", 7,
    differences=(Difference("tags.reconciler:owner", None, "codepipeline-reconciler"),),
)  # fmt: skip
UPDATE = Change(
    PROD, "shop-prod-api", Kind.UPDATE, Cause.DRIFT, "prod", "pipelines/prod.yaml", 12, "d2",
    (
        Difference("Build/Compile configuration.ProjectName", "a", "b"),
        Difference("Source/Get configuration.OAuthToken", "****", "(secret changed)"),
        Difference("stages (order)", "Source, Build, Deploy", "Source, Deploy, Build"),
    ),
)  # fmt: skip
TAG = Change(
    PROD, "shop-prod-web", Kind.TAG, Cause.GIT, "prod", "pipelines/web.yaml", 3,
    differences=(Difference("tags.cost", "1", ""),), tags={"cost": ""},
)  # fmt: skip
DELETE = Change(
    PROD, "shop-prod-old", Kind.DELETE, Cause.GIT, version=2, held="deleting is off, allow it with `sync.prune: true`"
)
SHUT = Change(
    PROD, "shop-prod-api", Kind.TRANSITION, Cause.GIT, "prod", "pipelines/prod.yaml", 12,
    differences=(Difference("Deploy inbound transition", "enabled", "disabled (freeze)"),),
    transitions={"Deploy": Transition(enabled=False, reason="freeze")},
)  # fmt: skip
RICH = Plan(
    "c0ffee",
    (CREATE, ADOPT, UPDATE, TAG, DELETE),
    (Problem("pipelines/bad.yaml", 3, 5, "pipeline.stages[0]", "name is missing", "add `name`"),),
    {Target("222222222222", "eu-west-1"): "AccessDenied: codepipeline:ListPipelines"},
    {(PROD, "shop-prod-lost"): "Rate exceeded"},
    in_sync=1,
    unmanaged=4,
)

SUMMARY = (
    "1 to create, 1 to adopt, 1 to update, 1 to tag, 1 change held, 1 problem, 1 unreadable target, "
    f"1 unreadable pipeline; 1 pipeline in sync. Plan {RICH.digest[:12]}."
)

TEXT = f"""\
111111111111/eu-west-1
  + create  shop-dev-api  (git)  pipelines/api.yaml
      note: looks like a rename of shop-dev-old
  = adopt   shop-dev-web  version 7  (git)  pipelines/web.yaml
      tags.reconciler:owner: (absent) → codepipeline-reconciler
333333333333/us-east-1
  ~ update  shop-prod-api  version 12  (drift)  pipelines/prod.yaml
      Build/Compile configuration.ProjectName: a → b
      Source/Get configuration.OAuthToken: **** → (secret changed)
      stages (order): Source, Build, Deploy → Source, Deploy, Build
  ~ tag     shop-prod-web  version 3  (git)  pipelines/web.yaml
      tags.cost: 1 → ""
  ! delete  shop-prod-old  version 2  (git)
      held: deleting is off, allow it with `sync.prune: true`
! pipelines/bad.yaml:3:5: pipeline.stages[0]: name is missing (add `name`)
! 222222222222/eu-west-1 could not be read: AccessDenied: codepipeline:ListPipelines
! shop-prod-lost in 333333333333/us-east-1 could not be read: Rate exceeded
{SUMMARY}"""

MARKDOWN = f"""\
**{SUMMARY}**

| | pipeline | target | change | differences |
|---|---|---|---|---|
| + | `shop-dev-api` | 111111111111/eu-west-1 | create (git) | looks like a rename of shop-dev-old |
| = | `shop-dev-web` | 111111111111/eu-west-1 | adopt (git) | \
`tags.reconciler:owner: (absent) → codepipeline-reconciler` |
| ~ | `shop-prod-api` | 333333333333/us-east-1 | update (drift) | `Build/Compile configuration.ProjectName: a → b`<br>\
`Source/Get configuration.OAuthToken: **** → (secret changed)`<br>\
`stages (order): Source, Build, Deploy → Source, Deploy, Build` |
| ~ | `shop-prod-web` | 333333333333/us-east-1 | tag (git) | `tags.cost: 1 → ""` |
| ! | `shop-prod-old` | 333333333333/us-east-1 | delete (git)<br>**held**: \
deleting is off, allow it with \\`sync.prune: true\\` |  |
* pipelines/bad.yaml:3:5: pipeline.stages\\[0\\]: name is missing (add \\`name\\`)
* 222222222222/eu-west-1: AccessDenied: codepipeline:ListPipelines
* shop-prod-lost in 333333333333/us-east-1: Rate exceeded"""


LOST = {(DEV, "a"): "x", (DEV, "b"): "x"}


def plan(*changes: Change, **members: Any) -> Plan:
    return Plan("c0ffee", changes, **members)


def with_place_and_values(text: str) -> Plan:
    """Give a plan in which a text stands wherever something comes from outside."""
    differences = (Difference(text, text, {text: text}),)
    update = replace(UPDATE, name=text, file=text, differences=differences, note=text, held=text)
    problems = (Problem(text, 1, 1, text, text, text),)
    changes = (update, replace(CREATE, note=text))
    return plan(*changes, problems=problems, unreadable={DEV: text}, unknown={(DEV, text): text})


def test_the_text_shows_every_kind_by_target_with_its_differences_and_reasons() -> None:
    assert plans.text(RICH) == TEXT


def test_the_markdown_is_a_table_with_what_is_in_the_way_below() -> None:
    assert plans.markdown(RICH) == MARKDOWN


def test_an_empty_plan_is_one_sentence() -> None:
    assert plans.text(plan(in_sync=2)) == "Nothing to do; 2 pipelines in sync."
    assert plans.markdown(plan(in_sync=2)) == "**Nothing to do; 2 pipelines in sync.**\n"


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        pytest.param({}, "Nothing to do; 0 pipelines in sync.", id="nothing"),
        pytest.param({"in_sync": 1}, "Nothing to do; 1 pipeline in sync.", id="one in sync"),
        pytest.param({"in_sync": 2000}, "Nothing to do; 2,000 pipelines in sync.", id="many in sync"),
        pytest.param({"changes": (DELETE,)}, "1 change held; 0 pipelines in sync.", id="one held"),
        pytest.param({"changes": (DELETE, DELETE)}, "2 changes held; 0 pipelines in sync.", id="two held"),
        pytest.param({"problems": RICH.problems}, "1 problem; 0 pipelines in sync.", id="one problem"),
        pytest.param({"problems": RICH.problems * 2}, "2 problems; 0 pipelines in sync.", id="two problems"),
        pytest.param({"unreadable": {DEV: "x"}}, "1 unreadable target; 0 pipelines in sync.", id="one target"),
        pytest.param(
            {"unreadable": {DEV: "", PROD: ""}}, "2 unreadable targets; 0 pipelines in sync.", id="two targets"
        ),
        pytest.param({"unknown": LOST}, "2 unreadable pipelines; 0 pipelines in sync.", id="two pipelines"),
    ],
)
def test_the_summary_says_how_many(members: dict[str, Any], sentence: str) -> None:
    assert plans.summary(Plan("c0ffee", **members)) == sentence


def test_the_summary_names_the_digest_only_where_there_is_something_to_apply() -> None:
    updates = plan(UPDATE, replace(UPDATE, name="other"), DELETE)
    sentence = f"2 to update, 1 change held; 0 pipelines in sync. Plan {updates.digest[:12]}."
    assert plans.summary(updates) == sentence
    assert "Plan" not in plans.summary(plan(DELETE))


def test_the_document_has_every_part_of_the_plan() -> None:
    document = plans.document(RICH)
    assert list(document) == [
        "schema", "commit", "digest", "counts", "approvals", "inSync", "unmanaged", "changes", "problems", "unreadable",
        "unknown",
    ]  # fmt: skip
    assert (document["schema"], document["digest"]) == ("codepipeline-reconciler/plan/1", RICH.digest)
    assert (document["counts"]["held"], document["inSync"], document["unmanaged"]) == (1, 1, 4)
    assert [change["kind"] for change in document["changes"]] == ["create", "adopt", "update", "tag", "delete"]
    assert document["changes"][-1]["held"] == DELETE.held
    place = {"file": "pipelines/bad.yaml", "line": 3, "column": 5, "path": "pipeline.stages[0]"}
    assert document["problems"] == [place | {"message": "name is missing", "hint": "add `name`"}]
    unread = {"account": "222222222222", "region": "eu-west-1", "reason": "AccessDenied: codepipeline:ListPipelines"}
    assert document["unreadable"] == [unread]
    lost = {"account": "333333333333", "region": "us-east-1", "name": "shop-prod-lost", "reason": "Rate exceeded"}
    assert document["unknown"] == [lost]


def test_the_same_plan_gives_the_same_bytes() -> None:
    one = Plan("c0ffee", (UPDATE,), unreadable={PROD: "b", DEV: "a"}, unknown={(DEV, "z"): "c", (DEV, "a"): "d"})
    other = Plan("c0ffee", (UPDATE,), unreadable={DEV: "a", PROD: "b"}, unknown={(DEV, "a"): "d", (DEV, "z"): "c"})
    assert json.dumps(plans.document(one)) == json.dumps(plans.document(other))
    assert json.loads(json.dumps(plans.document(one))) == plans.document(one)
    assert (plans.text(one), plans.markdown(one)) == (plans.text(other), plans.markdown(other))


@pytest.mark.parametrize("text", ["\x1b[2J", "a\nb", "a\rb", "\u202egnp", "\u200b", "\x9b31m"])
def test_nothing_from_outside_disturbs_a_terminal_or_a_page(text: str) -> None:
    outside, plain = with_place_and_values(text), with_place_and_values("x")
    for form in (plans.text, plans.markdown):
        lines = form(outside).split("\n")
        assert len(lines) == len(form(plain).split("\n"))
        assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("text", "prose", "code"),
    [
        pytest.param("a|b", "a\\|b", "`a\\|b: a\\|b", id="a pipe ends no cell"),
        pytest.param("<b>&amp;", "&lt;b>&amp;amp;", "`<b>&amp;: <b>&amp;", id="HTML"),
        pytest.param("a`b", "a\\`b", "`` a`b: a`b", id="a backtick ends no code"),
        pytest.param("a```b", "a\\`\\`\\`b", "```` a```b: a```b", id="many backticks end no code"),
        pytest.param("[a](http://b)", "\\[a\\](http://b)", "`[a](http://b): [a](http://b)", id="link"),
        pytest.param("release/*, fix/*", "release/\\*, fix/\\*", "`release/*, fix/*: release/*", id="emphasis"),
        pytest.param("__x__ ~~y~~ #1", "\\_\\_x\\_\\_ \\~\\~y\\~\\~ \\#1", "`__x__ ~~y~~ #1: __x__", id="other marks"),
        pytest.param("a\\|b", "a\\\\\\|b", "`a\\\\|b: a\\\\|b", id="a backslash before a pipe"),
    ],
)
def test_nothing_from_outside_is_markup(text: str, prose: str, code: str) -> None:
    lines = plans.markdown(with_place_and_values(text)).split("\n")
    update, create, problem, unread, unknown = lines[4:]
    assert f" {code}" in update
    assert f"**held**: {prose} |" in update
    assert create.endswith(f"| {prose} |")
    assert problem == f"* {prose}:1:1: {prose}: {prose} ({prose})"
    assert unread == f"* 111111111111/eu-west-1: {prose}"
    assert unknown == f"* {prose} in 111111111111/eu-west-1: {prose}"


def test_long_values_are_cut_and_absent_ones_are_named() -> None:
    long = plan(replace(UPDATE, differences=(Difference("stage Test", {"actions": "x" * 500}, None),)))
    (line,) = [line for line in plans.text(long).split("\n") if "stage Test" in line]
    assert line.endswith("… → (absent)")
    assert len(line) < 120


@law
@given(st.text(min_size=1))
def test_the_text_has_one_line_for_each_thing_that_is_told(text: str) -> None:
    lines = plans.text(with_place_and_values(text)).split("\n")
    assert len(lines) == 12
    assert all(line.isprintable() for line in lines)


def test_a_transition_is_told_in_words_and_counted_and_hashed() -> None:
    plan = Plan("c0ffee", (SHUT,))
    line, told = plans.text(plan).splitlines()[1:3]
    assert line == "  ~ transition  shop-prod-api  version 12  (git)  pipelines/prod.yaml"
    assert told == "      Deploy inbound transition: enabled → disabled (freeze)"
    assert "`Deploy inbound transition: enabled → disabled (freeze)`" in plans.markdown(plan)
    assert plans.document(plan)["counts"] == {"transition": 1}
    assert plan.digest != Plan("c0ffee", (replace(SHUT, differences=()),)).digest
