"""The operators of EventBridge's event patterns: each gives a test of one value of an event.

Rules of this file:

* An operator is a row of a table: a function that reads its operand and gives the test.
* What EventBridge refuses in a rule is refused here, by name: a rule that is misread would start the wrong pipelines.
* A value of another kind never fits (a number has no prefix), so with `anything-but` it always does.
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.errors import Broken
from reconciler.simulation.automaton import Automaton, Node, Repeat, Sequence

Test = Callable[[Any], bool]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LARGEST = 5e9
"""Numbers beyond it, on either side, EventBridge does not compare."""
_WIDEST = 80
_FROM: Mapping[str, Callable[[Any, Any], bool]] = {">": operator.gt, ">=": operator.ge}
_TO: Mapping[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le}
_SIGNS = {"=": operator.eq, **_FROM, **_TO}


def read(name: str, operand: Any) -> Test:
    """Give the test of the matcher `{name: operand}`; raises `Broken` for one that EventBridge would refuse."""
    if name not in _OPERATORS:
        raise Broken(f"event patterns have no operator {_shown(name)}; there are {', '.join(NAMES)}")
    return _OPERATORS[name](operand)


def _prefix(operand: Any) -> Test:
    return _edge("prefix", operand, str.startswith)


def _suffix(operand: Any) -> Test:
    return _edge("suffix", operand, str.endswith)


def _edge(name: str, operand: Any, fits: Callable[[str, str], bool]) -> Test:
    """Read a text, or `{"equals-ignore-case": text}`."""
    if isinstance(operand, dict) and operand.keys() == {"equals-ignore-case"}:
        folded = _text(f"{name} with equals-ignore-case", operand["equals-ignore-case"]).casefold()
        return lambda value: isinstance(value, str) and fits(value.casefold(), folded)
    wanted = _text(name, operand)
    return lambda value: isinstance(value, str) and fits(value, wanted)


def _ignoring_case(operand: Any) -> Test:
    folded = _text("equals-ignore-case", operand).casefold()
    return lambda value: isinstance(value, str) and value.casefold() == folded


def _wildcard(operand: Any) -> Test:
    pattern = Automaton(Sequence(tuple(_nodes(_text("wildcard", operand)))))
    return lambda value: isinstance(value, str) and pattern.matches(value)


def _nodes(text: str) -> list[Node]:
    r"""Read a wildcard: `*` is any text, `\*` an asterisk, `\\` a backslash."""
    nodes: list[Node] = []
    star, rest = False, iter(text)
    for each in rest:
        if each == "*" and star:
            raise Broken(f"wildcard {_shown(text)} has two asterisks in a row; one says the same")
        star = each == "*"
        character = next(rest, "") if each == "\\" else each
        if each == "\\" and character not in ("*", "\\"):
            raise Broken(rf"wildcard {_shown(text)}: a backslash stands before * or another one only; write \\ for one")
        nodes.append(Repeat(lambda _: True, 0, None) if star else character.__eq__)
    return nodes


def _numeric(operand: Any) -> Test:
    """Read `[sign, bound]`, or a range from below to above."""
    takes = (
        'numeric takes ["=", 5], one bound such as [">", 0], or a range from below to above such as [">", 0, "<=", 5]'
    )
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise Broken(f"{takes}, not {_shown(operand)}")
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    allowed = (_SIGNS,) if len(pairs) == 1 else (_FROM, _TO)
    for (sign, bound), signs in zip(pairs, allowed, strict=True):
        if not isinstance(sign, str) or sign not in signs or not _comparable(bound):
            raise Broken(f"{takes}, not {_shown(operand)}; numbers are from -5e9 to 5e9")
    if pairs[0][1] >= pairs[-1][1] and len(pairs) > 1:
        raise Broken(f"numeric {_shown(operand)}: the lower bound comes first, and is the smaller one")
    return lambda value: _comparable(value) and all(_SIGNS[sign](value, bound) for sign, bound in pairs)


def _cidr(operand: Any) -> Test:
    """Read a block of addresses; bits of the address behind the mask do not count."""
    text = _text("cidr", operand)
    start, slash, bits = text.partition("/")
    base = _address(start)
    width = int(bits) if slash and len(bits) < len("1000") and bits.isascii() and bits.isdigit() else -1
    if base is None or not 0 <= width < base.max_prefixlen:
        raise Broken(
            f"cidr takes a block such as 10.0.0.0/24 or 2001:db8::/32, its mask from /0 to /31, for IPv6 to /127, "
            f"not {_shown(text)}; write one address out as a value"
        )
    block = ipaddress.ip_network((base, width), strict=False)
    return lambda value: isinstance(value, str) and (found := _address(value)) is not None and found in block


def _address(text: str) -> Address | None:
    """Give the address that a text is; None for any other text, and for IPv6 with dots or a zone."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return found
    return None if {".", "%"} & set(text) else found.ipv4_mapped or found


def _anything_but(operand: Any) -> Test:
    tests = _unwanted(operand) if isinstance(operand, dict) else [_other(operand)]
    return lambda value: not any(test(value) for test in tests)


def _unwanted(operand: Mapping[str, Any]) -> list[Test]:
    """Read `{operator: text}` or `{operator: [text, …]}`."""
    names = list(operand)
    inside = operand[names[0]] if names else None
    texts = inside if isinstance(inside, list) else [inside]
    if len(names) != 1 or names[0] not in _UNWANTED or not texts:
        raise Broken(f"anything-but takes one of {', '.join(_UNWANTED)} with texts, not {_shown(dict(operand))}")
    known = [_text(f"anything-but with {names[0]}", each) for each in texts]
    if names[0] in ("prefix", "suffix") and "" in known:
        raise Broken(f"anything-but with an empty {names[0]} would let nothing through")
    return [_OPERATORS[names[0]](each) for each in known]


def _other(operand: Any) -> Test:
    """Read values, which are all texts or all numbers."""
    values = operand if isinstance(operand, list) else [operand]
    for alike in (_is_text, _comparable):
        if values and all(alike(each) for each in values):
            return lambda value: alike(value) and value in values
    raise Broken(f"anything-but takes texts, or numbers from -5e9 to 5e9, not both and no others: {_shown(operand)}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _comparable(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _text(name: str, operand: Any) -> str:
    if not isinstance(operand, str):
        raise Broken(f"{name} takes a text, not {_shown(operand)}")
    return operand


def _shown(operand: Any) -> str:
    text = repr(operand)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


_OPERATORS: Mapping[str, Callable[[Any], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
}
_UNWANTED = ("prefix", "suffix", "equals-ignore-case", "wildcard")
NAMES = ("exists", *_OPERATORS)
"""All operators; `exists` asks whether there is a value at all."""
