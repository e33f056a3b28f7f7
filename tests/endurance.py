"""A daemon that is disturbed at random moments while git, live pipelines and the endpoint change under it."""

from __future__ import annotations

import copy
import os
import queue
import random
import signal
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import nursery
from daemons import PATIENCE
from reconciler.pipeline.arns import Target
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import ForkServerProcess

    from endpoint.request import Document
    from workshop import Workshop

OWNER = "reconciler:owner"
FOREIGN = {"theirs-prod-deploy": {"team": "them"}, "others-prod-deploy": {OWNER: "another reconciler"}}
"""Pipelines that are not ours, with their tags: one that git does not name, and one of another owner."""
FAULTS = ("ThrottlingException", "InternalFailure", "drop", "html")
OPERATIONS = ("", "ListPipelines", "GetPipeline", "UpdatePipeline", "CreatePipeline", "DeletePipeline", "TagResource")
LONGEST = 0.4
"""Seconds after a commit within which the daemon is disturbed; a pass takes about half of that."""
SETTINGS: dict[str, Any] = {
    "source": {"repository": "repository", "poll": 0.3},
    "sync": {"prune": True, "prune_after": 1, "flap": {"times": 100_000}, "limits": {"at_least": 100},
             "retry": {"first": 0.05, "limit": 0.5}},
    "web": {"listen": ""},
}  # fmt: skip


@dataclass
class Manager:
    """Stands in for systemd: what the daemon told, read by a thread so that nothing is held up."""

    path: str
    messages: queue.Queue[str] = field(default_factory=queue.Queue)
    told: Counter[str] = field(default_factory=Counter)
    """How often each word was told."""
    status: str = ""

    def __post_init__(self) -> None:
        self._channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._channel.bind(self.path)
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def hear(self, word: str) -> None:
        """Wait for a message that begins with a word; what was told before is passed over."""
        while not self.messages.get(timeout=PATIENCE).startswith(word):
            pass

    def forget(self) -> None:
        """Pass over what has been told so far."""
        while not self.messages.empty():
            self.messages.get_nowait()

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(b"", self.path)
        self._reader.join(PATIENCE)
        self._channel.close()

    def _listen(self) -> None:
        while message := self._channel.recv(8192).decode():
            word, _, rest = message.partition("=")
            self.told[word] += 1
            self.status = rest if word == "STATUS" else self.status
            self.messages.put(message)


