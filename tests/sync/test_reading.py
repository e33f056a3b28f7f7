"""A file is opened once in the life of its content."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from reconciler.pipeline.arns import Target
from reconciler.policy import judge
from reconciler.sync import reading
from reconciler.sync.state import Pass
from workshop import REGION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from endpoint.request import Document
    from reconciler.definitions.definition import Definition
    from reconciler.definitions.reading import Reading
    from reconciler.policy.judge import Policy, Whole
    from reconciler.source.repository import File, Snapshot
    from reconciler.sync.ports import Repository
    from workshop import Workshop


@dataclass
class Counting:
    """A repository, and which of its files were opened."""

    repository: Repository
    opened: list[str] = field(default_factory=list)

    def fetch(self) -> Snapshot:
        return self.repository.fetch()

    def read(self, file: File) -> bytes:
        self.opened.append(file.path)
        return self.repository.read(file)


class Read(NamedTuple):
    """What is known after reading, and the files that were opened for it."""

    state: Pass
    reading: Reading
    opened: list[str]

    @property
    def names(self) -> list[str]:
        return sorted(name for _, name in self.reading.definitions)


def read(workshop: Workshop) -> Read:
    """Fetch and read in a world of its own."""
    with workshop.world() as world:
        counting = Counting(world.repository)
        counted = replace(world, repository=counting)
        state = reading.read(reading.fetch(Pass(approved=True), counted), counted)
    assert state.reading is not None
    return Read(state, state.reading, counting.opened)


def test_every_file_is_opened_once_and_remembered_across_worlds(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    assert sorted(read(workshop).opened) == [f"pipelines/{each['name']}.json" for each in documents]
    assert read(workshop).opened == []


def test_files_of_the_same_content_are_each_remembered(workshop: Workshop, documents: list[Document]) -> None:
    for name in ("one", "other"):
        workshop.write(f"{name}.json", {"pipeline": documents[0]})
    workshop.commit()
    first, second = read(workshop), read(workshop)
    assert (len(first.reading.problems), second.opened) == (2, [])
    assert [each.message for each in first.reading.problems] == [each.message for each in second.reading.problems]


def test_only_the_file_that_changed_is_opened_again(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    read(workshop)
    workshop.define(documents[1] | {"executionMode": "QUEUED"})
    assert read(workshop).opened == ["pipelines/svc0002-prod-deploy.json"]


def test_a_file_that_moved_is_not_opened_and_is_known_under_its_new_path(
    workshop: Workshop, document: Document, target: Target
) -> None:
    workshop.define(document)
    read(workshop)
    workshop.git("mv", f"pipelines/{document['name']}.json", "pipelines/moved.json")
    workshop.commit()
    again = read(workshop)
    assert again.opened == []
    assert again.reading.definitions[target, document["name"]].file == "pipelines/moved.json"


def test_a_remembered_header_gives_the_same_definition_without_its_body(
    workshop: Workshop, document: Document, target: Target
) -> None:
    beside = {"tags": {"team": "shop"}, "sync": {"adopt": True, "interrupt": "always"}}
    workshop.define(document, **beside)
    first, second = read(workshop).reading, read(workshop).reading
    assert first == second
    assert first.definitions[target, document["name"]].body
    assert second.definitions[target, document["name"]].body == b""


def test_the_body_of_a_remembered_definition_is_read_when_it_is_needed(
    workshop: Workshop, document: Document, target: Target
) -> None:
    workshop.define(document)
    read(workshop)
    again = read(workshop)
    with workshop.world() as world:
        definition = again.reading.definitions[target, document["name"]]
        assert reading.with_body(definition, reading.fetch(again.state, world), world).document == document


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param({"environments": {"dev": {"account": "222222222222", "regions": [REGION]}}}, id="environments"),
        pytest.param({"environments": {"prod": {"account": "333333333333", "regions": [REGION]}}}, id="an account"),
        pytest.param({"naming": {"words": {"project": "svc[0-9]+"}}}, id="words"),
        pytest.param({"naming": {"pattern": "{team}-{environment}-{purpose}"}}, id="the pattern"),
    ],
)
def test_files_are_read_anew_when_what_they_are_read_against_changes(
    workshop: Workshop, document: Document, groups: dict[str, Any]
) -> None:
    workshop.define(document)
    read(workshop)
    workshop.settings(**groups)
    assert read(workshop).opened == [f"pipelines/{document['name']}.json"]


def test_a_remembered_definition_follows_its_environment_to_another_account(
    workshop: Workshop, document: Document
) -> None:
    workshop.define(document)
    read(workshop)
    workshop.settings(environments={"prod": {"account": "333333333333", "regions": [REGION]}})
    assert list(read(workshop).reading.definitions) == [(Target("333333333333", REGION), document["name"])]


def test_a_change_of_other_settings_opens_nothing(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    read(workshop)
    workshop.settings(sync={"prune": True}, scale={"workers": 1})
    assert read(workshop).opened == []


def test_a_broken_file_is_told_in_every_pass_and_never_stops_the_others(
    workshop: Workshop, documents: list[Document]
) -> None:
    workshop.write("broken.yaml", "pipeline: [")
    workshop.define(*documents)
    first, second = read(workshop), read(workshop)
    assert second.opened == ["pipelines/broken.yaml"]
    assert second.names == [each["name"] for each in documents]
    assert first.reading.problems == second.reading.problems != ()


def test_an_entry_that_git_does_not_let_us_read_is_told_in_every_pass(workshop: Workshop, document: Document) -> None:
    (workshop.repository / "pipelines").mkdir()
    (workshop.repository / "pipelines" / "link.yaml").symlink_to("elsewhere.yaml")
    workshop.define(document)
    told = [[problem.file for problem in read(workshop).reading.problems] for _ in range(2)]
    assert told == [["pipelines/link.yaml"]] * 2


def test_a_copy_of_a_file_is_a_second_definition_though_its_content_is_known(
    workshop: Workshop, document: Document
) -> None:
    workshop.define(document)
    read(workshop)
    workshop.write("copy.json", {"pipeline": document})
    workshop.commit()
    again = read(workshop)
    assert (again.opened, again.names) == ([], [])
    assert len(again.reading.problems) == 2


def test_readings_of_contents_that_are_gone_are_forgotten(workshop: Workshop, documents: list[Document]) -> None:
    workshop.define(*documents)
    read(workshop)
    workshop.define(documents[0] | {"executionMode": "QUEUED"})
    read(workshop)
    files, together = 2 * len(documents), 1  # of each file what it defines, and the outline of that
    assert _remembered(workshop.folder) == files + together


def _remembered(folder: Path) -> int:
    with closing(sqlite3.connect(folder / ".reconciler" / "state.db")) as connection:
        return int(connection.execute("select count(*) from readings").fetchone()[0])


# What all files come to together


@pytest.fixture
def judgings(monkeypatch: pytest.MonkeyPatch) -> list[list[bool]]:
    """What was judged together: for each time, whether each pipeline had an outline."""
    seen: list[list[bool]] = []
    commit = judge.commit

    def counted(definitions: Sequence[Definition], policy: Policy) -> Whole:
        seen.append([bool(each.outline) for each in definitions])
        return commit(definitions, policy)

    monkeypatch.setattr(judge, "commit", counted)
    return seen


ONE, TWO = "svc0001-prod-deploy-of-everything-1", "svc0001-prod-deploy-of-everything-2"


@pytest.fixture
def similar(workshop: Workshop, document: Document) -> Workshop:
    """Two pipelines whose names differ late, where that is an error."""
    workshop.settings(policy={"profile": "minimal", "rules": {"name-similar": "error"}})
    workshop.define(document | {"name": ONE}, document | {"name": TWO})
    return workshop


def test_a_pass_in_which_nothing_changed_judges_nothing(
    workshop: Workshop, documents: list[Document], judgings: list[list[bool]]
) -> None:
    workshop.define(*documents)
    first, second = read(workshop), read(workshop)
    assert judgings == [[True] * len(documents)]
    assert first.reading == second.reading


def test_what_holds_pipelines_together_is_told_in_every_pass(similar: Workshop, judgings: list[list[bool]]) -> None:
    first, second = read(similar), read(similar)
    assert judgings == [[True, True]]
    assert len(second.reading.held) == len(second.reading.problems) == 1
    assert first.reading == second.reading


def test_a_change_of_one_file_judges_all_pipelines_together_again(
    similar: Workshop, document: Document, judgings: list[list[bool]]
) -> None:
    read(similar)
    similar.define(document | {"name": ONE, "executionMode": "QUEUED"})
    assert [name for _, name in read(similar).reading.held] == [TWO]
    assert judgings == [[True, True]] * 2


def test_a_file_that_goes_sets_free_what_it_held(similar: Workshop) -> None:
    read(similar)
    similar.git("rm", "--quiet", f"pipelines/{ONE}.json")
    similar.commit()
    again = read(similar)
    assert (again.opened, again.names) == ([], [TWO])


def test_a_file_that_moved_is_told_under_its_new_path(similar: Workshop) -> None:
    read(similar)
    similar.git("mv", f"pipelines/{TWO}.json", "pipelines/x.json")
    similar.commit()
    (problem,) = read(similar).reading.problems
    assert problem.file == "pipelines/x.json"


def test_other_rules_judge_all_pipelines_together_again(similar: Workshop) -> None:
    read(similar)
    similar.settings(policy={"profile": "minimal"})
    assert read(similar).reading.held == {}


def test_what_a_dated_waiver_lets_pass_is_judged_in_every_pass(
    workshop: Workshop, document: Document, judgings: list[list[bool]]
) -> None:
    workshop.define(document)
    text = json.dumps({"pipeline": document}, indent=1)
    workshop.write("dated.yaml", f"# reconciler: waive[name-similar] until 2999-12-31: tried out\n{text}")
    workshop.commit()
    read(workshop)
    read(workshop)
    assert len(judgings) == 2


def test_a_file_that_another_pass_forgot_meanwhile_is_read_again(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    read(workshop)
    with closing(sqlite3.connect(workshop.folder / ".reconciler" / "state.db")) as connection:
        connection.execute("delete from readings where blob like 'all %' or blob like 'outline %'")
        connection.commit()
    again = read(workshop)
    assert (again.opened, again.names) == ([f"pipelines/{document['name']}.json"], [document["name"]])


def test_a_sealed_definition_holds_no_secret(workshop: Workshop, secretive: Document, target: Target) -> None:
    workshop.define(secretive)
    known = read(workshop)
    with workshop.world() as world:
        sealed = str(reading.sealed(known.reading.definitions[target, secretive["name"]], known.state, world))
    assert "first-token" not in sealed
    assert "hunter2" not in sealed
    assert sealed.count("****#") == 2


def test_a_branch_that_was_rewritten_is_told(workshop: Workshop, document: Document) -> None:
    workshop.define(document)
    former = workshop.commit("An empty one")
    read(workshop)
    workshop.git("commit", "--quiet", "--allow-empty", "--amend", "--message", "Another one")
    read(workshop)
    assert [event.text for event in workshop.events if "rewritten" in event.text] == [
        f"main was rewritten; {former[:12]} is not part of it any more"
    ]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://ana:sesame@git.example.com/shop.git", id="user and password"),
        pytest.param("https://ana:open@sesame@git.example.com/shop.git", id="an @ in the password"),
        pytest.param("https://sesame@git.example.com/shop.git", id="a token alone"),
    ],
)
def test_no_credentials_of_the_address_are_told(workshop: Workshop, document: Document, url: str) -> None:
    workshop.define(document)
    with workshop.world() as world:
        source = world.settings.source.model_copy(update={"repository": url})
        settings = world.settings.model_copy(update={"source": source})
        reading.fetch(Pass(approved=True), replace(world, settings=settings))
    assert [event.text for event in workshop.events] == ["https://***@git.example.com/shop.git main"]


def test_nothing_is_read_before_anything_was_fetched(workshop: Workshop) -> None:
    with workshop.world() as world:
        assert reading.read(Pass(approved=True), world) == Pass(approved=True)


# Sets: several definitions in one file


SET: dict[str, Any] = {
    "environments": ["prod", "test"],
    "pipeline": {"name": "shop-${environment}-deploy"},
    "overrides": {"test": {"executionMode": "QUEUED"}},
}
"""Two pipelines of one account; what a declaration needs is added from one that is valid."""


@pytest.fixture
def twins(workshop: Workshop, document: Document) -> Workshop:
    account = {"account": "111111111111", "regions": [REGION]}
    workshop.settings(environments={"prod": account, "test": account})
    workshop.write("shop.json", SET | {"pipeline": {**document, **SET["pipeline"]}})
    workshop.commit()
    return workshop


def test_all_definitions_of_a_set_are_remembered(twins: Workshop) -> None:
    first, second = read(twins), read(twins)
    assert (first.opened, second.opened) == (["pipelines/shop.json"], [])
    assert first.names == second.names == ["shop-prod-deploy", "shop-test-deploy"]
    assert first.reading == second.reading


def test_the_body_of_a_remembered_definition_is_its_own_and_not_that_of_its_neighbour(twins: Workshop) -> None:
    read(twins)
    again = read(twins)
    with twins.world() as world:
        state = reading.fetch(again.state, world)
        bodies = [reading.with_body(each, state, world).document for each in again.reading.definitions.values()]
    assert sorted((each["name"], each.get("executionMode")) for each in bodies) == [
        ("shop-prod-deploy", "SUPERSEDED"),
        ("shop-test-deploy", "QUEUED"),
    ]


def test_a_broken_environment_of_a_set_keeps_its_other_pipelines_from_being_read(
    twins: Workshop, document: Document
) -> None:
    broken = {"environments": ["prod", "test"], "pipeline": {**document, **SET["pipeline"]}}
    twins.write("shop.json", broken | {"overrides": {"test": {"stages": [{"name": "Bulid", "$delete": True}]}}})
    twins.commit()
    told = read(twins)
    assert (told.names, [problem.line > 1 for problem in told.reading.problems]) == ([], [True])
