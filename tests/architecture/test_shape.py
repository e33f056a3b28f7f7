"""The habits of the house that a machine can see."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import reconciler

PACKAGE = Path(reconciler.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
VAGUE = {"manager", "utils", "helpers", "common", "base", "misc"}
LONGEST_FUNCTION, LONGEST_FILE = 50, 400


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_short_and_named_after_a_thing(path):
    source = path.read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    assert path.stem not in VAGUE
    assert source.count("\n") <= LONGEST_FILE
    assert [each.name for each in functions if each.end_lineno - each.lineno >= LONGEST_FUNCTION] == []


def test_every_module_says_what_it_is():
    assert [path for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))] == []
