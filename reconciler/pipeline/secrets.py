"""Which values of a declaration are secret, and how one is shown, compared and kept without being known.

A *sealed* document carries `****` in the place of every secret, with a keyed fingerprint behind it where the value is
known. Sealed documents are what is compared, stored and shown. They are never sent: `wire.outgoing` starts from the
definition, and a mask goes out only where AWS itself holds a secret behind it (reference F.4).

What counts as a secret, wherever it stands in the document, JSON inside strings included:

* the properties that AWS masks, those of a team's own action types among them, and a mask itself;
* everything below a name such as `apiToken`, and the value of an entry such as `{name: DB_PASSWORD, value: …}`, but
  for what only refers to a secret: a variable, a dynamic reference, an ARN, an entry of type SECRETS_MANAGER;
* what has the shape of a credential in any text: tokens, private keys, passwords in URLs, `PASSWORD=…`.

When in doubt a value is hidden: a secret that is shown cannot be taken back, and fingerprints still tell a change.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler import documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Kind = tuple[str, str, str, str]
    Keys = Mapping[Kind, frozenset[str]]

MASK = "****"

SECRET_KEYS: dict[tuple[str, str], frozenset[str]] = {
    ("ThirdParty", "GitHub"): frozenset({"OAuthToken"}),
    ("ThirdParty", "AlexaSkillsKit"): frozenset({"ClientSecret", "RefreshToken"}),
}
"""Properties that AWS masks when it gives a declaration back (reference D.1, D.4)."""

NO_KEYS: Keys = {}
"""No action types of a team's own: nothing is secret but what is so for everybody."""

_WORDS = r"secret|token|passw(?:or)?d|passphrase|api[_-]?key|private[_-]?key|access[_-]?key|credential"
_SECRET_NAME = re.compile(_WORDS, re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{resolve:[^{}]*\}\}|#\{[^{}]*\}")
_REFERENCE = re.compile(rf"{_PLACEHOLDER.pattern}|arn:[a-z-]+:\S*|true|false", re.IGNORECASE)
_REFERENCE_TYPES = ("SECRETS_MANAGER", "PARAMETER_STORE")
_VALUES = frozenset({"value", "defaultValue", "Value", "ParameterValue"})
_MARKS = ("=", "@", "gh", "github_pat_", "glpat-", "xox", "AKIA", "ASIA", "-----BEGIN")
"""What a text holds that one of the two expressions below can match: looking for it is ten times as fast."""
_TOKEN = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)"
    r"|(?<=://)[^/\s:@]*:[^/\s]+(?=@)"
)
_ASSIGNED = re.compile(
    rf"""((?:{_WORDS})[\w.-]*(?:,ParameterValue)?=["']?)"""
    r"""(?!\*{4}|[=$"']|#\{|\{\{|arn:|true\b|false\b)([^\s"'&;,]+)""",
    re.IGNORECASE,
)
_LIKE_JSON = re.compile(r"[\s\[]*\{")
_LIKE_PAIR = re.compile(rf"""(?:{_WORDS})[\w.-]*\\?["']?\s*[:=,}}]""", re.IGNORECASE)
_SEALED = re.compile(r"\*{4}#[0-9a-f]{12}")
_BARE = re.compile(r"(?<!\*)\*{4}(?!\*)")
"""A mask anywhere in a text: exactly four asterisks, because a longer row of them is an ornament."""


def no_fingerprint(_: str) -> str:
    """Tell nothing of a secret: for those who judge definitions and compare none."""
    return ""


