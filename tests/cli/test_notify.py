"""The daemon tells: drift once, its end once, reports when they are due; and nobody who does not answer disturbs it."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest

from daemons import PATIENCE
from receivers import Receiver
from reconciler.cli import build, channels
from reconciler.cli.reports import Reports
from reconciler.cli.service import Service
from reconciler.errors import Broken, Retry
from reconciler.notify.folder import Folder
from reconciler.settings import Settings
from reconciler.sync import addresses, passes
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemons import Daemon
    from workshop import Finished, Workshop

    Cli = Callable[..., Finished]

WEB = "svc0001-prod-deploy"


@pytest.fixture
def receiver():
    with Receiver() as made:
        yield made


def queued(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"executionMode": "QUEUED"}


def hearing(workshop: Workshop, receiver: Receiver, *on: str, **groups: Any) -> None:
    notify = [{"on": list(on), "url": f"json://{receiver.address}/s3cr3t-t0k3n"}]
    workshop.settings(**{"notify": notify, "source": {"poll": "1h"}} | groups)


def test_the_daemon_tells_drift_once_and_that_it_is_over_once(
    workshop: Workshop, document: dict[str, Any], daemon: Callable[..., Daemon], receiver: Receiver, tmp_path
) -> None:
    (workshop.folder / "token").write_text("forge-token\n")
    forge = {"kind": "gitlab", "api": f"http://{receiver.address}/api/v4", "repository": "a/b", "token_file": "token"}
    hearing(workshop, receiver, "drift", "recovered", sync={"self_heal": False}, forge=forge)
    workshop.define(document)
    running = daemon("--verbose")
    assert receiver.hear().json["state"] == "success"
    running.hear("pass 1 of ")
    workshop.endpoint.edit(ACCOUNT, REGION, WEB, queued)
    workshop.commit()
    told = {each.path: each.json for each in (receiver.hear(), receiver.hear())}
    (status,) = [each for path, each in told.items() if path.startswith("/api/")]
    assert (status["state"], told["/s3cr3t-t0k3n"]["title"]) == ("failed", "CodePipeline: 1 drifted")
    assert WEB in told["/s3cr3t-t0k3n"]["message"]
    running.hear("pass 2 of ")
    assert running.stop() == 0
    hearing(workshop, receiver, "drift", "recovered")
    again = daemon()
    assert receiver.hear().json["title"] == "CodePipeline: 1 over"
    again.hear("pass 3 of ")
    assert again.stop() == 0
    assert len(receiver.taken) == 4
    assert not any("t0k3n" in line or "forge-token" in line for line in running.lines + again.lines)


def test_passes_that_cannot_run_are_told_and_that_they_run_again(
    workshop: Workshop, document: dict[str, Any], daemon: Callable[..., Daemon], receiver: Receiver
) -> None:
    hearing(workshop, receiver, "failed", "recovered")
    workshop.define(document)
    workshop.git("branch", "--move", "other")
    running = daemon()
    assert "the reconciler's pass: source.repository" in receiver.hear().json["message"]
    workshop.git("branch", "--move", "main")
    running.hear("pass 1 of ")
    assert running.stop() == 0


def test_one_pass_delivers_before_it_ends_and_a_place_that_refuses_is_told_by_status(
    workshop: Workshop, document: dict[str, Any], cli: Cli, receiver: Receiver, caplog
) -> None:
    receiver.status = 500
    hearing(workshop, receiver, "applied")
    workshop.define(document)
    cli("run", "--once", check=0)
    assert receiver.hear().json["title"] == "CodePipeline: 1 applied"
    for form in ("text", "json"):
        said = cli("status", "--format", form, check=0).err
        assert "1 letter not delivered yet, the first of " in said
        assert "notify[0] (json) did not take it: " in said
        assert "t0k3n" not in said + caplog.text


def test_a_place_that_hangs_keeps_no_pass_waiting(
    workshop: Workshop, document: dict[str, Any], daemon: Callable[..., Daemon], receiver: Receiver
) -> None:
    receiver.hold = threading.Event()
    hearing(workshop, receiver, "applied")
    workshop.define(document)
    running = daemon()
    receiver.hear()
    workshop.commit()
    running.hear("pass 2 of ")
    assert running.stop() == 0


def test_a_report_that_is_due_is_made_after_the_next_pass_and_lies_in_the_folder(
    workshop: Workshop, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    drift = {"schedule": "0 7 * * mon-fri", "timezone": "Europe/Berlin", "to": ["reports"], "keep": 2}
    workshop.settings(drift=drift, source={"poll": "1h"}, web={"listen": ""})
    workshop.define(document)
    workshop.apply()
    monkeypatch.chdir(workshop.folder)
    written = threading.Semaphore(0)
    send = Folder.send
    monkeypatch.setattr(Folder, "send", lambda folder, item: (send(folder, item), written.release()))
    made = Service(lambda: build.settings(workshop.folder / "reconciler.yaml"), lambda _: None, lambda _: "done")
    (appointment,) = made._reports.appointments(Settings(drift=drift))
    assert (appointment.cron, appointment.timezone) == ("0 7 * * mon-fri", "Europe/Berlin")
    appointment.work()
    thread = threading.Thread(target=made.run)
    thread.start()
    assert [written.acquire(timeout=PATIENCE) for _ in range(2)] == [True, True]
    made.stop()
    thread.join(PATIENCE)
    assert sorted(each.suffix for each in (workshop.folder / "reports").iterdir()) == [".html", ".json"]


def test_a_report_that_cannot_be_made_is_told_once_and_made_after_the_first_pass_that_runs(
    workshop: Workshop, document: dict[str, Any], caplog
) -> None:
    caplog.set_level(logging.INFO)
    workshop.settings(notify=[{"on": ["report"], "url": "json://127.0.0.1"}])
    workshop.define(document)
    reports, woken = Reports(lambda: woken.append("look")), list[str]()
    with workshop.world() as world:
        done = passes.run(world, approved=True)
        reports.made(done, world)
        reports.missed(Retry("no answer"), world)
        assert world.memory.waiting() == 0
        reports.ask()
        reports.missed(Retry("no answer"), world)
        reports.missed(Retry("no answer"), world)
        assert world.memory.waiting() == 1
        reports.made(done, world)
        reports.made(done, world)
        assert world.memory.waiting() == 2
    assert woken == ["look"]


def test_a_report_that_goes_wrong_disturbs_nobody(workshop: Workshop, caplog) -> None:
    reports = Reports(lambda: None)
    reports.ask()
    reports.made(None, None)  # type: ignore[arg-type]
    assert "no drift report" in caplog.text
    reports._outlived(lambda: (_ for _ in ()).throw(Retry("locked")))
    assert "no drift report: locked" in caplog.text


def test_without_its_packages_the_daemon_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "installed", lambda _: False)
    said = Settings(
        notify=[{"url": "json://127.0.0.1"}], forge={"kind": "github", "repository": "a/b", "token_file": "t"}
    )
    with pytest.raises(Broken, match=r"apprise, requests: not installed, .*\[daemon,notify\]"):
        channels._check(said)
    channels._check(Settings(notify=[{"topic": "arn:aws:sns:eu-west-1:111111111111:a"}]))


def test_each_setting_has_its_way(workshop: Workshop, tmp_path) -> None:
    (tmp_path / "url").write_text("json://127.0.0.1/x\n")
    said = {"notify": [{"url_file": "url"}, {"topic": "arn:aws:sns:eu-west-1:111111111111:a"}],
            "drift": {"to": ["s3://reports/a", "reports"]}}  # fmt: skip
    settings = Settings(**said, environments={"prod": {"account": ACCOUNT, "regions": [REGION]}})
    with channels.channels(settings, tmp_path, b"key") as ways:
        kinds = [type(each).__name__ for each in ways.values()]
        chat = ways[addresses.notice(settings.notify[0], b"key")]
        assert (kinds, chat.url()) == (["Topic", "Chat", "Objects", "Folder"], "json://127.0.0.1/x")
        (tmp_path / "url").unlink()
        with pytest.raises(Exception, match=r"notify\[0\]\.url_file: .*url: No such file"):
            chat.url()


# --- the verb


def test_a_message_to_try_goes_to_each_place_once_and_says_what_became_of_it(
    workshop: Workshop, cli: Cli, receiver: Receiver
) -> None:
    url = f"json://{receiver.address}/s3cr3t-t0k3n"
    workshop.settings(notify=[{"url": url}, {"url": url, "on": ["report"]}])
    assert cli("notify", check=0).out == "notify[0]: sent\n"
    assert receiver.hear().json["title"] == "CodePipeline: a test"
    assert len(receiver.taken) == 1
    receiver.status = 404
    (told,) = cli("notify", "--format", "json", check=1).json
    assert "did not take it" in told["fault"]
    assert "t0k3n" not in str(told)


def test_where_nobody_is_named_there_is_nothing_to_try(cli: Cli) -> None:
    assert "name nobody below `notify`" in cli("notify", check=2).err


# --- pages


def test_a_drift_report_is_a_page(workshop: Workshop, document: dict[str, Any], cli: Cli) -> None:
    workshop.define(document)
    workshop.apply()
    workshop.endpoint.edit(ACCOUNT, REGION, WEB, queued)
    page = cli("drift", "--format", "html", check=3).out
    assert page.lower().startswith("<!doctype html>")
    assert WEB in page
    assert "Trend" in page


def test_a_plan_is_a_page(workshop: Workshop, document: dict[str, Any], cli: Cli) -> None:
    workshop.define(document)
    page = cli("plan", "--format", "html", check=3).out
    assert page.lower().startswith("<!doctype html>")
