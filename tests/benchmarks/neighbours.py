"""Passes of a daemon over many targets, with and without bad ones among them: nobody waits long for a neighbour.

As a program it is the daemon: each line that it reads is a pass, and each line that it writes what came of it, as JSON.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.asked import Asked
    from campaigns import Campaign
    from endpoint.request import Request

GOOD, BAD = 16, ("throttled", "silent", "refused", "flaky")
LATENCY = 0.05
CHANGED = 5
"""Pipelines of each good target that each round changes."""
SLOWER = 1.1
FAST = sites.SETTINGS["aws"] | {"attempts": 5}
"""The endpoint throttles one target only."""


def rows(asked: Asked) -> Iterator[Row]:
    """Measure the same rounds of changes twice: in good targets alone, and beside bad ones."""
    each, rounds = (10, 2) if asked.quick else (100, 12)
    alone, beside = _rounds(each, rounds, ()), _rounds(each, rounds, BAD)
    first, later = beside[0] / alone[0], sum(beside[1:]) / sum(alone[1:])
    what = f"{CHANGED * GOOD} updates in {GOOD} targets, N={GOOD * each:,}, beside {', '.join(BAD)} ones"
    yield Row(f"passes against those without bad targets, {what}", Series("times", (later,)), most=SLOWER)
    yield Row(f"the first pass after a start likewise, {what}", Series("times", (first,)))


def _rounds(each: int, rounds: int, bad: tuple[str, ...]) -> tuple[float, ...]:
    """Give the seconds of passes that each find changes of all good targets; one has to name the bad ones."""
    import estates

    with _place(each, bad) as campaign, _daemon(campaign) as pass_:
        found, named = [], set[str]()
        for number in range(rounds):
            _change(campaign, number)
            done = pass_()
            found.append(done["seconds"])
            named = named or set(done["unreadable"])
            _check(campaign, number)
    missing = {how for number, how in enumerate(bad) if estates.account(GOOD + number) not in named} - {"flaky"}
    assert not missing, f"{missing} are not among {named}"
    return tuple(found)


@contextmanager
def _place(each: int, bad: tuple[str, ...]) -> Iterator[Campaign]:
    import estates
    from campaigns import Campaign
    from endpoint import Endpoint
    from workshop import Workshop

    count = GOOD + len(bad)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, Endpoint(latency=LATENCY) as endpoint:
        workshop = Workshop(Path(name), endpoint)
        workshop.settings(environments=estates.environments(count), aws=FAST, scale={"workers": 16},
                          sync={"limits": {"changes": "100%"}})  # fmt: skip
        campaign = Campaign(workshop, count, each)
        campaign.define()
        campaign.put()
        endpoint.before(_faults({estates.account(GOOD + number): how for number, how in enumerate(bad)}))
        yield campaign


def _faults(bad: dict[str, str]) -> Callable[[Request], None]:
    from endpoint.request import Refusal

    dice = random.Random(1)

    def hook(request: Request) -> None:
        account = request.account
        if request.operation == "AssumeRole":
            account = request.body["RoleArn"].split(":")[4]
        how = bad.get(account)
        if how == "refused":
            raise Refusal("AccessDenied", "not authorized to perform: sts:AssumeRole", 403)
        if request.operation == "AssumeRole" or how is None:
            return
        if how == "throttled":
            raise Refusal("ThrottlingException", "Rate exceeded")
        if how == "flaky" and dice.random() < 0.3:
            raise Refusal("InternalFailure", "", 500)
        if how == "silent":
            time.sleep(120)

    return hook


@contextmanager
def _daemon(campaign: Campaign) -> Iterator[Callable[[], dict[str, Any]]]:
    workshop = campaign.workshop
    tests = str(Path(__file__).resolve().parent.parent)
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.neighbours"], cwd=workshop.folder, text=True,
        env=workshop.environment | {"PYTHONPATH": tests}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None

    def pass_() -> dict[str, Any]:
        process.stdin.write("\n")
        process.stdin.flush()
        done: dict[str, Any] = json.loads(process.stdout.readline())
        return done

    try:
        yield pass_
    finally:
        process.kill()
        process.wait()


def _change(campaign: Campaign, number: int) -> None:
    import estates

    for target in range(GOOD):
        for document in campaign.documents(target)[:CHANGED]:
            changed = document | {"roleArn": _role(target, number)}
            campaign.workshop.write(f"{estates.name(target)}/{document['name']}.json", {"pipeline": changed})
    campaign.workshop.commit()


def _check(campaign: Campaign, number: int) -> None:
    """Raise AssertionError unless every change of this round is live."""
    import estates
    from workshop import REGION

    for target in range(GOOD):
        for document in campaign.documents(target)[:CHANGED]:
            live = campaign.workshop.endpoint.get(estates.account(target), REGION, document["name"])
            assert live["roleArn"] == _role(target, number), f"{document['name']} of {estates.name(target)}"


def _role(target: int, number: int) -> str:
    import estates

    return f"arn:aws:iam::{estates.account(target)}:role/round-{number}"


def main() -> None:
    """Stay, and do a pass for each line."""
    from reconciler.cli import build
    from reconciler.sync import passes

    settings, base = build.settings(None)
    with build.world(settings, base, lambda _: None) as world:
        for _ in sys.stdin:
            began = time.perf_counter()
            done = passes.run(world, approved=False)
            told = {"seconds": time.perf_counter() - began, "unreadable": [each.account for each in done.unreadable]}
            sys.stdout.write(f"{json.dumps(told)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
