"""Text from outside in Markdown: whatever it holds, it is shown and never becomes markup."""

from __future__ import annotations

import re

from reconciler.report import wording

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", **{sign: f"\\{sign}" for sign in "\\`*_[]~#|"}})


def prose(text: str) -> str:
    """Write prose so that nothing in it is markup, also inside a table."""
    return wording.printable(text).translate(_ESCAPES)


def code(text: str) -> str:
    """Write text as a code span: no link, image or mention comes to life in it, and no backtick ends it."""
    shown = wording.printable(text).replace("|", "\\|")
    if "`" not in shown:
        return f"`{shown}`"
    fence = "`" * (1 + max(map(len, re.findall("`+", shown))))
    return f"{fence} {shown} {fence}"
