"""`reconciler sync`: has the running daemon look now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import build, options, output
from reconciler.errors import Blocked, Broken

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.settings import Settings

EPILOG = "Example: reconciler sync --now"

_PATIENCE = 10.0
"""Seconds until a daemon has answered, or there is none."""


def sync(
    now: Annotated[bool, typer.Option("--now", help="Ask the daemon on this machine for a pass now.")] = False,
    config: options.Config = None,
    settings: options.Set = None,
    form: options.AsFormat = options.Format.TEXT,
) -> None:
    """Wake the running daemon; it looks at once, and not twice if it is at it."""
    with output.errors():
        if not now:
            raise Broken("say when: reconciler sync --now")
        loaded, base = build.settings(config, settings or ())
        answer = _ask(loaded, _token(loaded, base))
        if form is options.Format.JSON:
            output.as_json(answer)
        else:
            output.data(f"the daemon at {loaded.web.listen} is {answer.get('status')}")


def _token(settings: Settings, base: Path) -> str:
    """Give the token of the first line that has one."""
    name = settings.web.token_file
    if not name:
        raise Broken("the daemon has no API; name a file with a line `name:token` in web.token_file")
    try:
        lines = (base / name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Blocked(f"web.token_file {name} cannot be read: {error}") from None
    tokens = (line.partition(":")[2].strip() for line in lines if not line.startswith("#"))
    if (token := next(filter(None, tokens), None)) is None:
        raise Broken(f"web.token_file {name} has no line `name:token`")
    return token


def _ask(settings: Settings, token: str) -> Any:
    from http.client import HTTPConnection, HTTPException

    host, _, port = settings.web.listen.rpartition(":")
    if port in {"", "0"}:
        raise Broken(f"web.listen is {settings.web.listen!r}, which is no place to ask; name a port")
    connection = HTTPConnection(host.strip("[]"), int(port), timeout=_PATIENCE)
    try:
        connection.request("POST", "/api/sync", b"{}", {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        said = json.loads(answer.read(1_000_000))
    except (OSError, HTTPException, ValueError) as error:
        raise Blocked(
            f"no daemon answers at {settings.web.listen} ({error or type(error).__name__}); start it with "
            "`reconciler run`, or see web.listen"
        ) from None
    finally:
        connection.close()
    if answer.status >= 400:  # noqa: PLR2004  where HTTP's errors begin
        raise Blocked(f"the daemon at {settings.web.listen} says: {said.get('error', answer.status)}")
    return said
