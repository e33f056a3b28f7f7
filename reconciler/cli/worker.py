"""What a Dask worker does before it takes work: `dask worker tcp://HOST:8786 --preload reconciler.cli.worker`."""

from __future__ import annotations

from typing import Any

from reconciler.cli import crews


async def dask_setup(worker: Any) -> None:
    """Give a worker what it works with; it does not start where its settings do not hold."""
    from reconciler.scale.seats import Seat

    await worker.plugin_add(Seat(crews.configured))
