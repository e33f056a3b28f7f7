"""Where the definitions are: repository, branch and folder, checked before git hears of them.

What passes here cannot be taken for an option, run a command of its own, or leave the repository.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from reconciler.errors import Broken

TRANSPORTS = ("file", "https", "ssh")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCP = re.compile(r"[^/]*:")  # git: a colon before the first slash makes it host:path
_REFUSED = re.compile(r"(?:[a-z]+://)?(?:[^/@]*@)?-|[A-Za-z0-9+.-]*::|.*\0|\Z", re.DOTALL)  # options, ext::, nothing
_BRANCH = re.compile(
    r"""(?!-|/)                       # would be an option, or an empty component
    (?!.*(?:\.\.|@\{|//|\.lock(?:/|\Z)))
    (?!(?:.*/)?\.)                    # a component that begins with a dot
    [^\x00-\x20\x7f~^:?*\[\\]+
    (?<![/.])\Z""",
    re.VERBOSE,
)


def remote(repository: str) -> str:
    """Give what git is called with: a URL as it is, a local path made absolute. Raises `Broken` for anything else."""
    scheme = _SCHEME.match(repository)
    if _REFUSED.match(repository) or (scheme and scheme[1] not in TRANSPORTS):
        message = f"source.repository {redact(repository)!r} is not supported"
        raise Broken(f"{message}: give a path, file://, https://, ssh:// or user@host:path")
    return repository if scheme or _SCP.match(repository) else str(Path(repository).absolute())


def local(repository: str) -> Path | None:
    """Give the folder of a repository on this machine, whether it exists or not; None for any other address."""
    if repository.startswith("file://"):
        return Path(unquote(repository.removeprefix("file://")))
    if _SCHEME.match(repository) or _SCP.match(repository) or _REFUSED.match(repository):
        return None
    return Path(repository).absolute()


def branch(name: str) -> str:
    """Give the branch's name; raises `Broken` for what `git check-ref-format` refuses and for a leading hyphen."""
    if not _BRANCH.match(name):
        raise Broken(f"source.branch {name!r} cannot be the name of a branch: give it as `git branch` shows it")
    return name


def folder(path: str) -> str:
    """Give the folder relative to the repository's root, which is ""; raises `Broken` for a path that leaves it."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\0" in path:
        raise Broken(f"source.path {path!r} leaves the repository: give a folder below its root, or `.` for the root")
    return "" if pure == PurePosixPath() else str(pure)


def redact(text: str) -> str:
    """Take user names and passwords out of the URLs of a text; `git@`, which everybody uses for ssh, stays."""
    return re.sub(r"(?<=://)(?!git@)[^\s']*@", "***@", text)


def key(url: str) -> str:
    """Give a folder name for a URL; it stays the same when the credentials inside the URL are replaced."""
    public = re.sub(r"(?<=://)[^/]*@", "", url)
    return hashlib.sha256(os.fsencode(public)).hexdigest()[:24]
