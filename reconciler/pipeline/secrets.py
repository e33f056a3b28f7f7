"""Which values of a declaration are secret, and how one is shown, compared and kept without being known.

A *sealed* document carries `****` in the place of every secret, with a keyed fingerprint behind it where the value is
known. Sealed documents are what is compared, stored and shown. They are never sent: `wire.outgoing` starts from the
definition, and a mask goes out only where AWS itself holds a secret behind it (reference F.4).
"""

from __future__ import annotations

import hmac
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MASK = "****"

SECRET_KEYS: dict[tuple[str, str], frozenset[str]] = {
    ("ThirdParty", "GitHub"): frozenset({"OAuthToken"}),
    ("ThirdParty", "AlexaSkillsKit"): frozenset({"ClientSecret", "RefreshToken"}),
}
"""Properties that AWS masks when it gives a declaration back (reference D.1, D.4)."""

_SECRET_NAME = re.compile(
    r"secret|token|passw(?:or)?d|passphrase|api[_-]?key|private[_-]?key|access[_-]?key|credential", re.IGNORECASE
)
_REFERENCE = re.compile(r"\{\{resolve:|#\{|arn:[a-z-]+:|true$|false$|\*{4}", re.IGNORECASE)
_TOKEN = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
_REFERENCE_TYPES = frozenset({"SECRETS_MANAGER", "PARAMETER_STORE"})


def fingerprinter(key: bytes) -> Callable[[str], str]:
    """Give a function that tells equal secrets from different ones without revealing either (HMAC-SHA-256, 48 bits)."""
    return lambda value: hmac.digest(key, value.encode(), "sha256").hex()[:12]


def seal(document: Mapping[str, Any], fingerprint: Callable[[str], str]) -> dict[str, Any]:
    """Give a copy of a declaration in which no secret can be read."""
    sealed = {**document}
    if isinstance(stages := document.get("stages"), list):
        sealed["stages"] = [_seal_stage(stage, fingerprint) for stage in stages]
    return sealed


def is_mask(value: object) -> bool:
    """Tell whether a value stands for a secret, with or without a fingerprint."""
    return isinstance(value, str) and value.startswith(MASK)


def has_bare_mask(value: object) -> bool:
    """Tell whether a mask without a fingerprint stands in a value: a secret that only AWS can know."""
    return isinstance(value, str) and MASK in _SEALED.sub("", value)


def reveal_nothing(value: Any) -> Any:
    """Give a copy of any value with fingerprints reduced to the bare mask: for people, reports and plan digests."""
    if isinstance(value, dict):
        return {key: reveal_nothing(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal_nothing(item) for item in value]
    return _SEALED.sub(MASK, value) if isinstance(value, str) else value


def scrub(text: str) -> str:
    """Replace what has the shape of a credential in free text, such as a message of a server or a URL's password."""
    return _TOKEN.sub(MASK, text)


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


_SEALED = re.compile(r"\*{4}#[0-9a-f]{12}")


def _seal_stage(stage: Any, fingerprint: Callable[[str], str]) -> Any:
    if not isinstance(stage, dict):
        return stage
    sealed = dict(stage)
    if isinstance(actions := stage.get("actions"), list):
        sealed["actions"] = [_seal_action(action, fingerprint) for action in actions]
    for gate in ("beforeEntry", "onSuccess", "onFailure"):
        if isinstance(conditions := stage.get(gate), dict):
            sealed[gate] = _seal_gate(conditions, fingerprint)
    return sealed


def _seal_gate(gate: dict[str, Any], fingerprint: Callable[[str], str]) -> dict[str, Any]:
    conditions = gate.get("conditions")
    if not isinstance(conditions, list):
        return gate
    return gate | {
        "conditions": [
            condition | {"rules": [_seal_action(rule, fingerprint) for rule in condition["rules"]]}
            if isinstance(condition, dict) and isinstance(condition.get("rules"), list)
            else condition
            for condition in conditions
        ]
    }


def _seal_action(action: Any, fingerprint: Callable[[str], str]) -> Any:
    if not isinstance(action, dict):
        return action
    sealed = dict(action)
    if isinstance(configuration := action.get("configuration"), dict):
        kind = action.get("actionTypeId") or {}
        secret = SECRET_KEYS.get((str(kind.get("owner")), str(kind.get("provider"))), frozenset())
        sealed["configuration"] = {
            key: _seal_value(key, value, fingerprint, known=key in secret) for key, value in configuration.items()
        }
    for member in ("environmentVariables", "commands"):
        if isinstance(action.get(member), list):
            sealed[member] = _seal_json(action[member], fingerprint)
    return sealed


def _seal_value(key: str, value: Any, fingerprint: Callable[[str], str], *, known: bool) -> Any:
    if not isinstance(value, str):
        return value
    if value == MASK:
        return value
    if known or (_SECRET_NAME.search(key) and not _REFERENCE.match(value)):
        return _sealed(value, fingerprint)
    if value[:1] in "{[":
        parsed = parse_json(value)
        sealed = _seal_json(parsed, fingerprint)
        return value if sealed == parsed else json.dumps(sealed)
    return _seal_text(value, fingerprint)


def _seal_json(value: Any, fingerprint: Callable[[str], str]) -> Any:
    """Seal inside parsed JSON: by member name, and in `{name, value, type}` entries by the entry's name."""
    if isinstance(value, list):
        return [_seal_json(item, fingerprint) for item in value]
    if isinstance(value, str):
        return _seal_text(value, fingerprint)
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("name"), str) and isinstance(value.get("value"), str):
        known = _SECRET_NAME.search(value["name"]) and value.get("type") not in _REFERENCE_TYPES
        if known and not _REFERENCE.match(value["value"]):
            return value | {"value": _sealed(value["value"], fingerprint)}
    return {key: _seal_member(key, item, fingerprint) for key, item in value.items()}


def _seal_member(key: str, value: Any, fingerprint: Callable[[str], str]) -> Any:
    if isinstance(value, str) and _SECRET_NAME.search(key) and not _REFERENCE.match(value):
        return _sealed(value, fingerprint)
    return _seal_json(value, fingerprint)


def _seal_text(text: str, fingerprint: Callable[[str], str]) -> str:
    return _TOKEN.sub(lambda match: _sealed(match[0], fingerprint), text)


def _sealed(value: str, fingerprint: Callable[[str], str]) -> str:
    return f"{MASK}#{fingerprint(value)}"


def parse_json(text: str) -> Any:
    """Give the value of a JSON object or array written in a string; anything else comes back as the string it is."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict | list) else text


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)
