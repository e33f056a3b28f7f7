"""JMESPath over declarations: what is refused, with the position, and where results stand."""

from __future__ import annotations

import pytest

from reconciler.pipeline.graph import Graph
from reconciler.pipeline.model import Pipeline
from reconciler.policy import expressions
from verdicts import action, pipeline


@pytest.mark.parametrize(
    ("text", "position"),
    [
        pytest.param("stages[?a=", "at character 10 of `stages[?a⟨here⟩=`", id="unknown token"),
        pytest.param("length(@", "at character 9 of `length(@⟨here⟩`", id="incomplete"),
        pytest.param("a.'", "at character 3 of `a.⟨here⟩'`", id="open quote"),
        pytest.param("lenght(@)", "did you mean length?, at character 1 of `⟨here⟩lenght(@)`", id="unknown function"),
        pytest.param("", "the expression is empty", id="empty"),
        pytest.param("[?!a.b]", "write `!(a.b)` in `[?!a.b]`", id="negation that never holds"),
    ],
)
def test_a_wrong_expression_is_shown_with_the_place(text, position):
    with pytest.raises(expressions.Wrong) as caught:
        expressions.expression(text)
    assert position in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("matches(a, '^x+$')", True),
        ("matches(missing, 'x')", False),
        ("lower(b)", "loud"),
        ("json(c).d", [1]),
        ("json(a)", "xx"),
    ],
)
def test_there_are_functions_beside_those_of_jmespath(text, expected):
    assert expressions.expression(text)({"a": "xx", "b": "LOUD", "c": '{"d": [1]}'}) == expected


def test_gates_are_what_every_path_passes():
    document = pipeline(action("Approval/Manual", "Person"), action("Deploy/ECS", runOrder=2))
    found = expressions.expression("gates('Deploy/ECS')")(document, Graph(Pipeline(document)))
    assert found == ["Source/Code", "Deploy/Person"]


@pytest.mark.parametrize("text", ["length(a)", "matches(b, '(')", "gates('No/Where')"])
def test_an_expression_that_fails_says_which_it_is(text):
    with pytest.raises(expressions.Failed, match=r".+: \w+\("):
        expressions.expression(text)({"b": "x"}, Graph(Pipeline(pipeline())))


@pytest.mark.parametrize(
    ("value", "expected"), [(None, []), ([], []), (False, []), ([[{"a": 1}], [], "x"], [{"a": 1}, "x"]), (True, [True])]
)
def test_whatever_is_there_is_a_result(value, expected):
    assert list(expressions.results(value)) == expected


def test_a_result_is_placed_where_it_stands_or_where_its_first_part_does():
    document = {"stages": [{"actions": [{"name": "A"}]}]}
    known = expressions.places(document)
    inner = document["stages"][0]["actions"][0]
    assert expressions.place(inner, known) == ("stages", 0, "actions", 0)
    assert expressions.place({"picked": inner}, known) == ("stages", 0, "actions", 0)
    assert expressions.place("A", known) == ()


def test_placeholders_are_filled_and_long_values_cut():
    text = expressions.message("{name}: {configuration.X} {missing}{long}")
    assert text({"name": "A", "configuration": {"X": [1]}, "long": "y" * 99}) == f"A: [1] {'y' * 60}…"
