"""Clients of AWS: one for each way to a target and service, shared by all threads."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.aws import failures, refusals
from reconciler.errors import Blocked

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.config import Config
    from botocore.session import Session

    from reconciler import settings
    from reconciler.pipeline import arns

NAME = "codepipeline-reconciler"
"""The name of the assumed role's session and in the user agent: what CloudTrail shows of us."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a target is reached."""

    target: arns.Target
    assume_role: str | None = None
    """ARN of the role to assume; without it the process's own credentials are used."""
    external_id: str | None = None


class Sessions:
    """Makes clients and keeps them.

    Rules of this class:

    * Many threads may use one client, but not one botocore session: clients are made under a lock.
    * A client belongs to one target. botocore slows a client down where the service throttles it, so one that several
      accounts share would let the slow one slow the others.
    * What targets may share they share: two sessions for all clients, since a session costs twice what a client does,
      the credentials of a role for all Regions and services, and the client of a Region that roles are assumed with,
      which is throttled for our own account and not for theirs.
    """

    def __init__(self, aws: settings.Aws, workers: int) -> None:
        """`workers` is the number of threads that call at the same time: the connections that each client keeps."""
        self._aws = aws
        self._workers = workers
        self._lock = threading.RLock()
        self._own: Session | None = None
        self._lending: Any = None
        self._roles: dict[tuple[str, str | None], Any] = {}
        self._issuers: dict[str, Any] = {}
        self._clients: dict[tuple[Access, str], Any] = {}
        self.guard: Callable[[], None] = lambda: None
        """Called immediately before each attempt of a call that writes is sent; what it raises ends the call."""

    def client(self, access: Access, service: str) -> Any:
        """Give the client of `service` for one target, always the same one.

        `service` is botocore's name: `codepipeline`, `resourcegroupstaggingapi` or `sts`. Raises `Blocked` if there are
        no usable credentials. A role is assumed with the first call, not here.
        """
        if (client := self._clients.get((access, service))) is not None:
            return client
        with self._lock:
            if (access, service) not in self._clients:
                self._clients[access, service] = self._create(access, service)
            return self._clients[access, service]

    def close(self) -> None:
        """Close all connections; the next call opens new ones and looks for credentials again."""
        with self._lock:
            clients, self._clients, self._own = self._clients, {}, None
            self._roles, self._issuers, self._lending = {}, {}, None
        for client in clients.values():
            client.close()

    def _create(self, access: Access, service: str) -> Any:
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415  the SDK is loaded with the first client

        what = f"a client of {service} for {access.target}"
        try:
            session = self._assumed(access) if access.assume_role else self._owned()
            client = session.create_client(service, region_name=access.target.region, config=self._config())
        except BotoCoreError as error:
            raise failures.translate(error, what) from None
        except ValueError as error:  # botocore's word for an endpoint that is not a URL
            raise Blocked(f"{what}: {refusals.clean(str(error))}; correct AWS_ENDPOINT_URL") from None
        client.meta.events.register("before-parse.codepipeline.GetPipeline", _keep_whole)
        client.meta.events.register_last("before-send", self._before_send)  # last: after botocore's own waiting
        return client

    def _before_send(self, event_name: str, **_: object) -> None:
        service, operation = event_name.split(".")[1:3]
        if service == "codepipeline" and not operation.startswith(("Get", "List")):
            self.guard()

    def _owned(self) -> Session:
        """Give the session with the process's own credentials, found the way every AWS tool finds them."""
        from botocore.exceptions import NoCredentialsError  # noqa: PLC0415
        from botocore.session import Session  # noqa: PLC0415

        session = self._own or _with_utc(Session())
        if session.get_credentials() is None:
            raise NoCredentialsError
        self._own = session
        return session

    def _assumed(self, access: Access) -> Session:
        """Give the session of all roles, with the credentials of this one until the next client is made."""
        if self._lending is None:
            # botocore's models are parsed once.
            self._lending = _with_utc(_lending())
            self._lending.register_component("data_loader", self._owned().get_component("data_loader"))
        self._lending.lent = self._credentials(access)
        session: Session = self._lending
        return session

    def _credentials(self, access: Access) -> Any:
        """Give the credentials of a role, which renew themselves some minutes before they expire."""
        from botocore import credentials  # noqa: PLC0415

        key = (str(access.assume_role), access.external_id)
        if key not in self._roles:
            parameters = {"RoleArn": access.assume_role, "RoleSessionName": NAME}
            if access.external_id:
                parameters["ExternalId"] = access.external_id
            # The STS of a target's own Region: tokens of the global one are void in Regions that must be enabled first.
            region = access.target.region
            if region not in self._issuers:
                self._issuers[region] = self.client(Access(access.target), "sts")
            refresh = credentials.create_assume_role_refresher(self._issuers[region], parameters)
            self._roles[key] = credentials.DeferredRefreshableCredentials(refresh, "assume-role")
        return self._roles[key]

    def _config(self) -> Config:
        from botocore.config import Config  # noqa: PLC0415

        return Config(
            retries={"mode": "adaptive", "total_max_attempts": self._aws.attempts},
            connect_timeout=self._aws.connect_timeout,
            read_timeout=self._aws.read_timeout,
            max_pool_connections=self._workers,
            user_agent_extra=f"{NAME}/{__version__}",
        )


def _with_utc(session: Any) -> Any:
    """Have times read as UTC: botocore's own parser looks up the local time zone for each, a large part of a list."""
    from botocore.utils import parse_timestamp  # noqa: PLC0415

    def parse(value: Any) -> datetime:
        """Give a time of an answer: seconds since 1970 in JSON, text in XML."""
        try:
            return datetime.fromtimestamp(value, UTC)
        except (TypeError, ValueError, OverflowError, OSError):
            found: datetime = parse_timestamp(value)
            return found

    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parse)
    return session


def _lending() -> Any:
    """Give a session that gives each client that it makes the credentials in `lent`."""
    from botocore.session import Session  # noqa: PLC0415

    class Lending(Session):
        """A session whose credentials are those of the client that is made next."""

        lent: Any = None

        def get_credentials(self) -> Any:
            return self.lent

    return Lending()


def _keep_whole(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Give a declaration as it came: botocore's parser drops what its model does not name, such as a new member."""
    with contextlib.suppress(ValueError, LookupError, TypeError):  # no declaration: the parser finds out what it is
        declaration = json.loads(response_dict["body"], object_hook=_present)["pipeline"]
        if isinstance(declaration, dict):
            customized_response_dict["pipeline"] = declaration


def _present(members: dict[str, Any]) -> dict[str, Any]:
    """Leave out null, which means absent, as botocore's parser does."""
    return {name: value for name, value in members.items() if value is not None}
