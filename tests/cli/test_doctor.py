"""`reconciler doctor`: what is fine, what is not, and that no check stops another one."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace

import pytest

from reconciler.cli import doctor
from reconciler.cli.checks import examination, table
from reconciler.cli.checks.examination import Check, Result, ok
from workshop import ACCOUNT, REGION

MACHINE = [check.id for check in table.CHECKS if check.scope == "machine" and not check.roles]
TARGET = [check.id for check in table.CHECKS if check.scope == "target"]


@pytest.fixture
def examined(cli, workshop, document):
    """Put a pipeline there, then give the rows by id: `examined(check=1)`."""
    workshop.define(document)
    workshop.endpoint.put(ACCOUNT, REGION, document, {})

    def run(*arguments, check=0):
        done = cli("doctor", "--format", "json", *arguments, check=check).json
        assert done["schema"] == doctor.SCHEMA
        return {each["id"]: each for each in done["checks"]}

    return run


def test_every_check_has_a_row_and_nothing_is_an_error(examined):
    rows = examined()
    assert list(rows) == [*MACHINE, *TARGET]
    assert rows["git"]["sentence"].endswith("with 1 file below pipelines")
    assert rows["credentials"]["where"] == f"{ACCOUNT}/{REGION}"
    assert not [each for each in rows.values() if each["result"] == "error"]


def test_people_see_one_line_each_the_remedy_below_and_a_count(cli, workshop):
    workshop.settings(source={"branch": "gone"})
    workshop.commit()
    done = cli("doctor", check=1)
    assert done.out.startswith("error    git             ")
    assert "1 error" in done.err
    assert cli("doctor", "--quiet", check=1).err == ""


@pytest.mark.usefixtures("examined")
def test_a_denied_read_is_an_error_with_the_statement_to_add(cli, workshop):
    workshop.endpoint.fail("GetPipelineState", "AccessDeniedException", status=400, times=9)
    rows = cli("doctor", "-f", "json", check=1).json["checks"]
    (row,) = [each for each in rows if each["result"] == "error"]
    assert json.loads(row["remedy"].partition(": ")[2])["Action"] == ["codepipeline:GetPipelineState"]


@pytest.mark.usefixtures("examined")
def test_what_only_costs_time_is_a_warning(cli, workshop):
    workshop.endpoint.fail("GetResources", "AccessDeniedException", status=400, times=9)
    told = [each for each in cli("doctor", "-f", "json").json["checks"] if each["id"] == "read"]
    assert ("warning", True) in [(each["result"], "tag:GetResources" in each["remedy"]) for each in told]


def test_credentials_of_another_account_are_an_error_and_nothing_else_is_tried(examined, workshop):
    workshop.settings(environments={"prod": {"account": "333333333333", "regions": [REGION]}})
    rows = examined(check=1)
    assert "environments.prod.assume_role" in rows["credentials"]["remedy"]
    assert (rows["read"]["result"], rows["write"]["result"]) == ("unknown", "unknown")


def test_settings_that_cannot_be_read_are_one_error_row(cli, workshop):
    (workshop.folder / "reconciler.yaml").write_text("environments: [")
    (row,) = cli("doctor", "--format", "json", check=1).json["checks"]
    assert (row["id"], row["result"]) == ("settings", "error")


def test_in_report_mode_nothing_has_to_be_writable(examined):
    assert "nothing is ever written" in examined("--set", "sync.mode=report")["write"]["sentence"]


def test_nothing_is_made_or_migrated(examined, workshop):
    examined()
    assert not list(workshop.folder.rglob("state.db*"))
    assert not [each for each in workshop.endpoint.log if each.operation.startswith(("Create", "Update", "Tag", "Put"))]


def test_roles_are_judged_where_that_is_asked_for(examined, document, workshop, monkeypatch):
    server = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    try:
        monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", "http://{}:{}".format(*running.get_host_and_port()))
        row = examined("--with-iam", check=1)["roles"]
    finally:
        running.stop()
    assert "does not exist [role-absent]" in row["sentence"]
    assert row["where"] == f"{ACCOUNT}/{REGION}/{document['name']}"


EXECUTOR = SimpleNamespace(map=map)


def rows_of(*checks, accesses=()):
    patient = SimpleNamespace(accesses=accesses)
    return examination.examine(patient, checks, EXECUTOR, lambda _: None)


def broken(*_):
    raise KeyError("x")


def fine(*_):
    yield ok("fine")


def test_a_check_that_raises_is_an_error_of_its_own_and_stops_no_other():
    one, two = rows_of(Check("one", "t", broken), Check("two", "t", fine))
    assert (one.result, two.result) == (Result.ERROR, Result.OK)
    assert "the check itself failed: KeyError" in one.sentence


def test_a_check_whose_need_is_not_met_is_unknown_and_so_is_what_needs_that():
    access = SimpleNamespace(target="T")
    checks = [Check("one", "t", broken, "target"), Check("two", "t", fine, "target", "one"),
              Check("three", "t", fine, "target", "two")]  # fmt: skip
    assert [row.result for row in rows_of(*checks, accesses=(access,))] == ["error", "unknown", "unknown"]


def test_secrets_do_not_show_in_a_row():
    secret = "AKIA" + "ABCDEFGHIJKLMNOP"
    (row,) = rows_of(Check("one", "t", lambda _: [ok(f"key {secret}")]))
    assert secret not in row.sentence
