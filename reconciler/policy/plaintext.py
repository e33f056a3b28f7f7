"""Secrets that stand in a declaration in plain text, as far as one can be sure of it.

`pipeline.secrets` hides whatever may be a secret. A rule that stops a pipeline has to be sure: here a name has to say
that its value is one, and the value has to look like one; or the value has the shape of a known credential.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler import documents
from reconciler.errors import Invalid
from reconciler.pipeline import secrets
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.documents import Path

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ALONE = frozenset({"secret", "token", "password", "passwd", "passphrase", "pwd", "credential", "credentials"})
_PAIRS = frozenset({("api", "key"), ("private", "key"), ("access", "key"), ("secret", "key")})
_ABOUT = frozenset({
    "arn", "audience", "bucket", "count", "days", "enabled", "endpoint", "expiry", "file", "format", "header", "id",
    "ids", "issuer", "length", "lifetime", "location", "manager", "minutes", "name", "names", "parameter", "path",
    "policy", "prefix", "provider", "ref", "reference", "region", "rotation", "scope", "seconds", "service", "source",
    "store", "suffix", "timeout", "ttl", "type", "uri", "url", "version",
})  # fmt: skip
"""Last words of names that speak about a secret and are none."""

_SEGMENT = r"(?>[a-z0-9_.#-]+|[A-Z][a-zA-Z]*|[A-Z0-9_]+)"
_HARMLESS = re.compile(
    r"<.*>|\[.*\]|%\w+%|\.{3}|…"  # a gap to be filled in
    r"|\$.*|.*(?:#\{|\{\{|\$\{).*"  # a variable of a shell, of CodePipeline or of a template
    r"|https?://[^\s@]*|arn:[a-z-]+:\S*"
    rf"|/?{_SEGMENT}(?:[/:]{_SEGMENT})+"  # the name of a secret or parameter, or a path
    r"|[0-9]{1,5}|(?i:true|false|yes|no|none|null)|\s*",
    re.DOTALL,
)
_GAP = re.compile(r"\s*|<.*>|.*(?:#\{|\{\{|\$\{).*", re.DOTALL)
"""What stands for a secret where nothing else may stand."""

_NAME_OF_A_SECRET = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)+")
_PAIR = re.compile(r"""(?<![\w.$-])([A-Za-z_][\w.-]*)=("[^"]*"|'[^']*'|[^\s"'&;,|)]+)""")
_PARAMETER = re.compile(r"ParameterKey=([\w-]+),\s*ParameterValue=([^\s,]+)")
_IN_URL = re.compile(r"(?<=://)([^/\s:@]*):([^/\s@]+)(?=@)")
_REFERENCE_TYPES = ("SECRETS_MANAGER", "PARAMETER_STORE")
_LABELS = ("name", "Name", "key", "Key", "ParameterKey")
_VALUES = ("value", "Value", "defaultValue", "ParameterValue")
_EXAMPLE = "EXAMPLE"
"""What the credentials in AWS's own documentation end in."""


class Leak(NamedTuple):
    """One secret in plain text: never the value, only its name and place."""

    path: Path
    name: str


def find(document: Mapping[str, Any], own: secrets.Keys = secrets.NO_KEYS) -> Iterator[Leak]:
    """Give every secret in plain text, at the value that holds it; JSON inside strings is read.

    In properties that AWS masks every plain text is one; `own` are those that a team's action types declare.
    """
    yield from dict.fromkeys((*_inside(document, ()), *_masked(document, own)))


@lru_cache(maxsize=4096)
def says_secret(name: str) -> bool:
    """Tell whether a name says that its value is a secret: `DB_PASSWORD` does, `TOKEN_URL` does not."""
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[-1] in _ABOUT:
        return False
    last = words[-3:]
    return bool(_ALONE.intersection(last) or _PAIRS.intersection(pairwise(last)))


def _inside(value: Any, path: Path) -> Iterator[Leak]:
    if isinstance(value, dict):
        yield from _mapping(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _inside(item, (*path, index))
    elif isinstance(value, str) and not isinstance(value, Unknown):
        yield from _text(value, path)


def _masked(document: Mapping[str, Any], own: secrets.Keys) -> Iterator[Leak]:
    for number, stage in _entries(document.get("stages")):
        for index, action in _entries(stage.get("actions")):
            said, kind = action.get("configuration"), action.get("actionTypeId")
            keys = secrets.masked_keys(kind, own) if isinstance(kind, dict) else ()
            for key, text in said.items() if keys and isinstance(said, dict) else ():
                if key in keys and isinstance(text, str) and not _stands_for_one(text):
                    yield Leak(("stages", number, "actions", index, "configuration", key), key)


def _entries(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    entries = value if isinstance(value, list) else ()
    return ((index, each) for index, each in enumerate(entries) if isinstance(each, dict))


def _stands_for_one(text: str) -> bool:
    return isinstance(text, Unknown) or secrets.is_mask(text) or bool(_GAP.fullmatch(text))


def _mapping(value: Mapping[str, Any], path: Path) -> Iterator[Leak]:
    label = next((value[key] for key in _LABELS if isinstance(value.get(key), str)), "")
    named = says_secret(label) and value.get("type") not in _REFERENCE_TYPES
    for key, item in value.items():
        name = label if named and key in _VALUES else key
        if isinstance(item, str) and says_secret(name) and _is_secret(item):
            yield Leak((*path, key), name)
        else:
            yield from _inside(item, (*path, key))


def _text(text: str, path: Path) -> Iterator[Leak]:
    if text.lstrip()[:1] in ("{", "[") and (parsed := secrets.parse_json(text)) is not text:
        yield from (leak._replace(path=path) for leak in _inside(parsed, ()))
        return
    if path[-1:] == ("BuildspecOverride",):
        yield from (leak._replace(path=path) for leak in _buildspec(text))
    for name, written in (*_pairs(text), *_PARAMETER.findall(text)):
        if says_secret(name) and _is_secret(written.strip("\"'")):
            yield Leak(path, name)
    for user, password in _IN_URL.findall(text) if "://" in text else ():
        if not _HARMLESS.fullmatch(password):
            yield Leak(path, f"the URL of {user or 'a user'}")
    plain = text.replace("=", " ").replace("://", " ")  # what is left for `scrub` are the shapes of credentials
    if _EXAMPLE not in text and secrets.scrub(plain) != plain:
        yield Leak(path, str(path[-1]) if isinstance(path[-1], str) else "this text")


def _pairs(text: str) -> list[tuple[str, str]]:
    return _PAIR.findall(text) if "=" in text else []


def _buildspec(text: str) -> Iterator[Leak]:
    """Look into the plain variables of a build specification; its other groups only refer to secrets."""
    try:
        value = documents.parse(text, "buildspec")
    except Invalid:
        return
    variables = (value.get("env") or {}).get("variables") if isinstance(value, dict) else None
    yield from _inside(variables, ())


def _is_secret(text: str) -> bool:
    """Tell whether the value behind a secret's name is the secret, and not a mask, a gap, or where to find it."""
    if isinstance(text, Unknown) or secrets.is_mask(text) or _HARMLESS.fullmatch(text):
        return False
    return not (_NAME_OF_A_SECRET.fullmatch(text) and says_secret(text)) and _EXAMPLE not in text
