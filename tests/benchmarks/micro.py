"""One definition: what it costs to find out that nothing differs, beside explaining it and beside reading it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.asked import Asked


def rows(asked: Asked) -> Iterator[Row]:
    """Measure in a process of its own, so that this one stays small."""
    command = [sys.executable, "-m", "benchmarks.micro", str(len(asked.runs(5)))]
    out = subprocess.run(command, cwd=sites.TESTS, check=True, capture_output=True, text=True).stdout
    costs = {name: Series("us", tuple(values)) for name, values in json.loads(out).items()}
    ours = costs.pop("seal + form + digest")
    for name, peer in costs.items():
        yield Row(f"seal + form + digest of one definition / {name}", ours, peer)


def measured(runs: int) -> dict[str, list[float]]:
    """Give microseconds per definition of each subject."""
    import yaml
    from deepdiff import DeepDiff

    from endpoint import sample
    from reconciler.pipeline import canonical, secrets

    documents = sample(20, account="111111111111", region="eu-west-1")
    forms = [canonical.form(each, "eu-west-1") for each in documents]
    fingerprint = secrets.fingerprinter(b"key")
    subjects: dict[str, tuple[Callable[[Any], object], list[Any]]] = {
        "seal + form + digest": (
            lambda each: canonical.digest(canonical.form(secrets.seal(each, fingerprint), "eu-west-1")), documents
        ),
        "DeepDiff of an equal pair": (lambda pair: DeepDiff(*pair), [(each, deepcopy(each)) for each in forms]),
        "DeepDiff of a pair with one change": (
            lambda pair: DeepDiff(*pair), [(each, deepcopy(each) | {"executionMode": "PARALLEL"}) for each in forms]
        ),
        "reading it as YAML (C loader)": (
            lambda text: yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)),
            [yaml.dump(each) for each in documents],
        ),
    }  # fmt: skip
    return {name: [_cost(*subject) for _ in range(runs)] for name, subject in subjects.items()}


def _cost(call: Callable[[Any], object], arguments: list[Any]) -> float:
    began = time.perf_counter()
    for each in arguments:
        call(each)
    return (time.perf_counter() - began) / len(arguments) * 1e6


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(int(sys.argv[1]))))
