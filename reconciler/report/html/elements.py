"""Elements of a page. Text from outside becomes text and nothing else, whatever it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from xml.etree import ElementTree as ET

from reconciler.report import wording
from reconciler.report.html.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

T = TypeVar("T")
ROWS = 100
"""Rows of one table: what a browser lays out at a time of a long one."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may load for the page: nothing."""


def add(
    parent: ET.Element, tag: str, text: str = "", kind: str = "", longest: int = wording.LONGEST, **attributes: str
) -> ET.Element:
    """Add an element with a text; `kind` is its class, and an underscore in a name stands for a hyphen."""
    named = {name.replace("_", "-"): wording.printable(value) for name, value in attributes.items()}
    made = ET.SubElement(parent, tag, {"class": kind, **named} if kind else named)
    if text:
        made.text = wording.said(text, longest)
    return made


def lines(parent: ET.Element, text: str, longest: int, label: str) -> None:
    """Add a text with its lines as they are, in a box that can be scrolled with the keyboard."""
    box = add(parent, "pre", kind="text", tabindex="0", role="group", aria_label=label)
    shown = "\n".join(wording.printable(line) for line in text.splitlines())
    box.text = wording.cut(shown, longest)


def table(parent: ET.Element, label: str, *heads: str, kind: str = "wide") -> ET.Element:
    """Add a table in a box that can be scrolled with the keyboard; give its body."""
    return _body(_box(parent, label, kind), heads)


def rows(parent: ET.Element, label: str, heads: Sequence[str], entries: Sequence[T]) -> Iterator[tuple[ET.Element, T]]:
    """Add a table with a row for each entry; iterate over the rows and their entries.

    A long one is several tables, each with its heads: a browser lays out parts that nobody looks at yet as empty boxes,
    which it cannot do with rows.
    """
    box = _box(parent, label, "wide")
    parts = [entries[at : at + ROWS] for at in range(0, len(entries), ROWS)]
    for number, part in enumerate(parts):
        if len(parts) == 1:
            body = _body(box, heads)
        else:
            first = number * ROWS + 1
            told = f"{label}, {first:,} to {first + len(part) - 1:,}"
            body = _body(add(box, "div", kind="part"), heads, told)
        for each in part:
            yield add(body, "tr"), each


def _box(parent: ET.Element, label: str, kind: str) -> ET.Element:
    return add(parent, "div", kind=kind, tabindex="0", role="group", aria_label=label)


def _body(parent: ET.Element, heads: Iterable[str], label: str = "") -> ET.Element:
    made = add(parent, "table", aria_label=label) if label else add(parent, "table")
    row = add(add(made, "thead"), "tr")
    for head in heads:
        add(row, "th", head, scope="col")
    return add(made, "tbody")


def time(parent: ET.Element, at: datetime) -> None:
    """Add a time in UTC."""
    add(parent, "time", f"{at:%Y-%m-%d %H:%M} UTC", datetime=f"{at:%Y-%m-%dT%H:%MZ}")


def facts(parent: ET.Element) -> ET.Element:
    """Add a list of names and values; see `fact`."""
    return add(parent, "dl", kind="facts")


def fact(parent: ET.Element, name: str, text: str = "") -> ET.Element:
    """Add a name and its value to a list of them; give the place of the value."""
    pair = add(parent, "div")
    add(pair, "dt", name)
    return add(pair, "dd", text)


def said(parent: ET.Element, title: str, sentences: Iterable[str]) -> None:
    """Add sentences below a heading, if there are any."""
    if listed := list(sentences):
        add(parent, "h2", title)
        box = add(parent, "ul")
        for each in listed:
            add(box, "li", each)


def page(title: str) -> tuple[ET.Element, ET.Element]:
    """Give an empty page and the place of its content."""
    root = ET.Element("html", lang="en")
    head = add(root, "head")
    add(head, "meta", charset="utf-8")
    add(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    add(head, "meta", http_equiv="Content-Security-Policy", content=POLICY)
    add(head, "meta", name="color-scheme", content="light dark")
    add(head, "title", title)
    ET.SubElement(head, "style").text = STYLE
    return root, add(add(root, "body"), "main")


def html(root: ET.Element) -> str:
    """Write a page."""
    return f"<!doctype html>\n{fragment(root)}\n"


def fragment(element: ET.Element) -> str:
    """Write an element."""
    return ET.tostring(element, encoding="unicode", method="html")
