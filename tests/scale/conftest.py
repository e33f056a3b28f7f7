"""The ways in which a pass may be executed, each with a workshop of three targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from distributed import LocalCluster

import estates
from reconciler.scale import cluster

if TYPE_CHECKING:
    from workshop import Workshop


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `dask://local` start its one worker in this process, where it takes no time."""

    def here(scale: Any, seat: Any) -> LocalCluster:
        return LocalCluster(
            n_workers=1, threads_per_worker=4, processes=False, dashboard_address="127.0.0.1:0", plugins=(seat,)
        )

    monkeypatch.setattr(cluster, "_here", here)


@pytest.fixture(params=["threads", "serial", "dask://local"])
def several(request: pytest.FixtureRequest, workshop: Workshop, inside: None) -> Workshop:
    """Give a workshop with three accounts, whose passes are executed in one of the ways."""
    workshop.settings(environments=estates.environments(3), scale={"executor": request.param})
    return workshop
