"""What it costs to judge a definition, beside cfn-lint on the same pipeline as a template."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import process
from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.asked import Asked
    from benchmarks.process import Finished

ACCOUNT, REGION = "111111111111", "eu-west-1"
TEMPLATES = 100
"""Templates that cfn-lint is given in one run; a run over one of them tells what its start costs."""
ACTIONS = 1000
"""Actions of the largest pipeline that AWS takes (reference C)."""


def rows(asked: Asked) -> Iterator[Row]:
    """Measure ours in a process of its own, so that this one stays small."""
    command = [sys.executable, "-m", "benchmarks.validation", str(asked.pipelines), str(len(asked.runs(5)))]
    out = subprocess.run(command, cwd=sites.TESTS, check=True, capture_output=True, text=True).stdout
    costs = {name: Series("ms", tuple(values)) for name, values in json.loads(out).items()}
    peer, skipped = _peer(asked)
    one = "one definition of 5 stages and 12 actions"
    yield Row(f"checks of {one}", costs["checks"], most=0.5)
    yield Row(f"checks of {one} / cfn-lint", costs["checks"], peer, least=100, skipped=skipped)
    yield Row(f"read as YAML and judged, {one} / cfn-lint", costs["yaml"], peer, least=20, skipped=skipped)
    yield Row(f"checks, each of {asked.pipelines:,} / each of a tenth", costs["checks"], costs["tenth"], least=0.8)
    yield Row(f"checks of one pipeline of {ACTIONS:,} actions", costs["large"], most=1000)
    yield _start(asked)


def _peer(asked: Asked) -> tuple[Series | None, str]:
    """Give milliseconds of processor time of cfn-lint for a template, its start not counted, or why there are none."""
    if (program := asked.program(asked.cfn_lint)) is None:
        return None, "quick" if asked.quick else "cfn-lint not installed"
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        write = [sys.executable, "-m", "benchmarks.templates", name, str(TEMPLATES)]
        subprocess.run(write, cwd=sites.TESTS, check=True)
        files = sorted(each.name for each in Path(name).iterdir())
        several, one = (_lint(program, name, files[:count]) for count in (TEMPLATES, 1))
    return Series("ms", ((several.cpu - one.cpu) / (TEMPLATES - 1) * 1e3,)), ""


def _lint(program: str, folder: str, files: list[str]) -> Finished:
    environment = {"PATH": "/usr/bin:/bin", "HOME": folder}
    # Warnings are no failure: that the peer reads every template is what counts.
    return process.run([program, "--non-zero-exit-code", "none", "--", *files], Path(folder), environment)


def _start(asked: Asked) -> Row:
    """Measure `reconciler validate` of one file as a process: processor time, start included."""
    with sites.opened(1, form="yaml") as site:
        (file,) = (site.folder / "repository" / "pipelines").iterdir()
        runs = [site.python("-m", "reconciler", "validate", str(file)) for _ in asked.runs(5)]
    return Row("validate of one file, processor time", Series("s", tuple(each.cpu for each in runs)), most=0.4)


def measured(count: int, runs: int) -> dict[str, list[float]]:
    """Give milliseconds of processor time per definition of each subject."""
    import gc

    import yaml

    from endpoint import sample
    from reconciler import __main__, settings
    from reconciler.definitions import native, reading
    from reconciler.pipeline import secrets, validity

    gc.set_threshold(__main__.YOUNG)  # as the command line does
    documents = sample(count, account=ACCOUNT, region=REGION)
    texts = [yaml.dump({"pipeline": each}, sort_keys=False).encode() for each in documents[: max(count // 10, 1)]]
    places = {"prod": settings.Environment(account=ACCOUNT, regions=[REGION])}
    context = native.Context(places, settings.Naming(), secrets.no_fingerprint)
    assert not [each for each in validity.check(documents[0], REGION) if each.severity == "error"]

    def check(document: dict[str, Any]) -> object:
        return validity.check(document, REGION, resolved=True)

    def judge(text: bytes) -> object:
        return reading.judge(text, "a.yaml", context)

    subjects: dict[str, tuple[Callable[[Any], object], list[Any]]] = {
        "checks": (check, documents),
        "tenth": (check, documents[: max(count // 10, 1)]),
        "yaml": (judge, texts),
        "large": (check, [large(documents[0])]),
    }
    return {name: [_cost(*subject) for _ in range(runs)] for name, subject in subjects.items()}


def large(document: dict[str, Any]) -> dict[str, Any]:
    """Give a pipeline with as many actions as AWS takes: twenty stages of fifty."""
    first, build, *_ = document["stages"]
    action = build["actions"][0]
    bare = {key: value for key, value in action.items() if key not in ("outputArtifacts", "namespace")}
    per_stage = 50
    stages = [
        {"name": f"Stage{number}", "actions": [bare | {"name": f"Action{each}"} for each in range(per_stage)]}
        for number in range((ACTIONS - 1) // per_stage)
    ]
    return document | {"stages": [first, *stages]}


def _cost(call: Callable[[Any], object], arguments: list[Any]) -> float:
    began = time.process_time()
    for each in arguments:
        call(each)
    return (time.process_time() - began) / len(arguments) * 1e3


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(int(sys.argv[1]), int(sys.argv[2]))))