class Sealer(NamedTuple):
    """How declarations are sealed; both sides of a comparison need the same one."""

    fingerprint: Callable[[str], str]
    """Tells equal secrets from different ones, see `fingerprinter`."""
    own: Keys = NO_KEYS
    """Properties that are secret in a team's own action types (reference D.5), by what an `actionTypeId` says:
    category, owner, provider, version."""

    @property
    def compares(self) -> bool:
        """Whether what is sealed can be compared, so that a digest of it says anything."""
        return self.fingerprint is not no_fingerprint

    def seal(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Give a copy of a declaration in which no secret can be read; sealing the copy again changes nothing."""
        return _mapping(document, self, secret=False)

    def knowing(self, shown: Mapping[str, Any]) -> Sealer:
        """Give a sealer that also hides what AWS masks in a declaration that it shows, whether declared here or not."""
        own = dict(self.own)
        for action in _actions(shown):
            if keys := [key for key, value in (action.get("configuration") or {}).items() if value == MASK]:
                kind = _kind(action["actionTypeId"])
                own[kind] = own.get(kind, frozenset()).union(keys)
        return self._replace(own=own)

    def carry(self, sealed: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """Give a sealed declaration with the fingerprints that are known from before, see `carry`.

        A property of a custom action that is hidden no more keeps its bare mask: on the side of git it is in clear.
        """
        carried: dict[str, Any] = carry(sealed, before)
        for bare, action in zip(_actions(sealed), _actions(carried), strict=True):
            if action["actionTypeId"].get("owner") == "Custom" and action.get("configuration"):
                keys = masked_keys(action["actionTypeId"], self.own)
                action["configuration"] |= {
                    key: value
                    for key, value in bare["configuration"].items()
                    if key not in keys and not _says_secret(key)
                }
        return carried

    def signed(self, digest: str) -> str:
        """Give the digest of something sealed with a sign of `own`: after a change of it, no digest is equal."""
        sign = self._sign
        return f"{sign}:{digest}" if sign else digest

    def has_signed(self, digest: str) -> bool:
        """Tell whether a digest was taken of something that was sealed with the same `own`."""
        return digest.rpartition(":")[0] == self._sign

    @property
    def _sign(self) -> str:
        keys = sorted([*kind, *sorted(names)] for kind, names in self.own.items())
        return hashlib.sha256(json.dumps(keys).encode()).hexdigest()[:12] if keys else ""


def fingerprinter(key: bytes) -> Callable[[str], str]:
    """Give a function that tells equal secrets from different ones without revealing either (HMAC-SHA-256, 48 bits)."""
    return lambda value: hmac.digest(key, value.encode(), "sha256").hex()[:12]


def seal(document: Mapping[str, Any], fingerprint: Callable[[str], str], own: Keys = NO_KEYS) -> dict[str, Any]:
    """Give a copy of a declaration in which no secret can be read; the arguments are those of `Sealer`."""
    return Sealer(fingerprint, own).seal(document)


def masked_keys(kind: Mapping[str, Any], own: Keys = NO_KEYS) -> frozenset[str]:
    """Give the properties that AWS masks in an action whose `actionTypeId` is `kind`."""
    known = _kind(kind)
    return SECRET_KEYS.get((known[1], known[2]), frozenset()) | own.get(known, frozenset())


def is_mask(value: object) -> bool:
    """Tell whether a value stands for a secret, with or without a fingerprint."""
    return isinstance(value, str) and value.startswith(MASK)


def has_bare_mask(value: object) -> bool:
    """Tell whether a mask without a fingerprint stands in a value: a secret that only AWS can know."""
    return isinstance(value, str) and _has_mask(_SEALED.sub(" ", value))


def has_mask(value: object) -> bool:
    """Tell whether a mask stands anywhere in a value, with or without a fingerprint."""
    return isinstance(value, str) and (_SEALED.search(value) is not None or _has_mask(value))


def reveal_nothing(value: Any) -> Any:
    """Give a copy of any value with fingerprints reduced to the bare mask: for people, reports and plan digests."""
    if isinstance(value, dict):
        return {key: reveal_nothing(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal_nothing(item) for item in value]
    return _SEALED.sub(MASK, value) if isinstance(value, str) else value


def scrub(text: str) -> str:
    """Replace what has the shape of a credential in free text, such as a message of a server or a URL's password."""
    return _shapes(text, lambda _: MASK)


def carry(sealed: Any, before: Any) -> Any:
    """Give `sealed` with each bare mask replaced by the fingerprint that stood at the same place before.

    AWS shows only masks. A mask that is sent back keeps the stored secret, so a declaration that was edited elsewhere
    still holds the secret that was written last (reference F.4).
    """
    if isinstance(sealed, dict) and isinstance(before, dict):
        return {key: carry(value, before.get(key)) for key, value in sealed.items()}
    if isinstance(sealed, list) and isinstance(before, list):
        former = {item["name"]: item for item in before if isinstance(item, dict) and "name" in item}
        return [carry(item, former.get(item.get("name")) if isinstance(item, dict) else None) for item in sealed]
    return before if sealed == MASK and is_mask(before) else sealed


def parse_json(text: str) -> Any:
    """Give the value of a JSON object or array written in a string; anything else comes back as the string it is."""
    try:
        value = documents.strict_json(text, _finite, _refuse)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict | list) else text


