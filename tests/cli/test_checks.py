"""Single checks of the doctor: each thing that can be wrong, and the remedy that is told."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest

from reconciler.aws.failures import Denied
from reconciler.aws.probing import Caller, Clocks
from reconciler.aws.sessions import Access
from reconciler.cli import build
from reconciler.cli.checks import machine, service, targets
from reconciler.errors import Blocked, ReconcilerError, Retry
from reconciler.pipeline.arns import Target
from reconciler.settings import Settings

ACCESS = Access(Target("111111111111", "eu-west-1"))
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
PLACES = {"prod": {"account": "111111111111", "regions": ["eu-west-1"]}}


def patient(tmp_path=None, probe=None, environment=None, **groups):
    settings = Settings.model_validate({"environments": PLACES, **groups})
    return SimpleNamespace(settings=settings, base=tmp_path, root=tmp_path, probe=probe, environment=environment or {})


def only(answers):
    (answer,) = answers
    return answer


# Machine -------------------------------------------------------------------------------------------------------------


@contextmanager
def answering(body: bytes):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("body", "result"),
    [
        pytest.param(b'{"status": "alive", "late": [], "ages": {}}', "ok", id="a reconciler"),
        pytest.param(b"<html>", "error", id="something else"),
        pytest.param(b'{"status": "alive"}', "error", id="something that looks like it"),
    ],
)
def test_an_address_that_is_taken_is_fine_where_a_reconciler_answers(body, result):
    with answering(body) as address:
        assert only(machine.listening(patient(web={"listen": address}))).result == result


def test_an_address_of_another_machine_is_an_error_and_none_at_all_is_fine():
    told = only(machine.listening(patient(web={"listen": "192.0.2.1:8480"})))
    assert (told.result, "web.listen" in told.remedy) == ("error", True)
    assert only(machine.listening(patient(web={"listen": ""}))).result == "ok"


def test_a_free_address_is_free():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    assert only(machine.listening(patient(web={"listen": f"127.0.0.1:{port}"}))).sentence.endswith("is free")


def test_the_files_of_those_who_are_told_are_there_and_nobody_elses(tmp_path):
    (tmp_path / "url").write_text("slack://a/b/c")
    (tmp_path / "url").chmod(0o644)
    forge = {"kind": "github", "repository": "a/b", "token_file": "token"}
    said = patient(tmp_path, notify=[{"url_file": "url"}, {"url": "json://x"}], forge=forge)
    assert [each.result for each in machine.notices(said)] == ["error", "error"]
    assert only(machine.notices(patient(tmp_path, notify=[{"url": "json://x"}]))).sentence.startswith(
        "told is 1 of notify"
    )


@pytest.mark.parametrize(
    ("content", "mode", "result", "words"),
    [
        pytest.param("s3cret", 0o600, "ok", "", id="fine"),
        pytest.param("s3cret", 0o640, "ok", "", id="a group"),
        pytest.param("s3cret", 0o644, "error", "chmod o=", id="everybody"),
        pytest.param("\n", 0o600, "warning", "openssl rand", id="empty"),
    ],
)
def test_the_secret_of_webhooks_is_there_and_nobody_elses(tmp_path, content, mode, result, words):
    (tmp_path / "hook").write_text(content)
    (tmp_path / "hook").chmod(mode)
    told = only(machine.webhook_secret(patient(tmp_path, web={"webhook_secret_file": "hook"})))
    assert (told.result, words in told.remedy, "s3cret" in told.sentence) == (result, True, False)


def test_a_secret_that_is_not_there_is_an_error(tmp_path):
    assert only(machine.webhook_secret(patient(tmp_path, web={"webhook_secret_file": "hook"}))).result == "error"


@pytest.mark.parametrize(("free", "result"), [(50 * 1024**2, "error"), (500 * 1024**2, "warning"), (2**40, "ok")])
def test_little_room_is_told_before_there_is_none(tmp_path, monkeypatch, free, result):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    assert only(machine.disk(patient(tmp_path))).result == result


@pytest.fixture
def unit(tmp_path):
    """Write systemd's files: `unit("Type=notify")`; a cgroup says that the service runs."""
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/system.slice").mkdir(parents=True)

    def write(text, name="reconciler.service", *, runs=True):
        file = tmp_path / "etc/systemd/system" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if runs:
            (tmp_path / "sys/fs/cgroup/system.slice/reconciler.service").mkdir(exist_ok=True)

    return write


WATCHED = "[Service]\nType=notify\nWatchdogSec=60s\n"


def results(found):
    return [each.result for each in machine.systemd(found)]


def test_a_service_that_is_installed_runs_and_is_watched_is_fine(tmp_path, unit):
    unit(WATCHED)
    assert results(patient(tmp_path)) == ["ok", "ok"]


def test_a_service_that_nobody_watches_is_a_warning_and_the_drop_in_counts(tmp_path, unit):
    unit(WATCHED)
    unit("[Service]\nWatchdogSec=0\n", "reconciler.service.d/own.conf")
    assert results(patient(tmp_path)) == ["warning", "ok"]


def test_a_service_that_does_not_run_is_told_unless_this_is_it(tmp_path, unit):
    unit(WATCHED, runs=False)
    assert results(patient(tmp_path)) == ["ok", "warning"]
    assert results(patient(tmp_path, environment={"NOTIFY_SOCKET": "/run/x"})) == ["ok", "ok"]


