"""A process that stays, as a daemon does: `python -m benchmarks.daemon_passes TIMES` tells what later passes take."""

from __future__ import annotations

import sys
import time

from reconciler.cli import build
from reconciler.sync import passes


def main(times: int) -> None:
    """Write the seconds of processor time of each pass after the first one, a line each."""
    settings, base = build.settings(None)
    with build.world(settings, base, lambda _: None) as world:
        passes.run(world, approved=True)
        for _ in range(times):
            began = time.process_time()
            passes.run(world, approved=True)
            sys.stdout.write(f"{time.process_time() - began}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
