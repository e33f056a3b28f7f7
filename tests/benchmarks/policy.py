"""What it costs to judge by all rules of policy, those over all pipelines included, beside parsing the definitions."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked
    from reconciler.definitions.native import Context
    from reconciler.policy.judge import Policy

PARSED, JUDGED = "parsed", "judged"
ENVIRONMENTS = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}
REGION = "eu-west-1"


def rows(asked: Asked) -> Iterator[Row]:
    """Measure in processes of their own, one for each number of pipelines.

    The targets: all rules cost less than three times the parsing; ten times as many pipelines, less than twelve times.
    """
    runs = asked.runs(3)
    few = [_child(asked.pipelines) for _ in runs]
    many = [_child(asked.pipelines * 10)[JUDGED] for _ in runs]
    judged, parsed = (Series("ms", tuple(each[name] for each in few)) for name in (JUDGED, PARSED))
    yield Row(f"all rules of policy over {asked.pipelines:,}, each / parsing it", judged, parsed, least=0.34)
    what = f"all rules of policy, each of {asked.pipelines * 10:,} / each of a tenth"
    yield Row(what, Series("ms", tuple(many)), judged, least=0.84)


def _child(count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.policy", str(count)]
    out = subprocess.run(command, cwd=sites.TESTS, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(out)
    return found


def measured(count: int) -> dict[str, float]:
    """Give milliseconds of processor time per pipeline: of parsing its YAML, and of all that policy does with it."""
    import datetime as dt
    import gc

    from reconciler import __main__
    from reconciler.definitions import native
    from reconciler.pipeline import secrets
    from reconciler.policy import judge
    from reconciler.settings import Settings

    gc.set_threshold(__main__.YOUNG)  # as the command line does
    places = {name: {"account": account, "regions": [REGION]} for name, account in ENVIRONMENTS.items()}
    places["staging"]["after"], places["prod"]["after"], places["prod"]["protected"] = "dev", "staging", True
    settings = Settings.model_validate({"environments": places, "policy": {"profile": "strict"}})
    policy = judge.Policy(settings, dt.date(2026, 11, 1))
    context = native.Context(settings.environments, settings.naming, secrets.no_fingerprint)
    documents = list(_documents(count))
    return {PARSED: _parsing(documents[: max(count // 10, 1)]), JUDGED: _judging(documents, context, policy)}


def _documents(count: int) -> Iterator[dict[str, Any]]:
    """Give declarations of 5 stages and 12 actions: families of three, alike but for their environment."""
    from endpoint import sample

    for number, document in enumerate(sample(count, account="333333333333", region=REGION)):
        (environment, account), family = list(ENVIRONMENTS.items())[number % 3], f"svc{number // 3:04}"
        text = json.dumps(document).replace("333333333333", account).replace(document["name"].split("-")[0], family)
        yield json.loads(text.replace("prod", environment))


def _parsing(chosen: list[dict[str, Any]]) -> float:
    import yaml

    from reconciler import documents

    texts = [yaml.dump({"pipeline": each}, sort_keys=False) for each in chosen]
    began = time.process_time()
    for text in texts:
        documents.parse(text, "a.yaml")
    return (time.process_time() - began) / len(texts) * 1e3


def _judging(chosen: list[dict[str, Any]], context: Context, policy: Policy) -> float:
    """Judge as a pass does: file by file, then together. Places are not looked up, for that is parsing again."""
    from reconciler.definitions import reading
    from reconciler.policy import judge

    read = [reading.read(json.dumps(each).encode(), f"{each['name']}.json", context) for each in chosen]
    began = time.process_time()
    judged = [judge.file(each, "", policy) for each in read]
    judge.commit([one for each in judged for one in (*each.definitions, *each.blocked)], policy)
    return (time.process_time() - began) / len(chosen) * 1e3


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(int(sys.argv[1]))))