@pytest.mark.usefixtures("unit")
def test_a_service_that_is_not_installed_is_a_warning(tmp_path):
    assert only(machine.systemd(patient(tmp_path))).remedy == "reconciler systemd install"


# Targets -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "result", "words"),
    [
        (0, "ok", "within 1 seconds"),
        (-61, "warning", "61 seconds behind"),
        (61, "warning", "61 seconds ahead of"),
        (301, "error", "AWS refuses"),
    ],
)
def test_a_clock_that_is_off_is_told_before_aws_refuses(seconds, result, words):
    clocks = Clocks(NOW, NOW + dt.timedelta(seconds=seconds))
    told = only(targets.clock(patient(probe=SimpleNamespace(clocks=lambda _: clocks)), ACCESS))
    assert (told.result, words in told.sentence) == (result, True)


def raising(error):
    def call(*_, **__):
        raise error

    return call


def test_a_clock_that_nobody_could_ask_is_unknown():
    for clocks in (raising(Retry("no network")), lambda _: None):
        assert only(targets.clock(patient(probe=SimpleNamespace(clocks=clocks)), ACCESS)).result == "unknown"


def writer(denied=(), arn="arn:aws:sts::111111111111:assumed-role/reconciler/s", pipelines=("shop",)):
    """Give a probe that keeps what it was asked to simulate."""
    asked = []

    def simulate(_, principal, calls):
        asked.append((principal, *calls))
        return tuple(each for each in calls.actions if each in denied)

    return SimpleNamespace(
        caller=lambda _: Caller("111111111111", arn),
        ask=lambda *_: {"pipelines": [{"name": name} for name in pipelines], "pipeline": {"roleArn": "arn:role"}},
        denied=simulate,
        asked=asked,
    )


def test_writes_are_simulated_for_the_role_on_a_pipeline_that_is_there_and_so_is_passing_its_role_on():
    probe = writer()
    assert only(targets.writing(patient(probe=probe, sync={"prune": True}), ACCESS)).result == "ok"
    (principal, actions, resource, _), passing = probe.asked
    assert principal == "arn:aws:iam::111111111111:role/reconciler"
    assert "codepipeline:DeletePipeline" in actions
    assert resource == "arn:aws:codepipeline:eu-west-1:111111111111:shop"
    assert passing[1:] == (["iam:PassRole"], "arn:role", {"iam:PassedToService": "codepipeline.amazonaws.com"})


def test_where_nothing_is_live_a_name_stands_for_a_pipeline():
    probe = writer(pipelines=())
    assert only(targets.writing(patient(probe=probe), ACCESS)).result == "ok"
    assert [each[2].rpartition(":")[2] for each in probe.asked] == ["shop-prod-deploy"]


def test_what_is_denied_is_an_error_with_its_statement():
    one, two = targets.writing(patient(probe=writer(("codepipeline:TagResource", "iam:PassRole"))), ACCESS)
    assert (one.result, two.result) == ("error", "error")
    assert '"Action": ["codepipeline:TagResource"], "Resource": "arn:aws:codepipeline' in one.remedy
    assert '"Action": ["iam:PassRole"], "Resource": "arn:role"' in two.remedy


def test_where_iam_may_not_be_asked_or_cannot_tell_nothing_is_claimed():
    probe = writer()
    probe.denied = raising(Denied("no"))
    told = only(targets.writing(patient(probe=probe), ACCESS))
    assert (told.result, "iam:SimulatePrincipalPolicy" in told.remedy) == ("unknown", True)
    assert only(targets.writing(patient(probe=writer(arn="arn:aws:iam::1:root")), ACCESS)).result == "unknown"


def test_where_nothing_is_live_reads_of_a_pipeline_are_unknown():
    told = list(targets.reading(patient(probe=writer(pipelines=())), ACCESS))
    (untried,) = [each.sentence for each in told if each.result == "unknown"]
    assert untried.endswith("GetPipeline, ListTagsForResource, ListPipelineExecutions, GetPipelineState")


@pytest.mark.parametrize(("raised", "result"), [(Retry("later"), "unknown"), (Blocked("no credentials"), "error")])
def test_a_read_that_failed_otherwise_says_why(raised, result):
    told = targets.reading(patient(probe=SimpleNamespace(ask=raising(raised))), ACCESS)
    assert next(iter(told)).result == result


# What is shared with others ------------------------------------------------------------------------------------------


def test_tokens_of_the_api_are_secret(tmp_path):
    (tmp_path / "tokens").write_text("ana:0123456789abcdef")
    (tmp_path / "tokens").chmod(0o644)
    answer = only(machine.tokens(patient(tmp_path, web={"token_file": "tokens"})))
    assert (answer.result, answer.remedy) == ("error", f"chmod o= {tmp_path / 'tokens'}")


def test_who_leads_is_told(tmp_path):
    asked = patient(tmp_path, store={"url": f"sqlite:///{tmp_path / 'state.db'}"})
    assert only(service.lease(asked)).sentence == "nobody has written yet"
    with build.store(asked.settings, tmp_path), closing(build.lease(asked.settings, tmp_path)) as held:
        held.acquire()
        assert " leads" in only(service.lease(asked)).sentence
        held.release()
        assert only(service.lease(asked)).sentence == "no daemon leads now"


def test_a_queue_that_is_not_there_is_an_error(tmp_path, sqs, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    asked = patient(tmp_path, source={"queue": "arn:aws:sqs:eu-west-1:123456789012:absent"})
    with pytest.raises(ReconcilerError, match=r"GetQueueUrl .*absent"):
        list(service.queue(asked))
