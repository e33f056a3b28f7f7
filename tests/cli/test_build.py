"""The composition root: where settings come from, and what is built of them."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.aws.sessions import Sessions
from reconciler.cli import build
from reconciler.errors import Blocked, Broken, ReconcilerError
from reconciler.settings import Settings
from reconciler.source.watch import Watch
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoint.request import Document
    from workshop import Finished, Workshop

    Cli = Callable[..., Finished]

ENVIRONMENTS = {"prod": {"account": ACCOUNT, "regions": [REGION]}}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, with the machine's own settings out of sight."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build, "PLACES", (Path("reconciler.yaml"), tmp_path / "etc" / "reconciler.yaml"))
    return tmp_path


def write(path: Path, owner: str = "here") -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"environments": ENVIRONMENTS, "sync": {"owner": owner}}))
    return path


# --- where settings come from


def test_settings_are_looked_for_here_and_then_in_etc() -> None:
    assert (Path("reconciler.yaml"), Path("/etc/reconciler/reconciler.yaml")) == build.PLACES


def test_the_file_here_comes_before_the_one_in_etc(here: Path) -> None:
    write(here / "etc" / "reconciler.yaml", "etc")
    assert build.settings(None)[0].sync.owner == "etc"
    write(here / "reconciler.yaml")
    assert build.settings(None)[0].sync.owner == "here"


def test_the_file_that_is_given_comes_before_any_other(here: Path) -> None:
    write(here / "reconciler.yaml")
    given = write(here / "given" / "mine.yaml", "given")
    loaded, base = build.settings(given)
    assert (loaded.sync.owner, base) == ("given", here / "given")


def test_without_settings_the_message_names_the_places_the_option_and_the_demo(
    workshop: Workshop, tmp_path: Path
) -> None:
    (tmp_path / "reconciler.yaml").unlink()
    finished = workshop.run("plan")
    assert (finished.status, finished.out) == (2, "")
    assert finished.err == (
        "reconciler: no settings: looked for reconciler.yaml and /etc/reconciler/reconciler.yaml; "
        "pass --config FILE, or see it all at work: reconciler demo\n"
    )


@pytest.mark.parametrize("verb", ["plan", "apply", "run", "status", "history"])
def test_every_verb_takes_the_settings_that_are_given(
    cli: Cli, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(build, "PLACES", ())
    finished = cli(verb, "--config", "nowhere.yaml", check=2)
    assert finished.out == ""
    assert finished.err.startswith("reconciler: nowhere.yaml: the settings cannot be read")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"\xff", "the settings cannot be read", id="not text"),
        pytest.param(b"environments: [", "reconciler.yaml", id="not YAML"),
        pytest.param(b"[]", "settings are a mapping of groups", id="a list"),
        pytest.param(b"", "name at least one below `environments:`", id="empty"),
        pytest.param(b"sink: {}", "there is no setting 'sink'", id="an unknown group"),
        pytest.param(b"sync: {prun: true}", "did you mean 'prune'?", id="an unknown setting"),
    ],
)
def test_settings_that_cannot_be_used_say_why(here: Path, content: bytes, words: str) -> None:
    (here / "reconciler.yaml").write_bytes(content)
    with pytest.raises(ReconcilerError) as caught:
        build.settings(None)
    assert words in str(caught.value)


# --- what overrides them


def test_a_variable_overrides_the_file_and_an_option_overrides_both(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here / "reconciler.yaml")
    monkeypatch.setenv("RECONCILER_SYNC__OWNER", "variable")
    assert build.settings(None)[0].sync.owner == "variable"
    assert build.settings(None, ["sync.owner=option"])[0].sync.owner == "option"


def test_a_variable_may_name_a_file_that_holds_the_value(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "reconciler.yaml")
    (here / "secret").write_text("from-a-file\n")
    monkeypatch.setenv("RECONCILER_SYNC__OWNER_FILE", str(here / "secret"))
    assert build.settings(None)[0].sync.owner == "from-a-file"


def test_a_setting_that_names_a_file_itself_is_taken_as_it_is(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "reconciler.yaml")
    monkeypatch.setenv("RECONCILER_WEB__WEBHOOK_SECRET_FILE", "/run/credentials/secret")
    assert build.settings(None)[0].web.webhook_secret_file == "/run/credentials/secret"


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_variable_that_names_an_unreadable_file_is_told_by_its_name(
    here: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    write(here / "reconciler.yaml")
    if content:
        (here / "secret").write_bytes(content)
    monkeypatch.setenv("RECONCILER_SYNC__OWNER_FILE", str(here / "secret"))
    with pytest.raises(Broken, match="RECONCILER_SYNC__OWNER_FILE: the file that it names cannot be read"):
        build.settings(None)


def test_variables_of_other_shapes_are_not_ours(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "reconciler.yaml")
    monkeypatch.setenv("RECONCILER_HOME", "/somewhere")
    assert build.settings(None)[0].sync.owner == "here"


def test_options_reach_into_groups_of_groups(here: Path) -> None:
    write(here / "reconciler.yaml")
    loaded, _ = build.settings(None, ["sync.limits.changes=5", "environments.prod.regions=[eu-west-1, us-east-1]"])
    assert loaded.sync.limits.changes == "5"
    assert loaded.environments["prod"].regions == ("eu-west-1", "us-east-1")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("sync.prune", "--set sync.prune: write GROUP.FIELD=VALUE, for instance --set sync.prune=true"),
        ("prune=true", "--set prune=true: write GROUP.FIELD=VALUE"),
        ("sync.prun=true", "there is no setting 'prun' (did you mean 'prune'?)"),
        ("sink.prune=true", "there is no setting 'sink'"),
        ("sync.prune=perhaps", "sync.prune"),
        ("environments.prod.account=42", "an account id has 12 digits"),
    ],
)
def test_an_option_that_cannot_be_used_teaches_how(
    cli: Cli, workshop: Workshop, document: Document, option: str, words: str
) -> None:
    workshop.define(document)
    finished = cli("apply", "--set", option, check=2)
    assert words in finished.err
    assert workshop.endpoint.counts() == {}


def test_an_option_changes_what_a_verb_does(cli: Cli, workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    cli("plan", "--set", "sync.mode=report", check=4)
    cli("plan", "--set", "sync.mode=report", "--set", "sync.mode=automatic", check=3)


# --- where things are


def _settings(**groups: Any) -> Settings:
    return Settings.model_validate(groups)


@pytest.mark.parametrize(
    ("repository", "place"),
    [
        (".", "/base"),
        ("../shop", "/base/../shop"),
        ("/srv/shop", "/srv/shop"),
        ("https://example.com/shop.git", "https://example.com/shop.git"),
        ("git@example.com:shop.git", "git@example.com:shop.git"),
        ("file:///srv/shop", "file:///srv/shop"),
        ("--upload-pack=evil", "--upload-pack=evil"),
    ],
)
def test_a_relative_repository_starts_at_the_settings(repository: str, place: str) -> None:
    assert build.repository(_settings(source={"repository": repository}), Path("/base")) == place


@pytest.mark.parametrize(
    ("url", "store", "mirrors"),
    [
        ("sqlite:///.reconciler/state.db", "sqlite:////base/.reconciler/state.db", "/base/.reconciler/mirrors"),
        ("sqlite:////var/lib/state.db", "sqlite:////var/lib/state.db", "/var/lib/mirrors"),
        ("postgresql://db/state", "postgresql://db/state", "/base/.reconciler/mirrors"),
    ],
)
def test_a_relative_store_starts_at_the_settings_and_mirrors_stand_beside_it(
    url: str, store: str, mirrors: str
) -> None:
    settings = _settings(store={"url": url})
    assert build.store_url(settings, Path("/base")) == store
    assert build.mirrors(settings, Path("/base")) == Path(mirrors)


# --- what is built, and closed


def test_a_world_closes_its_connections_when_it_ends(
    workshop: Workshop, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Sessions] = []
    monkeypatch.setattr(Sessions, "close", lambda sessions: closed.append(sessions))  # noqa: PLW0108  binds
    workshop.define(document)
    workshop.plan()
    assert len(closed) == 1


def test_a_world_closes_its_connections_when_a_pass_fails(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Sessions] = []
    monkeypatch.setattr(Sessions, "close", lambda sessions: closed.append(sessions))  # noqa: PLW0108  binds
    with pytest.raises(Blocked, match="no commits yet"):
        workshop.plan()
    assert len(closed) == 1


def test_a_memory_that_had_to_be_rebuilt_is_told(
    workshop: Workshop, document: Document, caplog: pytest.LogCaptureFixture
) -> None:
    workshop.define(document)
    (workshop.folder / ".reconciler").mkdir()
    (workshop.folder / ".reconciler" / "state.db").write_bytes(b"not a database, but long enough to be looked at" * 99)
    workshop.plan()
    assert ["starts with an empty memory" in record.getMessage() for record in caplog.records] == [True]


def test_a_repository_that_may_not_be_watched_is_polled(
    workshop: Workshop, document: Document, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: Watch) -> None:
        raise Blocked("it cannot be watched")

    workshop.define(document)
    monkeypatch.setattr(Watch, "start", refuse)
    entered = False
    with build.watch(*build.settings(workshop.folder / "reconciler.yaml"), lambda: None):
        entered = True
    assert entered
    assert caplog.record_tuples == [("reconciler.build", logging.WARNING, "it cannot be watched")]


def test_a_repository_elsewhere_is_not_watched(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop.settings(source={"repository": "https://git.example.com/shop.git"})
    monkeypatch.setattr(Watch, "start", lambda _: pytest.fail("it was watched"))
    with build.watch(*build.settings(workshop.folder / "reconciler.yaml"), lambda: None):
        pass


# --- packages that are not installed

WITHOUT = """
import importlib.abc, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {name!r} or name.startswith({name!r} + "."):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


