from __future__ import annotations

from reconciler.pipeline import variables
from reconciler.pipeline.model import Action


def read(text: str) -> list[tuple[str, str, bool]]:
    action = Action({"name": "A", "configuration": {"Key": text}}, "Stage")
    return [(each.namespace, each.key, each.well_formed) for each in variables.references(action)]


def test_every_reference_of_a_value_is_found():
    assert read("v#{Source.CommitId}-#{Build.TAG}") == [("Source", "CommitId", True), ("Build", "TAG", True)]


def test_a_reference_without_a_dot_is_not_well_formed():
    assert read("#{CommitId}") == [("CommitId", "", False)]


def test_other_braces_are_no_references():
    assert read("${Source.CommitId} {a.b} #{} ") == [("", "", False)]
