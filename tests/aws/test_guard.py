"""What writes is asked for leave immediately before each attempt is sent."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.aws.pipelines import Pipelines
from reconciler.aws.sessions import Sessions
from reconciler.errors import Blocked

if TYPE_CHECKING:
    from reconciler import settings
    from reconciler.aws.buckets import Buckets
    from reconciler.aws.sessions import Access

DOCUMENT = {"name": "shop", "roleArn": "arn:aws:iam::111111111111:role/r", "stages": []}


def refuse() -> None:
    raise Blocked("another daemon leads now")


def test_a_call_that_writes_is_not_sent_if_the_guard_refuses(
    sessions: Sessions, pipelines: Pipelines, access: Access, endpoint: Any
) -> None:
    sessions.guard = refuse
    with pytest.raises(Blocked, match="another daemon leads now"):
        pipelines.update(access, DOCUMENT)
    with pytest.raises(Blocked, match="another daemon leads now"):
        pipelines.tag(access, "shop", {"team": "shop"})
    assert endpoint.requests == []


def test_a_call_that_reads_is_sent_whatever_the_guard_says(
    sessions: Sessions, pipelines: Pipelines, access: Access, endpoint: Any
) -> None:
    sessions.guard = refuse
    endpoint.answers("ListTagsForResource", {"tags": []})
    assert pipelines.tags(access, "shop") == {}


def test_the_guard_is_asked_again_for_each_attempt(
    aws: settings.Aws, buckets: Buckets, access: Access, endpoint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def guard() -> None:
        asked.append(len(endpoint.requests))
        if len(asked) > 1:
            refuse()

    monkeypatch.setattr("time.sleep", lambda _: None)
    endpoint.refuses("DeletePipeline", "InternalFailure", status=500)
    with closing(Sessions(aws.model_copy(update={"attempts": 2}), 1)) as sessions:
        sessions.guard = guard
        with pytest.raises(Blocked, match="another daemon leads now"):
            Pipelines(sessions, buckets, aws).delete(access, "shop")
    assert (asked, len(endpoint.requests)) == ([0, 1], 1)