def without(workshop: Workshop, name: str) -> str:
    """Give the search path on which a package cannot be found by a child process."""
    folder = workshop.folder / "without"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WITHOUT.format(name=name))
    return str(folder)


@pytest.mark.parametrize("name", ["git", "sqlalchemy", "alembic", "botocore", "deepdiff", "watchdog"])
def test_a_package_that_is_not_installed_is_named_with_the_command_that_installs_it(
    workshop: Workshop, document: Document, name: str
) -> None:
    workshop.define(document)
    finished = workshop.run("plan", PYTHONPATH=without(workshop, name))
    assert (finished.status, finished.out) == (2, "")
    assert finished.err == (
        f"reconciler: {name}: not installed, and passes need it; pip install 'codepipeline-reconciler[daemon]'\n"
    )


@pytest.mark.parametrize("arguments", [("run",), ("apply",), ("status",), ("history",)])
def test_every_verb_says_so_and_none_shows_a_traceback(workshop: Workshop, arguments: tuple[str, ...]) -> None:
    finished = workshop.run(*arguments, PYTHONPATH=without(workshop, "sqlalchemy"))
    assert finished.status == 2
    assert finished.err.startswith("reconciler: sqlalchemy: not installed")


def test_a_part_of_a_package_that_is_not_installed_is_named_too(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    finished = workshop.run("plan", PYTHONPATH=without(workshop, "botocore.session"))
    assert finished.status == 2
    assert finished.err == (
        "reconciler: No module named 'botocore.session'; install what is missing: "
        "pip install 'codepipeline-reconciler[daemon]'\n"
    )


def test_the_sdk_for_python_itself_is_not_needed(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    workshop.run("plan", PYTHONPATH=without(workshop, "boto3"), check=3)


def test_the_demo_names_what_it_lacks(workshop: Workshop) -> None:
    finished = workshop.run("demo", "--once", PYTHONPATH=without(workshop, "sqlalchemy"))
    assert finished.status == 2
    assert finished.err.endswith("install the demo: pip install 'codepipeline-reconciler[daemon,demo]'\n")


def test_the_demo_needs_no_other_endpoint_than_its_own(workshop: Workshop) -> None:
    workshop.run("demo", "--once", PYTHONPATH=without(workshop, "moto"), check=0)
