"""A pass knows a team's own action types, and reads its definitions anew when one of them changes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from builders import action, build, pipeline, sources, stage
from reconciler.errors import Invalid
from reconciler.sync import reading
from reconciler.sync.state import Pass

if TYPE_CHECKING:
    from reconciler.definitions.reading import Reading
    from workshop import Workshop

TYPE: dict[str, Any] = {
    "category": "Build",
    "provider": "Foundry",
    "version": "1",
    "configurationProperties": [{"name": "Job", "required": True, "key": True, "secret": False}],
    "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
    "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
}
OPTIONAL = TYPE | {"configurationProperties": []}
NAME = "shop-prod-deploy"
FILE = "types/foundry.actiontype.json"


@pytest.fixture
def shop(workshop: Workshop) -> Workshop:
    """Define a pipeline whose action lacks what its type requires, beside one without such an action."""
    own = action("Do", "Build", "Foundry", owner="Custom", inputs=("source",))
    workshop.define(pipeline(NAME, [sources(), stage("Build", own)]), pipeline("shop-prod-other"))
    return workshop


def read(workshop: Workshop) -> tuple[Pass, Reading]:
    with workshop.world() as world:
        state = reading.read(reading.fetch(Pass(approved=True), world), world)
    assert state.reading is not None
    return state, state.reading


def names(found: Reading) -> set[str]:
    return {name for _, name in found.definitions}


def declare(workshop: Workshop, content: object) -> None:
    workshop.write(FILE, content)
    workshop.commit()


def test_a_declared_type_is_no_definition_and_no_problem(shop: Workshop) -> None:
    declare(shop, OPTIONAL)
    _, found = read(shop)
    assert (names(found), found.problems) == ({NAME, "shop-prod-other"}, ())


def test_an_action_is_judged_by_the_type_in_the_repository(shop: Workshop) -> None:
    declare(shop, TYPE)
    _, found = read(shop)
    assert names(found) == {"shop-prod-other"}
    assert [(each.file, each.rule) for each in found.problems] == [(f"pipelines/{NAME}.json", "config-required-key")]


def test_remembered_readings_are_taken_anew_when_a_type_changes(shop: Workshop) -> None:
    declare(shop, OPTIONAL)
    assert names(read(shop)[1]) == {NAME, "shop-prod-other"}
    declare(shop, TYPE)
    assert names(read(shop)[1]) == {"shop-prod-other"}
    (shop.repository / "pipelines" / FILE).unlink()
    shop.commit()
    assert names(read(shop)[1]) == {NAME, "shop-prod-other"}


def test_a_type_that_did_not_change_leaves_what_is_remembered(shop: Workshop) -> None:
    declare(shop, OPTIONAL)
    read(shop)
    assert all(not each.body for each in read(shop)[1].definitions.values())


def test_the_body_of_a_remembered_definition_is_read_by_the_same_types(shop: Workshop) -> None:
    own = action("Do", "Build", "Jenkins", owner="Custom", inputs=("source",), configuration={"Job": "web"})
    shop.define(pipeline(NAME, [sources(), stage("Build", own), stage("Again", build("Again"))]))
    declare(shop, TYPE | {"provider": "Jenkins"})
    read(shop)
    state, found = read(shop)
    definition = next(each for each in found.definitions.values() if each.name == NAME)
    with shop.world() as world:
        assert reading.with_body(definition, reading.fetch(state, world), world).document["name"] == NAME


@pytest.mark.parametrize(
    ("content", "line"), [(TYPE | {"version": 1}, 4), ('{"category": "Build",\n', 2)], ids=["shape", "syntax"]
)
def test_a_broken_type_is_a_problem_at_its_line_and_stops_no_definition(
    shop: Workshop, content: object, line: int
) -> None:
    declare(shop, content)
    _, found = read(shop)
    assert names(found) == {NAME, "shop-prod-other"}
    assert [(each.file, each.line) for each in found.problems] == [(f"pipelines/{FILE}", line)]
    assert not found.complete


def test_a_type_that_is_declared_in_two_ways_is_a_problem(shop: Workshop) -> None:
    shop.write("other.actiontype.json", OPTIONAL)
    declare(shop, TYPE)
    assert {each.rule for each in read(shop)[1].problems} == {"action-type"}


def test_the_settings_may_declare_types(shop: Workshop) -> None:
    with shop.world() as world:
        told = replace(world, settings=world.settings.model_copy(update={"action_types": (TYPE,)}))
        found = reading.read(reading.fetch(Pass(approved=True), told), told).reading
    assert found is not None
    assert names(found) == {"shop-prod-other"}


def test_a_broken_type_in_the_settings_ends_the_pass_with_its_place(shop: Workshop) -> None:
    with shop.world() as world:
        broken = replace(world, settings=world.settings.model_copy(update={"action_types": (TYPE, {})}))
        state = reading.fetch(Pass(approved=True), broken)
        with pytest.raises(Invalid, match=r"settings: action_types\[1\].category: category is missing"):
            reading.read(state, broken)


def test_a_file_over_the_limit_is_refused(shop: Workshop) -> None:
    shop.settings(source={"repository": "repository", "max_file_bytes": 2000})
    declare(shop, json.dumps(TYPE) + " " * 2000)
    assert "the limit is 2,000" in str(read(shop)[1].problems)


def test_what_is_remembered_of_live_pipelines_is_read_anew_when_other_values_are_secret(shop: Workshop) -> None:
    secret = {"name": "Job", "required": True, "key": False, "secret": True}
    own = action("Do", "Build", "Foundry", owner="Custom", inputs=("source",), configuration={"Job": "casting"})
    shop.define(pipeline(NAME, [sources(), stage("Build", own)]))
    declare(shop, TYPE)
    assert {str(result.ending) for result in shop.apply().results} == {"applied"}
    assert (reads(shop), b"casting" in known(shop)) == (0, True)
    declare(shop, TYPE | {"configurationProperties": [secret]})
    assert (reads(shop), reads(shop), b"casting" in known(shop)) == (2, 0, False)
    declare(shop, TYPE)
    assert (reads(shop), reads(shop), b"casting" in known(shop)) == (2, 0, True)


def reads(workshop: Workshop) -> int:
    """Give how many declarations a plan reads that finds nothing to do."""
    workshop.endpoint.clear_log()
    assert workshop.plan().known[2].changes == ()
    return sum(request.operation == "GetPipeline" for request in workshop.endpoint.log)


def known(workshop: Workshop) -> bytes:
    """Give what the store knows of the pipeline with the action."""
    with workshop.world() as world:
        found = [world.memory.documents(target, [NAME]) for target in world.accesses]
    return "".join(text for texts in found for text in texts.values()).encode()
