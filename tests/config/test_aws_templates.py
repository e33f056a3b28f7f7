"""What config/aws gives to users: templates without a fault, and roles with what the daemon calls and no more."""

from __future__ import annotations

import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

from reconciler.aws.calls import OPERATIONS
from reconciler.daemon import messages
from reconciler.definitions.cloudformation import syntax
from reconciler.definitions.tags import OWNER

FOLDER = Path(__file__).parents[2] / "config" / "aws"
FILES = sorted(FOLDER.glob("*.yaml"))
PRUNES = {"codepipeline:DeletePipeline"}
ELSEWHERE = {"sts", "sqs", "sns", "s3"}
"""Services of which the daemon asks nothing that its role in a target has to allow."""


@pytest.mark.skipif(not util.find_spec("cfnlint"), reason="cfn-lint is not installed")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_template_has_no_fault(file):
    done = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), file], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


def actions(*policies: str) -> set[str]:
    resources = syntax.parse((FOLDER / "roles.yaml").read_text(), "roles.yaml")["Resources"]
    statements = [each for name in policies for each in resources[name]["Properties"]["PolicyDocument"]["Statement"]]
    asked = [each["Action"] for each in statements]
    return {action for each in asked for action in ([each] if isinstance(each, str) else each)}


def test_a_role_allows_what_the_daemon_calls():
    prefixes = {"resourcegroupstaggingapi": "tag"}
    calls = {f"{prefixes.get(each.service, each.service)}:{name}" for name, each in OPERATIONS.items()}
    calls = {each for each in calls if each.split(":")[0] not in ELSEWHERE}
    allowed = actions("Report", "Apply", "Prune", "Inspect")
    assert calls - allowed == set()
    assert {each for each in allowed - calls if each.startswith("codepipeline:")} == set()


def test_each_mode_allows_more_than_the_one_before():
    assert all(each.split(":")[1].startswith(("List", "Get", "Lookup")) for each in actions("Report"))
    assert actions("Prune") == PRUNES
    assert not actions("Report") & actions("Apply")


def test_what_nobody_owns_is_neither_updated_nor_deleted():
    text = (FOLDER / "roles.yaml").read_text()
    assert text.count(f'Condition: {{StringEquals: {{"aws:ResourceTag/{OWNER}": !Ref Owner}}}}') == 2


def test_the_queue_hears_of_every_call_that_the_daemon_looks_for():
    text = (FOLDER / "events.yaml").read_text()
    assert all(f"- {name}\n" in text for name in messages.WRITES)
