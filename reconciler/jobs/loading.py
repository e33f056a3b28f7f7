"""A handler, named as Lambda does (`module.function`) or as Python does (`module:function`), out of one folder."""

from __future__ import annotations

import importlib
import os
import re
import sys
from contextlib import contextmanager
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

_KEPT = frozenset({"reconciler", "boto3", "botocore", "__main__"}) | sys.stdlib_module_names
"""Modules that stay what they are, whatever lies in the folder."""
_NAME = re.compile(r"(?P<module>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):(?P<function>[A-Za-z_]\w*)")


class Folder:
    """Modules of one folder, importable while `open`; two folders may hold modules of the same name."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._modules: dict[str, ModuleType] = {}

    @contextmanager
    def open(self) -> Iterator[None]:
        """Put the folder first on Python's path, and take it and its modules away again; nothing is written there."""
        covered = {name: sys.modules.pop(name) for name in list(sys.modules) if self._covers(name)}
        known = set(sys.modules)
        sys.modules.update(self._modules)
        sys.path.insert(0, str(self.path))
        writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.dont_write_bytecode = writes
            sys.path.remove(str(self.path))
            fresh = {name: module for name, module in sys.modules.items() if name not in known}
            self._modules = {name: module for name, module in fresh.items() if self._holds(module)}
            for name in self._modules:
                del sys.modules[name]
            sys.modules.update(covered)

    def handler(self, name: str) -> Callable[[dict[str, Any], Any], Any]:
        """Import and give a function `module:function`; call it with the folder open. Raises Broken."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise Broken(f"{name!r} does not name a handler; write module:function, as in feedback:handler")
        self._expect(match["module"], name)
        try:
            module = importlib.import_module(match["module"])
        except Exception as error:
            raise Broken(f"{name}: the module cannot be imported: {type(error).__name__}: {error}") from error
        if not self._holds(module):
            raise Broken(f"{name}: {match['module']} is a module of Python itself, too; give the file another name")
        found = getattr(module, match["function"], None)
        if not callable(found):
            there = ", ".join(each for each, value in vars(module).items() if _is_function(value, module))
            raise Broken(f"{name}: {match['module']} has no function {match['function']!r}; it has {there or 'none'}")
        return found  # type: ignore[no-any-return]

    def _expect(self, module: str, name: str) -> None:
        top = module.partition(".")[0]
        if not self.path.is_dir():
            raise Broken(f"{name}: {self.path.name} is no folder; name the one that holds {top}.py with --handlers")
        if PathFinder.find_spec(top, [str(self.path)]) is None:
            there = ", ".join(sorted(path.stem for path in self.path.glob("*.py")))
            raise Broken(f"{name}: there is no module {top!r} in the folder {self.path.name}; there: {there or 'none'}")

    def _covers(self, name: str) -> bool:
        """Whether a module known by now stands in the way of one of the folder: the same name, another place."""
        top = name.partition(".")[0]
        if top in _KEPT or self._holds(sys.modules[name]):
            return False
        return (self.path / f"{top}.py").is_file() or (self.path / top / "__init__.py").is_file()

    def _holds(self, module: ModuleType) -> bool:
        return str(getattr(module, "__file__", None) or "").startswith(f"{self.path}{os.sep}")


def _is_function(value: object, module: ModuleType) -> bool:
    return callable(value) and getattr(value, "__module__", "") == module.__name__
