"""Checks of this machine: the store, the disk, the address, the secret of webhooks, and systemd."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli import build
from reconciler.cli.checks.examination import error, ok, unknown, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.cli.checks.examination import Answer, Patient

UNIT = "reconciler.service"
_UNITS = ("etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system")
_LITTLE, _FULL = 1024**3, 100 * 1024**2
"""Bytes that should be free, and below which a pass may fail half-way: history and mirrors grow."""
_PATIENCE = 2.0
"""Seconds in which something on this machine has to answer."""
_LONGEST = 64 * 1024
"""Bytes of an answer that are read."""


def store(patient: Patient) -> Iterator[Answer]:
    """Open the database, and try a write that changes nothing."""
    from reconciler.store import inspection

    found = inspection.inspect(build.store_url(patient.settings, patient.base))
    if not found.revision:
        yield ok(f"{found.where} will be made by the first pass")
    elif found.revision != found.head:
        sentence = f"{found.where} is at schema {found.revision}, and this program writes {found.head}"
        yield warning(sentence, "the next pass migrates it; keep a copy if you may go back")
    elif found.busy:
        yield ok(f"{found.where} is at schema {found.revision}; another process is writing just now")
    else:
        yield ok(f"{found.where} is at schema {found.revision} and can be written")


def disk(patient: Patient) -> Iterator[Answer]:
    """Look how much space is left where mirrors and a SQLite store lie."""
    place = build.mirrors(patient.settings, patient.base).absolute()
    folder = next(each for each in (place, *place.parents) if each.is_dir())
    free = shutil.disk_usage(folder).free
    said = f"{free / 1024**3:.1f} GiB are free at {folder}"
    if free < _FULL:
        yield error(said, "make room: a pass that cannot write its journal stops")
    elif free < _LITTLE:
        yield warning(said, "make room: history and mirrors of git grow")
    else:
        yield ok(said)


def listening(patient: Patient) -> Iterator[Answer]:
    """See whether the address of the daemon is free, or its own."""
    address = patient.settings.web.listen
    host, _, port = address.rpartition(":")
    if not address:
        yield ok("web.listen is empty: nothing is served")
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host.strip("[]"), int(port)))
        except PermissionError:
            yield error(f"{address} may not be used by this user", "choose a port above 1023 with web.listen")
            return
        except OSError as refused:
            yield _taken(address, host.strip("[]"), int(port), refused)
            return
    yield ok(f"{address} is free")


def _taken(address: str, host: str, port: int, refused: OSError) -> Answer:
    if _is_ours(host or "127.0.0.1", port):
        return ok(f"{address} is in use: a reconciler answers there")
    return error(f"{address} cannot be used: {refused.strerror}", "stop what listens there, or change web.listen")


def _is_ours(host: str, port: int) -> bool:
    """Tell whether whatever listens there answers as a reconciler does."""
    asked = HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        asked.request("GET", "/livez")
        said = json.loads(asked.getresponse().read(_LONGEST))
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        asked.close()
    return isinstance(said, dict) and {"status", "ages"} <= said.keys()


def webhook_secret(patient: Patient) -> Iterator[Answer]:
    """See whether the file with the secret of webhooks can be read by us, and by nobody else."""
    said = patient.settings.web.webhook_secret_file
    if said:
        yield _secret(patient.base / said, "webhooks are refused", "openssl rand -hex 32 > {path}")
    else:
        yield ok("webhooks are off: web.webhook_secret_file names no file")


def tokens(patient: Patient) -> Iterator[Answer]:
    """See whether the file with who may use the API can be read by us, and by nobody else."""
    said = patient.settings.web.token_file
    if said:
        yield _secret(patient.base / said, "nobody may use the API", "add a line for each user: NAME:TOKEN")
    else:
        yield ok("the API is off: web.token_file names no file")


def notices(patient: Patient) -> Iterator[Answer]:
    """See whether the files with URLs and tokens of those who are told can be read by us, and by nobody else."""
    said, forge = patient.settings.notify, patient.settings.forge
    files = [(each.url_file, "one URL, such as slack://…") for each in said if each.url_file]
    files += [(forge.token_file, "the token")] if forge.kind else []
    for name, content in files:
        yield _secret(patient.base / name, "whoever is told by it hears nothing", f"write {content} into {{path}}")
    if not files:
        named = f"{len(said)} of notify, from no file" if said else "nobody: notify and forge are empty"
        yield ok(f"told is {named}")


def _secret(path: Path, consequence: str, remedy: str) -> Answer:
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as refused:
        return error(f"{path} cannot be read: {refused.strerror}", f"let {_user()} read it, or correct the setting")
    if mode & stat.S_IRWXO:
        return error(f"{path} can be read by everybody", f"chmod o= {path}")
    if not content.strip():
        return warning(f"{path} is empty, so {consequence}", remedy.format(path=path))
    return ok(f"{path} can be read, and not by everybody")


def _user() -> str:
    return f"user {os.getuid()}"


def systemd(patient: Patient) -> Iterator[Answer]:
    """See whether the service is installed, runs, and is watched."""
    if not (patient.root / "run/systemd/system").is_dir():
        yield ok("systemd does not run here")
        return
    unit = next((place for each in _UNITS if (place := patient.root / each / UNIT).is_file()), None)
    if unit is None:
        yield warning(f"{UNIT} is not installed: nothing starts the daemon again", "reconciler systemd install")
        return
    said = _said(patient.root, unit)
    if said.get("Type") != "notify" or said.get("WatchdogSec", "0") in ("", "0", "infinity"):
        sentence = f"{unit} has no WatchdogSec, or is not of Type=notify: a daemon that hangs stays so"
        yield warning(sentence, "reconciler systemd install, or: systemctl edit reconciler")
    else:
        yield ok(f"{unit} is installed, and watched every {said['WatchdogSec']}")
    yield _running(patient)


def _said(root: Path, unit: Path) -> dict[str, str]:
    """Give what the unit and its drop-ins say; the last word counts."""
    dropped = (file for each in _UNITS for file in sorted((root / each / f"{UNIT}.d").glob("*.conf")))
    lines = (line for file in (unit, *dropped) for line in file.read_text("utf-8", "replace").splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith(("#", ";")))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _running(patient: Patient) -> Answer:
    if patient.environment.get("NOTIFY_SOCKET"):
        return ok("this process runs under systemd")
    groups = patient.root / "sys/fs/cgroup"
    if not groups.is_dir():
        return unknown("whether the service runs is not to be seen here", "systemctl status reconciler")
    if any((groups / place / UNIT).is_dir() for place in ("system.slice", "systemd/system.slice")):
        return ok(f"{UNIT} runs")
    return warning(f"{UNIT} is installed and does not run", "systemctl enable --now reconciler")
