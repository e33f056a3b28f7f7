from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.definitions import actiontypes
from reconciler.definitions.actiontypes import Declared
from reconciler.pipeline import providers
from reconciler.pipeline.unknown import Unknown
from strategies import law

FOUNDRY: dict[str, Any] = {
    "category": "Build",
    "provider": "Foundry",
    "version": "1",
    "settings": {"entityUrlTemplate": "https://foundry.example/{Config:Job}"},
    "configurationProperties": [
        {"name": "Job", "required": True, "key": True, "secret": False, "queryable": True},
        {"name": "Pin", "required": False, "key": False, "secret": True},
    ],
    "inputArtifactDetails": {"minimumCount": 1, "maximumCount": 2},
    "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
    "tags": [{"key": "team", "value": "shop"}],
}
FILE = "own.actiontype.yaml"


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    document = copy.deepcopy(FOUNDRY)
    inner: Any = document
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = to
    return document


def declared(document: dict[str, Any] = FOUNDRY, file: str = FILE) -> Declared:
    one, problems = actiontypes.read(yaml.safe_dump(document).encode(), file)
    assert one is not None, problems
    return one


@pytest.mark.parametrize(
    ("name", "is_type"),
    [
        ("a/x.actiontype.yaml", True),
        ("x.actiontype.yml", True),
        ("x.actiontype.json", True),
        ("actiontype.yaml", False),
    ],
)
def test_a_file_is_known_for_a_type_by_its_name(name, is_type):
    assert actiontypes.is_file(name) is is_type


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump], ids=["JSON", "YAML"])
def test_a_file_declares_the_type_that_the_request_makes(write):
    one, problems = actiontypes.read(write(FOUNDRY).encode(), FILE)
    assert problems == ()
    assert one == Declared(providers.custom(FOUNDRY), FILE)


@pytest.mark.parametrize(
    ("document", "rule", "place", "message"),
    [
        pytest.param(changed("category", to="Bild"), "shape", "category", "'Bild' is not one of", id="category"),
        pytest.param(changed("version", to=1), "shape", "version", "version is an integer", id="version"),
        pytest.param([], "shape", "", "the declaration is a list", id="no mapping"),
        pytest.param(
            changed("inputArtifactDetails", "minimumCount", to=4), "action-type",
            "inputArtifactDetails.minimumCount", "at least 4 and at most 2 artifacts cannot be", id="counts",
        ),
        pytest.param(
            changed("configurationProperties", 0, "required", to=False), "action-type",
            "configurationProperties[0].queryable", "Job is queryable, so it is required", id="queryable and optional",
        ),
    ],
)  # fmt: skip
def test_a_broken_type_is_a_problem_at_its_place(document, rule, place, message):
    one, problems = actiontypes.read(yaml.safe_dump(document).encode(), FILE)
    assert one is None
    assert (problems[0].rule, problems[0].path, problems[0].severity) == (rule, place, "error")
    assert problems[0].line > 0
    assert message in problems[0].message


def test_text_that_cannot_be_parsed_is_a_problem_of_the_file():
    one, (problem,) = actiontypes.read(b"category: [\n", FILE)
    assert one is None
    assert (problem.file, problem.line) == (FILE, 2)


def test_a_name_that_stands_twice_is_told_at_both_places():
    faults = actiontypes.check(changed("configurationProperties", 1, "name", to="Job"))
    assert [fault.path[1:] for fault in faults] == [(0, "name"), (1, "name")]


def test_one_property_at_most_is_queryable():
    document = changed("configurationProperties", 1, to=FOUNDRY["configurationProperties"][0] | {"name": "Other"})
    assert {fault.message for fault in actiontypes.check(document)} == {"2 properties are queryable; one may be"}


@pytest.mark.parametrize("name", ["Pin", "Nothing"])
def test_a_url_that_names_what_it_may_not_is_a_warning_and_the_type_is_known(name):
    one, (problem,) = actiontypes.read(
        json.dumps(changed("settings", "entityUrlTemplate", to=f"https://x/{{Config:{name}}}")).encode(), FILE
    )
    assert one is not None
    assert (problem.severity, problem.hint) == ("warning", "properties for URLs here: Job")


@pytest.mark.parametrize(
    "document",
    [
        changed("configurationProperties", to=Unknown("${P}")),
        changed("configurationProperties", 0, to=Unknown("${P}")),
        changed("configurationProperties", 0, "name", to=Unknown("${P}")),
        changed("inputArtifactDetails", to=Unknown("${P}")),
        changed("inputArtifactDetails", "minimumCount", to=Unknown("${P}")),
        changed("settings", to=Unknown("${P}")),
        changed("settings", "entityUrlTemplate", to=Unknown("${P}")),
    ],
)
def test_what_is_unknown_is_never_wrong(document):
    assert actiontypes.check(document) == ()
    assert actiontypes.known(document)
    assert providers.custom(document).type == ("Build", "Custom", "Foundry", "1")


def test_a_type_whose_properties_are_partly_unknown_is_not_checked_for_keys():
    assert providers.custom(changed("configurationProperties", 0, to=Unknown("${P}"))).open
    assert providers.custom(changed("inputArtifactDetails", to=Unknown("${P}"))).inputs == (0, 5)


def test_a_type_without_a_known_name_is_not_known():
    assert not actiontypes.known(changed("provider", to=Unknown("${P}")))


def test_the_settings_list_types_and_each_broken_one_has_its_place():
    found, faults = actiontypes.listed([FOUNDRY, changed("category", to="Bild")], "s.yaml", ("action_types",))
    assert found == (Declared(providers.custom(FOUNDRY), "s.yaml"),)
    assert [fault.path for fault in faults] == [("action_types", 1, "category")]


def test_no_types_leave_the_shipped_catalogue():
    assert actiontypes.catalogue([]) == (None, ())


def test_a_type_that_is_declared_twice_alike_is_declared():
    found, problems = actiontypes.catalogue([declared(), declared(file="other.actiontype.yaml")])
    assert found is not None
    assert ([str(each) for each in found.own], problems) == (["Build/Custom/Foundry/1"], ())


def test_a_type_that_is_declared_in_two_ways_is_a_problem_in_both_files_and_not_known():
    other = declared(changed("outputArtifactDetails", "maximumCount", to=5), "other.actiontype.yaml")
    found, problems = actiontypes.catalogue([declared(), other])
    assert found is None
    assert [(each.file, each.rule) for each in problems] == [(FILE, "action-type"), (other.file, "action-type")]
    assert "declared in other.actiontype.yaml too" in problems[0].message


def test_a_type_that_is_known_already_stays_as_it_is():
    before, _ = actiontypes.catalogue([declared()])
    assert actiontypes.added(before, [providers.custom(changed("configurationProperties", to=[]))]) is before


@law
@given(st.permutations([FOUNDRY, changed("version", to="2"), changed("provider", to="Anvil")]))
def test_the_order_of_files_means_nothing(documents):
    found, _ = actiontypes.catalogue(declared(each) for each in documents)
    assert found is not None
    assert [each.type[2:] for each in found.own] == [("Anvil", "1"), ("Foundry", "1"), ("Foundry", "2")]
