"""What is live, by account and Region; what a test puts there, looks at and changes behind a client's back."""

from __future__ import annotations

import copy
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from endpoint import declarations
from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from endpoint.declarations import Place
    from endpoint.request import Document

_RUNNING = ("InProgress", "Stopping")


@dataclass(slots=True)
class Record:
    """One pipeline with its history; the declarations in it are never changed, only replaced."""

    created: float
    """Epoch seconds."""
    updated: float
    """Epoch seconds."""
    tags: dict[str, str]
    transitions: dict[str, Document] = field(default_factory=dict)
    """State of the way into a stage, by its name; a stage without one was never touched."""
    versions: list[Document] = field(default_factory=list)
    """Version n stands at n - 1, with its real secrets."""

    @property
    def latest(self) -> Document:
        """Give the present declaration."""
        return self.versions[-1]


class World:
    """State of every account and Region. `lock` is held over each change; methods take it themselves."""

    def __init__(
        self,
        *,
        account: str = "111111111111",
        roles: Collection[str] | None = None,
        default_triggers: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`roles` are the ARNs that CodePipeline may assume (`None`: all); `clock` gives epoch seconds."""
        self.account, self.roles, self.default_triggers, self.clock = account, roles, default_triggers, clock
        self.lock = threading.RLock()
        self.sessions: dict[str, str] = {}
        """ARN of the assumed role's session, by the access key that AssumeRole gave out."""
        self.executions: dict[tuple[str, str, str], list[Document]] = {}
        """Execution summaries, newest first, by account, Region and pipeline name; a test sets them."""
        self._places: defaultdict[Target, dict[str, Record]] = defaultdict(dict)

    def place(self, target: Target) -> dict[str, Record]:
        """Give the records of one account and Region by name; hold `lock` while using it."""
        return self._places[target]

    def owner(self, access_key: str) -> str:
        """Give the account that an access key belongs to."""
        if len(access_key) == 12 and access_key.isdigit():
            return access_key
        return self.sessions[access_key].split(":")[4] if access_key in self.sessions else self.account

    def put(self, account: str, region: str, document: Document, tags: Mapping[str, str] | None = None) -> None:
        """Set a pipeline up without any check: a new one, or the next version; given tags replace the old ones."""
        with self.lock:
            record = self.write(Target(account, region), copy.deepcopy(document))
            record.tags = record.tags if tags is None else dict(tags)

    def get(self, account: str, region: str, name: str) -> Document:
        """Give the stored declaration with its real secrets; raises KeyError if there is no such pipeline."""
        with self.lock:
            return copy.deepcopy(self.place(Target(account, region))[name].latest)

    def edit(self, account: str, region: str, name: str, function: Callable[[Document], Document | None]) -> None:
        """Do what an edit in the console does: `function` changes the declaration it gets, or gives another one."""
        with self.lock:
            document = self.get(account, region, name)
            changed = function(document)
            self.write(Target(account, region), document if changed is None else changed)

    def remove(self, account: str, region: str, name: str) -> None:
        """Delete a pipeline, its history and its executions; nothing happens if it is absent."""
        with self.lock:
            self.place(Target(account, region)).pop(name, None)
            self.executions.pop((account, region, name), None)

    def pipelines(self, account: str, region: str) -> dict[str, Document]:
        """Give every stored declaration by name, sorted."""
        with self.lock:
            return {name: self.get(account, region, name) for name in sorted(self.place(Target(account, region)))}

    def tags(self, account: str, region: str, name: str) -> dict[str, str]:
        """Give a pipeline's tags; raises KeyError if there is no such pipeline."""
        with self.lock:
            return dict(self.place(Target(account, region))[name].tags)

    def tag(self, account: str, region: str, name: str, tags: Mapping[str, str]) -> None:
        """Replace all tags of a pipeline, as somebody in the console may; raises KeyError if there is none."""
        with self.lock:
            self.place(Target(account, region))[name].tags = dict(tags)

    def transitions(self, account: str, region: str, name: str) -> dict[str, str]:
        """Give the reasons of the stages that are shut; raises KeyError if there is no such pipeline."""
        with self.lock:
            found = self.place(Target(account, region))[name].transitions
            return {stage: state["disabledReason"] for stage, state in found.items() if not state["enabled"]}

    def set_transition(self, account: str, region: str, name: str, stage: str, reason: str | None = None) -> None:
        """Shut the way into a stage with a reason or open it, as somebody in the console may."""
        with self.lock:
            state = {"enabled": True} if reason is None else {"enabled": False, "disabledReason": reason}
            self.place(Target(account, region))[name].transitions[stage] = state

    def secrets(self, account: str, region: str, name: str) -> dict[Place, str]:
        """Give the real secrets of a pipeline by stage, action and key."""
        with self.lock:
            return declarations.secrets(self.place(Target(account, region))[name].latest)

    def write(self, target: Target, document: Document) -> Record:
        """Store a new pipeline or the next version of one, and end its runs; a given `version` is ignored."""
        with self.lock:
            now = round(self.clock(), 3)
            record = self.place(target).setdefault(document["name"], Record(now, now, {}))
            if record.versions:
                self._end_runs(target, record.latest)
            record.updated = now
            complete = declarations.completed(document, default_triggers=self.default_triggers)
            record.versions.append(complete | {"version": len(record.versions) + 1})
            return record

    def _end_runs(self, target: Target, old: Document) -> None:
        """Cancel what an update cancels; runs of a PARALLEL pipeline go on (reference E.7)."""
        key = (*target, old["name"])
        if key in self.executions and old["executionMode"] != "PARALLEL":
            self.executions[key] = [
                run | {"status": "Cancelled"} if run.get("status") in _RUNNING else run for run in self.executions[key]
            ]
