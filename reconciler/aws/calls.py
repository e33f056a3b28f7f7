"""One call to AWS: paced, counted, its answer checked, its failure translated."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.aws import failures
from reconciler.aws.breakers import Breakers
from reconciler.errors import Blocked, Broken, ReconcilerError, Retry
from reconciler.pipeline import arns, secrets
from reconciler.plan.efforts import Effort

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.aws.buckets import Buckets, Family
    from reconciler.aws.sessions import Access, Sessions
    from reconciler.pipeline.arns import Target
    from reconciler.pipeline.secrets import Keys


class Operation(NamedTuple):
    """What has to be known of one operation of an API."""

    service: str
    family: Family
    method: str
    member: str = ""
    """What every answer has, even an empty one. Without it the answer came from somebody else and says nothing."""
    token: str = "nextToken"  # noqa: S105  the name of a member
    """The member that leads from page to page, in answer and request (reference F.2)."""


OPERATIONS = {
    "GetCallerIdentity": Operation("sts", "sts", "get_caller_identity", "Account"),
    "ListPipelines": Operation("codepipeline", "read", "list_pipelines", "pipelines"),
    "GetPipeline": Operation("codepipeline", "read", "get_pipeline", "pipeline"),
    "GetPipelineState": Operation("codepipeline", "read", "get_pipeline_state", "stageStates"),
    "ListPipelineExecutions": Operation(
        "codepipeline", "read", "list_pipeline_executions", "pipelineExecutionSummaries"
    ),
    "GetPipelineExecution": Operation("codepipeline", "read", "get_pipeline_execution", "pipelineExecution"),
    "StartPipelineExecution": Operation("codepipeline", "write", "start_pipeline_execution", "pipelineExecutionId"),
    # Without tags it may answer nothing, and nothing is the safe side: a pipeline without an owner is left alone.
    "ListTagsForResource": Operation("codepipeline", "read", "list_tags_for_resource"),
    "CreatePipeline": Operation("codepipeline", "write", "create_pipeline", "pipeline"),
    "UpdatePipeline": Operation("codepipeline", "write", "update_pipeline", "pipeline"),
    "DeletePipeline": Operation("codepipeline", "write", "delete_pipeline"),
    "EnableStageTransition": Operation("codepipeline", "write", "enable_stage_transition"),
    "DisableStageTransition": Operation("codepipeline", "write", "disable_stage_transition"),
    "TagResource": Operation("codepipeline", "tag", "tag_resource"),
    "UntagResource": Operation("codepipeline", "tag", "untag_resource"),
    "GetResources": Operation(
        "resourcegroupstaggingapi", "tag", "get_resources", "ResourceTagMappingList", "PaginationToken"
    ),
    "LookupEvents": Operation("cloudtrail", "trail", "lookup_events", "Events", "NextToken"),
}

OPERATIONS |= {
    "GetRole": Operation("iam", "iam", "get_role", "Role"),
    "ListAttachedRolePolicies": Operation("iam", "iam", "list_attached_role_policies", "AttachedPolicies", "Marker"),
    "ListRolePolicies": Operation("iam", "iam", "list_role_policies", "PolicyNames", "Marker"),
    "GetRolePolicy": Operation("iam", "iam", "get_role_policy", "PolicyDocument"),
    "GetPolicy": Operation("iam", "iam", "get_policy", "Policy"),
    "GetPolicyVersion": Operation("iam", "iam", "get_policy_version", "PolicyVersion"),
    "SimulatePrincipalPolicy": Operation("iam", "iam", "simulate_principal_policy", "EvaluationResults", "Marker"),
}

OPERATIONS |= {
    "GetQueueUrl": Operation("sqs", "queue", "get_queue_url", "QueueUrl"),
    "ReceiveMessage": Operation("sqs", "queue", "receive_message"),  # without a message the answer is empty
    "DeleteMessageBatch": Operation("sqs", "queue", "delete_message_batch"),
}

OPERATIONS |= {
    "Publish": Operation("sns", "notify", "publish", "MessageId"),
    "PutObject": Operation("s3", "notify", "put_object", "ETag"),
}

_PREFIXES = {"resourcegroupstaggingapi": "tag"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request: who asks, what, about which pipeline."""

    access: Access
    operation: str
    name: str = ""
    """The pipeline's name; empty if the call is about the whole target."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    own: Keys = field(default_factory=dict)
    """What is secret in a team's own action types: like every secret that is sent, it is not quoted in messages."""
    resource: str = ""
    """ARN of what the call is about, where that is no pipeline."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.operation, self.name or self.resource, "in", str(self.access.target))))

    @property
    def permission(self) -> str:
        """The IAM action and the resource that the call takes, a stage for its transitions (reference H.1)."""
        service = OPERATIONS[self.operation].service
        path = "/".join(filter(None, (self.name, self.parameters.get("stageName"))))
        resource = arns.pipeline(self.access.target, path) if path else self.resource or "*"
        return f"{_PREFIXES.get(service, service)}:{self.operation} on {resource}"


class Calls:
    """Sends calls. Thread-safe."""

    def __init__(self, sessions: Sessions, buckets: Buckets, breakers: Breakers | None = None) -> None:
        """Take the clients, the pace, and what keeps calls from going out at all, from the given ones."""
        self._sessions, self._buckets, self._breakers = sessions, buckets, breakers or Breakers()
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._results: Counter[tuple[str, str]] = Counter()
        self._efforts: dict[Target, Effort] = {}
        self._heard = -math.inf

    @property
    def counts(self) -> Counter[str]:
        """How often each operation was called so far; botocore's own repetitions are not counted."""
        with self._lock:
            return self._counts.copy()

    @property
    def results(self) -> Counter[tuple[str, str]]:
        """How often each operation ended in each way: ok, retry, blocked or broken."""
        with self._lock:
            return self._results.copy()

    def spent(self, target: Target) -> Effort:
        """Give what calls to a target took since this was last asked."""
        with self._lock:
            return self._efforts.pop(target, Effort())

    def silence(self) -> float:
        """Give the seconds since any call succeeded, infinity if none did."""
        return time.monotonic() - self._heard

    def efforts(self) -> dict[Target, Effort]:
        """Give what calls to every target took since they were last asked for."""
        with self._lock:
            found, self._efforts = self._efforts, {}
            return found

    def ready(self, access: Access, operation: str) -> None:
        """Make the client that an operation takes; raises `Blocked` if there are no usable credentials."""
        self._sessions.client(access, OPERATIONS[operation].service)

    def send(self, call: Call) -> dict[str, Any]:
        """Give the answer to one call; raises `Retry`, `Blocked` or `Broken`."""
        result, began = "ok", time.monotonic()
        try:
            return self._send(call)
        except ReconcilerError as error:
            result = next(kind.__name__.lower() for kind in (Retry, Blocked, Broken) if isinstance(error, kind))
            raise
        finally:
            self._spend(call.access.target, Effort(1, 0, time.monotonic() - began))
            with self._lock:
                self._results[call.operation, result] += 1

    def _spend(self, target: Target, effort: Effort) -> None:
        with self._lock:
            self._efforts[target] = self._efforts.get(target, Effort()) + effort

    def _send(self, call: Call) -> dict[str, Any]:
        operation = OPERATIONS[call.operation]
        method = getattr(self._sessions.client(call.access, operation.service), operation.method)
        place = call.access.target, operation.family
        bucket, breaker = self._buckets.of(*place), self._breakers.of(*place)
        breaker.admit(str(call))
        bucket.take()
        with self._lock:
            self._counts[call.operation] += 1
        try:
            answer: dict[str, Any] = method(**call.parameters)
        except failures.causes() as error:
            if failures.throttled(error):
                bucket.throttled()
                self._spend(call.access.target, Effort(throttles=1))
            (breaker.failed if failures.silent(error) else breaker.answered)()
            raise failures.translate(error, str(call), allow=call.permission, hidden=_hidden(call)) from None
        if not _from_aws(answer, operation):
            breaker.failed()
            raise failures.foreign(str(call))
        breaker.answered()
        self._heard = time.monotonic()
        if answer["ResponseMetadata"].get("RetryAttempts", 0):  # botocore was refused before it got through
            bucket.throttled()
            self._spend(call.access.target, Effort(throttles=1))
        else:
            bucket.succeeded()
        return answer

    def pages(self, call: Call) -> Iterator[dict[str, Any]]:
        """Give all answers of a listing; an error of any page is raised, so that no part passes for the whole."""
        token = OPERATIONS[call.operation].token
        seen: set[str] = set()
        page = call
        while True:
            answer = self.send(page)
            yield answer
            following = answer.get(token)
            if not following:
                return
            if following in seen:
                raise Retry(f"{call}: the listing leads back to a page that was read; it is tried again")
            seen.add(following)
            page = replace(call, parameters={**call.parameters, token: following})


def _from_aws(answer: Mapping[str, Any], operation: Operation) -> bool:
    """Tell a success from a page of a proxy, which botocore takes for an answer without any member.

    The type alone does not tell: moto says HTML too, but it gives a request id, as AWS does.
    """
    metadata = answer["ResponseMetadata"]
    page = "html" in metadata.get("HTTPHeaders", {}).get("content-type", "") and not metadata.get("RequestId")
    return not page and (not operation.member or operation.member in answer)


def _hidden(call: Call) -> list[str]:
    """Give the secret values that a call carries."""
    found: list[str] = []

    def keep(value: str) -> str:
        found.append(value)
        return ""

    secrets.seal(call.parameters.get("pipeline", {}), keep, call.own)
    return found
