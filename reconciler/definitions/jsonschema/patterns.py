r"""Patterns of the service model, which are Java's, in the dialect of JSON Schema, which is ECMAScript's.

Rules of this file:

* A pattern of the model matches in full, one of JSON Schema anywhere: so the translation is anchored.
* Java's `\w`, `\d` and `\s` are ASCII. They are written out, because validators disagree about them.
* Editors read patterns in Unicode mode, where only signs with a meaning may be escaped.
* What cannot be said surely is not said: an editor that lets a mistake pass is better than one that invents one.
"""

from __future__ import annotations

import re

_CLASSES = {"w": "A-Za-z0-9_", "d": "0-9", "s": r" \t\n\x0b\f\r"}
_ANCHORS = {"A": "^", "z": "$", "Z": "$"}
_KEPT = frozenset(r"^$\.*+?()[]{}|/tnrfbB")
_SIGN = re.compile(r"\\.|&&|[*+?}]\+|\(\?[^:=!]|.", re.DOTALL)


class _ForeignError(ValueError):
    """A piece of a pattern that has no counterpart."""


def ecma(pattern: str) -> str | None:
    """Give a pattern of the service model as one of JSON Schema; None for none, or without a sure translation."""
    try:
        return f"^(?:{_translated(pattern)})$" if pattern else None
    except _ForeignError:
        return None


def _translated(pattern: str) -> str:
    pieces, inside = [], False
    for sign in _SIGN.findall(pattern):
        escaped = len(sign) > 1 and sign[0] == "\\"
        if (len(sign) > 1 and not escaped) or (sign == "[" and inside):
            raise _ForeignError(sign)  # intersections, nested classes, possessive and atomic groups, flags
        pieces.append(_escape(sign[1], inside=inside) if escaped else sign)
        inside = sign == "[" or (inside and sign != "]")
    return "".join(pieces)


def _escape(sign: str, *, inside: bool) -> str:
    if sign in _CLASSES:
        return _CLASSES[sign] if inside else f"[{_CLASSES[sign]}]"
    if sign.upper() != sign.lower() and sign.lower() in _CLASSES and not inside:
        return f"[^{_CLASSES[sign.lower()]}]"
    if sign in _ANCHORS and not inside:
        return _ANCHORS[sign]
    if sign in _KEPT or (sign == "-" and inside):
        return f"\\{sign}"
    if sign.isalnum():
        raise _ForeignError(sign)
    return sign
