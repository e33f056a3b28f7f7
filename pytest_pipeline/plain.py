"""Matchers for single values: members, texts, JSON, secrets, presence."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pytest_pipeline import matching
from pytest_pipeline.differing import MISSING
from pytest_pipeline.matching import Matcher, Miss, call, misses, quoted


@dataclass(frozen=True, eq=False, repr=False)
class Has(Matcher):
    """Members of a mapping or attributes of an object, others do not matter."""

    members: Mapping[str, Any]

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give the misses of each member that is asked for."""
        return matching.members(self.members, got, path)

    def __repr__(self) -> str:
        plain = all(name.isidentifier() for name in self.members)
        return call("has", **self.members) if plain else call("has", self.members)


@dataclass(frozen=True, eq=False, repr=False)
class Constant(Matcher):
    """`anything` or `absent`, with or without parentheses."""

    word: str

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give a miss unless a value is there, or is not."""
        there = got is not MISSING and got is not None
        return [] if there == (self.word == "anything") else [Miss(path, self.word, quoted(got))]

    def __call__(self) -> Constant:
        """Give the same."""
        return self

    def __repr__(self) -> str:
        return self.word


@dataclass(frozen=True, eq=False, repr=False)
class Text(Matcher):
    """A text that fits a glob or a regular expression."""

    word: str
    pattern: str

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give a miss unless the text fits."""
        fits = isinstance(got, str) and (
            fnmatchcase(got, self.pattern) if self.word == "like" else re.search(self.pattern, got) is not None
        )
        return [] if fits else [Miss(path, repr(self), quoted(got))]

    def __repr__(self) -> str:
        return call(self.word, self.pattern)


@dataclass(frozen=True, eq=False, repr=False)
class Json(Matcher):
    """A text that holds JSON of which something is expected."""

    expected: Any

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give the misses inside, or one for what is no JSON."""
        try:
            value = json.loads(got)
        except (TypeError, ValueError):
            return [Miss(path, repr(self), f"{quoted(got)}, which is no JSON")]
        return misses(self.expected, value, path)

    def __repr__(self) -> str:
        return call("json", self.expected)


SECRET_TYPES = ("SECRETS_MANAGER", "PARAMETER_STORE")
"""Types of environment variables of CodeBuild that name a secret instead of holding it (reference D.2)."""
_REFERENCE = re.compile(r"\{\{resolve:(?:secretsmanager|ssm-secure):.+\}\}|arn:[a-z-]+:secretsmanager:.+")


@dataclass(frozen=True, eq=False, repr=False)
class SecretRef(Matcher):
    """A reference to a secret, and not the secret itself."""

    pattern: str

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give a miss, in which no value is told, for what is no reference."""
        if isinstance(got, Mapping):
            text, fits = str(got.get("value", "")), got.get("type") in SECRET_TYPES
        else:
            text, fits = str(got), isinstance(got, str) and _REFERENCE.fullmatch(got) is not None
        if not fits:
            return [Miss(path, repr(self), "nothing" if got in (None, MISSING) else "a value that is no reference")]
        return [] if fnmatchcase(text, f"*{self.pattern}*") else [Miss(path, repr(self), quoted(text))]

    def __repr__(self) -> str:
        return call("secret_ref", *filter(None, [self.pattern]))


anything = Constant("anything")
"""Matches any value that is there."""
absent = Constant("absent")
"""Matches where nothing is."""
