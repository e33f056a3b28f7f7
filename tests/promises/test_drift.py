"""Drift of every kind, made through boto3 at the local endpoint: what the report says of it, in text and in JSON."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import jsonschema
import pytest
from botocore import loaders
from botocore.config import Config
from typer.testing import CliRunner

from builders import build, pipeline, sources, stage
from emulator.talk import Local
from reconciler.cli import drift
from reconciler.cli.app import app
from reconciler.report import driftdocument, driftfindings, drifts
from reconciler.sync import passes
from reconciler.sync.drifting import Wish
from workshop import ACCOUNT, REGION, Finished, Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.sync.state import World

WEB = "shop-prod-web"
CONSOLE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"


@cache
def client(url: str, agent: str, user: str) -> Any:
    config = Config(user_agent=agent, retries={"total_max_attempts": 1})
    return boto3.client("codepipeline", endpoint_url=url, region_name=REGION, aws_access_key_id=user,
                        aws_secret_access_key="secret", config=config)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _models_are_parsed_once() -> Iterator[None]:
    """Share botocore's data between the worlds of all tests: parsing it takes longer than a pass."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", cache(loaders.create_loader))
        yield


@pytest.fixture(scope="module")
def _running() -> Iterator[Local]:
    running = Local()
    yield running
    running.close()


class Scene(Workshop):
    """A workshop with one pipeline that is in force, and somebody who edits it behind the reconciler's back."""

    here: World

    def begin(self, *documents: dict[str, Any], **beside: Any) -> None:
        self.define(*(documents or (pipeline(WEB),)), **beside)
        self.heal()

    def heal(self) -> None:
        assert {str(each.ending) for each in passes.run(self.here, approved=True).results} == {"applied"}
        self.endpoint.say("settle")

    def client(self, agent: str = CONSOLE, user: str = "ana") -> Any:
        """Give a client of somebody else in the same account, who says to be `agent`."""
        return client(self.endpoint.url, agent, user)

    def edit(self, function: Any, agent: str = CONSOLE, name: str = WEB) -> None:
        client = self.client(agent)
        document = copy.deepcopy(client.get_pipeline(name=name)["pipeline"])
        function(document)
        client.update_pipeline(pipeline=document)

    def tell(self, *arguments: str, check: int | None = None) -> Finished:
        result = CliRunner().invoke(app, ["drift", *arguments], prog_name="reconciler")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        finished = Finished(result.exit_code, result.stdout, result.stderr)
        assert check is None or finished.status == check, finished
        return finished

    def report(self, name: str = "", *, past: bool = False, executions: bool = False, days: int = 0, **of: Any) -> Any:
        """Give the report, `days` from now; `of` are settings of the group `drift`."""
        known = self.here
        settings = known.settings.model_copy(update={"drift": known.settings.drift.model_copy(update=of)})
        now = known.now()
        world = replace(known, settings=settings, now=lambda: datetime.now(UTC) + timedelta(days))
        return passes.drift(world, Wish(name, now - timedelta(1) if past else None), executions=executions)

    def drift(self, *, status: int = 3, **wish: Any) -> tuple[dict[str, Any], str]:
        """Give the only drift, as JSON and in text."""
        report = self.report(**wish)
        assert drift.status(report) == status
        (found,) = driftdocument.document(report)["drifts"]
        return found, drifts.text(report)

    def arn(self, name: str = WEB) -> str:
        return f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{name}"


