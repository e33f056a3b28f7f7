"""What a browser sees of a page, without one."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """Elements by name, addresses, ids, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = {name: value or "" for name, value in attrs}
        self.addresses += [named[name] for name in ("href", "src", "action", "data") if name in named]
        self.ids += [named["id"]] if "id" in named else []
        assert not [name for name in named if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data
