"""Which environment a live pipeline is judged as."""

from __future__ import annotations

import pytest

from reconciler.definitions import native
from reconciler.pipeline import secrets
from reconciler.pipeline.arns import Target
from reconciler.settings import Environment, Naming
from reconciler.sync import inspecting
from reconciler.sync.importing import Live

SHARED, ALONE = Target("111111111111", "eu-west-1"), Target("333333333333", "eu-west-1")
PLACES = {"dev": SHARED, "test": SHARED, "prod": ALONE}
CONTEXT = native.Context(
    {name: Environment(account=each.account, regions=[each.region]) for name, each in PLACES.items()},
    Naming(),
    secrets.no_fingerprint,
)


@pytest.mark.parametrize(
    ("target", "name", "environment"),
    [
        pytest.param(ALONE, "whatever", "prod", id="the only one of its target"),
        pytest.param(ALONE, "shop-dev-web", "prod", id="whatever its name says"),
        pytest.param(SHARED, "shop-test-web", "test", id="of several, the one that its name says"),
        pytest.param(SHARED, "shop-prod-web", "", id="a name that says one of elsewhere"),
        pytest.param(SHARED, "whatever", "", id="nobody can tell"),
    ],
)
def test_the_environment_is_that_of_the_target_and_never_a_guess(target, name, environment):
    assert inspecting.environment(Live(target, name, "", {}, {}), CONTEXT) == environment