@pytest.fixture
def scene(_running: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    made = Scene(tmp_path, _running.reset())
    monkeypatch.chdir(tmp_path)
    for name, value in made.environment.items():
        if name.startswith("AWS_") or name == "NO_PROXY":
            monkeypatch.setenv(name, value)
    with made.world() as made.here:
        yield made


def project(name: str) -> Any:
    def change(document: dict[str, Any]) -> None:
        document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = name

    return change


def test_nothing_drifted_is_said_with_what_was_read(scene: Scene) -> None:
    scene.begin()
    assert scene.tell(check=0).out == "No drift; 1 pipeline read, 1 in sync.\n"


def test_a_changed_declaration_is_told_with_its_author_and_versions(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    found, text = scene.drift()
    assert (found["kind"], found["severity"]) == ("definition", "warning")
    assert (found["versionBefore"], found["versionAfter"]) == (1, 2)
    assert found["differences"] == [
        {"place": "Build/Compile configuration.ProjectName", "git": "shop-web", "live": "hotfix"}
    ]
    assert (found["author"]["how"], found["author"]["event"]) == ("console", "UpdatePipeline")
    assert "Build/Compile configuration.ProjectName: shop-web → hotfix" in text
    assert f"by {ANA} in the console at" in text


def test_a_field_that_git_does_not_say_is_told_as_such(scene: Scene) -> None:
    scene.begin()
    scene.edit(
        lambda document: document.update(variables=[{"name": "COLOUR", "defaultValue": "red"}], pipelineType="V2")
    )
    found, text = scene.drift()
    assert found["kind"] == "extra"
    assert all(each["git"] is None for each in found["differences"])
    assert "live has fields that git does not say" in text


def test_tags_of_others_are_told_with_their_author(scene: Scene) -> None:
    scene.begin(pipeline(WEB), tags={"team": "web"})
    scene.client("aws-cli/2.15.0").tag_resource(resourceArn=scene.arn(), tags=[{"key": "team", "value": "ops"}])
    found, text = scene.drift()
    assert (found["kind"], found["differences"]) == ("tags", [{"place": "tags.team", "git": "web", "live": "ops"}])
    assert (found["author"]["principal"], found["author"]["how"]) == (ANA, "cli")
    assert f"by {ANA} with the AWS CLI at" in text


def test_a_transition_names_who_shut_it_and_why(scene: Scene) -> None:
    scene.begin(pipeline(WEB), transitions={"Build": {"inbound": "enabled"}})
    scene.client().disable_stage_transition(
        pipelineName=WEB, stageName="Build", transitionType="Inbound", reason="broken on Friday"
    )
    found, text = scene.drift()
    assert (found["kind"], found["author"]["principal"]) == ("transitions", ANA)
    assert found["author"]["reason"] == "broken on Friday"
    assert "Build inbound transition: enabled → disabled (broken on Friday)" in text
    assert "heal: opens the way into Build" in text


def test_a_deleted_pipeline_is_missing_and_names_who_deleted_it(scene: Scene) -> None:
    scene.begin()
    scene.client("APN/1.0 HashiCorp/1.0 Terraform/1.5.7 aws-sdk-go-v2/1.2").delete_pipeline(name=WEB)
    found, text = scene.drift()
    assert (found["kind"], found["after"], found["before"]["name"]) == ("missing", None, WEB)
    assert (found["author"]["how"], found["author"]["tool"]) == ("tool", "terraform")
    assert "creates it again" in text
    assert f"by {ANA} with terraform at" in text


def test_a_foreign_owner_is_told_by_name(scene: Scene) -> None:
    scene.begin()
    tags = [{"key": "reconciler:owner", "value": "the other team"}]
    scene.client().tag_resource(resourceArn=scene.arn(), tags=tags)
    found, text = scene.drift()
    assert (found["kind"], found["author"]["event"]) == ("owner", "TagResource")
    assert "owned by 'the other team', this is 'codepipeline-reconciler'" in text
    assert "heal: held: owned by 'the other team'" in text


def test_a_removed_owner_is_told(scene: Scene) -> None:
    scene.begin()
    scene.client().untag_resource(resourceArn=scene.arn(), tagKeys=["reconciler:owner"])
    found, text = scene.drift()
    assert (found["kind"], found["author"]["event"]) == ("owner", "UntagResource")
    assert "nobody owns it any more" in text


def test_unmanaged_pipelines_are_counted_and_listed_only_if_that_is_wanted(scene: Scene) -> None:
    scene.begin()
    scene.client().create_pipeline(pipeline=pipeline("theirs"))
    assert drifts.text(scene.report()) == "No drift; 2 pipelines read, 1 in sync, 1 unmanaged."
    found, text = scene.drift(unmanaged="list")
    assert (found["kind"], found["severity"], found["name"]) == ("unmanaged", "info", "theirs")
    assert "reconciler import theirs" in text


def test_polling_that_aws_switched_off_is_told(scene: Scene) -> None:
    scene.begin()
    scene.endpoint.say("advance", span="31d")
    assert scene.report().drifted == ()
    found, text = scene.drift(executions=True, days=31)
    assert found["kind"] == "polling"
    assert "AWS switched polling off, because it had no execution for 30 days" in text


def test_our_own_write_that_came_back_different_is_not_blamed_on_others(scene: Scene) -> None:
    scene.begin()
    target = next(iter(scene.here.accesses))
    known = scene.here.memory.observations(target)[WEB]
    scene.define(pipeline(WEB, stages=[sources(), stage("Build", build(), build("More"))]))
    wanted = passes.plan(scene.here).known[1].definitions[target, WEB]
    scene.here.memory.observed([(replace(known, bounced=wanted.digest), None)])
    found, text = scene.drift()
    assert (found["kind"], found["author"]["how"]) == ("normalised", "self")
    assert "our own write came back different" in text


def test_a_pipeline_that_cannot_be_read_is_not_without_drift(scene: Scene) -> None:
    scene.begin(pipeline(WEB), pipeline("shop-prod-api"))
    scene.edit(project("hotfix"))
    scene.endpoint.say("faults", operation="GetPipeline", error="AccessDeniedException", name=WEB, times=None)
    found, text = scene.drift(status=2)
    assert (found["kind"], found["name"], found["author"]) == ("unreadable", WEB, None)
    assert "codepipeline:GetPipeline" in text
    assert "1 place unreadable" in text


def test_nothing_read_is_an_error_and_never_without_drift(scene: Scene) -> None:
    scene.write("README.md", "nothing here")
    scene.commit()
    finished = scene.tell(check=2)
    assert finished.out == ""
    assert f"0 pipelines read in {ACCOUNT}/{REGION}, so nothing can be said about drift" in finished.err


def test_an_unreadable_target_is_an_error_that_says_why(scene: Scene) -> None:
    scene.begin()
    scene.endpoint.say("faults", operation="ListPipelines", error="AccessDeniedException", times=None)
    assert "codepipeline:ListPipelines" in scene.tell(check=2).err


def test_without_permission_the_report_says_why_nobody_is_named(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.endpoint.say("faults", operation="LookupEvents", error="AccessDeniedException", times=None)
    found, text = scene.drift()
    assert (found["author"]["principal"], found["author"]["how"]) == ("", "unknown")
    assert "nobody can tell without CloudTrail" in text
    assert "cloudtrail:LookupEvents" in text


def test_what_is_older_than_90_days_says_so_and_asks_nobody(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.endpoint.say("advance", span="91d")
    found, _ = scene.drift(days=91)
    assert found["author"]["note"] == "nobody can tell: CloudTrail remembers 90 days, and this is older"


def test_an_author_is_asked_for_once_for_each_version(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.report()
    scene.endpoint.say("faults", operation="LookupEvents", error="AccessDeniedException", times=None)
    assert scene.drift()[0]["author"]["principal"] == ANA


def test_drift_keeps_its_onset_and_counts_its_sightings(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    first, _ = scene.drift()
    again, _ = scene.drift()
    assert (first["seen"], again["seen"]) == (1, 2)
    assert first["since"] == again["since"]


def test_what_was_healed_is_told_with_since(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.report()
    scene.heal()
    (past,) = scene.report(past=True).ended
    assert (past.kind, past.ending, past.author.principal) == ("definition", "healed", ANA)
    assert "healed" in scene.tell("--since", "7d", check=0).out


def test_what_ended_by_itself_is_not_said_to_be_healed(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.report()
    scene.edit(project("shop-web"))
    (past,) = scene.report(past=True).ended
    assert past.ending == "ended"


def test_an_edit_is_told_also_where_git_moved_on(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.define(pipeline(WEB, stages=[sources(), stage("Build", build(), build("More"))]))
    found, text = scene.drift()
    assert found["differences"] == [
        {"place": "Build/Compile configuration.ProjectName", "git": "shop-web", "live": "hotfix"}
    ]
    assert "git moved on as well" in text
    assert found["author"]["principal"] == ANA


def test_drift_counts_after_as_many_sightings_as_wanted_but_errors_at_once(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    assert "does not count yet" in drifts.text(scene.report(after=3))
    assert len(scene.report(after=3, severity={"prod": "error"}).entries) == 1
    assert len(scene.report(after=3).entries) == 1


def test_one_pipeline_is_explained_with_its_declarations_and_its_past(scene: Scene) -> None:
    scene.begin(pipeline(WEB), pipeline("shop-prod-api"))
    scene.edit(project("hotfix"))
    scene.edit(project("hotfix"), name="shop-prod-api")
    text = scene.tell(WEB, "--explain", check=3).out
    assert "shop-prod-api" not in text
    assert f"definition {WEB}, in force before:" in text
    assert f"definition {WEB}, live now:" in text


def test_a_heal_names_the_execution_that_it_waits_for(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    run = scene.client().start_pipeline_execution(name=WEB)["pipelineExecutionId"]
    found, text = scene.drift()
    assert "waits for execution" in text
    assert found["health"]["execution"] == run


def test_failed_executions_are_told_with_their_remedy(scene: Scene) -> None:
    scene.begin()
    given = {"Source/Checkout": "fails:ConfigurationError:No bucket with the name shop-sources was found"}
    scene.endpoint.say("outcomes", given=given)
    scene.client().start_pipeline_execution(name=WEB)
    scene.endpoint.say("settle")
    text = drifts.text(scene.report(executions=True))
    assert "Source/Checkout ConfigurationError: No bucket with the name shop-sources was found" in text
    assert "remedy: the bucket shop-sources is not there" in text
    (failure,) = driftdocument.document(scene.report())["failures"]
    assert failure["failures"][0]["stage"] == "Source"


def test_json_keeps_to_its_schema(scene: Scene) -> None:
    scene.begin(pipeline(WEB), pipeline("shop-prod-api"), tags={"team": "web"})
    scene.edit(project("hotfix"))
    scene.client().untag_resource(resourceArn=scene.arn("shop-prod-api"), tagKeys=["team"])
    document = driftdocument.document(scene.report(past=True, executions=True))
    jsonschema.validate(document, driftdocument.schema())
    assert (document["schema"], document["counts"]) == (1, {"definition": 1, "tags": 1})


@pytest.mark.parametrize(
    ("form", "holds"), [("markdown", "| `shop-prod-web` |"), ("junit", "<failure"), ("sarif", "drift-definition")]
)
def test_other_formats_tell_of_it(scene: Scene, form: str, holds: str) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    out = scene.tell("--format", form, "--set", "drift.severity={prod: error}", check=3).out
    assert holds in out
    assert "ProjectName" in out


def test_a_secret_shows_nowhere(scene: Scene) -> None:
    scene.begin()
    token = "ghp_" + "k33pth1s" * 5
    scene.edit(lambda document: document["stages"][1]["actions"][0]["configuration"].update(ProjectName=token))
    report = scene.report()
    told = (drifts.explained(report), drifts.markdown(report), driftfindings.junit(report),
            json.dumps([driftdocument.document(report), driftfindings.sarif(report, "1")]))  # fmt: skip
    assert not [text for text in told if token in text]


def test_what_it_costs_grows_with_what_drifted_and_not_with_what_is_there(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr("reconciler.aws.buckets.TRAIL", 1000)
    names = [f"shop{number:02}-prod-web" for number in range(20)]
    scene.begin(*map(pipeline, names))
    scene.report()
    for name in names[:3]:
        scene.edit(project("hotfix"), name=name)
    before = scene.here.cloud.calls
    assert len(scene.report().drifted) == 3
    spent = scene.here.cloud.calls - before
    asked = ("ListPipelines", "GetResources", "GetPipeline", "LookupEvents")
    assert [spent[each] for each in asked] == [1, 1, 3, 3]
    assert spent["ListPipelineExecutions"] <= 6
    before = scene.here.cloud.calls
    scene.report()
    again = scene.here.cloud.calls - before
    assert (again["GetPipeline"], again["LookupEvents"]) == (0, 0)


def test_the_daemon_asks_for_authors_and_executions_after_a_pass_and_only_news_is_told(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    done = passes.run(scene.here, approved=False)
    scene.endpoint.say("outcomes", given={"Build/Compile": "fails:JobFailed:out of memory"})
    scene.client().start_pipeline_execution(name=WEB)
    scene.endpoint.say("settle")
    (turned,) = passes.watch(done, scene.here)
    assert (turned.status, turned.failures[0].code) == ("Failed", "JobFailed")
    (past,) = scene.report(past=True).ended
    assert (past.ending, past.author.principal) == ("healed", ANA)
    assert passes.watch(done, scene.here) == ()


def test_the_verb_writes_nothing_to_aws(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    before = scene.client().get_pipeline(name=WEB)["pipeline"]
    scene.tell("--executions", check=3)
    assert scene.client().get_pipeline(name=WEB)["pipeline"] == before


def test_a_name_that_nobody_knows_is_an_error_and_never_without_drift(scene: Scene) -> None:
    scene.begin()
    assert "there is no pipeline shop-prod-wbe" in scene.tell("shop-prod-wbe", check=2).err


def test_explaining_needs_a_name_and_since_a_time(scene: Scene) -> None:
    assert "reconciler drift NAME --explain" in scene.tell("--explain", check=2).err
    assert "--since soon: write how long ago" in scene.tell("--since", "soon", check=2).err


def test_a_target_that_cannot_be_read_is_told_beside_the_drift_of_another_one(scene: Scene) -> None:
    scene.begin()
    scene.settings(environments={"prod": {"account": ACCOUNT, "regions": [REGION, "us-east-1"]}})
    scene.define(pipeline(WEB), region=REGION)
    scene.endpoint.client(region="us-east-1").create_pipeline(pipeline=pipeline("theirs"))
    scene.endpoint.say("faults", operation="ListPipelines", error="AccessDeniedException", region=REGION, times=None)
    assert "~ unreadable since" in scene.tell(check=2).out
    found = scene.tell("--set", "drift.unmanaged=list", "--format", "json", check=3).json["drifts"]
    assert [(each["kind"], each["region"]) for each in found] == [("unreadable", REGION), ("unmanaged", "us-east-1")]


def test_a_pass_says_what_it_healed(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    done = passes.run(scene.here, approved=False)
    assert ([each.name for each in done.healed], done.drifted) == ([WEB], ())
    scene.endpoint.say("settle")
    done = passes.run(scene.here, approved=False)
    assert (done.healed, done.drifted) == ((), ())
