"""Trying what credentials may do, without doing anything: who they are, single calls, clocks, simulated permissions."""

from __future__ import annotations

import re
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.aws.calls import Call, Calls
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from reconciler.aws.buckets import Buckets
    from reconciler.aws.sessions import Access, Sessions

_ASSUMED = re.compile(r"arn:([\w-]+):sts::(\d{12}):assumed-role/([^/]+)/.*")
_EVENT = "response-received.sts"


class Caller(NamedTuple):
    """Whose the credentials of a target are."""

    account: str
    arn: str


class Simulated(NamedTuple):
    """Calls whose permission IAM is to simulate."""

    actions: Sequence[str]
    resource: str
    context: Mapping[str, str] = MappingProxyType({})
    """Values of condition keys."""


class Clocks(NamedTuple):
    """What AWS's clock says, and what ours said when the answer came."""

    theirs: datetime
    ours: datetime

    @property
    def skew(self) -> float:
        """Seconds by which our clock is ahead; negative where it is behind. AWS gives whole seconds."""
        return (self.ours - self.theirs).total_seconds()


class Probe:
    """Asks AWS small questions. Thread-safe; every method raises `Retry`, `Blocked` or `Broken`."""

    def __init__(self, sessions: Sessions, buckets: Buckets, now: Callable[[], datetime]) -> None:
        """`now` gives the time of this machine, with its zone."""
        self._sessions, self._calls, self._now = sessions, Calls(sessions, buckets), now

    def caller(self, access: Access) -> Caller:
        """Give whose the credentials are."""
        answer = self._calls.send(Call(access, "GetCallerIdentity"))
        return Caller(str(answer["Account"]), str(answer.get("Arn", "")))

    def ask(self, access: Access, operation: str, parameters: Mapping[str, Any], name: str = "") -> dict[str, Any]:
        """Make one call, of a row of `calls.OPERATIONS`, and give its answer; `name` is that of its pipeline."""
        return self._calls.send(Call(access, operation, name, parameters))

    def clocks(self, access: Access) -> Clocks | None:
        """Compare clocks by the Date of an answer of STS; a refusal has one, too. None for an answer without.

        The role of a target is not assumed for it: where the clocks differ too much nothing can be.
        """
        direct = type(access)(access.target)
        with self._dates(direct) as dates:
            try:
                self._calls.send(Call(direct, "GetCallerIdentity"))
            except ReconcilerError:
                if not dates:
                    raise
        return dates[-1] if dates else None

    def denied(self, access: Access, principal: str, calls: Simulated) -> tuple[str, ...]:
        """Give the actions that the policies of a role or user do not allow, by IAM's own word.

        Policies of resources are not asked. IAM simulates for identities of the caller's account only.
        """
        context = [
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in calls.context.items()
        ]
        parameters: dict[str, Any] = {"PolicySourceArn": principal, "ActionNames": list(calls.actions)}
        parameters |= {"ResourceArns": [calls.resource], "ContextEntries": context}
        call = Call(access, "SimulatePrincipalPolicy", parameters=parameters, resource=principal)
        found = (each for page in self._calls.pages(call) for each in page["EvaluationResults"])
        return tuple(each["EvalActionName"] for each in found if each["EvalDecision"] != "allowed")

    @contextmanager
    def _dates(self, access: Access) -> Iterator[list[Clocks]]:
        events = self._sessions.client(access, "sts").meta.events
        found: list[Clocks] = []

        def keep(response_dict: dict[str, Any] | None = None, **_: object) -> None:
            if date := ((response_dict or {}).get("headers") or {}).get("date"):
                found.append(Clocks(parsedate_to_datetime(date), self._now()))

        events.register(_EVENT, keep)
        try:
            yield found
        finally:
            events.unregister(_EVENT, keep)


def principal(caller: Caller, access: Access) -> str:
    """Give the role or user whose policies count; empty where nobody can tell, such as for the root of an account.

    The ARN of a session does not say the path of its role: the one that the settings name does.
    """
    if access.assume_role:
        return access.assume_role
    if found := _ASSUMED.fullmatch(caller.arn):
        return f"arn:{found[1]}:iam::{found[2]}:role/{found[3]}"
    return caller.arn if ":user/" in caller.arn else ""
