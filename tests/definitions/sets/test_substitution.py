from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from reconciler.definitions.sets import tree
from reconciler.definitions.sets.substitution import Substitution
from reconciler.documents import MAX_BYTES
from strategies import json_values, law

FACTS = {"project": "shop", "account": "012345678901", "a": "${account}"}


def fill(value: Any) -> tuple[Any, list[tuple[Any, str, str]]]:
    substitution = Substitution(FACTS)
    filled = tree.plain(substitution.fill(tree.grow(value)))
    return filled, [(fault.path, fault.message, fault.hint) for fault in substitution.faults]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        pytest.param("${project}", "shop", id="alone"),
        pytest.param("arn:aws:iam::${account}:role/${project}", "arn:aws:iam::012345678901:role/shop", id="inside"),
        pytest.param("${!project}", "${project}", id="literal"),
        pytest.param("${!}", "${}", id="an empty literal"),
        pytest.param("#{Source.CommitId}", "#{Source.CommitId}", id="a variable of CodePipeline"),
        pytest.param("$project {project} $", "$project {project} $", id="no spot"),
        pytest.param("$${project}", "$shop", id="after a dollar"),
        pytest.param("${a}", "${account}", id="once only"),
    ],
)
def test_a_text_is_filled_in(text, filled):
    assert fill(text) == (filled, [])


def test_keys_and_everything_inside_are_filled_in():
    assert fill({"${project}": [{"x": "${project}"}, 5, None, True]})[0] == {"shop": [{"x": "shop"}, 5, None, True]}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param("${projet}", "${projet} is not known", "did you mean 'project'?; ${!projet} is", id="near"),
        pytest.param("${zzz}", "${zzz} is not known", "known: project, account, a; ${!zzz} is the text", id="far"),
        pytest.param("${}", "${} is not known", "known: ", id="empty"),
        pytest.param("${ project }", "${ project } is not known", "did you mean 'project'?", id="spaces"),
        pytest.param("x ${project", "`${` is not closed", "write ${name}", id="not closed"),
        pytest.param("${pro{ject}", "`${` is not closed", "write ${name}", id="a brace inside"),
    ],
)
def test_what_cannot_be_filled_in_is_told_at_its_place(text, message, hint):
    filled, ((path, told, advice),) = fill({"x": ["", text]})
    assert filled == {"x": ["", text]}
    assert (path, told) == (("x", 1), message)
    assert advice.startswith(hint)


def test_two_keys_that_become_one_are_told():
    assert fill({"shop": 1, "${project}": 2})[1] == [
        (("${project}",), "the key 'shop' stands here twice", "keep one of them")
    ]


def test_every_spot_is_told_and_not_only_the_first():
    assert [message for _, message, _ in fill(["${x} ${y}", "${z}"])[1]] == [
        "${x} is not known",
        "${y} is not known",
        "${z} is not known",
    ]


def test_a_long_text_that_is_repeated_does_not_fill_the_memory():
    filled, faults = fill(["${project}" + "x" * 1000] * (MAX_BYTES // 1000 + 1000))
    assert [message for _, message, _ in faults] == ["filled in, the texts exceed 1,048,576 characters"]
    assert filled[-1].startswith("${project}")


@law
@given(json_values)
def test_a_value_without_spots_is_left_as_it_is(value):
    if "${" not in str(value):
        assert fill(value) == (value, [])
