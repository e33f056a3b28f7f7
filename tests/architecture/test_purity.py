"""Import contracts see imports and not calls: the pure half must not reach outside by calling builtins either."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import reconciler

PACKAGE = Path(reconciler.__file__).parent
PURE = ("pipeline", "definitions", "policy", "simulation", "plan", "report")
MODULES = [*PACKAGE.glob("*.py"), *(path for name in PURE for path in PACKAGE.joinpath(name).rglob("*.py"))]
FORBIDDEN_CALLS = {"open", "print", "input", "eval", "exec", "breakpoint", "__import__"}
FORBIDDEN_IMPORTS = {
    "asyncio", "glob", "http", "logging", "os", "random", "secrets", "shutil", "socket", "ssl", "subprocess", "sys",
    "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
FORBIDDEN_ATTRIBUTES = {"environ", "getenv", "urandom", "read_text", "write_text"}
CLOCKS, READ = {"datetime", "date"}, {"now", "today", "utcnow"}
SCHEMA_READS_BOTOCORE_DATA = {("schema.py", "read_text"), ("schema.py", "open")}


def offences(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            found.add(node.func.id)
        if isinstance(node, ast.Attribute) and (node.attr in FORBIDDEN_ATTRIBUTES or _reads_clock(node)):
            found.add(node.attr)
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.split(".")[0] in FORBIDDEN_IMPORTS}
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FORBIDDEN_IMPORTS:
            found.add(str(node.module))
    return found


def _reads_clock(node: ast.Attribute) -> bool:
    """Tell `datetime.now` from the `now` of a simulated world, and `date.today` from a day that was given."""
    base = node.value
    return node.attr in READ and (getattr(base, "id", "") in CLOCKS or getattr(base, "attr", "") in CLOCKS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_pure_module_reaches_nothing_outside(path):
    found = offences(ast.parse(path.read_text(encoding="utf-8")))
    assert {(path.name, each) for each in found} <= SCHEMA_READS_BOTOCORE_DATA


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "import os",
        "from time import sleep",
        "datetime.now()",
        "datetime.datetime.now()",
        "dt.date.today()",
        "print(1)",
        "x.environ['A']",
    ],
)
def test_the_check_can_fail(source):
    assert offences(ast.parse(source))


def test_the_pure_packages_are_there():
    assert all(PACKAGE.joinpath(name, "__init__.py").is_file() for name in PURE)
