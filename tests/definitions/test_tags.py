from __future__ import annotations

import pytest

from reconciler.definitions import tags


def faults(value: object) -> list[tuple[str, str]]:
    _, found = tags.read(value)
    return [("/".join(map(str, fault.path)), fault.message) for fault in found]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param(None, {}, id="none"),
        pytest.param({}, {}, id="empty mapping"),
        pytest.param([], {}, id="empty list"),
        pytest.param({"team": "shop", "Team": ""}, {"team": "shop", "Team": ""}, id="mapping"),
        pytest.param([{"key": "team", "value": "shop"}], {"team": "shop"}, id="list of AWS"),
        pytest.param({"a b+c-d=e._:/@ü9": "ü x+-=._:/@"}, {"a b+c-d=e._:/@ü9": "ü x+-=._:/@"}, id="all signs"),
        pytest.param({"k" * 128: "v" * 256}, {"k" * 128: "v" * 256}, id="longest"),
        pytest.param({"saws:x": "1", "reconciler:owners": "x"}, {"saws:x": "1", "reconciler:owners": "x"}, id="near"),
    ],
)
def test_tags_are_a_mapping_or_the_list_of_aws(value, read):
    assert tags.read(value) == (read, ())


@pytest.mark.parametrize("value", ["team", 5, True, ["team"], [{"Key": "a", "Value": "b"}], [{"key": "a"}],
    [{"key": "a", "value": "b", "more": 1}]], ids=repr)  # fmt: skip
def test_another_shape_is_told_with_an_example(value):
    _, (fault,) = tags.read(value)
    assert (fault.path, fault.hint) == (("tags",), "tags: {team: shop}")


@pytest.mark.parametrize("key", ["reconciler:owner", "aws:cloudformation:stack-name", "AWS:x", "Aws:"])
def test_a_reserved_key_is_refused(key):
    assert faults({"team": "shop", key: "x"}) == [(f"tags/{key}", f"the tag {key!r} is reserved")]


@pytest.mark.parametrize(
    ("key", "value"),
    [("", "x"), ("k" * 129, "x"), ("team", "v" * 257)],
    ids=["empty key", "long key", "long value"],
)
def test_a_key_has_1_to_128_characters_and_a_value_at_most_256(key, value):
    assert faults({key: value}) == [(f"tags/{key}", "a key has 1 to 128 characters, a value at most 256")]


@pytest.mark.parametrize(
    ("key", "value"), [("te;am", "x"), ("team", "shop?"), ("team", "a\tb"), ("team", "a\n"), ("team", "{}")]
)
def test_other_characters_are_refused(key, value):
    assert faults({key: value}) == [(f"tags/{key}", "tags hold letters, digits, spaces and + - = . _ : / @")]


@pytest.mark.parametrize("value", [5, True, None, ["a"], {"a": "b"}])
def test_a_value_that_is_no_string_is_refused(value):
    assert faults({"cost": value}) == [("tags/cost", "a tag's key and value are strings")]
    assert faults([{"key": "cost", "value": value}]) == [("tags/0", "a tag's key and value are strings")]


def test_a_key_of_the_list_that_is_no_string_is_refused():
    assert faults([{"key": ["a"], "value": "b"}]) == [("tags/0", "a tag's key and value are strings")]


def test_a_key_that_stands_twice_in_the_list_is_refused():
    twice = [{"key": "team", "value": "a"}, {"key": "team", "value": "b"}]
    assert faults(twice) == [("tags", "a tag key stands here twice")]


def test_one_place_is_kept_for_the_ownership_tag():
    assert faults({f"k{number}": "x" for number in range(49)}) == []
    assert faults({f"k{number}": "x" for number in range(50)}) == [
        ("tags", "50 tags; with the ownership tag a pipeline takes 50")
    ]


def test_all_faults_are_told_at_once():
    assert len(faults({"aws:a": "x", "b": 5, "c": "?"})) == 3
