"""Declarations for passes, and a second target beside the usual one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from endpoint import sample
from reconciler.pipeline.arns import Target
from workshop import ACCOUNT, REGION, Workshop

if TYPE_CHECKING:
    from endpoint.request import Document


@pytest.fixture
def target() -> Target:
    return Target(ACCOUNT, REGION)


@pytest.fixture
def documents() -> list[Document]:
    """Give three declarations, `svc0001-prod-deploy` to `svc0003-prod-deploy`."""
    return sample(3, account=ACCOUNT, region=REGION)


@pytest.fixture
def document(documents: list[Document]) -> Document:
    return documents[0]


@pytest.fixture
def secretive(document: Document) -> Document:
    """Give a declaration with a token that AWS masks, and with a password that AWS shows."""
    source = {
        "name": "Checkout",
        "actionTypeId": {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"},
        "configuration": {"Owner": "shop", "Repo": "shop", "Branch": "main", "OAuthToken": "first-token"},
        "outputArtifacts": [{"name": "Code"}],
        "namespace": "SourceVariables",
    }
    first, build, *rest = document["stages"]
    compile_, *others = build["actions"]
    configuration = compile_["configuration"] | {"EnvironmentVariables": '[{"name": "PASSWORD", "value": "hunter2"}]'}
    build = build | {"actions": [compile_ | {"configuration": configuration}, *others]}
    without = {key: value for key, value in document.items() if key != "triggers"}
    return without | {"stages": [first | {"actions": [source]}, build, *rest]}


@pytest.fixture
def beside(workshop: Workshop) -> Target:
    """Add an environment `dev` in another account and give its target."""
    role = "arn:aws:iam::222222222222:role/reconciler"
    dev: dict[str, Any] = {"account": "222222222222", "regions": [REGION], "assume_role": role}
    workshop.settings(environments={"dev": dev})
    return Target("222222222222", REGION)