@dataclass
class Trial:
    """One daemon, and everything that happens to it; the same seed orders the same things."""

    workshop: Workshop
    documents: list[Document]
    seed: int = 0
    done: Counter[str] = field(default_factory=Counter)
    """How often each signal was sent, and each fault ordered."""
    commits: int = 0
    edits: int = 0
    spent: list[float] = field(default_factory=list)
    """Seconds from each signal until live was what git says."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.endpoint = self.workshop.endpoint
        self.workshop.settings(**SETTINGS)
        for name, tags in FOREIGN.items():
            self.endpoint.put(ACCOUNT, REGION, copy.deepcopy(self.documents[0]) | {"name": name}, tags)
        self.workshop.define(*self.documents)
        self.manager = Manager(str(self.workshop.folder / "notify"))
        self.process = self._start()
        self.converge()

    def rounds(self, count: int) -> Iterator[str]:
        """Change things, disturb the daemon, and see that all is well; give how it was disturbed."""
        for number in range(count):
            for happens in self.chance.sample((self.commit, self.edit, self.fault), 3):
                happens()
            threading.Event().wait(self.chance.uniform(0, LONGEST))
            way = (self.hangup, self.terminate, self.kill)[number % 3]
            began = time.monotonic()
            way()
            self.converge()
            self.spent.append(time.monotonic() - began)
            self.done[way.__name__] += 1
            yield way.__name__

    def commit(self) -> None:
        """Commit a change of a pipeline or two, and now and then a new one, or one less."""
        self.commits += 1
        for document in self.chance.sample(self.documents, 2):
            _build(document)["ProjectName"] = f"build-{self.commits}"
        if self.chance.random() < 0.3:
            self.documents.append(copy.deepcopy(self.documents[0]) | {"name": f"new{self.commits:04}-prod-deploy"})
        elif len(self.documents) > 4 and self.chance.random() < 0.3:
            gone = self.documents.pop(self.chance.randrange(3, len(self.documents)))
            (self.workshop.repository / "pipelines" / f"{gone['name']}.json").unlink()
        self.workshop.define(*self.documents)

    def edit(self) -> None:
        """Change a live pipeline of ours by hand, or delete it."""
        self.edits += 1
        name = self.chance.choice(self.documents)["name"]
        if name not in self.live():
            return
        if self.chance.random() < 0.1:
            self.endpoint.remove(ACCOUNT, REGION, name)
        else:
            self.endpoint.edit(ACCOUNT, REGION, name, lambda it: _build(it).update(ProjectName=f"hand-{self.edits}"))

    def fault(self) -> None:
        """Have some of the next requests fail, or only their answers be lost."""
        error, operation = self.chance.choice(FAULTS), self.chance.choice(OPERATIONS)
        lost = error == "drop" and self.chance.random() < 0.5
        self.done[f"{error}, after its effect" if lost else error] += 1
        self.endpoint.fail(operation, error, times=self.chance.randint(1, 3), after_effect=lost)

    def hangup(self) -> None:
        """Have the settings read again."""
        self.workshop.settings(**SETTINGS | {"scale": {"workers": self.chance.randint(1, 6)}})
        self.manager.forget()
        self._send(signal.SIGHUP)
        self.manager.hear("RELOADING")
        self.manager.hear("READY")

    def terminate(self) -> None:
        """Ask it to end, and start another one."""
        self._send(signal.SIGTERM)
        self.process.join(PATIENCE)
        assert self.process.exitcode == 0, (self.process.exitcode, self.manager.status)
        self.manager.hear("STOPPING")
        self.process = self._start()

    def kill(self) -> None:
        """Kill it, and start another one."""
        self.process.kill()
        self.process.join(PATIENCE)
        self.process = self._start()

    def converge(self) -> None:
        """Wait until live is what git says, and see that nothing was written twice and nobody else's touched."""
        until = time.monotonic() + PATIENCE
        while problem := self._differs():
            assert time.monotonic() < until, f"not converged: {problem}; {self.manager.status}; {self._reasons()}"
            threading.Event().wait(0.01)
        assert self.process.is_alive(), (self.process.exitcode, self.manager.status)
        assert self.doubled() == []
        assert self.trespasses() == []
        self.endpoint.clear_log()

    def live(self) -> dict[str, Document]:
        """Give the live pipelines."""
        return self.endpoint.pipelines(ACCOUNT, REGION)

    def doubled(self) -> list[str]:
        """Give the pipelines of which a version equals the one before it: there was nothing to write."""
        with self.endpoint.lock:
            records = dict(self.endpoint.place(Target(ACCOUNT, REGION)))
            return [name for name, each in records.items() for one, other in pairwise(each.versions)
                    if one | {"version": 0} == other | {"version": 0}]  # fmt: skip

    def trespasses(self) -> list[str]:
        """Give the writing requests to pipelines that are not ours."""
        writes = (each for each in tuple(self.endpoint.log) if not each.operation.startswith(("Get", "List")))
        told = [f"{each.operation} {each.name}" for each in writes if each.name in FOREIGN]
        return told + [name for name in FOREIGN if self.live()[name]["version"] != 1]

    def close(self) -> None:
        self.process.kill()
        self.process.join(PATIENCE)
        self.process.close()
        self.manager.close()

    def _differs(self) -> str:
        live = self.live()
        ours = {name: _build(each)["ProjectName"] for name, each in live.items() if name not in FOREIGN}
        wanted = {each["name"]: _build(each)["ProjectName"] for each in self.documents}
        wrong = {name: ours.get(name) for name in wanted.keys() | ours.keys() if ours.get(name) != wanted.get(name)}
        if not wrong:
            tags = (self.endpoint.tags(ACCOUNT, REGION, name) for name in ours)
            return "" if all(OWNER in each for each in tags) else "an owner is missing"
        return str(wrong)

    def _reasons(self) -> list[str]:
        with self.workshop.world() as world:
            return [f"{each.name} {each.state}: {each.reason}" for each in world.memory.statuses() if each.reason]

    def _send(self, number: int) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def _start(self) -> ForkServerProcess:
        self.manager.forget()
        environment = self.workshop.environment | {"NOTIFY_SOCKET": self.manager.path, "WATCHDOG_USEC": "200000"}
        process = nursery.start(("run",), self.workshop.folder, environment)
        self.manager.hear("READY")
        return process


def _build(document: Any) -> dict[str, str]:
    """Give the configuration of the action that all of this changes."""
    found: dict[str, str] = document["stages"][1]["actions"][0]["configuration"]
    return found
