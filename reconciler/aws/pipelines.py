"""What the reconciler asks of CodePipeline and tells it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.aws import failures, roles
from reconciler.aws.calls import Call, Calls
from reconciler.aws.executions import Executions
from reconciler.aws.starts import Starts
from reconciler.aws.trail import Trail
from reconciler.errors import ReconcilerError
from reconciler.pipeline import arns, secrets
from reconciler.plan.live import Stamp, Transition

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Mapping

    from reconciler import settings
    from reconciler.aws.buckets import Buckets
    from reconciler.aws.sessions import Access, Sessions
    from reconciler.pipeline.arns import Target
    from reconciler.pipeline.secrets import Keys
    from reconciler.plan.efforts import Effort


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of ListPipelines."""

    name: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Declaration:
    """What GetPipeline gives: the declaration in the API's own shape, `version` included, and when it was written."""

    document: dict[str, Any]
    stamp: Stamp
    polling_stopped: str = ""
    """When AWS stopped polling for it, in ISO 8601; empty while it did not (reference A.9)."""


class Pipelines(Executions, Starts, Trail):
    """All calls about the pipelines of any number of targets. Thread-safe.

    Every method raises `Retry`, `Blocked` or `Broken` with a text that names the call, the pipeline and the target.
    """

    def __init__(
        self,
        sessions: Sessions,
        buckets: Buckets,
        aws: settings.Aws,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives monotonic seconds; `sleep` waits for seconds."""
        self._calls = Calls(sessions, buckets)
        self._patience = aws.role_propagation
        self._sleep, self._clock = sleep, clock

    @property
    def calls(self) -> Counter[str]:
        """How often each operation was called so far."""
        return self._calls.counts

    @property
    def results(self) -> Counter[tuple[str, str]]:
        """How often each operation ended in each way: ok, retry, blocked or broken."""
        return self._calls.results

    def spent(self, target: Target) -> Effort:
        """Give what calls to a target took since this was last asked."""
        return self._calls.spent(target)

    def silence(self) -> float:
        """Give the seconds since any call succeeded, infinity if none did."""
        return self._calls.silence()

    def efforts(self) -> dict[Target, Effort]:
        """Give what calls to every target took since they were last asked for."""
        return self._calls.efforts()

    def warm(self, access: Access) -> None:
        """Load the SDK in this thread and get ready to ask for tags, the longest answer of all.

        Whatever this thread would do meanwhile holds up the one that asks. What fails here fails there too, with words.
        """
        with contextlib.suppress(ReconcilerError):
            self._calls.ready(access, "GetResources")

    def account(self, access: Access) -> str:
        """Give the id of the account that the credentials belong to."""
        return str(self._calls.send(Call(access, "GetCallerIdentity"))["Account"])

    def rows(self, access: Access) -> tuple[Row, ...]:
        """Give every pipeline of a target by name; complete, or an error."""
        call = Call(access, "ListPipelines", parameters={"maxResults": 1000})
        # By name: a pipeline that is made meanwhile may push another one onto a second page.
        entries = {entry["name"]: entry for page in self._calls.pages(call) for entry in page["pipelines"]}
        return tuple(Row(name, _stamp(entry, entry)) for name, entry in sorted(entries.items()))

    def bulk_tags(self, access: Access) -> dict[str, dict[str, str]] | None:
        """Give the tags of the pipelines that have or had some, by name; None if the tagging API is not open to us.

        The tagging API reads an index that follows a change after a while; `tags` is exact.
        """
        # The type is left out of the filter because ARNs of pipelines carry none; those of webhooks do (reference F.4).
        parameters = {"ResourceTypeFilters": ["codepipeline"], "ResourcesPerPage": 100}
        call = Call(access, "GetResources", parameters=parameters)
        try:
            found = [entry for page in self._calls.pages(call) for entry in page["ResourceTagMappingList"]]
        except failures.Denied:
            return None
        return {
            arns.pipeline_name(entry["ResourceARN"]): {tag["Key"]: tag["Value"] for tag in entry.get("Tags", ())}
            for entry in found
            if entry["ResourceARN"] == arns.pipeline(access.target, arns.pipeline_name(entry["ResourceARN"]))
        }

    def tags(self, access: Access, name: str) -> dict[str, str]:
        """Give the tags of one pipeline; raises `failures.Absent`."""
        call = Call(access, "ListTagsForResource", name, {"resourceArn": arns.pipeline(access.target, name)})
        return {tag["key"]: tag["value"] for page in self._calls.pages(call) for tag in page.get("tags", ())}

    def read(self, access: Access, name: str) -> Declaration:
        """Give the declaration of one pipeline as it stands; raises `failures.Absent`."""
        answer = self._calls.send(Call(access, "GetPipeline", name, {"name": name}))
        document = answer["pipeline"]
        metadata = answer.get("metadata", {})
        return Declaration(document, _stamp(document, metadata), _moment(metadata.get("pollingDisabledAt")))

    def version(self, access: Access, name: str, number: int) -> dict[str, Any]:
        """Give an earlier version of a declaration; how many are kept nobody says (reference F.4).

        Raises `failures.Absent` for one that is not there any more.
        """
        answer = self._calls.send(Call(access, "GetPipeline", name, {"name": name, "version": number}))
        document: dict[str, Any] = answer["pipeline"]
        return document

    def transitions(self, access: Access, name: str) -> dict[str, Transition | None]:
        """Give for every stage, in order, whether executions may enter it; None where AWS does not show it.

        Raises `failures.Absent`.
        """
        return {stage: _transition(shown) for stage, shown in self.inbound(access, name).items()}

    def inbound(self, access: Access, name: str) -> dict[str, dict[str, Any] | None]:
        """Give for every stage, in order, what AWS shows of the way into it: since when it is closed, and by whom.

        Raises `failures.Absent`.
        """
        answer = self._calls.send(Call(access, "GetPipelineState", name, {"name": name}))
        return {stage["stageName"]: stage.get("inboundTransitionState") for stage in answer["stageStates"]}

    def role(self, access: Access, arn: str) -> dict[str, Any]:
        """Give what IAM says of a role in the account of `access`; see `roles.read`."""
        return roles.read(self._calls, access, arn)

    def set_transition(self, access: Access, name: str, stage: str, state: Transition) -> None:
        """Let executions into a stage, or keep them out of it with a reason; raises `failures.Absent`."""
        operation = "EnableStageTransition" if state.enabled else "DisableStageTransition"
        reason = {} if state.enabled else {"reason": state.reason}
        place = {"pipelineName": name, "stageName": stage, "transitionType": "Inbound"}
        self._calls.send(Call(access, operation, name, place | reason))

    def create(
        self, access: Access, document: Mapping[str, Any], tags: Mapping[str, str], own: Keys = secrets.NO_KEYS
    ) -> None:
        """Make a pipeline with its tags; AWS starts its first execution.

        `own` says what is secret in a team's own action types, so that no message quotes it.
        While its role is not yet visible to CodePipeline the call is repeated after 1, 2, 4, … seconds, for as long as
        `aws.role_propagation` says; then `failures.RoleNotReady`. Raises `failures.NameInUse` if there is one already.
        """
        deadline, wait = self._clock() + self._patience, 1.0
        while True:
            try:
                return self._create(access, document, tags, own)
            except failures.RoleNotReady:
                if self._clock() + wait > deadline:
                    raise
            self._sleep(wait)
            wait *= 2

    def _create(self, access: Access, document: Mapping[str, Any], tags: Mapping[str, str], own: Keys) -> None:
        name = str(document.get("name", ""))
        parameters: dict[str, Any] = {"pipeline": dict(document)} | ({"tags": _pairs(tags)} if tags else {})
        try:
            self._calls.send(Call(access, "CreatePipeline", name, parameters, own))
        except failures.NameInUse:
            # botocore repeats a call whose answer was lost; then the pipeline in the way is the one just made.
            if not tags or self.tags(access, name) != tags:
                raise

    def update(self, access: Access, document: Mapping[str, Any], own: Keys = secrets.NO_KEYS) -> None:
        """Replace a declaration as a whole, which ends running executions (reference E.7); raises `failures.Absent`.

        `own` is that of `create`.
        """
        name, parameters = str(document.get("name", "")), {"pipeline": dict(document)}
        self._calls.send(Call(access, "UpdatePipeline", name, parameters, own))

    def delete(self, access: Access, name: str) -> None:
        """Delete a pipeline; no error if it is gone already."""
        with contextlib.suppress(failures.Absent):
            self._calls.send(Call(access, "DeletePipeline", name, {"name": name}))

    def tag(self, access: Access, name: str, tags: Mapping[str, str]) -> None:
        """Set tags and leave the others; raises `failures.Absent`."""
        self._tagging(access, "TagResource", name, {"tags": _pairs(tags)})

    def untag(self, access: Access, name: str, keys: Iterable[str]) -> None:
        """Take tags away by key; raises `failures.Absent`."""
        self._tagging(access, "UntagResource", name, {"tagKeys": sorted(keys)})

    def _tagging(self, access: Access, operation: str, name: str, change: Mapping[str, Any]) -> None:
        arn = arns.pipeline(access.target, name)
        self._calls.send(Call(access, operation, name, {"resourceArn": arn, **change}))


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in sorted(tags.items())]


def _transition(shown: Mapping[str, Any] | None) -> Transition | None:
    if shown is None or not isinstance(enabled := shown.get("enabled"), bool):
        return None
    return Transition(enabled, "" if enabled else str(shown.get("disabledReason", "")))


def _stamp(version: Mapping[str, Any], times: Mapping[str, Any]) -> Stamp:
    return Stamp(_moment(times.get("created")), int(version.get("version", 0)), _moment(times.get("updated")))


def _moment(value: datetime | None) -> str:
    """Give `2026-01-31T12:00:00.000Z`, or nothing: an unknown time equals no known one."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else ""
