"""The story that the demo tells, each step through the same code that runs in production."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rich.console import Console

from reconciler.cli import build, run
from reconciler.cli.demo import endpoint, people, repository
from reconciler.daemon.loop import Loop
from reconciler.errors import Broken
from reconciler.report import plans, wording
from reconciler.sync import passes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.cli.demo.people import Approval
    from reconciler.settings import Settings
    from reconciler.sync.state import Event, Pass, World

EDITED = "ecommerce-dev-backend"
REMOVED = "photosharing-dev-web"
RELEASED = "ecommerce-prod-backend"
SELDOM, OFTEN = 3600.0, 2.0
"""Seconds between two looks of the daemon: the story wakes it, and who plays with it does not like to wait."""

SETTINGS = """\
# The sample's environments, with room for a loopback endpoint.
source: {repository: repository, poll: 60s}
environments:
  dev:     {account: "111111111111", regions: [eu-west-1], assume_role: "arn:aws:iam::111111111111:role/reconciler"}
  staging: {account: "222222222222", regions: [eu-west-1], assume_role: "arn:aws:iam::222222222222:role/reconciler"}
  prod:
    account: "333333333333"
    regions: [eu-west-1, us-east-1]
    assume_role: "arn:aws:iam::333333333333:role/reconciler"
aws: {rate: 200, ceiling: 1000, burst: 100}
"""


def tell(*, stay: bool) -> None:
    """Tell the story; with `stay`, leave the daemon running until interrupted."""
    with TemporaryDirectory(prefix="reconciler-demo-") as name, endpoint.running() as url:
        folder = Path(name)
        story = _Story(folder)
        story.say(f"A git repository: {folder}/repository", f"A CodePipeline endpoint on this machine: {url}")
        story.begin()
        story.first_pass()
        story.quiet_pass()
        story.console_edit()
        with story.daemon():
            story.commit()
            story.prune()
            waiting = story.hold(url)
            if stay:
                story.stay(url)
            else:
                story.release(waiting)


class _Story:
    """One telling: the folder it plays in, and what its daemon has done so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.console = Console(highlight=False, soft_wrap=True)
        self.passed = threading.Condition()
        self.latest: Pass | None = None
        self.ana, self.mara = people.Person(people.ANA), people.Person(people.MARA)
        self._held: set[str] = set()

    @property
    def settings(self) -> Settings:
        return build.settings(self.folder / "reconciler.yaml")[0]

    def say(self, *lines: str) -> None:
        for line in lines:
            self.console.print(f"  {line}", markup=False)

    def chapter(self, title: str) -> None:
        self.console.print(f"\n{title}", style="bold", markup=False)

    def begin(self) -> None:
        (self.folder / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")
        repository.create(self.folder / "repository")

    @contextmanager
    def world(self, settings: Settings | None = None) -> Iterator[World]:
        with build.world(settings or self.settings, self.folder, self.heard) as world:
            yield world

    def heard(self, event: Event) -> None:
        """Tell what is done; what stays held is told once, however many passes meet it."""
        said = event.text in self._held
        if event.text.startswith("held:"):
            self._held.add(event.text)
        if event.step == "apply" and not said:
            self.say(event.text)

    def first_pass(self) -> None:
        self.chapter("1. The first pass creates what git names.")
        with self.world() as world:
            done = passes.run(world, approved=True)
        self.say(plans.summary(done.known[2]))
        _expect(all(result.ending == "applied" for result in done.results), "every creation succeeds", done)

    def quiet_pass(self) -> None:
        self.chapter("2. The second pass finds nothing to do, and writes nothing.")
        with self.world() as world:
            done = passes.run(world, approved=True)
        self.say(plans.summary(done.known[2]))
        _expect(not done.known[2].changes, "the second pass is quiet", done)

    def console_edit(self) -> None:
        self.chapter(f"3. Ana edits {EDITED} in the console. The next pass shows what, and heals it.")
        self.ana.edit(EDITED, _hotfix)
        self.ana.idle(EDITED)
        with self.world() as world:
            planned = passes.plan(world)
            self.say(*plans.text(planned.known[2]).splitlines())
            self.say(f"CloudTrail says who it was: {self.ana.author(EDITED)}")
            healed = passes.apply(planned, world)
        _expect(_applied(healed, EDITED), "the edit is healed", healed)

    @contextmanager
    def daemon(self) -> Iterator[None]:
        """Run the daemon's own loop beside the story."""
        self._loop = loop = Loop(self._daemon_pass, poll=SELDOM)
        with (
            build.world(self.settings, self.folder, self.heard, loop.stopping) as self._world,
            build.watch(self.settings, self.folder, loop.wake),
        ):
            thread = threading.Thread(target=loop.run, name="daemon")
            thread.start()
            try:
                self._wait(lambda done: not done.known[2].changes)
                yield
            finally:
                loop.stop()
                thread.join()

    def _daemon_pass(self) -> str:
        done = passes.run(self._world, approved=False)
        with self.passed:
            self.latest = done
            self.passed.notify_all()
        return run.sentence(done)

    def _wait(self, seen: Any) -> Pass:
        with self.passed:
            self.passed.wait_for(lambda: self.latest is not None and seen(self.latest), people.PATIENCE)
            if self.latest is None or not seen(self.latest):
                raise Broken("the demo's daemon did not get there; please report this")
            return self.latest

    def commit(self) -> None:
        self.chapter("4. A commit: the daemon watches the repository and acts at once.")
        self._change(EDITED, "runOrder: 1", "runOrder: 2", "Build a little later")
        done = self._wait(lambda done: _applied(done, EDITED))
        self.say(*plans.text(done.known[2]).splitlines())

    def _change(self, pipeline: str, old: str, new: str, subject: str) -> None:
        path = next((self.folder / "repository").rglob(f"{pipeline}.yaml"))
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        repository.commit(self.folder / "repository", subject)

    def prune(self) -> None:
        self.chapter(f"5. A commit removes {REMOVED}. Deleting is off until somebody allows it.")
        next((self.folder / "repository").rglob(f"{REMOVED}.yaml")).unlink()
        repository.commit(self.folder / "repository", "Retire photo sharing in dev")
        held = self._wait(lambda done: any(each.name == REMOVED for each in done.known[2].held))
        self.say(*plans.text(held.known[2]).splitlines())
        allowed = self.settings.model_copy(update={"sync": self.settings.sync.model_copy(update={"prune": True})})
        self.ana.idle(REMOVED)
        self.say("", "Now with `--set sync.prune=true`:")
        with self.world(allowed) as world:
            done = passes.run(world, approved=True)
        _expect(_applied(done, REMOVED), "the deletion goes through", done)

    def hold(self, url: str) -> Approval:
        """Change a pipeline whose execution waits for its approval; gives that approval."""
        self.chapter(f"6. A commit changes {RELEASED} while a release runs there. It waits: an update would end it.")
        waiting, self._loop.poll = self.mara.asked(RELEASED), OFTEN
        self._change(RELEASED, '"30"', '"45"', "Give deployments more time")
        self._wait(lambda done: any(each.change.name == RELEASED and each.ending == "held" for each in done.results))
        self.say("", f"{waiting.stage}/{waiting.action} waits for somebody, for two days: five minutes here.")
        self.say("Approve it with the AWS CLI:", waiting.command(url))
        return waiting

    def release(self, waiting: Approval) -> None:
        self.mara.approve(waiting)
        self.say("", "With --once the demo approves by itself, as mara. The release ends, and the update goes through:")
        self.mara.idle(RELEASED)
        self._loop.wake()
        self._wait(lambda done: _applied(done, RELEASED))

    def stay(self, url: str) -> None:
        self.chapter("The daemon goes on. Try it from another terminal; Ctrl-C ends it and removes the folder.")
        here = f"AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo"
        try:
            self.say(
                f"cd {self.folder}",
                f"{here} reconciler plan",
                "reconciler status",
                f"reconciler history {EDITED}",
                "edit and commit a file below repository/pipelines, and watch this terminal",
            )
            threading.Event().wait()
        except KeyboardInterrupt:
            self.say("", "stopping")


def _hotfix(document: dict[str, Any]) -> None:
    document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "hotfix"


def _applied(done: Pass, name: str) -> bool:
    return any(each.change.name == name and each.ending == "applied" for each in done.results)


def _expect(kept: bool, promise: str, done: Pass) -> None:
    if not kept:
        problems = "; ".join(result.message for result in done.results if result.message)
        raise Broken(
            f"the demo did not go as told ({promise}): {problems or wording.count(len(done.results), 'change')}"
        )
