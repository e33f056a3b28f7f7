"""`reconciler compare`: operands, sources, forms and exit statuses."""

from __future__ import annotations

import copy
import json
import re
import shutil
from pathlib import Path

import pytest

from reconciler.cli import compare, options
from reconciler.plan.changes import Difference
from reconciler.plan.comparison import Comparison
from workshop import ACCOUNT, REGION

SAMPLE = Path(__file__).parents[2] / "config"
STAGING, PROD = "ecommerce-staging-database", "ecommerce-prod-database"
APPROVAL = "Migrate/DatabaseOwner: (absent) | Approval: Manual\n"


@pytest.fixture
def samples(workshop, cli):
    """Give the command line where the sample repository is the working tree."""
    shutil.copytree(SAMPLE / "pipelines", workshop.repository / "pipelines")
    text = (SAMPLE / "reconciler.yaml").read_text().replace("repository: .", "repository: repository")
    (workshop.folder / "reconciler.yaml").write_text(text)
    return cli


@pytest.fixture
def pair(workshop, cli, documents):
    """Give the command line where two pipelines are in git and live; the second one was edited by hand."""
    workshop.define(*documents[:2])
    edited = copy.deepcopy(documents[1])
    edited["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "mine"
    for document in (documents[0], edited):
        workshop.endpoint.put(ACCOUNT, REGION, document)
    return cli


def test_staging_differs_from_production_in_just_the_approval(samples):
    done = samples("compare", STAGING, PROD, check=3)
    assert done.out.startswith(APPROVAL)
    assert done.out.splitlines()[1] == (
        f"{STAGING} | {PROD}: 1 difference. "
        "Folded: {account} is 222222222222 | 333333333333, {environment} is staging | prod."
    )


def test_without_folding_everything_that_differs_is_shown(samples):
    shown = samples("compare", STAGING, PROD, "--no-fold", check=3).out
    assert "roleArn: arn:aws:iam::222222222222:role/ecommerce-staging-pipeline | arn:aws:iam::333333333333:" in shown


def test_the_same_pipeline_is_the_same_by_every_spelling(samples):
    file = f"repository/pipelines/ecommerce/{PROD}.yaml"
    for spelling in (PROD, f"{PROD}@prod", f"{PROD}@prod/eu-west-1", f"git:{PROD}", file, f"{file}#{PROD}"):
        assert samples("compare", spelling, PROD, "--quiet", check=0).out == ""


def test_a_terminal_gets_columns_in_which_nothing_is_cut(monkeypatch, capsys):
    found = Comparison("one", "other", (Difference("Build/Compile configuration.Url", "x" * 29 + "y" * 29, None),))
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    compare.show(found, options.Comparing.TEXT, quiet=True)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert max(map(len, shown.splitlines())) <= 60
    assert (shown.count("x"), shown.count("y")) == (29, 29)


def test_json_and_markdown_tell_the_same(samples):
    found = samples("compare", STAGING, PROD, "--format", "json", check=3).json
    assert [each["place"] for each in found["differences"]] == ["Migrate/DatabaseOwner"]
    assert (
        "| `Migrate/DatabaseOwner` | `(absent)` | `Approval: Manual` |"
        in samples("compare", STAGING, PROD, "--format", "markdown", check=3).out
    )


def test_two_files_are_compared_without_any_settings(tmp_path, cli, document):
    for name in ("one", "other"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"pipeline": document | {"name": name}}))
    (tmp_path / "reconciler.yaml").unlink()
    assert "no difference" in cli("compare", "one.json", "other.json#other", check=0).out


def test_a_name_needs_settings(tmp_path, cli):
    (tmp_path / "reconciler.yaml").unlink()
    (tmp_path / "a.json").write_text("{}")
    assert "pass --config FILE" in cli("compare", "a-dev-b", "a-prod-b", check=2).err


def test_git_is_compared_with_live(pair):
    name = "svc0002-prod-deploy"
    shown = pair("compare", name, f"live:{name}", check=3).out
    assert shown.startswith("Build/Compile configuration.ProjectName: svc0002-compile | mine\n")
    assert pair("compare", "svc0001-prod-deploy", "live:svc0001-prod-deploy@prod", check=0).err == ""


def test_two_live_pipelines_are_compared(pair):
    shown = pair("compare", "--live", "svc0001-prod-deploy", "svc0002-prod-deploy", check=3).out
    assert "Build/Compile configuration.ProjectName: svc0001-compile | mine" in shown


@pytest.mark.parametrize(
    ("operand", "message"),
    [
        pytest.param("svc0001-prod-deplyo", "did you mean svc0001-prod-deploy", id="a typing error"),
        pytest.param("live:nothing", "there is no pipeline live:nothing", id="not live"),
        pytest.param("nothing.yaml", "there is no file nothing.yaml", id="no file"),
        pytest.param("a.yaml#b", "there is no file a.yaml", id="no file with a name"),
        pytest.param("live:svc*", "can mean svc0001-prod-deploy@prod/eu-west-1, svc0002", id="several"),
    ],
)
def test_what_is_not_there_is_said_with_the_way_out(pair, operand, message):
    done = pair("compare", "svc0001-prod-deploy", operand, check=2)
    assert message in done.err


def test_a_file_with_errors_tells_them(pair, tmp_path):
    (tmp_path / "bad.yaml").write_text("pipeline: {name: a-prod-b}\n")
    assert "bad.yaml:1" in pair("compare", "bad.yaml", "bad.yaml", check=2).err


def test_no_secret_is_shown(workshop, cli, documents):
    for document, password in zip(documents, ("hunter2", "swordfish"), strict=False):
        configuration = document["stages"][1]["actions"][0]["configuration"]
        configuration["EnvironmentVariables"] = f'[{{"name": "DB_PASSWORD", "value": "{password}"}}]'
    workshop.define(*documents[:2])
    done = cli("compare", "svc0001-prod-deploy", "svc0002-prod-deploy", "--no-fold", check=3)
    assert "EnvironmentVariables[0].value: **** | (secret changed)" in done.out
    assert not any(password in done.out + done.err for password in ("hunter2", "swordfish"))
