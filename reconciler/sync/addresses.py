"""Names of the places that something is sent to: they tell places apart, outlive a restart, and hold no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.pipeline import secrets

if TYPE_CHECKING:
    from reconciler.settings import Notice

FORGE = "forge"


def notice(said: Notice, key: bytes) -> str:
    """Give the name of the place of a notice; `key` is the store's own, so that nobody can guess a URL by it."""
    return f"notify {secrets.fingerprinter(key)(said.url or said.url_file or said.topic)}"


def place(to: str) -> str:
    """Give the name of a place of `drift.to`."""
    return f"drift.to {to}"
