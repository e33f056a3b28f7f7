from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner

from builders import build, pipeline, sources, stage
from reconciler.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

SETTINGS = """\
environments:
  dev: {account: "111111111111", regions: [eu-west-1, us-east-1]}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reconciler.yaml").write_text(SETTINGS)
    (tmp_path / "pipelines").mkdir()
    secret = build(configuration={"ProjectName": "web", "EnvironmentVariables": '[{"name": "TOKEN", "value": "x-1"}]'})
    document = pipeline("shop-dev-web", [sources(), stage("Build", secret)], version=3)
    for region in ("eu-west-1", "us-east-1"):
        define(tmp_path, f"{region}.yaml", {"pipeline": document, "region": region, "tags": {"team": "shop"}})
    define(tmp_path, "one.yaml", {"pipeline": pipeline("shop-dev-one"), "region": "eu-west-1"})
    return tmp_path


def define(folder: Path, name: str, value: dict[str, Any]) -> None:
    (folder / "pipelines" / name).write_text(yaml.safe_dump(value, sort_keys=False))


def show(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["validate", "--show", *arguments])


def test_a_pipeline_is_shown_as_yaml_that_is_a_definition_again(folder):
    done = show("shop-dev-one")
    assert done.exit_code == 0
    assert done.stdout.startswith(
        "# shop-dev-one in 111111111111/eu-west-1, environment dev, from pipelines/one.yaml:2\n"
    )
    assert yaml.safe_load(done.stdout) == {"pipeline": pipeline("shop-dev-one")}


def test_or_as_json():
    assert json.loads(show("shop-dev-one", "--format", "json").stdout) == {"pipeline": pipeline("shop-dev-one")}


def test_every_pipeline_of_the_name_is_shown_without_secrets_and_without_a_version():
    one, other = yaml.safe_load_all(show("shop-dev-web").stdout)
    assert one == other
    assert one["tags"] == {"team": "shop"}
    assert "version" not in one["pipeline"]
    configuration = one["pipeline"]["stages"][1]["actions"][0]["configuration"]
    assert json.loads(configuration["EnvironmentVariables"]) == [{"name": "TOKEN", "value": "****"}]


def test_a_set_is_shown_in_the_environment_that_the_name_says(folder):
    body = pipeline("${project}-${environment}-deploy")
    value = {"project": "cart", "purpose": "deploy", "environments": ["dev"], "pipeline": body}
    define(folder, "set.yaml", value)
    (folder / "reconciler.yaml").write_text(SETTINGS.replace(", us-east-1", ""))
    assert yaml.safe_load(show("cart-dev-deploy", "pipelines/set.yaml").stdout) == {
        "pipeline": pipeline("cart-dev-deploy")
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("shop-dev-wbe",), "did you mean shop-dev-web", id="near"),
        pytest.param(("zzz",), "there are: shop-dev-one, shop-dev-web", id="far"),
        pytest.param(("shop-dev-one", "--format", "sarif"), "--show prints YAML, or JSON", id="form"),
    ],
)
def test_what_cannot_be_shown_ends_with_2_and_says_what_can(arguments, message):
    done = show(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_file_with_errors_defines_nothing_and_that_is_said(folder):
    define(folder, "one.yaml", {"pipeline": pipeline("shop-dev-one", [sources()]), "region": "eu-west-1"})
    assert "files with errors define nothing" in show("shop-dev-one").stderr


def test_without_settings_there_are_no_environments_to_show_it_in(folder):
    (folder / "reconciler.yaml").unlink()
    assert "--show needs settings" in show("shop-dev-one", "pipelines").stderr
