"""What the policy knows and says of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_pipeline import choosing, zerocode
from reconciler.errors import Broken, Problem
from reconciler.pipeline import providers
from reconciler.policy import facts as policy
from reconciler.policy.attribution import Ownership

if TYPE_CHECKING:
    import pytest

    from pytest_pipeline.structure import Pipeline
    from reconciler.policy.facts import Facts


def facts(pipeline: Pipeline) -> Facts:
    """Give what the rules of policy look at; raises Broken without settings."""
    place = pipeline.place
    if place.settings is None:
        raise Broken(f"the policy needs settings, and {pipeline.name} was read without: write pipeline_settings")
    stated = policy.Stated(pipeline.document, place.environment, place.target, place.tags)
    catalogue = place.catalogue or providers.catalogue()
    return policy.gather(stated, place.settings, catalogue, Ownership(place.settings.environments))


def findings(config: pytest.Config, pipeline: Pipeline) -> tuple[Problem, ...]:
    """Give the errors and warnings that rules of policy find, as `reconciler validate` tells them."""
    __tracebackhide__ = True
    facts(pipeline)  # says what is missing without settings
    loader = choosing.loader(config)
    read = loader.read(loader.root / pipeline.place.file)
    told = zerocode.judged(config, read, pipeline).problems
    return tuple(each for each in told if each.severity in ("error", "warning"))
