"""One call: who asks which operation of which service, where, and with what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]


class Written(str):
    """An answer that is JSON text already: for lists so long that writing them anew each time would be felt."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request."""

    arn: str
    account: str
    key: str

    @property
    def name(self) -> str:
        """What CloudTrail calls the user: the last part of the ARN."""
        return self.arn.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Request:
    """One call that was read and checked."""

    service: str
    operation: str
    caller: Caller
    region: str
    body: Mapping[str, Any]
    url: str = field(default="", compare=False)
    """Where the caller reached this endpoint, such as `http://127.0.0.1:4598`."""
    agent: str = field(default="", compare=False)
    """What the caller says it is: its `User-Agent`."""

    @property
    def target(self) -> Target:
        """The account and Region that are meant."""
        return Target(self.caller.account, self.region)
