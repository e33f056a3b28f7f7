"""The hooks and the workflow that we show are run for real, in a repository made of the sample."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
SCRIPTS = Path(sys.executable).parent
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
PRE_COMMIT = yaml.safe_load((CONFIG / "pre-commit-config.yaml").read_text())
WORKFLOW = yaml.safe_load((CONFIG / "ci" / "github-workflow.yaml").read_text())
STEPS = WORKFLOW["jobs"]["validate"]["steps"]
RUNS = [step["run"] for step in STEPS if "run" in step and not step["run"].startswith("pip install ")]

BROKEN = Path("pipelines/payments/payments-prod-api.yaml")
FINE = "pipelines/payments/payments-dev-api.yaml"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("RECONCILER_", "GIT_"))} | {
    "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
}

pytestmark = pytest.mark.skipif(not (SCRIPTS / "reconciler").exists(), reason="the console script is not installed")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path, dirs_exist_ok=True)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=False, capture_output=True, text=True)


def hook(folder: Path, name: str, *files: str) -> subprocess.CompletedProcess[str]:
    """Run a hook as pre-commit does: its entry, with the names of the files that it asks for."""
    wanted = [file for file in files if re.search(HOOKS[name]["files"], file)]
    return run(folder, *shlex.split(HOOKS[name]["entry"]), *(wanted if HOOKS[name].get("pass_filenames", True) else ()))


def spoil(folder: Path) -> int:
    """Misspell a member in the first stage, and give its line."""
    file = folder / BROKEN
    lines = file.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "location:" in text)
    lines[line - 1] = lines[line - 1].replace("location:", "locatoin:")
    file.write_text("\n".join(lines), encoding="utf-8")
    return line


# The hooks


def test_a_hook_asks_for_definitions_and_nothing_else(repository):
    files = git(repository, "ls-files").splitlines()
    wanted = [file for file in files if re.search(HOOKS["reconciler-validate"]["files"], file)]
    assert {Path(file).parts[0] for file in wanted} == {"pipelines"}
    assert set(HOOKS["reconciler-validate"]["types_or"]) == {"yaml", "json"}
    assert [file for file in files if re.search(HOOKS["reconciler-validate-all"]["files"], file)] == [
        file for file in files if file == "reconciler.yaml" or (file in wanted and not file.endswith(".md"))
    ]


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_lets_fine_definitions_pass(repository, name):
    done = hook(repository, name, FINE, "reconciler.yaml")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_stops_a_mistake_and_says_its_line(repository, name):
    line = spoil(repository)
    done = hook(repository, name, FINE, str(BROKEN))
    assert done.returncode == 1
    assert f"{BROKEN}:{line}:5: error [shape] 'locatoin' is not known here" in done.stdout


def test_a_hook_reads_the_settings_of_the_repository(repository):
    misplaced = FINE.replace("-dev-", "-test-")
    text = (repository / FINE).read_text(encoding="utf-8").replace("payments-dev-api", "payments-test-api", 1)
    (repository / misplaced).write_text(text, encoding="utf-8")
    done = hook(repository, "reconciler-validate", misplaced)
    assert done.returncode == 1
    assert "environment 'test' is not configured" in done.stdout


def test_only_the_hook_for_all_sees_that_a_change_doubles_another_file(repository):
    shutil.copy(repository / FINE, repository / "pipelines" / "again.yaml")
    assert hook(repository, "reconciler-validate", "pipelines/again.yaml").returncode == 0
    done = hook(repository, "reconciler-validate-all", "pipelines/again.yaml")
    assert done.returncode == 1
    assert f"is defined in {FINE}" in done.stdout


def test_the_sample_names_hooks_that_there_are():
    (repo,) = PRE_COMMIT["repos"]
    assert [each["id"] for each in repo["hooks"]] == list(HOOKS)


# The workflow


def steps(folder: Path) -> list[subprocess.CompletedProcess[str]]:
    """Run the steps as GitHub's runner does: each by a bash that stops at the first failure."""
    return [run(folder, "bash", "-e", "-c", command) for command in RUNS]


def findings(folder: Path) -> list[dict[str, Any]]:
    file = next(step["with"]["sarif_file"] for step in STEPS if "upload-sarif" in step.get("uses", ""))
    found: list[dict[str, Any]] = json.loads((folder / file).read_text(encoding="utf-8"))["runs"][0]["results"]
    return found


def test_the_workflow_passes_where_all_is_fine(repository):
    done = steps(repository)
    assert [each.returncode for each in done] == [0, 0], [each.stderr for each in done]
    assert [each for each in findings(repository) if each["level"] == "error"] == []


def test_the_workflow_uploads_a_mistake_and_then_fails_at_its_line(repository):
    line = spoil(repository)
    upload, show = steps(repository)
    assert (upload.returncode, show.returncode) == (0, 1)
    places = [each["locations"][0]["physicalLocation"] for each in findings(repository) if each["level"] == "error"]
    assert {place["artifactLocation"]["uri"] for place in places} == {str(BROKEN)}
    assert line in [place["region"]["startLine"] for place in places]
    assert f"::error file={BROKEN},line={line},col=5,title=shape::'locatoin' is not known here" in show.stdout


def test_the_workflow_fails_before_the_upload_where_nothing_could_be_read(repository):
    (repository / "reconciler.yaml").write_text("sync: {prun: true}", encoding="utf-8")
    assert steps(repository)[0].returncode != 0


def test_the_workflow_runs_when_definitions_or_settings_change():
    triggers = WORKFLOW[True]  # YAML 1.1 reads `on` as true
    assert triggers["pull_request"]["paths"] == ["pipelines/**", "reconciler.yaml"]
    assert WORKFLOW["permissions"] == {"contents": "read", "security-events": "write"}