@lru_cache(maxsize=4096)
def _says_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _mapping(value: Mapping[str, Any], how: Sealer, *, secret: bool) -> dict[str, Any]:
    entry = secret or _is_secret_entry(value)
    sealed = {
        key: _inside(item, how, secret=secret or _says_secret(key) or (entry and key in _VALUES))
        for key, item in value.items()
    }
    if masked := _masked_by_aws(value, how.own):
        sealed["configuration"] |= {key: _sealed(str(value["configuration"][key]), how) for key in masked}
    return sealed


def _inside(value: Any, how: Sealer, *, secret: bool = False) -> Any:
    """Seal a value: all that it holds if its name says `secret`, else what has the name or the shape of a secret."""
    if isinstance(value, str):
        if secret and value:
            return value if _REFERENCE.fullmatch(value) else _sealed(value, how)
        return _text(value, how)
    if isinstance(value, dict):
        return _mapping(value, how, secret=secret)
    if isinstance(value, list):
        return [_inside(item, how, secret=secret) for item in value]
    return _sealed(str(value), how) if secret and type(value) in (int, float) else value


def _is_secret_entry(value: Mapping[str, Any]) -> bool:
    """Tell whether a mapping such as `{name: DB_PASSWORD, value: …}` holds a secret and not the place of one."""
    label = value.get("name") or value.get("key") or value.get("Name") or value.get("Key") or value.get("ParameterKey")
    return isinstance(label, str) and _says_secret(label) and value.get("type") not in _REFERENCE_TYPES


def _masked_by_aws(action: Mapping[str, Any], own: Keys) -> frozenset[str]:
    kind, configuration = action.get("actionTypeId"), action.get("configuration")
    if not isinstance(kind, dict) or not isinstance(configuration, dict):
        return frozenset()
    return masked_keys(kind, own).intersection(configuration)


def _text(text: str, how: Sealer) -> str:
    """Seal inside a text: JSON by its members, other text by shapes; what only looks like JSON is hidden as a whole."""
    if text.lstrip()[:1] in ("{", "["):
        parsed = parse_json(text)
        if parsed is not text:
            try:
                sealed = _inside(parsed, how)
            except RecursionError:  # JSON in JSON in JSON …
                return _sealed(text, how)
            return text if sealed == parsed else json.dumps(sealed)
        plain = _PLACEHOLDER.sub("", text)
        if _LIKE_JSON.match(plain) and _LIKE_PAIR.search(plain):
            return _sealed(text, how)
    return _shapes(text, lambda secret: _sealed(secret, how))


def _shapes(text: str, hide: Callable[[str], str]) -> str:
    for mark in _MARKS:
        if mark in text:
            break
    else:
        return text
    hidden = _TOKEN.sub(lambda match: hide(match[0]), text)
    return _ASSIGNED.sub(lambda match: match[1] + hide(match[2]), hidden)


def _sealed(value: str, how: Sealer) -> str:
    return value if value == MASK or _SEALED.fullmatch(value) else f"{MASK}#{how.fingerprint(value)}"


def _kind(kind: Mapping[str, Any]) -> Kind:
    return str(kind.get("category")), str(kind.get("owner")), str(kind.get("provider")), str(kind.get("version"))


def _actions(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for stage in document["stages"]:
        yield from stage["actions"]


def _has_mask(text: str) -> bool:
    return MASK in text and (not text.strip("*") or _BARE.search(text) is not None)


def _finite(text: str) -> float:
    if math.isinf(value := float(text)):
        raise ValueError(text)
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)
