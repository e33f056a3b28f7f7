from __future__ import annotations

import datetime as dt
import json
from textwrap import indent
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from reconciler import documents
from reconciler.cli.app import app
from reconciler.policy import examples, waivers

if TYPE_CHECKING:
    from pathlib import Path

TODAY = dt.date(2026, 6, 1)
LEAK = "dev:\n  artifactStore: {location: prod-artifacts}\n"
KNOWN = ("environment-bucket", "environment-parity", "shared-artifact-bucket")


def read(text: str) -> waivers.Read:
    return waivers.read(text, "web.yaml", KNOWN)


def test_a_waiver_says_rule_day_and_reason():
    (found,) = read("a: 1\nb: 2  # reconciler: waive[environment-bucket] until 2026-12-31: they move out\n").comments
    assert found == waivers.Comment(2, "environment-bucket", "2026-12-31", "they move out")


def test_without_a_day_it_never_ends():
    (found,) = read("# reconciler: waive[environment-bucket]: one bucket for all\n").comments
    assert list(waivers.standing([found], "environment-bucket", dt.date(9999, 1, 1))) == [found]


@pytest.mark.parametrize("day", [pytest.param(-1, id="the day before"), pytest.param(0, id="the last day")])
def test_it_counts_until_its_last_day(day):
    (found,) = read("# reconciler: waive[environment-bucket] until 2026-06-01: they move out\n").comments
    assert list(waivers.standing([found], "environment-bucket", TODAY + dt.timedelta(days=day))) == [found]
    assert list(waivers.standing([found], "environment-bucket", TODAY + dt.timedelta(days=1))) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("waive[environment-bucket]", id="no reason"),
        pytest.param("waive[environment-bucket]:  ", id="an empty reason"),
        pytest.param("waive environment-bucket: it moves", id="no brackets"),
        pytest.param("waive[environment-bucket] until tomorrow: it moves", id="no date"),
        pytest.param("waive[environment-bucket] until 2026-02-30: it moves", id="a date that is none"),
        pytest.param("waive[environment-bukcet]: it moves", id="no such rule"),
    ],
)
def test_what_is_no_waiver_is_told_at_its_line_with_a_way_out(text):
    found = read(f"a: 1\n# reconciler: {text}\n")
    assert [(each.line, each.rule, bool(each.hint)) for each in found.problems] == [(2, "waiver", True)]
    assert found.comments == ()


# By the command line


@pytest.fixture
def validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def run(head: str, overrides: str, *arguments: str, listed: tuple[dict[str, Any], ...] = ()) -> list[str]:
        settings = documents.parse(examples.SETTINGS, "settings")
        settings["policy"]["waivers"] = list(listed)
        settings["source"] = {"path": "pipelines"}
        (tmp_path / "reconciler.yaml").write_text(json.dumps(settings))
        (tmp_path / "pipelines").mkdir(exist_ok=True)
        text = examples.SET.replace("PURPOSE", "web") + "overrides:\n" + indent(overrides, "  ")
        (tmp_path / "pipelines" / "web.yaml").write_text(head + text)
        monkeypatch.chdir(tmp_path)
        done = CliRunner().invoke(app, ["validate", "--format", "json", *arguments])
        return [each["rule"] for each in json.loads(done.stdout)["findings"]]

    return run


COMMENT = "# reconciler: waive[environment-bucket]: one bucket until the move\n"


def test_a_comment_lets_its_rule_pass_in_its_file(validate):
    assert validate("", LEAK) == ["environment-bucket"]
    assert validate(COMMENT, LEAK) == []


def test_an_audit_leaves_waivers_out(validate):
    assert validate(COMMENT, LEAK, "--no-waivers") == ["environment-bucket"]


def test_a_comment_that_lets_nothing_pass_is_a_finding(validate):
    assert validate(COMMENT, "dev: {}") == ["waiver-unused"]


def test_a_comment_that_is_over_is_a_finding_beside_what_it_let_pass(validate):
    over = COMMENT.replace("]:", "] until 2020-01-01:")
    assert validate(over, LEAK) == ["waiver-expired", "environment-bucket"]


def test_a_comment_counts_for_rules_over_all_pipelines_too(validate):
    shared = "".join(f"{name}:\n  artifactStore: {{location: artifacts}}\n" for name in ("dev", "prod"))
    comment = COMMENT.replace("environment-bucket", "shared-artifact-bucket")
    assert validate("", shared) == ["shared-artifact-bucket"]
    assert validate(comment, shared) == []
    assert validate(comment, "dev: {}") == ["waiver-unused"]


def test_the_settings_let_pass_by_rule_and_name(validate):
    waiver = {"rule": "environment-bucket", "pipeline": "shop-dev-*", "reason": "one bucket until the move"}
    assert validate("", LEAK, listed=(waiver,)) == []
    assert validate("", LEAK, "--no-waivers", listed=(waiver,)) == ["environment-bucket"]


@pytest.mark.parametrize(
    ("waiver", "rule"),
    [
        pytest.param({"pipeline": "shop-prod-*"}, "waiver-unused", id="another name"),
        pytest.param({"until": "2020-01-01"}, "waiver-expired", id="over"),
    ],
)
def test_what_does_not_count_in_the_settings_is_told_there(validate, waiver, rule):
    listed = {"rule": "environment-bucket", "reason": "one bucket until the move", **waiver}
    assert sorted(validate("", LEAK, listed=(listed,))) == sorted(["environment-bucket", rule])


def test_a_waiver_of_a_rule_that_is_not_there_is_refused_with_the_near_one(validate, tmp_path):
    with pytest.raises(json.JSONDecodeError):
        validate("", LEAK, listed=({"rule": "environment-bukcet", "reason": "a typing error"},))
    done = CliRunner().invoke(app, ["validate"])
    assert done.exit_code == 2
    assert "environment-bucket" in done.output
