"""Messages to chats, mail and webhooks, by a URL as apprise writes it.

Rules of this file:

* A URL is a secret: no part of it, but its scheme, is in any text that leaves this module.
* Nothing is followed to another address, whatever the URL or the other side says.
* Text from outside calls nobody: what would be a mention in a chat is taken apart.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from reconciler.errors import Blocked, Broken
from reconciler.pipeline import secrets
from reconciler.report import notices
from reconciler.report.notices import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from apprise import Apprise

    from reconciler.report.notices import Item

LIMIT = 45.0
"""Seconds that all attempts of one message may take."""

_LONGEST = 300
"""Characters of what the other side says that are told."""
_SHORTEST = 4
"""Characters that a part of a URL has at least to count as secret; shorter ones are ports and words like `to`."""
_MENTION = re.compile(r"(?<![\w.])@(?=\w)|<(?=[!@#])")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,30}(?=://)")
_TYPES = {"info": "info", "success": "success", "warning": "warning", "failure": "failure"}


@dataclass(frozen=True, slots=True)
class Chat:
    """One URL."""

    label: str
    """What people call it: the setting."""
    url: Callable[[], str]
    """Gives the URL, read each time; raises Blocked."""

    def send(self, item: Item) -> None:
        """Send a message; raises `Blocked` with the reason, and `Broken` for what is no message."""
        if not isinstance(item, Message):
            raise Broken(f"{self.label} takes messages only")
        url = self.url()
        servers = _servers(url, self.label)
        result = servers.notify(
            body=_tame(item.body), title=_tame(item.title), notify_type=_TYPES[item.tone], body_format="text",
            timeout=LIMIT, log_level=logging.WARNING,
        )  # fmt: skip
        if not result:
            said = "; ".join(dict.fromkeys(each.message for each in result.logs()))
            raise Blocked(f"{self.label} ({_scheme(url)}) did not take it: {_scrubbed(said, url) or 'no reason given'}")


def _servers(url: str, label: str) -> Apprise:
    from apprise import Apprise, AppriseAsset, OverflowMode  # noqa: PLC0415  a hundred plugins, loaded with a message

    _silence()
    asset = AppriseAsset(app_id="codepipeline-reconciler", app_desc="CodePipeline", secure_logging=True,
                         http_redirects=False, async_mode=False)  # fmt: skip
    servers = Apprise(asset=asset)
    if not servers.add(url):
        raise Blocked(f"{label} is not a URL that apprise knows; see its list of services, and write `jsons://` there "
                      "for a webhook of your own")  # fmt: skip
    for each in servers:
        each.redirects = False  # a URL could say otherwise
        if each.overflow_mode is OverflowMode.UPSTREAM:
            each.overflow_mode = OverflowMode.SPLIT
    return servers


def _silence() -> None:
    """Keep what libraries log to themselves: it quotes URLs, and what matters of it is told by us, scrubbed."""
    log = logging.getLogger("apprise")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    logging.getLogger("urllib3").setLevel(logging.WARNING)


def _tame(text: str) -> str:
    """Part what would call somebody, with a sign that takes no room."""
    return _MENTION.sub(lambda match: f"{match[0]}\N{WORD JOINER}", text)


def _scheme(url: str) -> str:
    match = _SCHEME.match(url)
    return match[0] if match else "a URL"


def _scrubbed(text: str, url: str) -> str:
    """Give a text without anything of a URL."""
    rest = url.partition("://")[2] or url
    parts = {part for piece in re.split(r"[/?&=:@,#\s]+", rest) for part in (piece, unquote(piece))}
    for part in sorted((each for each in parts if len(each) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(part, secrets.MASK)
    return notices.cut(notices.line(text), _LONGEST)
