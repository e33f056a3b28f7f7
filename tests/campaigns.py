"""Creations, updates and drift in many targets, and what may have become of them: each done once, none lost."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import estates
from workshop import REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoint.request import Request
    from workshop import Workshop


@dataclass
class Campaign:
    """`targets` with `each` pipelines, of which a fifth is there before; of these two fifths each change and drift."""

    workshop: Workshop
    targets: int
    each: int
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def there(self) -> int:
        return self.each // 5

    def begin(self) -> None:
        """Define what is there before the changes."""
        self._define(self.there, changed=False)

    def define(self) -> None:
        """Define everything as it is at the beginning."""
        self._define(self.each, changed=False)

    def put(self) -> None:
        """Make everything live as it is at the beginning, as if we had made it."""
        tags = {"reconciler:owner": "codepipeline-reconciler"}
        for number in range(self.targets):
            for document in self.documents(number):
                self.workshop.endpoint.put(estates.account(number), REGION, document, tags)

    def change(self) -> None:
        """Define everything, change a part of what is there, and edit another part behind git's back."""
        self._define(self.each, changed=True)
        for number in range(self.targets):
            for document in self.documents(number)[: self.there]:
                if self._fate(document) == "drift":
                    self.workshop.endpoint.edit(estates.account(number), REGION, document["name"], _drift)

    def documents(self, number: int, *, changed: bool = False) -> list[dict[str, Any]]:
        """Give the declarations of one target as git has them."""
        found = estates.documents(number, self.each)
        role = f"arn:aws:iam::{estates.account(number)}:role/other"
        return [
            each | {"roleArn": role} if changed and place < self.there and self._fate(each) == "update" else each
            for place, each in enumerate(found)
        ]

    def after(self, operation: str, count: int, act: Callable[[], None]) -> None:
        """Do something once, in a thread of its own, when an operation comes for the `count`th time from now on."""
        left = [count]

        def hook(request: Request) -> None:
            if request.operation != operation:
                return
            with self._turn:
                left[0] -= 1
                if left[0] == 0:
                    threading.Thread(target=act).start()

        self.workshop.endpoint.before(hook)

    def wrong(self) -> list[str]:
        """Give everything that was done twice or not at all."""
        created = Counter(
            (each.account, each.name) for each in self.workshop.endpoint.log if each.operation == "CreatePipeline"
        )
        found = [f"created {times} times: {name}" for name, times in created.items() if times > 1]
        for number in range(self.targets):
            account = estates.account(number)
            for place, document in enumerate(self.documents(number, changed=True)):
                live = self._live(account, document["name"])
                found += self._faults(f"{account} {document['name']}", live, document, place)
        return found

    def _faults(self, name: str, live: dict[str, Any] | None, document: dict[str, Any], place: int) -> list[str]:
        if live is None:
            return [f"absent: {name}"]
        fate = self._fate(document) if place < self.there else ""
        versions = {"update": 2, "drift": 3}.get(fate, 1)
        wrong = [] if live["roleArn"] == document["roleArn"] else [f"not as git says: {name}"]
        wrong += [] if len(live["stages"]) == len(document["stages"]) else [f"drifted: {name}"]
        return wrong + ([] if live["version"] == versions else [f"version {live['version']}, not {versions}: {name}"])

    def _live(self, account: str, name: str) -> dict[str, Any] | None:
        try:
            return self.workshop.endpoint.get(account, REGION, name)
        except KeyError:
            return None

    def _define(self, count: int, *, changed: bool) -> None:
        for number in range(self.targets):
            for document in self.documents(number, changed=changed)[:count]:
                self.workshop.write(f"{estates.name(number)}/{document['name']}.json", {"pipeline": document})
        self.workshop.commit()

    @staticmethod
    def _fate(document: dict[str, Any]) -> str:
        return ("update", "drift", "", "update", "drift")[int(document["name"][3:7]) % 5]


def _drift(document: dict[str, Any]) -> None:
    del document["stages"][-1]
