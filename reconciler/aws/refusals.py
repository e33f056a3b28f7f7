"""What a failed call of the SDK carries: code, status, wait, and its words without the values that they quote.

A value of a declaration never gets into a message, since it may be a secret. botocore and AWS both quote what they
refuse; here only the place and the constraint are kept.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

from reconciler.pipeline import secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 700
"""Characters of an error's own words that are passed on; a denial with its reasons has about 400."""


def response(error: Exception) -> dict[str, Any]:
    """Give the parsed answer behind an error; empty if AWS did not answer."""
    value = getattr(error, "response", None)
    return value if isinstance(value, dict) else {}


def code(error: Exception) -> str:
    """Give the class of the error as AWS names it; botocore puts the HTTP status where an answer names none."""
    return str(_part(error, "Error").get("Code", ""))


def message(error: Exception) -> str:
    """Give the text of AWS as it came; it may quote secrets."""
    return str(_part(error, "Error").get("Message", ""))


def status(error: Exception) -> int:
    """Give the HTTP status; 0 if AWS did not answer."""
    return int(_part(error, "ResponseMetadata").get("HTTPStatusCode", 0))


def wait(error: Exception) -> float | None:
    """Give the seconds of a Retry-After header; AWS's own header has milliseconds."""
    headers = _part(error, "ResponseMetadata").get("HTTPHeaders", {})
    for name, unit in (("retry-after", 1), ("x-amz-retry-after", 1000)):
        if re.fullmatch(r"[0-9]{1,9}", value := str(headers.get(name, ""))):
            return int(value) / unit
    return None


def permission(error: Exception) -> str:
    """Give `<action> on <ARN>` if a denial of AWS names the action, as it mostly does."""
    match = re.search(r"not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?", message(error))
    return f"{match[1]} on {match[2] or '*'}" if match else ""


def words(error: Exception) -> str:
    """Give what the error says, without the values of the request."""
    if response(error):
        named = code(error)
        return f"{named}: {_ECHO.sub(_unquoted, message(error))}" if is_code(named) else f"HTTP {status(error)}"
    kind = type(error).__name__
    if kind == "ParamValidationError":
        return ", ".join(map(_constraint, _REPORT.finditer(str(error)))) or "the request has another shape than the API"
    if kind == "ResponseParserError" or isinstance(error, LookupError | AttributeError | TypeError | ValueError):
        return "the answer cannot be read"  # the text would quote the answer
    return str(error)


def clean(text: str, hidden: Iterable[str] = ()) -> str:
    """Give a text on one line, bounded, without credentials and without the values in `hidden`."""
    for value in sorted(filter(None, hidden), key=len, reverse=True):
        text = text.replace(value, secrets.MASK)
    return textwrap.shorten(secrets.scrub(text), LONGEST, placeholder=" …")


def is_code(named: str) -> bool:
    """Tell a class of AWS from what botocore makes up for an answer without one."""
    return bool(named) and not named.isdigit() and named != "Unknown"


def _part(error: Exception, name: str) -> dict[str, Any]:
    return response(error).get(name) or {}


_ECHO = re.compile(r"Value '.*?(?:(?P<end>' at ')(?=[\w.\[\]-]+' failed to satisfy)|\Z)", re.DOTALL)
"""How AWS quotes a value that breaks a constraint: Value '…' at 'pipeline.name' failed to satisfy constraint: …"""


def _unquoted(match: re.Match[str]) -> str:
    return "value at '" if match["end"] else "a value was refused"


_REPORT = re.compile(
    r"^(?P<head>Missing required parameter in [^\n]+|Unknown parameter in [^\n]+"
    r"|Invalid (?:type|value|length) for (?:document )?parameter [^\s,]+)"
    r"(?:, value: .*?, (?P<tail>(?:type: <class '[\w.]+'>, )?valid (?:types|min value|min length): [^\n]+))?$",
    re.DOTALL | re.MULTILINE,
)
"""A line of botocore's report; what lies between `value:` and the constraint is a value of the declaration."""


def _constraint(match: re.Match[str]) -> str:
    return f"{match['head']} ({match['tail']})" if match["tail"] else match["head"]
