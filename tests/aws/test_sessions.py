"""Clients, their credentials and their number."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import botocore.session
import pytest

from reconciler.aws.sessions import Access, Sessions
from reconciler.errors import Blocked
from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from reconciler.aws.pipelines import Pipelines

ROLE = Access(Target("222222222222", "eu-west-1"), "arn:aws:iam::222222222222:role/reconciler", "shared-word")


def assumed(key: str, expires: datetime) -> str:
    return f"""<AssumeRoleResponse><AssumeRoleResult>
      <Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
      <Expiration>{expires.isoformat()}</Expiration></Credentials>
      <AssumedRoleUser><AssumedRoleId>i</AssumedRoleId><Arn>arn:aws:sts::222222222222:assumed-role/r/s</Arn>
      </AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"""


def test_threads_that_ask_at_the_same_moment_get_one_client(sessions: Sessions, access: Access) -> None:
    together = threading.Barrier(8)

    def ask() -> Any:
        together.wait()
        return sessions.client(access, "codepipeline")

    with ThreadPoolExecutor(8) as pool:
        clients = {id(task.result()) for task in [pool.submit(ask) for _ in range(8)]}
    assert len(clients) == 1


def test_one_session_serves_all_targets_that_need_no_role(
    sessions: Sessions, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Mock(wraps=botocore.session.Session)
    monkeypatch.setattr("botocore.session.Session", made)
    sessions.client(access, "codepipeline")
    sessions.client(Access(Target("111111111111", "us-east-1")), "codepipeline")
    assert made.call_count == 1


def test_a_client_carries_the_settings(sessions: Sessions, access: Access) -> None:
    config = sessions.client(access, "codepipeline").meta.config
    assert config.retries["mode"] == "adaptive"
    assert config.retries["total_max_attempts"] == 1
    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (5, 5, 4)
    assert "codepipeline-reconciler/" in config.user_agent


def test_no_credentials_at_all_are_blocked_and_say_what_to_set(
    sessions: Sessions, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(Blocked, match=r"codepipeline for 111111111111/eu-west-1: .*set AWS_PROFILE, or AWS_ACCESS_KEY"):
        sessions.client(access, "codepipeline")
    with pytest.raises(Blocked, match="AWS_PROFILE"):
        sessions.client(ROLE, "codepipeline")


def test_credentials_that_come_later_are_found(
    sessions: Sessions, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.delenv("AWS_ACCESS_KEY_ID")
        with pytest.raises(Blocked):
            sessions.client(access, "sts")
    assert sessions.client(access, "sts") is not None


def test_an_endpoint_that_is_not_a_url_is_blocked(
    sessions: Sessions, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:1")
    with pytest.raises(Blocked, match="correct AWS_ENDPOINT_URL"):
        sessions.client(access, "codepipeline")


def test_a_role_is_assumed_with_its_external_id_and_signs_the_calls(pipelines: Pipelines, endpoint: Any) -> None:
    endpoint.sends("AssumeRole", assumed("ROLEKEY", datetime.now(UTC) + timedelta(hours=1)), "text/xml")
    endpoint.answers("ListPipelines", {"pipelines": []}, {"pipelines": []})
    pipelines.rows(ROLE)
    pipelines.rows(ROLE)
    (body,) = endpoint.bodies("AssumeRole")
    assert (body["RoleArn"], body["ExternalId"]) == (ROLE.assume_role, "shared-word")
    assert body["RoleSessionName"] == "codepipeline-reconciler"
    assert "OWNKEY" in endpoint.requests[0].headers["authorization"]
    assert "ROLEKEY" in endpoint.requests[1].headers["authorization"]


def test_a_roles_credentials_are_renewed_before_they_expire(pipelines: Pipelines, endpoint: Any) -> None:
    endpoint.sends("AssumeRole", assumed("FIRST", datetime.now(UTC) + timedelta(minutes=5)), "text/xml")
    endpoint.sends("AssumeRole", assumed("SECOND", datetime.now(UTC) + timedelta(hours=1)), "text/xml")
    endpoint.answers("ListPipelines", {"pipelines": []}, {"pipelines": []})
    pipelines.rows(ROLE)
    pipelines.rows(ROLE)
    assert "SECOND" in endpoint.requests[-1].headers["authorization"]


def test_a_role_that_may_not_be_assumed_blocks_and_says_who_must_trust_whom(
    pipelines: Pipelines, endpoint: Any
) -> None:
    body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
    endpoint.sends("AssumeRole", body, "text/xml", 403)
    with pytest.raises(Blocked, match="external_id"):
        pipelines.bulk_tags(ROLE)


def test_a_role_without_an_external_id_is_assumed_without_one(pipelines: Pipelines, endpoint: Any) -> None:
    endpoint.sends("AssumeRole", assumed("ROLEKEY", datetime.now(UTC) + timedelta(hours=1)), "text/xml")
    endpoint.answers("ListPipelines", {"pipelines": []})
    pipelines.rows(Access(ROLE.target, ROLE.assume_role))
    assert "ExternalId" not in endpoint.bodies("AssumeRole")[0]


def test_clients_can_be_had_again_after_closing(sessions: Sessions, access: Access) -> None:
    before = sessions.client(access, "sts")
    sessions.close()
    assert sessions.client(access, "sts") is not before


def test_importing_the_calls_does_not_load_the_sdk() -> None:
    script = "import sys, reconciler.aws.pipelines; sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_roles_of_two_regions_do_not_share_a_client(sessions: Sessions) -> None:
    there = Access(Target("222222222222", "us-east-1"), ROLE.assume_role, ROLE.external_id)
    assert sessions.client(ROLE, "codepipeline") is not sessions.client(there, "codepipeline")


def test_a_role_is_assumed_once_for_all_its_regions_and_services(pipelines: Pipelines, endpoint: Any) -> None:
    there = Access(Target("222222222222", "us-east-1"), ROLE.assume_role, ROLE.external_id)
    endpoint.sends("AssumeRole", assumed("ROLEKEY", datetime.now(UTC) + timedelta(hours=1)), "text/xml")
    endpoint.answers("ListPipelines", {"pipelines": []}, {"pipelines": []})
    endpoint.answers("GetResources", {"ResourceTagMappingList": []})
    pipelines.rows(ROLE)
    pipelines.rows(there)
    pipelines.bulk_tags(there)
    assert all("ROLEKEY" in each.headers["authorization"] for each in endpoint.requests[1:])


def test_two_roles_have_credentials_of_their_own(pipelines: Pipelines, endpoint: Any) -> None:
    other = Access(Target("333333333333", "eu-west-1"), "arn:aws:iam::333333333333:role/reconciler")
    for key in ("FIRST", "SECOND"):
        endpoint.sends("AssumeRole", assumed(key, datetime.now(UTC) + timedelta(hours=1)), "text/xml")
    endpoint.answers("ListPipelines", *({"pipelines": []} for _ in range(3)))
    for access in (ROLE, other, ROLE):
        pipelines.rows(access)
    keys = [each.headers["authorization"] for each in endpoint.requests if each.operation == "ListPipelines"]
    assert ["FIRST" in keys[0], "SECOND" in keys[1], "FIRST" in keys[2]] == [True, True, True]


def test_the_roles_of_a_region_are_assumed_with_one_client(sessions: Sessions, access: Access) -> None:
    other = Access(Target("333333333333", "eu-west-1"), "arn:aws:iam::333333333333:role/reconciler")
    for each in (ROLE, other):
        sessions.client(each, "codepipeline")
    assert [service for _, service in sessions._clients].count("sts") == 1


@pytest.mark.parametrize("said", [1767225600, 1767225600.0, "1767225600", "2026-01-01T00:00:00Z"])
@pytest.mark.parametrize("role", [None, ROLE.assume_role])
def test_times_are_read_as_utc_whatever_the_local_zone(sessions: Sessions, said: object, role: str | None) -> None:
    client = sessions.client(Access(ROLE.target, role), "codepipeline")
    parse = client._endpoint._response_parser_factory.create_parser("json")._timestamp_parser
    assert parse(said).isoformat() == "2026-01-01T00:00:00+00:00"


def test_a_time_that_is_none_is_refused(sessions: Sessions, access: Access) -> None:
    parser = sessions.client(access, "codepipeline")._endpoint._response_parser_factory.create_parser("json")
    with pytest.raises(ValueError, match="Invalid timestamp"):
        parser._timestamp_parser("yesterday")
